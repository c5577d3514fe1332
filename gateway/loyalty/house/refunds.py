"""Refunds: goods come back; spent points return to their lots, earned ones leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.contract import Kept, Refund
from gateway.loyalty.house.desk import kept_of
from gateway.loyalty.house.programme import Programme, earned_lot, locked_sale, locks, lot_of
from gateway.loyalty.house.record import Record, record_of, refund_digest
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.loyalty.house.returning import Returned, quantities_of, returned
from gateway.loyalty.house.terms import rules_of
from gateway.ports import Accrual, HouseSaleRow, HouseSaleState, SaleKind, Tx

REFUND = "refund"


class Refunds:
    """Works on returns inside a transaction."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def refund(self, tx: Tx, refund: Refund, *, key: str, now: datetime) -> Kept:
        """Give a sale back, whole or in part; the same return twice is once."""
        sale = self._sale(tx, refund)
        if tx.ask_house(f"{REFUND}:{key}", f"{REFUND}:{refund.id}") != f"{REFUND}:{refund.id}":
            raise refused(Refusal.KEY_REUSED)
        digest = refund_digest(refund)
        known = tx.house_sales([refund.id]).get(refund.id)
        if known is not None:
            if known.of != sale.id or record_of(known.body).digests.get(REFUND) != digest:
                raise refused(Refusal.SALE_DIFFERS)
            return kept_of(known)
        if sale.state is not HouseSaleState.COMMITTED:
            raise refused(Refusal.SALE_OPEN)
        part = self._part(tx, sale, refund)
        row = _row(sale, refund, part, digest, now)
        tx.put_house_sales([row])
        if not sale.member_id:
            return kept_of(row)
        return self._move(tx, sale, row, part, now)

    def _sale(self, tx: Tx, refund: Refund) -> HouseSaleRow:
        """Find the sale and lock it, its member and the return."""
        sale = locked_sale(tx, refund.sale_id)
        if sale is None or sale.kind is not SaleKind.SALE:
            raise refused(Refusal.SALE_UNKNOWN)
        tx.lock_keys(locks(sale_id=refund.id))
        return sale

    def _part(self, tx: Tx, sale: HouseSaleRow, refund: Refund) -> Returned:
        record = record_of(sale.body)
        before: Counter[str] = Counter()
        for row in tx.house_refunds(sale.id):
            before.update(record_of(row.body).returned)
        done = {line: Decimal(quantity) for line, quantity in before.items()}
        coming = quantities_of(record.reckoned, done, refund.lines)
        rules = rules_of(tx, self._programme, record.version)
        return returned(rules, record.reckoned, done, coming)

    def _move(
        self, tx: Tx, sale: HouseSaleRow, row: HouseSaleRow, part: Returned, now: datetime
    ) -> Kept:
        book = self._programme.book(tx, sale.member_id, now)
        rules = self._programme.rules
        if part.spent:
            key = f"return:{row.id}"
            book.take_back(
                key,
                part.spent,
                sale_id=sale.id,
                grace=timedelta(days=rules.grace_days),
                fresh=lot_of(key, now, activation_days=0, expire_days=rules.expire_days),
            )
        if part.earned:
            book.withdraw(
                f"withdraw:{row.id}", part.earned, sale_id=sale.id, lot_id=earned_lot(sale.id)
            )
        member = tx.house_members([sale.member_id])[sale.member_id]
        tier = self._programme.tier_at(tx, member.id, max(now, sale.counted_at)).name
        self._programme.retier(tx, member, now, tier)
        return kept_of(row, self._programme.account(book.held, tier))


def _row(
    sale: HouseSaleRow, refund: Refund, part: Returned, digest: str, now: datetime
) -> HouseSaleRow:
    record = Record(
        earned=part.earned,
        spent=part.spent,
        returned=part.quantities,
        digests={REFUND: digest},
    )
    return replace(
        sale,
        id=refund.id,
        kind=SaleKind.REFUND,
        of=sale.id,
        at=refund.at,
        changed_at=now,
        round=0,
        shop=refund.shop or sale.shop,
        number="",
        turnover=-part.due,
        accrual=Accrual.NONE,
        body=record.body(),
    )
