"""Context: all that a connector is given. It has no other way to time, network or log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from gateway.contract.http import HttpClientFactory

S_co = TypeVar("S_co", bound=BaseModel, covariant=True)


class Clock(Protocol):
    """Source of time, so that tests and schedules can hold it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow, for durations."""


class Log(Protocol):
    """Structured logger bound to the account; values are redacted before they are written."""

    def info(self, event: str, **values: object) -> object:
        """Write an event of normal life."""

    def warning(self, event: str, **values: object) -> object:
        """Write an event that an operator may want to see."""


class Remark(Protocol):
    """Notes in the journal what a connector saw of its vendor: a difference, a changed set-up."""

    def __call__(self, event: str, detail: Mapping[str, object]) -> None:
        """Note an event in words and counts, without personal data; does not wait and never fails.

        It is for people who look for reasons: nothing may depend on it.
        """


def no_remark(event: str, detail: Mapping[str, object]) -> None:
    """Note nothing, where there is no journal (a check of the configuration, a test)."""


@dataclass(frozen=True, slots=True)
class ConnectorContext(Generic[S_co]):
    """What one account's connector is built from.

    Shape: ``account`` is the configured name; ``settings`` the parsed settings model; ``http``
    makes the account's one HTTP client.
    """

    account: str
    settings: S_co
    http: HttpClientFactory
    clock: Clock
    log: Log
    remark: Remark = no_remark
