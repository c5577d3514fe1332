"""Upkeep: what time alone brings about. Every step may be broken off and repeated.

Nothing depends on its punctuality: lots become active and die by their dates, and whoever touches a
member's points writes off what has died. The upkeep does it for those whom nobody touches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.canonical import Kind, Order, OrderStatus
from gateway.loyalty.house.accrual import hand_over, is_handed_over
from gateway.loyalty.house.holds import end, release_key
from gateway.loyalty.house.lots import Piece, holdings, total
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import (
    HOUSE_ACCOUNT,
    NoticeKind,
    Programme,
    locked_sale,
    locks,
)
from gateway.loyalty.house.reckoning import tier_of
from gateway.ports import EntityRow, HouseSaleRow, HouseSaleState, Tx
from gateway.sync.lookup import NUMBER

PAGE = 100
DAY = timedelta(days=1)
OVERLAP = timedelta(hours=1)
"""How far the clocks of two processes may differ without a lot being forgotten."""
START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class UpkeepReport:
    """How many reservations ended, orders accrued, members lost points, were told, changed tier."""

    lapsed: int = 0
    handed_over: int = 0
    expired: int = 0
    notices: int = 0
    tiers: int = 0


class Upkeep:
    """The house's work of every minute and of every night."""

    def __init__(self, house: House, programme: Programme) -> None:
        self._house = house
        self._programme = programme

    async def run_once(self, now: datetime) -> UpkeepReport:
        """Do all that is due; the pass over all tiers once a day."""
        settled = await self.settle(now)
        notices = await self._notify(now)
        return replace(settled, notices=notices, tiers=await self._retier(now))

    async def settle(self, now: datetime) -> UpkeepReport:
        """Do only what tells nobody anything: an operator's hand, where no notifier is."""
        return UpkeepReport(
            lapsed=await self._lapse(now),
            handed_over=await self._hand_over(now),
            expired=await self._expire(now),
        )

    async def _lapse(self, now: datetime) -> int:
        """End reservations that ran out."""
        count = 0
        while rows := await self._house.read(lambda tx: tx.house_holds(now=now, limit=PAGE)):
            for row in rows:
                count += await self._house.write(_lapsing(self._programme, row, now))
        return count

    async def _hand_over(self, now: datetime) -> int:
        """Accrue the orders that, by their snapshots, are paid and handed over."""
        count, after = 0, ""
        while rows := await self._house.read(_awaiting(after)):
            after = rows[-1].id
            ready = await self._house.read(_handed_over(self._programme, rows))
            for sale_id in ready:
                count += await self._house.write(_accruing(self._programme, sale_id, now))
        return count

    async def _expire(self, now: datetime) -> int:
        """Write off what died since the last time."""
        old = await self._cursor("expiry")
        since = _moment(old) - OVERLAP if old else START
        count, after = 0, ""
        while members := await self._house.read(_dying(since, now, after)):
            after = members[-1]
            count += await self._house.write(_burying(self._programme, members, now))
        await self._move("expiry", old, now)
        return count

    async def _notify(self, now: datetime) -> int:
        """Tell of points that die on a day that came within one of the notice periods.

        Whole days in UTC, so that a member gets one notice for all that dies on a day. Who is
        within a shorter period already is told by that one only.
        """
        count, today = 0, now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        shorter = today
        for days in sorted(set(self._programme.rules.notice_days)):
            stream, until = f"notice-{days}", today + (days + 1) * DAY
            old = await self._cursor(stream)
            since = max(_moment(old), shorter) if old else shorter
            after = ""
            while members := await self._house.read(_dying(since, until, after)):
                after = members[-1]
                work = _telling(self._programme, members, (since, until), days, now)
                count += await self._house.write(work)
            await self._move(stream, old, until)
            shorter = until
        return count

    async def _retier(self, now: datetime) -> int:
        """Once a day, note the tiers that time or a change of the rules has changed."""
        old = await self._cursor("tiers")
        if old and now - _moment(old) < DAY:
            return 0
        count, after, days = 0, "", self._programme.rules.window_days
        since = now - timedelta(days=days) if days else None
        while rows := await self._house.read(_tiers(since, now, after)):
            after = rows[-1][0]
            for member_id, tier, purchases in rows:
                if tier_of(self._programme.rules, purchases).name != tier:
                    count += await self._house.write(_retiering(self._programme, member_id, now))
        await self._move("tiers", old, now)
        return count

    async def _cursor(self, stream: str) -> str | None:
        found = await self._house.read(lambda tx: tx.checkpoint(HOUSE_ACCOUNT, stream))
        return found.cursor if found is not None else None

    async def _move(self, stream: str, old: str | None, new: datetime) -> None:
        """Move a cursor, never back; whoever else moved it has done the same work."""
        if old is not None and _moment(old) >= new:
            return
        await self._house.write(
            lambda tx: tx.move_checkpoint(
                HOUSE_ACCOUNT, stream, old=old, new=new.isoformat(), now=new
            )
        )


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else START


def _awaiting(after: str) -> Callable[[Tx], Sequence[HouseSaleRow]]:
    return lambda tx: tx.house_awaiting(after=after, limit=PAGE)


def _dying(since: datetime, until: datetime, after: str) -> Callable[[Tx], Sequence[str]]:
    return lambda tx: tx.house_dying(since=since, until=until, after=after, limit=PAGE)


def _tiers(
    since: datetime | None, until: datetime, after: str
) -> Callable[[Tx], Sequence[tuple[str, str, Decimal]]]:
    return lambda tx: tx.house_tiers(since=since, until=until, after=after, limit=PAGE)


def _lapsing(programme: Programme, found: HouseSaleRow, now: datetime) -> Callable[[Tx], int]:
    def work(tx: Tx) -> int:
        row = locked_sale(tx, found.id)
        is_over = row is not None and row.expires_at is not None and row.expires_at <= now
        if row is None or row.state is not HouseSaleState.RESERVED or not is_over:
            return 0
        if row.member_id:
            book = programme.book(tx, row.member_id, now)
            book.release(release_key(row), None, sale_id=row.id)
        end(tx, [row], now)
        return 1

    return work


def _handed_over(programme: Programme, rows: Sequence[HouseSaleRow]) -> Callable[[Tx], list[str]]:
    """Find the orders of sales by their numbers; return the sales whose order is ready."""

    def work(tx: Tx) -> list[str]:
        by_digest = {
            programme.digester.digest(NUMBER, (row.number or row.id).upper()): row for row in rows
        }
        matched = tx.match(list(by_digest))
        entities = tx.entities([one for found in matched.values() for one in found])
        return [
            row.id
            for digest, row in by_digest.items()
            if any(_is_ready(programme, entities[one]) for one in matched[digest])
        ]

    return work


def _is_ready(programme: Programme, row: EntityRow) -> bool:
    if row.kind is not Kind.ORDER or row.deleted:
        return False
    order = row.entity
    stage = OrderStatus(programme.rules.handed_over)
    return isinstance(order, Order) and is_handed_over(order, stage)


def _accruing(programme: Programme, sale_id: str, now: datetime) -> Callable[[Tx], int]:
    return lambda tx: int(hand_over(tx, programme, sale_id, now))


def _burying(programme: Programme, members: Sequence[str], now: datetime) -> Callable[[Tx], int]:
    def work(tx: Tx) -> int:
        tx.lock_keys([lock for one in members for lock in locks(member_id=one)])
        return sum(bool(programme.book(tx, one, now).buried) for one in members)

    return work


def _telling(
    programme: Programme,
    members: Sequence[str],
    window: tuple[datetime, datetime],
    days: int,
    now: datetime,
) -> Callable[[Tx], int]:
    def work(tx: Tx) -> int:
        rows, count = tx.house_members(members), 0
        for member_id, row in sorted(rows.items()):
            held = holdings(tx.house_lots(member_id), now)
            dates: dict[str, list[Piece]] = {}
            for piece in (*held.active, *held.pending):
                expires_at = piece.lot.expires_at
                if expires_at is not None and window[0] < expires_at <= window[1]:
                    dates.setdefault(expires_at.date().isoformat(), []).append(piece)
            for date, pieces in dates.items():
                told = {"points": str(total(pieces)), "date": date, "days": str(days)}
                key = f"house:{NoticeKind.EXPIRING}-{days}:{member_id}:{date}"
                programme.notify(key, programme.member(row), NoticeKind.EXPIRING, told, tx)
                count += 1
        return count

    return work


def _retiering(programme: Programme, member_id: str, now: datetime) -> Callable[[Tx], int]:
    def work(tx: Tx) -> int:
        tx.lock_keys(locks(member_id=member_id))
        row = tx.house_members([member_id])[member_id]
        if row.joined_into:
            return 0
        return int(programme.retier(tx, row, now, programme.tier_at(tx, member_id, now).name))

    return work
