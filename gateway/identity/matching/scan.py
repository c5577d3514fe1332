"""Scan: the whole base is looked through for duplicates, page by page, and can be cut anywhere.

It walks over the look-up digests in order, so that it holds one page in memory and goes on from the
last one after a crash. What it finds is written with the place that it came to, in one transaction.
Nothing is merged: certain pairs are proposed, doubtful ones are put before a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import combinations

from gateway.contract import Clock, GatewayError
from gateway.identity.matching.decide import Decider, Decision
from gateway.identity.matching.evidence import Hands, hands_of
from gateway.identity.matching.graph import Graph
from gateway.identity.matching.pairing import pairs_at
from gateway.identity.matching.profile import CARD, EMAIL, MAILBOX, PERSON, PHONE, Profile
from gateway.identity.matching.record import Recorder
from gateway.ports import PairState, Store, Tx

SORTS = (CARD, EMAIL, MAILBOX, PERSON, PHONE)
"""In the order of their digests: a pair is compared at the first that it shares."""
PAGE = 200
ACCOUNT, STREAM = "identity", "scan"
LEASE = "identity.scan"
LEASE_S = 120.0
DONE = ""
"""The cursor of a scan that came to its end: the next one begins anew."""


class ScanRuns(GatewayError):
    """Another process is scanning; two would ask about everything twice."""

    remedy = "Wait until it is done, or end it; it goes on where it was."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan came. Shape: ``states`` counts pairs that came into a state."""

    digests: int = 0
    pairs: int = 0
    crowded: int = 0
    states: Mapping[PairState, int] = field(default_factory=dict)
    cursor: str = DONE

    def after(self, page: Page, states: Mapping[PairState, int]) -> Progress:
        """Return the progress with one more page."""
        summed = {
            state: self.states.get(state, 0) + states.get(state, 0)
            for state in PairState
            if state in self.states or state in states
        }
        return Progress(
            self.digests + page.digests,
            self.pairs + len(page.decisions),
            self.crowded + page.crowded,
            summed,
            page.cursor,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """What one page brought. ``cursor`` is where the next one begins."""

    cursor: str
    decisions: Sequence[Decision] = ()
    digests: int = 0
    crowded: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """Scans. ``holder`` names this process."""

    store: Store
    graph: Graph
    decider: Decider
    recorder: Recorder
    clock: Clock
    holder: str
    page: int = PAGE

    async def run(
        self, told: Callable[[Progress], None], *, pages: int | None = None, restart: bool = False
    ) -> Progress:
        """Scan to the end, or so many pages; ``told`` hears after each.

        Goes on where an earlier one was cut, unless it shall ``restart``. Raises ``ScanRuns``.
        """
        place = await self.store.read(lambda tx: tx.checkpoint(ACCOUNT, STREAM))
        old = place.cursor if place else None
        progress, left = Progress(cursor=DONE if restart else old or DONE), pages
        try:
            return await self._pages(progress, old, left, told)
        finally:
            await self.store.run(self._release)

    async def _pages(
        self,
        progress: Progress,
        old: str | None,
        left: int | None,
        told: Callable[[Progress], None],
    ) -> Progress:
        while left is None or left > 0:
            page = await self.store.read(partial(self.look, cursor=progress.cursor))
            states = await self.store.run(partial(self._write, page=page, old=old))
            progress, old = progress.after(page, states), page.cursor
            told(progress)
            if page.cursor == DONE:
                break
            left = None if left is None else left - 1
        return progress

    def _write(self, tx: Tx, page: Page, old: str | None) -> Mapping[PairState, int]:
        now = self.clock.now()
        until = now + timedelta(seconds=LEASE_S)
        is_ours = tx.lease(LEASE, holder=self.holder, now=now, until=until)
        if not is_ours or not tx.move_checkpoint(
            ACCOUNT, STREAM, old=old, new=page.cursor, now=now
        ):
            raise ScanRuns
        return self.recorder.record(tx, page.decisions)

    def _release(self, tx: Tx) -> None:
        now = self.clock.now()
        tx.lease(LEASE, holder=self.holder, now=now, until=now)

    def look(self, tx: Tx, cursor: str) -> Page:
        """Read one page and decide about its pairs."""
        start = cursor.partition(":")[0]
        for sort in SORTS:
            if sort < start:
                continue
            shared = tx.shared_digests(sort, after=cursor, limit=self.page)
            if shared:
                return self._decided(tx, shared)
        return Page(DONE)

    def _decided(self, tx: Tx, shared: Sequence[tuple[str, int]]) -> Page:
        most = self.decider.section.most_holders
        few = [digest for digest, holders in shared if holders <= most]
        groups = _Groups(self.graph, most, {digest: Hands(number) for digest, number in shared})
        groups.load(tx, few)
        groups.load_others(tx, few)
        decisions = [
            self.decider.decide(one, other, groups.crowd)
            for digest in few
            for one, other in pairs_at(digest, groups.holders(digest), groups.crowd, most)
        ]
        return Page(shared[-1][0], decisions, len(shared), len(shared) - len(few))


@dataclass(slots=True)
class _Groups:
    """Who holds what, of one page."""

    graph: Graph
    most: int
    crowd: dict[str, Hands]
    _profiles: dict[str, Profile] = field(default_factory=dict)
    _ids: dict[str, Sequence[str]] = field(default_factory=dict)

    def load(self, tx: Tx, digests: Sequence[str]) -> None:
        """Read the holders of digests and judge whether they are at odds."""
        self._ids |= {digest: tuple(ids) for digest, ids in tx.match(digests).items()}
        wanted = {name for digest in digests for name in self._ids.get(digest, ())}
        self._profiles |= self.graph.load(tx, sorted(wanted - set(self._profiles)))
        for digest in digests:
            hands = hands_of(self.holders(digest))
            counted = self.crowd.get(digest, hands)
            self.crowd[digest] = hands._replace(holders=counted.holders)

    def load_others(self, tx: Tx, digests: Sequence[str]) -> None:
        """Do the same for whatever else two holders of a digest share."""
        others = {
            key
            for digest in digests
            for one, other in combinations(self.holders(digest), 2)
            for key in one.held
            if key in other.held
        } - set(self.crowd)
        counts = tx.count_holders(sorted(others))
        self.crowd |= {key: Hands(number, at_odds=True) for key, number in counts.items()}
        self.load(tx, sorted(key for key, number in counts.items() if number <= self.most))

    def holders(self, digest: str) -> list[Profile]:
        """Return the customers that hold a digest and have not lost it to a refusal."""
        found = (self._profiles.get(name) for name in self._ids.get(digest, ()))
        return [one for one in found if one is not None and digest in one.held]
