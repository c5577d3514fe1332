"""Terms: by which rules, tier and prices a sale is reckoned.

As a rule by those of now. A secret key of the order, given among the promo codes, keeps those of
the order's first calculation for the lines that were in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.canonical import DiscountReason, OrderLine
from gateway.config import HouseSection, TierSection
from gateway.contract import PromoState, Sale
from gateway.loyalty.house.keys import is_order_key, key_digest
from gateway.loyalty.house.programme import Programme
from gateway.loyalty.house.reckoning import BasketLine, Reckoned, basket_of, reckon, spendable
from gateway.loyalty.house.record import Record, record_of
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.ports import HouseSaleRow, OrderKeyRow, Tx


@dataclass(frozen=True, slots=True)
class Terms:
    """The conditions of one sale. Shape: ``tier`` ``None`` for an anonymous buyer."""

    rules: HouseSection
    version: str
    tier: TierSection | None
    lines: tuple[OrderLine, ...]
    basket: tuple[BasketLine, ...]
    codes: tuple[tuple[str, PromoState], ...] = ()
    key: OrderKeyRow | None = None

    @property
    def has_code(self) -> bool:
        """True when a promo code came with the sale; the key of an order is none."""
        return any(not is_order_key(code) for code, _ in self.codes)

    @property
    def has_bad_key(self) -> bool:
        """True when a key came that does not open this order."""
        return self.key is None and any(is_order_key(code) for code, _ in self.codes)

    def spendable(self, available: Decimal) -> Decimal:
        """Return the most points that the sale may take."""
        if self.tier is None or (self.has_code and self.rules.points_or_code):
            return Decimal(0)
        return spendable(self.rules, self.tier, self.basket, available)

    def refuse_spending(self, points: Decimal) -> None:
        """Raise ``Rejected`` where points must not be spent at all, or not so many."""
        if not points:
            return
        if self.tier is None:
            raise refused(Refusal.POINTS_ANONYMOUS)
        if points < 0 or points % self.rules.spend_unit:
            raise refused(Refusal.POINTS_UNIT)
        if self.has_code and self.rules.points_or_code:
            raise refused(Refusal.POINTS_OR_CODE)

    def reckon(self, points: Decimal) -> Reckoned:
        """Reckon the sale with so many points spent."""
        return reckon(self.rules, self.tier, self.basket, points)


def terms_of(
    tx: Tx,
    programme: Programme,
    sale: Sale,
    *,
    member_id: str,
    row: HouseSaleRow | None,
    now: datetime,
) -> Terms:
    """Return the terms of a sale; ``row`` is what is kept of it. Raises ``Rejected``."""
    key, states = _key_state(tx, programme, sale, row, now)
    rules, version, lines = programme.rules, programme.version, tuple(sale.lines)
    tier = programme.tier_at(tx, member_id, sale.at) if member_id else None
    if key is not None and row is not None:
        record = record_of(row.body)
        rules, version = rules_of(tx, programme, record.version), record.version
        lines = kept_lines(lines, record.first)
        tier = tier_named(rules, record.tier) if member_id and record.tier else tier
    return Terms(rules, version, tier, lines, basket_of(rules, lines), states, key)


def rules_of(tx: Tx, programme: Programme, version: str) -> HouseSection:
    """Return the rules of a version; those of now for one that is not kept."""
    text = None if version == programme.version else tx.house_rules(version)
    return programme.rules if text is None else HouseSection.model_validate_json(text)


def tier_named(rules: HouseSection, name: str) -> TierSection:
    """Return a tier by its name; the lowest for one that the rules do not have."""
    return next((tier for tier in rules.tiers if tier.name == name), rules.tiers[0])


def kept_lines(lines: Sequence[OrderLine], first: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    """Return the lines, with the prices and discounts that the same products had at first."""
    by_id = {line.id: line for line in first}
    by_product = {line.product: line for line in first if line.product is not None}
    kept = []
    for line in lines:
        same = by_id.get(line.id)
        if same is None or same.product != line.product:
            same = by_product.get(line.product) if line.product is not None else None
        update = (
            {"base_price": same.base_price, "price": same.price, "discounts": same.discounts}
            if same is not None
            else {}
        )
        kept.append(line.model_copy(update=update))
    return tuple(kept)


def _key_state(
    tx: Tx, programme: Programme, sale: Sale, row: HouseSaleRow | None, now: datetime
) -> tuple[OrderKeyRow | None, tuple[tuple[str, PromoState], ...]]:
    opened: OrderKeyRow | None = None
    states: list[tuple[str, PromoState]] = []
    for code in sale.promo_codes:
        if not is_order_key(code):
            states.append((code, _promo_state(sale, code)))
            continue
        key = tx.order_key(key_digest(programme.digester, code))
        if key is None or row is None or key.sale_id != row.id:
            states.append((code, PromoState.UNKNOWN))
        elif key.expires_at <= now:
            states.append((code, PromoState.EXPIRED))
        else:
            opened = key
            states.append((code, PromoState.APPLIED))
    return opened, tuple(states)


def _promo_state(sale: Sale, code: str) -> PromoState:
    """Tell whether the shop applied its promo code: the house has none of its own."""
    given = (one for line in sale.lines for one in line.discounts)
    applied = any(one.reason is DiscountReason.PROMO_CODE and one.code == code for one in given)
    return PromoState.APPLIED if applied else PromoState.NOT_APPLIED


def conditions(terms: Terms, record: Record | None) -> Record:
    """Start the record of a sale under its terms; the first calculation is kept for ever."""
    return Record(
        version=terms.version,
        tier=terms.tier.name if terms.tier is not None else "",
        first=record.first if record is not None and record.first else terms.lines,
        lines=terms.lines,
        digests=record.digests if record is not None else {},
        codes=tuple(code for code, _ in terms.codes if not is_order_key(code)),
    )
