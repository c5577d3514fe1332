"""Sections of the till and the checkout: who may call, and which processor keeps the points."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, SecretStr, StringConstraints

from gateway.config.section import Section

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
CallerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$")]
HOUSE = "house"
"""The processor inside the gateway; no account may have this name."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        msg = "no such zone is known here: name one such as Europe/Moscow"
        raise ValueError(msg) from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]


class CallerSection(Section):
    """A till or a site with a key of its own. Units: milliseconds.

    ``shop`` and ``brand`` are the names under which routes and switches know it. ``zone`` is that
    of its moments that name none.
    """

    key: SecretStr = Field(min_length=20)
    shop: str = ""
    brand: str = ""
    scopes: frozenset[Literal["read", "sell", "register", "cards"]] = frozenset(
        {"read", "sell", "register", "cards"}
    )
    deadline_ms: int = Field(default=1500, ge=100, le=60_000)
    zone: ZoneName = "Europe/Moscow"


class PosSection(Section):
    """The doors of tills and sites. Units: seconds.

    ``hold_s``: a reserved sale that is not closed by then is given up. ``future_s``: how far a
    till's clock may run ahead. ``shared``: several processes serve tills, so that each looks into
    the store before it begins a sale.
    """

    hold_s: float = Field(default=900.0, gt=0)
    future_s: float = Field(default=600.0, ge=0)
    shared: bool = False
    callers: dict[CallerName, CallerSection] = Field(default_factory=dict)


class RouteSection(Section):
    """Which processor serves a call; an unset condition always holds.

    ``processor`` and ``shadow`` are accounts, or ``house``. The shadow is asked for the same and
    compared, and changes nothing.
    """

    processor: AccountName
    shop: str | None = None
    brand: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    shadow: AccountName | None = None


class LoyaltySection(Section):
    """The loyalty service. The first route that fits serves. Units: seconds.

    ``code_needed``: points are spent only with a confirmed one-time code. ``invitation`` is printed
    on the receipt of somebody unknown. ``stale_s``: the oldest balance that is shown while the
    processor is away.
    """

    routes: tuple[RouteSection, ...] = ()
    code_needed: bool = False
    invitation: str = ""
    stale_s: float = Field(default=86_400.0, gt=0)
