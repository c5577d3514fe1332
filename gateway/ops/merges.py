"""Merges for people: asked for, confirmed by the person's codes, looked at and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.identity.merging.asking import Asking
from gateway.identity.merging.proof import SMS
from gateway.identity.merging.record import MergeRecord, read_record
from gateway.identity.merging.service import Merging, Undone, Wanted
from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ports import MergeRow, MergeState, Store
from gateway.telemetry import mask_email, mask_phone

MOST = 200
_SHORTEST_REASON = 3


@dataclass(frozen=True, slots=True)
class Point:
    """Where the person is to confirm. Shape: ``to`` is masked; ``place`` counts from 0."""

    place: int
    channel: str
    to: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class StaysMerged:
    """What cannot be undone at an account. ``remade``: a record is made there anew."""

    account: str
    remade: bool


@dataclass(frozen=True, slots=True)
class PointsBack:
    """What became of the house's points at an undo, as texts of numbers.

    Units: points; ``spent`` and ``expired`` went since the merge and stay gone.
    """

    returned: str
    spent: str
    expired: str


@dataclass(frozen=True, slots=True)
class MergeView:
    """A merge as people see it.

    Shape: ``apart`` are accounts at which both have a record, with how that is mended: ``vendor``
    merges them, or ``two`` stay. ``left`` and ``back`` are told by an undo only.
    """

    id: str
    state: str
    survivor: str
    absorbed: str
    cause: str
    asked_by: str
    asked_at: datetime
    until: datetime
    changed_at: datetime | None
    note: str
    points: tuple[Point, ...]
    moved: tuple[str, ...]
    apart: Mapping[str, str]
    belongings: int
    left: tuple[StaysMerged, ...] = ()
    back: PointsBack | None = None


@dataclass(frozen=True, slots=True)
class MergeDesk:
    """Looks at merges and has them carried out. Without ``asking`` only people can vouch."""

    store: Store
    clock: Clock
    merging: Merging
    asking: Callable[[], Asking | None]

    async def list(
        self, *, state: MergeState = MergeState.ASKED, limit: int = MOST
    ) -> tuple[MergeView, ...]:
        """Return merges in a state, the oldest first."""
        rows = await self.store.read(lambda tx: tx.merges(state=state, limit=limit))
        return tuple(view_of(row) for row in rows)

    async def of(self, entity_id: str) -> tuple[MergeView, ...]:
        """Return the merges in which somebody took part, the oldest first."""
        rows = await self.store.read(lambda tx: tx.merges_of([entity_id]))
        return tuple(view_of(row) for row in rows)

    async def show(self, merge_id: str) -> MergeView:
        """Return one. Raises ``NotFound``."""
        return view_of(await self._row(merge_id))

    async def ask(self, wanted: Wanted) -> MergeView:
        """Ask for a merge, and send the person his codes. Raises ``MergeRefused``, ``Refused``."""
        row = await self.merging.propose(wanted)
        if row.state is MergeState.ASKED:
            await self.send_codes(row.id, who=wanted.who)
        return view_of(row)

    async def send_codes(self, merge_id: str, *, who: str) -> MergeView:
        """Send a code to each place whose code this operator has not taken down yet.

        Raises ``MergeRefused``, ``Refused``, ``TillBusy``, ``TillRefused``.
        """
        row = await self._row(merge_id)
        await self._asking().write(row, giver=_giver(who))
        return view_of(row)

    async def confirm(self, merge_id: str, place: int, code: str, *, who: str) -> MergeView:
        """Take the person's code for one place; the merge is done with the last of an operator.

        He takes all codes from one person; what the page or a colleague took is no part of his.

        Raises ``Refused`` for a code that is wrong, late or was used, and for a place that is none.
        """
        row = await self._row(merge_id)
        if not 0 <= place < len(read_record(row.record).needs):
            msg = "nobody was asked there"
            raise Refused(msg)
        confirmed = await self._asking().confirm(row, place, code, giver=_giver(who))
        if confirmed is None:
            msg = "the code is wrong or too old: send another one"
            raise Refused(msg)
        return view_of(confirmed)

    async def undo(self, merge_id: str, *, who: str) -> MergeView:
        """Take a merge back; ``left`` says what vendors keep. Raises ``MergeRefused``."""
        return _undone(await self.merging.undo((await self._row(merge_id)).id, who=who))

    async def _row(self, merge_id: str) -> MergeRow:
        row = await self.store.read(lambda tx: tx.person_merge(merge_id))
        if row is None:
            msg = f"no merge {merge_id}: look at the list again"
            raise NotFound(msg)
        return row

    def _asking(self) -> Asking:
        asking = self.asking()
        if asking is None:
            msg = "no account sends codes (`codes.mode`): somebody must vouch for the two"
            raise Refused(msg)
        return asking


def executors(desk: MergeDesk) -> Mapping[ActionKind, Executor]:
    """Return what does the actions on merges.

    ``merge.ask`` and ``merge.vouch``: subjects survivor and absorbed, ``reason``; ``despite`` for
    two confirmed phones. ``merge.refuse`` and ``merge.undo``: the merge, ``reason``.
    """

    async def ask(who: str, action: Action) -> MergeView:
        return await desk.ask(_wanted(who, action, vouched=False))

    async def vouch(who: str, action: Action) -> MergeView:
        wanted = _wanted(who, action, vouched=True)
        await _note(desk, who, action)
        return await desk.ask(wanted)

    async def refuse(who: str, action: Action) -> MergeView:
        reason = _reason(action)
        row = await desk.merging.refuse(_one(action), who=who, reason=reason)
        await _note(desk, who, action)
        return view_of(row)

    async def undo(who: str, action: Action) -> MergeView:
        _reason(action)
        undone = await desk.undo(_one(action), who=who)
        await _note(desk, who, action)
        return undone

    return {
        ActionKind.MERGE_ASK: ask,
        ActionKind.MERGE_VOUCH: vouch,
        ActionKind.MERGE_REFUSE: refuse,
        ActionKind.MERGE_UNDO: undo,
    }


def view_of(row: MergeRow) -> MergeView:
    """Return a merge for people's eyes."""
    record = read_record(row.record)
    merged = {*record.asked, *record.gone}
    return MergeView(
        row.id, str(row.state), row.survivor, row.absorbed, row.cause, row.asked_by, row.asked_at,
        row.until, row.changed_at, row.note, _points(record), tuple(sorted(record.moved)),
        {name: "vendor" if name in merged else "two" for name in sorted(record.apart)},
        len(record.belongings),
    )  # fmt: skip


def _undone(undone: Undone) -> MergeView:
    left = tuple(StaysMerged(one.account, one.remade) for one in undone.left)
    back = undone.back
    points = PointsBack(*map(str, (back.points, back.spent, back.expired))) if back else None
    return replace(view_of(undone.row), left=left, back=points)


def _points(record: MergeRecord) -> tuple[Point, ...]:
    points = []
    for place, need in enumerate(record.needs):
        channel, _, to = need.partition(":")
        masked = mask_phone(to) if channel == SMS else mask_email(to)
        points.append(Point(place, channel, masked, need in record.confirmed))
    return tuple(points)


def _giver(who: str) -> str:
    """Return how a record names an operator; a browser is a digest, and never looks like him."""
    return f"operator:{who}"


def _wanted(who: str, action: Action, *, vouched: bool) -> Wanted:
    if len(action.subjects) != 2:  # noqa: PLR2004 - two are made one
        msg = "name two customers: the one who stays and the one who goes into him"
        raise Refused(msg)
    _reason(action)
    survivor, absorbed = action.subjects
    despite = bool(action.params.get("despite"))
    return Wanted(survivor, absorbed, "operator", who, despite=despite, vouched=vouched)


def _one(action: Action) -> str:
    if len(action.subjects) != 1:
        msg = "name one merge"
        raise Refused(msg)
    return action.subjects[0]


def _reason(action: Action) -> str:
    reason = str(action.params.get("reason", "")).strip()
    if len(reason) < _SHORTEST_REASON:
        msg = "say why: it is written down"
        raise Refused(msg)
    return reason


async def _note(desk: MergeDesk, who: str, action: Action) -> None:
    row = deed(
        desk.clock.now(), ("", Kind.CUSTOMER), event="merge", outcome=action.kind.split(".")[1],
        who=who, subjects=" ".join(action.subjects),
    )  # fmt: skip
    await desk.store.run(lambda tx: tx.write_journal([row]))
