"""Alerts: who is told of what goes wrong, when, and in which language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from gateway.config.loyalty import AccountName
from gateway.config.section import Section

RuleName = Literal[
    "lag", "dead", "held", "auth", "circuit", "guessing", "silence", "balance", "feed",
    "store", "bus", "disk",
]  # fmt: skip
RULES: tuple[str, ...] = get_args(RuleName)
HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
Hours = Annotated[str, StringConstraints(pattern=HOURS)]
"""A part of the day, ``22:00-08:00``; it may pass midnight."""

AddressName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
_HOOK = re.compile(r"https?://[^\s?#]+(\?[^\s#]*)?")


class AlertAddress(Section):
    """One address. Shape: either ``account`` with ``to``, or ``hook`` with ``secret``.

    ``to`` is an e-mail, a phone or a chat's channel; ``only`` are the rules that it is told of, all
    without it; ``quiet`` the hours in which nothing is sent to it.
    """

    account: AccountName | None = None
    to: str = Field(default="", max_length=254)
    hook: SecretStr | None = None
    secret: SecretStr | None = None
    only: frozenset[RuleName] = frozenset()
    quiet: Hours | None = None
    language: Literal["ru", "en"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.account is None) == (self.hook is None):
            msg = "write either `account` with `to`, or `hook` with `secret`"
            raise ValueError(msg)
        if self.account is not None and not self.to:
            msg = "`account` needs `to`: an e-mail, a phone, or a chat's channel"
            raise ValueError(msg)
        if self.hook is not None and not _HOOK.fullmatch(self.hook.get_secret_value()):
            msg = "`hook` must be an http or https address"
            raise ValueError(msg)
        if self.hook is not None and self.secret is None:
            msg = "`hook` needs `secret`, which signs what is sent"
            raise ValueError(msg)
        return self


class RuleSection(Section):
    """What all rules have. ``on``: it is looked at."""

    on: bool = True


class LagRule(RuleSection):
    """Something was due for so many minutes."""

    minutes: float = Field(default=30.0, gt=0)


class DeadRule(RuleSection):
    """So many letters were opened within so many minutes."""

    letters: int = Field(default=10, ge=1)
    minutes: float = Field(default=15.0, gt=0)


class HeldRule(RuleSection):
    """More than ``most`` deliveries wait for a person, for so many minutes."""

    most: int = Field(default=0, ge=0)
    minutes: float = Field(default=30.0, ge=0)


class MinutesRule(RuleSection):
    """A state lasts for so many minutes."""

    minutes: float = Field(default=10.0, ge=0)


class SilenceRule(RuleSection):
    """Nothing was received for so many minutes although that is not normal.

    Normal is what came in the same minutes of the same day of the week, ``weeks`` back: at least
    ``least`` in each of them that the journal still knows, and in two at least. ``always``: hours
    in which silence is never normal, whatever was before.
    """

    minutes: float = Field(default=60.0, gt=0)
    weeks: int = Field(default=4, ge=2, le=26)
    least: int = Field(default=5, ge=1)
    always: Hours | None = None


class BalanceRule(RuleSection):
    """An account that sends messages runs out of money; it is asked every so many minutes."""

    every_minutes: float = Field(default=15.0, gt=0)


class FeedRule(RuleSection):
    """A feed was not read to its end for so many minutes."""

    minutes: float = Field(default=120.0, gt=0)


class DiskRule(RuleSection):
    """Less than ``percent`` or less than ``megabytes`` of the data folder's disk is free."""

    percent: float = Field(default=5.0, ge=0, le=100)
    megabytes: float = Field(default=1024.0, ge=0)


class AlertsSection(Section):
    """Alerts. Units: seconds, hours.

    ``group_s``: what comes within it goes into one message. ``clear_s``: how long all must be well
    before an alert ends; it doubles with each return within ``flap_s``. ``remind_h``: an alert that
    lasts is told again so often, 0 for never.
    """

    language: Literal["ru", "en"] = "ru"
    zone: str = "Europe/Moscow"
    console_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    runbook_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    every_s: float = Field(default=15.0, gt=0)
    group_s: float = Field(default=20.0, ge=0)
    clear_s: float = Field(default=180.0, ge=0)
    flap_s: float = Field(default=3600.0, ge=0)
    remind_h: float = Field(default=0.0, ge=0)
    keep_days: float = Field(default=365.0, gt=0)
    to: dict[AddressName, AlertAddress] = Field(default_factory=dict)
    lag: LagRule = LagRule()
    dead: DeadRule = DeadRule()
    held: HeldRule = HeldRule()
    auth: MinutesRule = MinutesRule(minutes=1.0)
    circuit: MinutesRule = MinutesRule(minutes=10.0)
    guessing: RuleSection = RuleSection()
    silence: SilenceRule = SilenceRule()
    balance: BalanceRule = BalanceRule()
    feed: FeedRule = FeedRule()
    store: MinutesRule = MinutesRule(minutes=2.0)
    bus: MinutesRule = MinutesRule(minutes=5.0)
    disk: DiskRule = DiskRule()

    @field_validator("zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            msg = "zone: no such time zone; write one such as Europe/Moscow"
            raise ValueError(msg) from None
        return name

    def rule(self, name: str) -> RuleSection:
        """Return the section of a rule."""
        found: RuleSection = getattr(self, name)
        return found

    def waits_s(self) -> Mapping[str, float]:
        """Return for how many seconds a state must last before a rule's alert begins."""
        return {
            name: 60.0 * getattr(self, name).minutes
            for name in ("held", "auth", "circuit", "store", "bus")
        }
