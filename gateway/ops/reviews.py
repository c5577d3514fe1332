"""Reviews: pairs of customers of whom a person must say whether they are one.

What was found stands beside both records, masked. A "different" is remembered: nobody is asked
again without new evidence. A "same" is handed to merging; nothing is merged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.identity.matching.texts import finding_text, rule_text
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ops.masked import shown_path, shown_value
from gateway.ports import EntityRow, Pair, PairRow, PairState, Store, Tx

MOST = 100
_CENT = 100
_DECIDABLE = frozenset(
    {
        PairState.OPEN, PairState.PROPOSED, PairState.APART, PairState.DIFFERENT, PairState.SAME,
        PairState.DENIED,
    }
)  # fmt: skip


class Merging(Protocol):
    """What makes one of two."""

    def wanted(self, tx: Tx, row: PairRow) -> object:
        """Ask for the merge of a pair that somebody takes for one."""

    def parted(self, tx: Tx, row: PairRow) -> None:
        """Let each of a pair that somebody takes for two have a record of his own everywhere."""


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One pair in a list. Shape: ``one`` and ``other`` are canonical ids; texts in a language."""

    id: str
    one: str
    other: str
    state: str
    points: float
    rule: str
    supports: tuple[str, ...]
    against: tuple[str, ...]
    found_at: datetime
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Some pairs. ``after`` asks for those that follow, ``None`` at the end."""

    lines: tuple[ReviewLine, ...]
    after: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Beside:
    """One field of both records, masked; ``None`` is no value. ``alike``: they are the same."""

    path: str
    one: object
    other: object
    alike: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. ``accounts`` are those that hold a copy."""

    id: str
    created_at: datetime | None
    changed_at: datetime | None
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A pair with both records side by side. ``note`` is what whoever decided wrote."""

    line: ReviewLine
    one: Side
    other: Side
    fields: tuple[Beside, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A person's decision. ``was`` is the state before."""

    id: str
    state: str
    was: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """Lists, shows and decides."""

    store: Store
    clock: Clock
    merging: Merging | None = None

    async def list(
        self,
        *,
        state: PairState = PairState.OPEN,
        after: str | None = None,
        limit: int = MOST,
        language: str = "ru",
    ) -> ReviewPage:
        """Return pairs of a state, the most certain first. Raises ``Refused`` for a wrong place."""
        below, most = _place(after), min(limit, MOST)

        def look(tx: Tx) -> ReviewPage:
            rows = tx.list_pairs(state, below=below, limit=most)
            return ReviewPage(
                lines=tuple(_line(row, language) for row in rows),
                after=_cursor(rows[-1]) if len(rows) == most else None,
                counts={str(one): number for one, number in tx.count_pairs().items()},
            )

        return await self.store.read(look)

    async def show(self, pair_id: str, *, unmask: bool = False, language: str = "ru") -> ReviewView:
        """Return one pair with both records. Raises ``NotFound``.

        Whoever unmasks writes down that somebody looked, as everywhere.
        """

        def look(tx: Tx) -> ReviewView:
            row = _found(tx, pair_id)
            entities, links = tx.entities(row.pair), tx.links_of(row.pair)
            one, other = (entities.get(name) for name in row.pair)
            sides = [
                _side(name, entities.get(name), [link.account for link in links.get(name, ())])
                for name in row.pair
            ]
            fields = _beside(one, other, unmask=unmask)
            return ReviewView(_line(row, language), sides[0], sides[1], fields, row.note)

        return await self.store.read(look)

    async def decide(self, pair_id: str, *, same: bool, reason: str, who: str) -> Judged:
        """Say that the two are one person, or two. Saying it again changes nothing.

        Raises ``NotFound``, and ``Refused`` without a reason or when they are merged already.
        """
        if not reason.strip():
            msg = "a decision needs a reason: whoever reads it later must understand it"
            raise Refused(msg)
        state = PairState.SAME if same else PairState.DIFFERENT
        return await self.store.run(lambda tx: self._decide(tx, pair_id, state, reason, who))

    def _decide(self, tx: Tx, pair_id: str, state: PairState, reason: str, who: str) -> Judged:
        tx.lock_keys([f"pair:{pair_id}"])
        row = _found(tx, pair_id)
        if row.state not in _DECIDABLE:
            msg = f"the two were {row.state} already: undo the merge first"
            raise Refused(msg)
        judged = Judged(row.id, str(state), str(row.state))
        if row.state is state:
            return judged
        now = self.clock.now()
        decided = replace(row, state=state, decided_at=now, decided_by=who, note=reason.strip())
        tx.put_pairs([decided])
        tx.write_journal(
            [
                deed(
                    now, (name, Kind.CUSTOMER), event="review", outcome=str(state), who=who,
                    pair=row.id, was=str(row.state), points=row.points / _CENT,
                )
                for name in row.pair
            ]
        )  # fmt: skip
        if self.merging is not None:
            (self.merging.wanted if state is PairState.SAME else self.merging.parted)(tx, decided)
        return judged


def _found(tx: Tx, pair_id: str) -> PairRow:
    one, _, other = pair_id.partition(".")
    row = tx.pairs([(one, other)]).get((one, other))
    if row is None:
        msg = "no such pair: `gateway identity reviews` lists them"
        raise NotFound(msg)
    return row


def _cursor(row: PairRow) -> str:
    return f"{row.points}:{row.id}"


def _place(after: str | None) -> tuple[int, Pair] | None:
    if after is None:
        return None
    points, _, pair = after.partition(":")
    one, dot, other = pair.partition(".")
    if not dot or not points.removeprefix("-").isdecimal():
        msg = "after: take it from the page before"
        raise Refused(msg)
    return int(points), (one, other)


def _line(row: PairRow, language: str) -> ReviewLine:
    return ReviewLine(
        id=row.id,
        one=row.pair[0],
        other=row.pair[1],
        state=str(row.state),
        points=row.points / _CENT,
        rule=rule_text(row.rule, language),
        supports=_texts(row.findings.get("supports", ()), language),
        against=_texts(row.findings.get("against", ()), language),
        found_at=row.found_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
    )


def _texts(findings: Sequence[Sequence[object]], language: str) -> tuple[str, ...]:
    return tuple(finding_text(one, language) for one in findings)


def _side(name: str, row: EntityRow | None, accounts: Sequence[str]) -> Side:
    return Side(
        name,
        row.created_at if row else None,
        row.changed_at if row else None,
        tuple(sorted(accounts)),
    )


def _beside(one: EntityRow | None, other: EntityRow | None, *, unmask: bool) -> tuple[Beside, ...]:
    """Put the fields of both beside each other; whether two are alike is told from the values.

    Two phones that look alike behind the mask and are two have a line each.
    """
    mine, theirs = (row.fields if row else {} for row in (one, other))
    return tuple(
        Beside(
            path=shown_path(path, unmask=unmask),
            one=shown_value(Kind.CUSTOMER, path, mine.get(path), unmask=unmask),
            other=shown_value(Kind.CUSTOMER, path, theirs.get(path), unmask=unmask),
            alike=path in mine and mine[path] == theirs.get(path),
        )
        for path in sorted({*mine, *theirs})
    )
