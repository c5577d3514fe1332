"""Shadow: answers of two versions are compared before a shop moves from one to the other (A6).

What must differ by the vendor's own account is left out (vendor reference, 12.1); what remains is
told as paths, never as values. The other version's failure is a difference and nothing worse.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.contract import ConnectorError, Remark

_LEFT_OUT = frozenset(
    {
        "historyversion",
        "useruid",
        "deviceid",
        "commoncode",
        "message",
        "httpcode",
        "access_token",
        "refresh_token",
        "expires_in",
        "codegenerateddate",
        "code",
    }
)
_SORTED_BY = ("id", "typeId", "position")
_MOST = 20
_DATE = re.compile(r"^\d{4}-\d\d-\d\dT")
_NOTHING: tuple[Any, ...] = (None, {}, [])


@dataclass(frozen=True, slots=True)
class Shadow:
    """Compares, and tells what differs."""

    remark: Remark

    async def compare(
        self,
        operation: str,
        data: Any,  # noqa: ANN401 - any JSON
        other: Callable[[], Awaitable[Any]],
    ) -> None:
        """Ask the other version and tell the differences; never raises for its failure."""
        try:
            found = differences(data, await other())
        except ConnectorError as error:
            self.remark("shadow_failed", {"operation": operation, "error": type(error).__name__})
            return
        if found:
            more = max(0, len(found) - _MOST)
            self.remark(
                "shadow_differs",
                {"operation": operation, "paths": list(found[:_MOST]), "more": more},
            )


def differences(one: Any, other: Any, path: str = "") -> list[str]:  # noqa: ANN401 - any JSON
    """Return the paths in which two answers differ after what may differ was left out. Pure."""
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        left, right = _named(one), _named(other)
        return [
            found
            for name in sorted({*left, *right})
            for found in differences(
                left.get(name), right.get(name), f"{path}/{name}" if path else name
            )
        ]
    if _is_list(one) or _is_list(other):
        return _of_lists(_listed(one), _listed(other), path)
    return [] if _leaf(one) == _leaf(other) else [path or "data"]


def _of_lists(one: Sequence[Any], other: Sequence[Any], path: str) -> list[str]:
    if len(one) != len(other):
        return [f"{path}#"]
    return [
        found
        for place, (left, right) in enumerate(zip(one, other, strict=True))
        for found in differences(left, right, f"{path}/{place}")
    ]


def _named(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if not isinstance(value, Mapping):
        return {}
    return {
        str(name): inside
        for name, inside in value.items()
        if str(name).lower() not in _LEFT_OUT and inside not in _NOTHING
    }


def _is_list(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, Sequence) and not isinstance(value, str)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """Return items in an order that does not depend on the server's."""
    items = list(value) if _is_list(value) else []

    def place(item: Any) -> str:  # noqa: ANN401 - any JSON
        if not isinstance(item, Mapping):
            return str(_leaf(item))
        currency = item.get("currency")
        inner = currency.get("id") if isinstance(currency, Mapping) else None
        keys = [item.get(name) for name in _SORTED_BY]
        return "|".join(str(key).rjust(20, "0") for key in (*keys, inner) if key is not None)

    return sorted(items, key=place)


def _leaf(value: Any) -> object:  # noqa: ANN401 - any JSON
    """Return a value in a form in which equal ones look equal."""
    if value in ({}, []):
        return None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _number(str(value))
    text = str(value)
    if _DATE.match(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        # Without a zone the vendor means UTC (1).
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return text


def _number(text: str) -> object:
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return text
