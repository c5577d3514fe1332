"""Asking people about merges: whom we wrote to, and by which link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.ports.merge_asks import MergePoint
from gateway.ports.merges import MergeState
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_merges import merge_point, person_merge

GIVEN = shape(merge_point, "merge_id", "place", "token")
SHOWN = [merge_point.c[name] for name in GIVEN]
ASKED = const(MergeState.ASKED)


@statement("merge begin")
def _begin(_: Dialect) -> Executable:
    c = person_merge.c
    return (
        sa.update(person_merge)
        .where(c.id == param("of_id"), c.state == ASKED, c.told_at.is_(None))
        .values(told_at=param("at", MOMENT), until=param("new_until", MOMENT))
        .returning(c.id)
    )


@statement("merges begun")
def _begun(_: Dialect) -> Executable:
    told_at = person_merge.c.told_at
    return sa.select(sa.func.count()).where(told_at.is_not(None), told_at >= param("since", MOMENT))


@statement("merges untold")
def _untold(_: Dialect) -> Executable:
    c = person_merge.c
    found = sa.select(c.id).where(
        c.state == ASKED, c.told_at.is_(None), c.asked_at < param("before", MOMENT)
    )
    return found.order_by(c.asked_at, c.id).limit(param("limit", COUNT))


@statement("merges lapsed")
def _lapsed(_: Dialect) -> Executable:
    c = person_merge.c
    found = sa.select(c.id).where(
        c.state == ASKED, c.told_at.is_not(None), c.until <= param("now", MOMENT)
    )
    return found.order_by(c.asked_at, c.id).limit(param("limit", COUNT))


@statement("merge point put")
def _put(d: Dialect) -> Executable:
    return d.insert(merge_point, GIVEN)


@statement("merge point claim")
def _claim(_: Dialect) -> Executable:
    c = merge_point.c
    return (
        sa.update(merge_point)
        .where(
            c.merge_id == param("of_id"), c.place == param("of_place", COUNT), c.told_at.is_(None)
        )
        .values(told_at=param("at", MOMENT))
        .returning(c.place)
    )


@statement("merge point release")
def _release(_: Dialect) -> Executable:
    c = merge_point.c
    named = (c.merge_id == param("of_id"), c.place == param("of_place", COUNT))
    return sa.update(merge_point).where(*named).values(told_at=sa.null())


def _open() -> sa.Select[tuple[object, ...]]:
    """Join places with their merges, as far as those still wait for an answer."""
    c = person_merge.c
    joined = merge_point.join(person_merge, c.id == merge_point.c.merge_id)
    found = sa.select(*SHOWN).select_from(joined)
    return found.where(c.state == ASKED, c.until > param("now", MOMENT))


@statement("merge points untold")
def _untold_points(_: Dialect) -> Executable:
    found = _open().where(merge_point.c.told_at.is_(None))
    in_order = found.order_by(merge_point.c.merge_id, merge_point.c.place)
    return in_order.limit(param("limit", COUNT))


@statement("merge by token")
def _by_token(_: Dialect) -> Executable:
    return _open().where(merge_point.c.token == param("token"))


class MergeAskPart(Part):
    """See ``gateway.ports.MergeAskTx``."""

    def begin_merge(self, merge_id: str, *, at: datetime, until: datetime) -> bool:
        """Note that its person is being written to."""
        return bool(self._session.all(_begin, of_id=merge_id, at=at, new_until=until))

    def merges_begun(self, *, since: datetime) -> int:
        """How many persons were written to since then."""
        return int(self._session.all(_begun, since=since)[0][0])

    def merges_untold(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Ids of merges whose person was never written to."""
        return [row[0] for row in self._session.all(_untold, before=before, limit=limit)]

    def merges_lapsed(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Ids of merges that nobody answered in time."""
        return [row[0] for row in self._session.all(_lapsed, now=now, limit=limit)]

    def put_merge_points(self, points: Sequence[MergePoint]) -> None:
        """Store the places of a merge."""
        records = [{name: getattr(one, name) for name in GIVEN} for one in points]
        self._session.each(_put, records)

    def claim_merge_point(self, merge_id: str, place: int, *, at: datetime) -> bool:
        """Note that a message goes there now."""
        return bool(self._session.all(_claim, of_id=merge_id, of_place=place, at=at))

    def release_merge_point(self, merge_id: str, place: int) -> None:
        """Note that it surely did not go."""
        self._session.all(_release, of_id=merge_id, of_place=place)

    def untold_merge_points(self, *, now: datetime, limit: int) -> Sequence[MergePoint]:
        """Places to which no message went."""
        found = self._session.all(_untold_points, now=now, limit=limit)
        return [MergePoint(*row) for row in found]

    def merge_by_token(self, token: str, *, now: datetime) -> MergePoint | None:
        """The place of a link."""
        found = self._session.all(_by_token, token=token, now=now)
        return MergePoint(*found[0]) if found else None
