"""Refusals and remembered answers of LoyaltyExchange (3.7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mocks.onec.soap.service import ServiceFault
from mocks.onec.soap.xdto import text_of

Given = Mapping[str, Any]
Answer = Mapping[str, Any]
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Refused(Exception):
    """A business refusal: ``code`` is one of the table of 3.7, the text is for people."""

    def __init__(self, code: str, text: str) -> None:
        """Keep the code beside the text."""
        super().__init__(text)
        self.code = code


def done(value: Any, **outs: Any) -> Answer:
    """Return a success: both error elements empty."""
    return {"return": value, **outs, "ErrorCode": "", "ErrorMessage": ""}


def is_guid(text: str) -> bool:
    """Tell whether a text has the form of a GUID."""
    return _GUID.fullmatch(text) is not None


def refusing(work: Callable[[Given], Answer], failed: Any) -> Callable[[Given], Answer]:
    """Turn a refusal of ``work`` into an answer with ``failed`` as ``return``."""

    def _call(given: Given) -> Answer:
        try:
            return work(given)
        except Refused as refusal:
            return {"return": failed, "ErrorCode": refusal.code, "ErrorMessage": str(refusal)}

    return _call


class RequestMemory:
    """The first answer to every ``RequestID``, refusals included."""

    def __init__(self) -> None:
        """Start without requests."""
        self._answers: dict[str, tuple[str, Answer]] = {}

    def once(
        self, name: str, work: Callable[[Given], Answer], failed: Any
    ) -> Callable[[Given], Answer]:
        """Wrap a write: the same id returns its first answer, with other data a conflict.

        Raises:
            ServiceFault: the id is no GUID; nothing is remembered after a fault.
        """
        call = refusing(work, failed)

        def _call(given: Given) -> Answer:
            number = str(given["RequestID"]).lower()
            if not is_guid(number):
                msg = "Преобразование к типу УникальныйИдентификатор не может быть выполнено"
                raise ServiceFault(msg)
            data = {key: value for key, value in given.items() if key != "RequestID"}
            print_of_call = f"{name} {_plain(data)}"
            if number in self._answers:
                known, first = self._answers[number]
                if known == print_of_call:
                    return first
                text = "Запрос с таким идентификатором уже выполнен с другими данными"
                return {"return": failed, "ErrorCode": "REQUEST_CONFLICT", "ErrorMessage": text}
            answer = call(given)
            self._answers[number] = (print_of_call, answer)
            return answer

        return _call


def _plain(value: Any) -> Any:
    """Return data so that equal data are equal texts: 100 and 100.00 are."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in sorted(value.items())}
    return None if value is None else text_of(value)
