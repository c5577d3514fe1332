"""Switches: whether points are earned and spent, for all, for a brand and for a shop.

A switch is never changed, only turned again, at once or from a moment that lies ahead, so its table
is its own history. Everybody reads a copy in memory: it is refreshed while the store answers, and
kept while it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Allowed, Clock, Log, StoreError
from gateway.ports import JournalRow, Store, SwitchRow, Tx
from gateway.sync.correct import OPERATOR


class Feature(StrEnum):
    """What is switched. Without a turn it is on."""

    EARNING = "earning"
    SPENDING = "spending"


class Reach(StrEnum):
    """How far a turn reaches; the nearest to the shop wins."""

    ALL = "all"
    BRAND = "brand"
    SHOP = "shop"


def is_on(
    turns: Sequence[SwitchRow], feature: Feature, *, shop: str, brand: str, at: datetime
) -> bool:
    """Tell whether a feature is on. Pure.

    The shop's turns win over the brand's and those over everybody's. Within one reach the latest
    moment that has come wins, and of equal moments the later turn: a launch that was set for a
    morning comes on it also when the switch was turned off after the launch was set.
    """
    for reach, name in ((Reach.SHOP, shop), (Reach.BRAND, brand), (Reach.ALL, "")):
        come = [
            turn
            for turn in turns
            if turn.feature == feature
            and turn.scope == reach
            and turn.name == name
            and turn.since <= at
        ]
        if come:
            return max(come, key=lambda turn: (turn.since, turn.id)).on
    return True


@dataclass(slots=True)
class Switches:
    """The copy in memory, and the hand that turns."""

    store: Store
    clock: Clock
    log: Log
    code_needed: bool = False
    _turns: list[SwitchRow] = field(default_factory=list)
    _known: dict[tuple[str, str], tuple[datetime, datetime | None, Allowed]] = field(
        default_factory=dict
    )
    _is_away: bool = False

    def allowed(self, *, shop: str, brand: str) -> Allowed:
        """Return what holds now. Spending needs earning: a sale that spends is told, and earns."""
        now = self.clock.now()
        known = self._known.get((shop, brand))
        if known is not None and known[0] <= now and (known[1] is None or now < known[1]):
            return known[2]
        earning = is_on(self._turns, Feature.EARNING, shop=shop, brand=brand, at=now)
        spending = is_on(self._turns, Feature.SPENDING, shop=shop, brand=brand, at=now)
        allowed = Allowed(earning, earning and spending, self.code_needed)
        ahead = min((turn.since for turn in self._turns if turn.since > now), default=None)
        self._known[shop, brand] = (now, ahead, allowed)
        return allowed

    async def refresh(self) -> None:
        """Take over what was turned; a store that is away changes nothing.

        All turns are read, because those of two processes may be seen in another order than they
        were numbered in; they are few.
        """
        try:
            turns = list(await self.store.read(lambda tx: tx.turns()))
        except StoreError as error:
            if not self._is_away:
                self.log.warning("switches.kept", cause=str(error))
            self._is_away = True
            return
        self._is_away = False
        if turns != self._turns:
            self._turns = turns
            self._known.clear()


async def turn(store: Store, row: SwitchRow) -> SwitchRow:
    """Append a turn and write into the journal who turned what and why; return it with its id."""

    def work(tx: Tx) -> SwitchRow:
        made = replace(row, id=tx.turn(row))
        detail: dict[str, Any] = {
            "feature": row.feature, "scope": row.scope, "name": row.name,
            "since": row.since.isoformat(), "who": row.who, "reason": row.reason,
        }  # fmt: skip
        outcome = "turned_on" if row.on else "turned_off"
        tx.write_journal(
            [JournalRow(row.at, "", Kind.CUSTOMER, OPERATOR, "switch", outcome, "", detail)]
        )
        return made

    return await store.run(work)
