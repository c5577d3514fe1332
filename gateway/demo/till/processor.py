"""Processor: what a day asks of whoever keeps its points, a vendor's double or the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from gateway.demo.doubles import Door
from gateway.demo.till.api import TillApi
from gateway.demo.till.plan import Plan
from gateway.demo.till.reference import Rounding, Rules

ACCOUNT = "points"
"""The account's name in the gateway's configuration."""


@dataclass(frozen=True, slots=True)
class Section:
    """What is particular in ``gateway.toml``: the account, and who serves; and its secrets."""

    text: str
    env: Mapping[str, str] = field(repr=False)
    serves: str = ACCOUNT


@dataclass(frozen=True, slots=True)
class Reach:
    """Ways to look behind: the side door of the double, and the running gateway."""

    door: Door | None = None
    api: TillApi | None = None

    @property
    def side(self) -> Door:
        """The side door. Raises ``LookupError`` where there is no double."""
        if self.door is None:
            msg = "there is no double"
            raise LookupError(msg)
        return self.door

    @property
    def till(self) -> TillApi:
        """A till's line. Raises ``LookupError`` before the gateway runs."""
        if self.api is None:
            msg = "the gateway does not run yet"
            raise LookupError(msg)
        return self.api


class Processor(Protocol):
    """Who keeps the points of a day.

    Shape: ``double`` is its name among the doubles, empty for none; ``rounding`` how it rounds the
    points of a line.
    """

    double: ClassVar[str]
    rounding: ClassVar[Rounding]

    def planned(self, plan: Plan) -> Plan:
        """Return the plan with opening balances that it can give."""

    def section(self, about: Mapping[str, Any], plan: Plan, rules: Rules) -> Section:
        """Return the configuration at a double that tells so of itself."""

    async def prepare(self, reach: Reach, plan: Plan, rules: Rules) -> None:
        """Set up programme, goods and members before the gateway runs."""

    async def enrol(self, reach: Reach, plan: Plan) -> None:
        """Make members through the running gateway, where they are not made before."""

    async def balances(self, reach: Reach, plan: Plan) -> dict[int, Decimal]:
        """Return what each member has now, when all that was queued is done."""

    async def counted(self, reach: Reach) -> int | None:
        """Return how many sales it counted, those that came back too; ``None``: none can tell."""
