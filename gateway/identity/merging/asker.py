"""Asker: writes to people by itself about what rules, orders and operators take for one person.

At most so many persons a day, not at night, and about each pair once. Whom to write to is decided
in one transaction, with the pair's mark and the day's count; the messages go out after it, and what
a dead process left is sent by the next round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from gateway.config import MergeSection
from gateway.contract import Clock, Log, TillBusy, TillRefused
from gateway.identity.merging.asking import Asking
from gateway.identity.merging.steps import OPEN
from gateway.identity.questionnaire.desk import LIMITED
from gateway.ports import MergeState, PairRow, PairState, Store, Tx

PATIENCE_S = 60.0
"""What was asked for so lately is left to whoever asked for it: he may be writing just now."""
ROUND = 10
"""Persons of one round: a day's number goes out over minutes, not at once."""
_LOOKED = 500
"""Pairs that are looked at in one round; more than wait for another merge of the same person."""
_MESSAGES = 500
_LOCK = "merges.ask"


@dataclass(frozen=True, slots=True)
class Asker:
    """Writes. ``zone`` is where the shop is: its hours and days count."""

    store: Store
    clock: Clock
    asking: Asking
    section: MergeSection
    zone: tzinfo
    log: Log

    async def round(self) -> int:
        """Begin with some persons and send what is due; return how many messages went.

        Raises ``StoreError``.
        """
        now = self.clock.now()
        hour = now.astimezone(self.zone).hour
        if not self.section.ask_from <= hour < self.section.ask_until:
            return 0
        await self.store.run(self._begin)
        points = await self.store.read(lambda tx: tx.untold_merge_points(now=now, limit=_MESSAGES))
        sent = 0
        for point in points:
            try:
                sent += await self.asking.tell_first(point)
            except TillBusy as error:
                self.log.warning("merges.unsent", cause=error.code)
                if error.code != LIMITED:
                    break  # nothing can be sent now
            except TillRefused as error:
                self.log.warning("merges.unsent", cause=error.code)
        return sent

    def _begin(self, tx: Tx) -> None:
        """Choose whom to write to; two processes never go over the day's number."""
        tx.lock_keys([_LOCK])
        now = self.clock.now()
        begun = tx.merges_begun(since=self._midnight(now))
        left = min(ROUND, self.section.ask_day - begun)
        if left <= 0:
            return
        before = now - timedelta(seconds=PATIENCE_S)
        chosen = list(tx.merges_untold(before=before, limit=left))
        chosen += self._proposed(tx, left - len(chosen), now)
        for merge_id in chosen:
            self.asking.begin_in(tx, merge_id)

    def _proposed(self, tx: Tx, most: int, now: datetime) -> list[str]:
        """Ask for the merges of pairs, the surest first; those of a person's word before all."""
        made: list[str] = []
        for state in (PairState.SAME, PairState.PROPOSED):
            rows = tx.pairs_to_ask(state, limit=_LOOKED) if len(made) < most else ()
            made += self._of_pairs(tx, rows, most - len(made), now)
        return made

    def _of_pairs(self, tx: Tx, rows: Sequence[PairRow], most: int, now: datetime) -> list[str]:
        made: list[str] = []
        done = []
        for row in rows:
            if len(made) == most:
                break
            known = tx.merges_of(row.pair)
            was_asked = any({one.survivor, one.absorbed} == set(row.pair) for one in known)
            if not was_asked and any(one.state in OPEN for one in known):
                continue  # one question at a time; the pair is looked at again afterwards
            merge = None if was_asked else self.asking.merging.wanted(tx, row)
            made += [merge.id] if merge is not None and merge.state is MergeState.ASKED else []
            done.append(row.pair)
        tx.note_pairs_asked(done, at=now)
        return made

    def _midnight(self, now: datetime) -> datetime:
        return now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
