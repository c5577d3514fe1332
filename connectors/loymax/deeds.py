"""Deeds: what the operator does about persons, call by call (vendor reference, 7).

Every deed sets something, so that it has the same effect when it is done again. One without an
answer is in doubt all the same: what is read next may be our own half-told change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from gateway.contract import Rejected, Unavailable

from .client import LoymaxClient
from .errors import AnswersRefused
from .shapes import shaped
from .values import phone_text
from .versions import Call, Version
from .wire import ActionWire, PersonWire

_ACTIONS = TypeAdapter(list[ActionWire])

begun: ContextVar[bool] = ContextVar("begun", default=False)
"""Whether this task has done anything about a person: whoever asks for it sets it back first."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """Registration and edits of persons of one installation."""

    client: LoymaxClient

    async def actions(self, person_id: str) -> Sequence[ActionWire]:
        """Return the steps of a person's registration."""
        data = await self.client.read(Call.ACTIONS, "users/actions", id=person_id)
        rows = data.get("actions") if isinstance(data, Mapping) else data
        return shaped(_ACTIONS, rows or [], operation="users/actions")

    async def begin(self, phone: str) -> str:
        """Begin a registration and return the person's id; a begun one is begun again."""
        body = {"login": phone_text(phone), "password": "", "withoutCall": True}
        data = await self._write("Registration/BeginRegistration", "register/begin", json=body)
        person_id = data.get("personId") if isinstance(data, Mapping) else None
        if person_id is None:
            msg = "the registration was not begun: the vendor gave no id"
            raise Rejected(msg, operation="register/begin")
        return str(person_id)

    async def finish(self, person_id: str) -> bool:
        """Finish a registration; ``False`` when steps are missing (4.3)."""
        operation = "register/finish"
        form = [("personId", person_id)]
        json = {"personId": int(person_id)}
        is_new = self.client.settings.version is Version.V1_2
        data = await self.client.write(
            Call.FINISH,
            operation,
            form=form if is_new else None,
            json=None if is_new else json,
            repeatable=False,
        )
        begun.set(True)
        return bool(data.get("registrationCompleted")) if isinstance(data, Mapping) else False

    async def act(
        self,
        person_id: str,
        what: str,
        operation: str,
        *,
        json: object | None = None,
        method: str = "POST",
        query: Sequence[tuple[str, str]] = (),
    ) -> Any:  # noqa: ANN401 - any JSON
        """Do something about a person that has the same effect when it is done again."""
        return await self._write(
            f"users/{person_id}/{what}", operation, json=json, method=method, query=query
        )

    async def answer(
        self,
        person_id: str,
        rows: Sequence[Mapping[str, Any]],
        names: Mapping[int, str],
        operation: str,
    ) -> None:
        """Answer questions, all or none; ``names`` are those of the questions by id.

        Raises ``Rejected`` with the names of the questions whose answers were refused.
        """
        try:
            await self.act(person_id, "UpdateAnswers", operation, json=rows)
        except AnswersRefused as error:
            told = ", ".join(names.get(one, str(one)) for one in error.questions)
            msg = f"the vendor refused the answer to the question {told}"
            raise Rejected(
                msg, operation=operation, vendor_code=error.vendor_code, blame=error.blame
            ) from error

    async def subscribe(self, person_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set single channels of a person's subscriptions."""
        body = {"personId": int(person_id), "values": list(rows)}
        await self._write("CallCenter/UpdateSubscriptions", "users/subscribe", json=body)

    async def _write(
        self,
        path: str,
        operation: str,
        *,
        json: object | None = None,
        method: str = "POST",
        query: Sequence[tuple[str, str]] = (),
    ) -> Any:  # noqa: ANN401 - any JSON
        data = await self.client.write(
            Call.SYSTEM,
            operation,
            method=method,
            query=query,
            json=json,
            repeatable=False,
            path=path,
        )
        begun.set(True)
        return data


def required(value: PersonWire | None, operation: str) -> PersonWire:
    """Return a person who was just found. Raises ``Unavailable`` when the vendor lost it again."""
    if value is None:
        msg = "the vendor does not show the person whom it has just made"
        raise Unavailable(msg, operation=operation)
    return value
