"""Loyalty programs: levels, events, what spending and earning follow (reference, 11.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

LevelType = Literal["bonus_percent", "bonus_converting", "discount"]
Number = float | int

LEVEL_TYPES: tuple[LevelType, ...] = ("bonus_percent", "bonus_converting", "discount")
# The names under which a refused activation lists what is not filled in (reference, 11.3).
FIELD_NAMES: Mapping[str, str] = {
    "firstName": "First Name",
    "lastName": "Last name",
    "email": "Email",
    "phoneNumber": "Phone number",
}


@dataclass(frozen=True)
class Level:
    """A level from ``sum`` of purchases on; ``size`` is percent, or currency per one bonus."""

    id: int
    name: str
    type: LevelType = "bonus_percent"
    sum: Number = 0
    size: Number = 0
    promo_size: Number = 0

    def view(self) -> dict[str, Any]:
        """Return the level as programs and participations show it."""
        return {
            "type": self.type,
            "id": self.id,
            "name": self.name,
            "sum": self.sum,
            "privilegeSize": self.size,
            "privilegeSizePromo": self.promo_size,
        }


@dataclass(frozen=True)
class Event:
    """A birthday or welcome gift: bonuses credited, or percent off one order."""

    id: int
    type: Literal["birthday", "welcome"]
    bonuses: Number = 0
    discount: Number = 0


@dataclass(frozen=True)
class Program:
    """A program of some shops (none named: of all).

    ``charge_rate`` is currency per bonus, ``cap_percent`` the share of the goods' sum that bonuses
    may pay; bonuses of an order become active after ``delay_days`` and burn ``life_days`` later
    (0: never).
    """

    id: int
    name: str
    levels: tuple[Level, ...]
    sites: tuple[str, ...] = ()
    currency: str = "RUB"
    active: bool = True
    blocked: bool = False
    sms_charge: bool = False
    sms_registration: bool = False
    charge_rate: Number = 1
    cap_percent: Number = 100
    delay_days: int = 0
    life_days: int = 0
    required: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    created_at: str = "2026-01-10 09:00:00"
    activated_at: str = "2026-01-10 09:05:00"
    stopped: tuple[tuple[str, str], ...] = ()

    @property
    def works(self) -> bool:
        """Tell whether it is active and not blocked."""
        return self.active and not self.blocked

    def view(self) -> dict[str, Any]:
        """Return the program as the API shows it (sample L1)."""
        return {
            "levels": [level.view() for level in self.levels],
            "active": self.active,
            "blocked": self.blocked,
            "currency": self.currency,
            "id": self.id,
            "name": self.name,
            "confirmSmsCharge": self.sms_charge,
            "confirmSmsRegistration": self.sms_registration,
            "createdAt": self.created_at,
            "activatedAt": self.activated_at,
            **dict(self.stopped),
        }

    def earned_level(self, purchases: Any) -> Level:
        """Return the highest level that a sum of purchases reaches."""
        reached = [level for level in self.levels if level.sum <= purchases]
        return max(reached, key=lambda level: level.sum, default=self.levels[0])


CLUB = Program(
    2,
    "Club",
    (
        Level(3, "Silver", "bonus_percent", 0, 5, 3),
        Level(4, "Gold", "bonus_percent", 10000, 7, 3),
    ),
    sms_registration=True,
    cap_percent=30,
    required=("firstName",),
)


def program_from_json(row: Mapping[str, Any]) -> Program:
    """Build a program from the side door's JSON; the levels are those of the API.

    Raises:
        ValueError: no levels or an unknown type of level. KeyError: no id, name or levels.
    """
    levels = tuple(_level(level) for level in row["levels"])
    if not levels:
        msg = "levels: a program needs at least one level"
        raise ValueError(msg)
    return Program(
        int(row["id"]),
        str(row["name"]),
        levels,
        sites=tuple(row.get("sites", ())),
        currency=row.get("currency", "RUB"),
        active=bool(row.get("active", True)),
        blocked=bool(row.get("blocked", False)),
        sms_charge=bool(row.get("confirmSmsCharge", False)),
        sms_registration=bool(row.get("confirmSmsRegistration", False)),
        charge_rate=row.get("chargeRate", 1),
        cap_percent=row.get("chargeCapPercent", 100),
        delay_days=int(row.get("creditDelayDays", 0)),
        life_days=int(row.get("creditLifeDays", 0)),
        required=tuple(row.get("requiredFields", ())),
        events=tuple(Event(**event) for event in row.get("events", ())),
    )


def _level(row: Mapping[str, Any]) -> Level:
    kind = row.get("type", "bonus_percent")
    if kind not in LEVEL_TYPES:
        msg = f"levels: type must be one of {', '.join(LEVEL_TYPES)}"
        raise ValueError(msg)
    return Level(
        int(row["id"]),
        str(row["name"]),
        kind,
        row.get("sum", 0),
        row.get("privilegeSize", 0),
        row.get("privilegeSizePromo", row.get("privilegeSize", 0)),
    )
