"""Sales: reserve, commit and cancel, each as one transaction that has locked sale and member.

Whatever is repeated has the effect of once: by the caller's key, and by the sale's own state.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.contract import Kept, Sale
from gateway.loyalty.house import keys
from gateway.loyalty.house.desk import Desk, at_desk, given_up, kept_of
from gateway.loyalty.house.holds import release_key
from gateway.loyalty.house.programme import Programme, earned_lot, locked_sale, lot_of
from gateway.loyalty.house.reckoning import Reckoned, basket_of
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.loyalty.house.terms import Terms, conditions, rules_of, terms_of, tier_named
from gateway.ports import (
    Accrual,
    EntryKind,
    HouseSaleRow,
    HouseSaleState,
    Lot,
    SaleKind,
    Tx,
)

RESERVE, COMMIT = "reserve", "commit"


class Sales:
    """Works on sales inside a transaction."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def reserve(self, tx: Tx, sale: Sale, *, key: str, now: datetime) -> Kept:
        """Block the points that a sale spends; ``RESERVED`` also where it spends none."""
        desk = at_desk(tx, self._programme, sale, now)
        row, record = desk.row, desk.record
        turn = (row.round if row is not None else 0) + 1
        asked = f"{RESERVE}:{sale.id}:"
        told = tx.ask_house(f"{RESERVE}:{key}", f"{asked}{turn}")
        if not told.startswith(asked):
            raise refused(Refusal.KEY_REUSED)
        made = int(told.removeprefix(asked))
        if row is not None and record is not None and made < turn:
            if made == row.round and not desk.repeats(RESERVE):
                raise refused(Refusal.KEY_REUSED)
            return self._kept(desk, row) if made == row.round else given_up(sale.id, made)
        if row is not None and row.state is HouseSaleState.COMMITTED:
            raise refused(Refusal.SALE_COMMITTED)
        terms = self._terms(desk)
        if row is not None and row.state is HouseSaleState.RESERVED:
            if desk.repeats(RESERVE):
                return self._kept(desk, row)
            if terms.key is None:
                raise refused(Refusal.SALE_DIFFERS)
            self._give_up(desk, row)
        return self._block(desk, terms, turn)

    def commit(self, tx: Tx, sale: Sale, *, key: str, now: datetime) -> Kept:
        """Take the blocked points and accrue the earned ones."""
        desk = at_desk(tx, self._programme, sale, now)
        row, record = desk.row, desk.record
        if tx.ask_house(f"{COMMIT}:{key}", f"{COMMIT}:{sale.id}") != f"{COMMIT}:{sale.id}":
            raise refused(Refusal.KEY_REUSED)
        if row is not None and record is not None and row.state is HouseSaleState.COMMITTED:
            if row.kind is not SaleKind.SALE or not desk.repeats(COMMIT):
                raise refused(Refusal.SALE_DIFFERS)
            return self._kept(desk, row)
        if row is not None and row.state is HouseSaleState.RESERVED and row.member_id not in {
            "", desk.member_id,
        }:  # fmt: skip
            raise refused(Refusal.SALE_DIFFERS)
        terms = self._promised(desk)
        terms.refuse_spending(desk.wanted)
        self._refuse_unreserved(desk, terms)
        reckoned = terms.reckon(desk.wanted)
        made = self._committed(desk, terms, reckoned)
        self._post(desk, made, terms, reckoned)
        tx.put_house_sales([made])
        self._used(desk, terms, made)
        if desk.member is not None:
            tier = self._programme.tier_at(tx, desk.member_id, max(now, sale.at)).name
            self._programme.retier(tx, desk.member, now, tier)
        return self._kept(desk, made)

    def cancel(self, tx: Tx, reference: str, *, now: datetime) -> None:
        """Give a reservation up; one that is not there any more needs nothing."""
        sale_id, _, turn = reference.rpartition("/")
        row = locked_sale(tx, sale_id)
        if row is None or str(row.round) != turn:
            return
        if row.state is HouseSaleState.COMMITTED:
            raise refused(Refusal.SALE_COMMITTED)
        if row.member_id and row.state is HouseSaleState.RESERVED:
            book = self._programme.book(tx, row.member_id, now)
            book.release(release_key(row), None, sale_id=sale_id)
        state = replace(row, state=HouseSaleState.CANCELLED, changed_at=now, expires_at=None)
        tx.put_house_sales([state])

    def find(self, tx: Tx, sale_id: str, *, now: datetime) -> Kept | None:
        """Return what is kept of a sale or a return."""
        row = tx.house_sales([sale_id]).get(sale_id)
        if row is None:
            return None
        is_over = row.state is HouseSaleState.RESERVED and (row.expires_at or now) <= now
        return kept_of(replace(row, state=HouseSaleState.LAPSED) if is_over else row)

    def _terms(self, desk: Desk) -> Terms:
        terms = terms_of(
            desk.tx,
            self._programme,
            desk.sale,
            member_id=desk.member_id,
            row=desk.row,
            now=desk.now,
        )
        if terms.has_bad_key:
            raise refused(Refusal.ORDER_KEY)
        return terms

    def _promised(self, desk: Desk) -> Terms:
        """Return the terms of a commit: those that were promised when the same was reserved."""
        terms, record = self._terms(desk), desk.record
        if record is None or terms.key is not None or not desk.repeats(RESERVE):
            return terms
        rules = rules_of(desk.tx, self._programme, record.version)
        tier = tier_named(rules, record.tier) if record.tier else None
        basket = basket_of(rules, record.lines)
        return replace(
            terms, rules=rules, version=record.version, tier=tier, lines=record.lines, basket=basket
        )

    def _refuse_unreserved(self, desk: Desk, terms: Terms) -> None:
        """Refuse points that were not reserved, unless they are there and may be spent.

        A reservation that ran out still covers a receipt that was closed with it.
        """
        if not desk.wanted or desk.book is None:
            return
        row, record = desk.row, desk.record
        if row is not None and record is not None and row.state in {
            HouseSaleState.RESERVED, HouseSaleState.LAPSED,
        }:  # fmt: skip
            if desk.wanted > record.spent:
                raise refused(Refusal.POINTS_RESERVED)
        elif desk.wanted > terms.spendable(desk.book.held.available):
            raise refused(Refusal.POINTS_TOO_MANY)

    def _give_up(self, desk: Desk, row: HouseSaleRow) -> None:
        if desk.book is not None:
            desk.book.release(release_key(row), None, sale_id=row.id)

    def _block(self, desk: Desk, terms: Terms, turn: int) -> Kept:
        terms.refuse_spending(desk.wanted)
        if desk.book is not None:
            if desk.wanted > terms.spendable(desk.book.held.available):
                raise refused(Refusal.POINTS_TOO_MANY)
            if desk.wanted:
                desk.book.block(f"block:{desk.sale.id}:{turn}", desk.wanted, sale_id=desk.sale.id)
        made = self._row(desk, terms, terms.reckon(desk.wanted), RESERVE)
        hold = terms.rules.online_hold_s if desk.sale.is_online else terms.rules.hold_s
        made = replace(
            made,
            state=HouseSaleState.RESERVED,
            round=turn,
            expires_at=desk.now + timedelta(seconds=hold),
        )
        desk.tx.put_house_sales([made])
        self._used(desk, terms, made)
        return self._kept(desk, made)

    def _committed(self, desk: Desk, terms: Terms, reckoned: Reckoned) -> HouseSaleRow:
        waits = terms.rules.accrual == "handed_over" and desk.sale.is_online
        return replace(
            self._row(desk, terms, reckoned, COMMIT),
            state=HouseSaleState.COMMITTED,
            turnover=reckoned.due,
            accrual=Accrual.AWAITING if waits and desk.member_id else Accrual.NONE,
            expires_at=None,
        )

    def _row(self, desk: Desk, terms: Terms, reckoned: Reckoned, step: str) -> HouseSaleRow:
        sale, row = desk.sale, desk.row
        record = conditions(terms, desk.record)
        record = replace(
            record,
            reckoned=reckoned.lines,
            spent=reckoned.spent,
            earned=reckoned.earned,
            digests={**record.digests, step: desk.digest},
        )
        return HouseSaleRow(
            sale.id,
            SaleKind.SALE,
            HouseSaleState.RESERVED,
            at=sale.at,
            counted_at=sale.at,
            changed_at=desk.now,
            member_id=desk.member_id,
            round=row.round if row is not None else 0,
            shop=sale.shop or "",
            number=sale.number or (row.number if row is not None else ""),
            body=record.body(),
        )

    def _post(self, desk: Desk, row: HouseSaleRow, terms: Terms, reckoned: Reckoned) -> None:
        book, sale_id = desk.book, desk.sale.id
        if book is None:
            return
        if reckoned.spent:
            book.redeem(f"redeem:{sale_id}", reckoned.spent, sale_id=sale_id)
        if desk.row is not None and desk.row.state is HouseSaleState.RESERVED:
            book.release(release_key(desk.row), None, sale_id=sale_id)
        if not reckoned.earned:
            return
        name = earned_lot(sale_id)
        if row.accrual is Accrual.AWAITING:
            book.await_hand_over(f"accrue:{sale_id}", Lot(name), reckoned.earned, sale_id=sale_id)
            return
        rules = terms.rules
        lot = lot_of(
            name, row.at, activation_days=rules.activation_days, expire_days=rules.expire_days
        )
        book.accrue(
            f"accrue:{sale_id}",
            lot,
            reckoned.earned,
            kind=EntryKind.ACCRUE,
            sale_id=sale_id,
            reason="",
        )

    def _used(self, desk: Desk, terms: Terms, row: HouseSaleRow) -> None:
        if terms.key is not None:
            keys.use(desk.tx, self._programme, row, terms.key, desk.now)

    def _kept(self, desk: Desk, row: HouseSaleRow) -> Kept:
        kept = kept_of(row)
        if desk.book is None or desk.member is None:
            return kept
        member = desk.tx.house_members([desk.member.id])[desk.member.id]
        return replace(kept, balance=self._programme.account(desk.book.held, member.tier))
