"""Card checks: does a number exist, and what is it worth, without telling more to who guesses.

A number that does not exist, one of a wrong form and one that must not be told get the same answer,
after the same work, at the same place of a fixed grid of time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.canonical import Card, CardState, Kind
from gateway.canonical.scan import card_from_scan
from gateway.config.cards import CardsSection
from gateway.contract import Caller, Clock, StoreError, TillBusy
from gateway.loyalty.alarm import Alarm
from gateway.loyalty.grid import Grid
from gateway.loyalty.limits import Delays, Gate, Limit, Window
from gateway.loyalty.numbers import Masks
from gateway.ports import EntityRow, Store, Tx
from gateway.sync.lookup import CARD, Digester

LIMITED = "cards-limited"
AWAY = "cards-away"
AWAY_WAIT_S = 2.0
WHOLE = "*"
_CARD_ID = "k-"
_MINUTE_S, _HOUR_S = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """Whether a card may be used. Units: percent of the price, ``None`` for no discount."""

    exists: bool
    discount_percent: Decimal | None = None


NOTHING = CardAnswer(exists=False)


@dataclass(slots=True)
class CardDirectory:
    """Answers from the snapshots of cards; see ``CardChecks`` of the door."""

    section: CardsSection
    store: Store
    digester: Digester
    clock: Clock
    alarm: Alarm
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _gate: Gate = field(init=False, repr=False)
    _grid: Grid = field(init=False, repr=False)
    _masks: Masks = field(init=False, repr=False)
    _decoy: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the limits."""
        limits = self.section.limits
        delays = Delays(limits.free, limits.first_s, limits.most_s)
        self._grid = Grid(self.section.floor_ms / 1000, self.clock, self.sleep)
        self._masks = Masks(self.section.masks)
        self._gate = Gate(
            {
                "client": _both(limits.client_minute, limits.client_hour, delays),
                "session": _both(limits.session_minute, limits.session_hour, delays),
                "caller": Limit((Window(limits.caller_minute, _MINUTE_S),)),
                "whole": Limit((Window(limits.whole_minute, _MINUTE_S),)),
            }
        )

    async def check(self, caller: Caller, number: str, *, client: str, session: str) -> CardAnswer:
        """Look a card up.

        Raises ``TillBusy`` (``cards-limited``) when this client, session or site, or all of them
        together, asked too often; then nothing was looked at. A hit takes back its own count of a
        failure only: else one good card would buy any number of guesses.
        """
        since = self.clock.monotonic()
        keys = {"client": client, "session": session, "caller": caller.name, "whole": WHOLE}
        refused = self._gate.admit(keys, since)
        if refused is not None:
            await self.alarm.tried("limited")
            msg = "cards were checked too often: wait"
            raise TillBusy(LIMITED, msg, retry_after_s=refused.wait_s)
        try:
            answer = await self._look(number)
        except StoreError:
            self._gate.refund(keys)
            msg = "cards cannot be looked up now"
            raise TillBusy(AWAY, msg, retry_after_s=AWAY_WAIT_S) from None
        if answer.exists:
            self._gate.excuse(keys)
        await self.alarm.tried("hit" if answer.exists else "miss")
        await self._grid.wait(since)
        return answer

    async def _look(self, number: str) -> CardAnswer:
        plain = (card_from_scan(number) or "").upper()
        fits = self._masks.fit(plain)
        digest = self.digester.digest(CARD, plain)
        found = await self.store.read(lambda tx: self._read(tx, digest))
        told = _told(found, self.section)
        return told if fits and found is not None and _is_of(found, plain) else NOTHING

    def _read(self, tx: Tx, digest: str) -> EntityRow | None:
        """Read one snapshot whatever is found: the last card that there was, when there is none."""
        ids = [one for one in tx.match([digest]).get(digest, ()) if one.startswith(_CARD_ID)]
        chosen = ids[0] if ids else self._decoy
        row = tx.entities([chosen]).get(chosen)
        if ids and row is not None:
            self._decoy = chosen
        return row


def _is_of(row: EntityRow, number: str) -> bool:
    return row.kind is Kind.CARD and row.fields.get("number") == number


def _told(row: EntityRow | None, section: CardsSection) -> CardAnswer:
    """Return what may be told of a card."""
    card = row.entity if row is not None else None
    if row is None or row.deleted or not isinstance(card, Card):
        return NOTHING
    is_told = (
        (section.tell_blocked or card.state is not CardState.BLOCKED)
        and (section.tell_issued or card.state is not CardState.ISSUED)
        and (section.tell_used or card.customer_id is None)
    )
    return CardAnswer(exists=True, discount_percent=card.discount_percent) if is_told else NOTHING


def _both(minute: int, hour: int, delays: Delays) -> Limit:
    return Limit((Window(minute, _MINUTE_S), Window(hour, _HOUR_S)), delays)
