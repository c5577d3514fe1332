"""Claims: what a check asserts, in words that tell the connector's author what to mend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from gateway.contract import Failed, Outcome, Written

R = TypeVar("R")


def claim(holds: object, otherwise: str) -> None:
    """Go on when it holds. Raises ``AssertionError`` with what is wrong otherwise."""
    if not holds:
        raise AssertionError(otherwise)


async def caught(attempt: Callable[[], Awaitable[object]]) -> Exception | None:
    """Return what an attempt raised, ``None`` for success."""
    try:
        await attempt()
    except Exception as error:  # noqa: BLE001 - which class it is decides the check
        return error
    return None


def name_of(error: object) -> str:
    """Name an error for a claim: its class, never its text."""
    return "nothing" if error is None else type(error).__name__


def written(outcome: Outcome[Any]) -> Written[Any]:
    """Return a success. Raises the error of a failure; another outcome breaks the claim."""
    if isinstance(outcome, Failed):
        raise outcome.error
    claim(isinstance(outcome, Written), f"expected Written, the outcome is {name_of(outcome)}")
    assert isinstance(outcome, Written)  # noqa: S101 - for the type checker
    return outcome


def only(found: Sequence[R], what: str) -> R:
    """Return the only one of what was found."""
    claim(len(found) == 1, f"expected one {what}, found {len(found)}")
    return found[0]
