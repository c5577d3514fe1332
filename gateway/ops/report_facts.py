"""Facts made of what is stored: what reports count of a snapshot or a sale. Pure.

Paths of snapshots are read as they are: folding a million of them into models would cost ten times
as much. Money is whole kopecks and points whole ten-thousandths, as sums are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import CardState, Confirmation
from gateway.canonical.money import KOPECK, rounded
from gateway.canonical.order import FINAL
from gateway.canonical.paths import Fields, item_path
from gateway.identity.matching.persons import is_nameless
from gateway.ports import EntityRow, SaleKind, SaleProgress, SaleRow
from gateway.ports.reports import (
    CardFact,
    FactKind,
    FactSource,
    PersonFact,
    Place,
    PurchaseFact,
)

TILL_CHANNELS = frozenset({"pos", "till", "shop", "retail", "offline"})
"""Channels of orders that are receipts of a till; all others were placed elsewhere."""
ROUBLES = "RUB"
_POINT_UNITS = 10_000
_MARKER_PARTS, _LEAF_PARTS = 2, 3
_TELLING = ("name/", "birth_date", "phones/", "emails/")
"""Paths that tell who a customer is."""
_ALL = ""
"""Path of the origin that stands for all fields without one of their own."""

_FINAL = frozenset(str(one) for one in FINAL)
"""States of orders that are no purchases, or no longer."""

Goods = Iterable[tuple[Mapping[str, str] | None, str | None]]
"""Price of one, and how many; either may be unknown."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Which day it is at a shop, by its zone or the common one."""

    common: ZoneInfo
    shops: Mapping[str, ZoneInfo] = field(default_factory=dict)

    def day(self, at: datetime, shop: str = "") -> date:
        """Return the day of a moment at a shop."""
        return at.astimezone(self.shops.get(shop, self.common)).date()


def order_fact(row: EntityRow, zones: Zones) -> PurchaseFact | None:
    """Return what reports count of an order, ``None`` for a deleted one."""
    if row.deleted:
        return None
    said = row.fields
    at, shop = _moment(said.get("placed_at"), row.created_at), str(said.get("shop") or "")
    channel, status = str(said.get("channel") or ""), str(said.get("status") or "")
    amount, currency = total_of(_lines(said))
    return PurchaseFact(
        id=row.id,
        source=FactSource.ORDER,
        kind=FactKind.PURCHASE,
        place=Place.TILL if channel.lower() in TILL_CHANNELS else Place.ONLINE,
        at=at,
        day=zones.day(at, shop),
        shop=shop,
        brand="",
        channel=channel,
        number=_number(said.get("number")),
        amount=amount,
        currency=currency,
        buyer=str(said.get("customer_id") or ""),
        named="",
        earned=points_of(said.get("points_earned")),
        spent=points_of(said.get("points_spent")),
        of="",
        state=status,
        stands=status not in _FINAL,
    )


def sale_fact(
    row: SaleRow, *, sold: SaleRow | None, buyer: str, named: str, zones: Zones
) -> PurchaseFact | None:
    """Return what reports count of a till's sale or return, ``None`` unless it is settled.

    ``sold`` is the sale that a return gives back, where it is still known.
    """
    if row.progress is not SaleProgress.COMMITTED:
        return None
    said, is_return = row.content, row.kind is SaleKind.REFUND
    about = sold.content if is_return and sold is not None else said
    amount, currency = total_of(_returned(said, about) if is_return else _sold(said))
    return PurchaseFact(
        id=row.id,
        source=FactSource.SALE,
        kind=FactKind.RETURN if is_return else FactKind.PURCHASE,
        place=Place.ONLINE if about.get("is_online") else Place.TILL,
        at=row.at,
        day=zones.day(row.at, row.shop),
        shop=row.shop,
        brand=row.brand,
        channel=row.caller,
        number="" if is_return else _number(said.get("number")),
        amount=amount,
        currency=currency,
        buyer=buyer,
        named=named,
        earned=points_of(row.kept.get("points_earned")),
        spent=points_of(row.kept.get("points_spent")),
        of=row.of,
        state=str(row.progress),
        stands=True,
    )


def person_fact(row: EntityRow, zones: Zones) -> PersonFact | None:
    """Return what reports count of a customer, ``None`` for a deleted one."""
    if row.deleted:
        return None
    said = row.fields
    return PersonFact(
        id=row.id,
        day=zones.day(_moment(said.get("registered_at"), row.created_at)),
        source=str(said.get("source") or ""),
        phone_day=_since(row, "phones", zones),
        email_day=_since(row, "emails", zones),
        card_day=_since(row, "cards", zones),
        phone_confirmed=_is_confirmed(said, "phones"),
        email_confirmed=_is_confirmed(said, "emails"),
    )


def card_fact(row: EntityRow, holders: Sequence[EntityRow], zones: Zones) -> CardFact | None:
    """Return what reports count of a card: ``None`` for a deleted one, or one still in the drawer.

    ``holders`` are the customers who carry its number. One of whom nothing is known is no person:
    such holders came with cards that were issued without a name.
    """
    said = row.fields
    people = [one for one in holders if not is_nameless(one)]
    named = str(said.get("customer_id") or "")
    if named in {one.id for one in holders if is_nameless(one)}:
        named = ""
    holder = named or min((one.id for one in people), default="")
    in_drawer = said.get("state") == CardState.ISSUED and not said.get("activated_at")
    if row.deleted or (in_drawer and not holder):
        return None
    return CardFact(
        id=row.id,
        day=zones.day(_moment(said.get("activated_at"), row.created_at)),
        matched_day=zones.day(_matched_at(row, people, named)) if holder else None,
        holder=holder,
    )


def total_of(goods: Goods) -> tuple[int, str]:
    """Return (kopecks, currency) of what has a price and a quantity.

    As ``Order.goods_total``; what is in another currency than the first is left out.
    """
    total, currency = 0, ""
    for price, quantity in goods:
        if price is None or quantity is None:
            continue
        currency = currency or price.get("currency", ROUBLES)
        if price.get("currency", ROUBLES) == currency:
            cost = rounded(Decimal(price["amount"]) * Decimal(str(quantity)), KOPECK)
            total += int(cost / KOPECK)
    return total, currency or ROUBLES


def points_of(value: object) -> int:
    """Return ten-thousandths of points; nothing said is nothing."""
    if not isinstance(value, Mapping):
        return 0
    return int(Decimal(str(value.get("points", 0))) * _POINT_UNITS)


def _lines(said: Fields) -> Goods:
    lines: dict[str, dict[str, Any]] = {}
    for path, value in said.items():
        if path.startswith("lines/"):
            parts = path.split("/")
            if len(parts) == _LEAF_PARTS:
                lines.setdefault(parts[1], {})[parts[2]] = value
    return [(lines[key].get("price"), lines[key].get("quantity")) for key in sorted(lines)]


def _sold(said: Mapping[str, Any]) -> Goods:
    for line in said.get("lines") or ():
        yield line.get("price") or line.get("base_price"), line.get("quantity")


def _returned(said: Mapping[str, Any], sold: Mapping[str, Any]) -> Iterator[Any]:
    """Name the prices of what comes back: the return's own, else those at which it was sold."""
    prices = {
        line.get("id"): line.get("price") or line.get("base_price")
        for line in sold.get("lines") or ()
    }
    lines = said.get("lines")
    for line in (sold.get("lines") or ()) if lines is None else lines:
        yield line.get("price") or prices.get(line.get("id")), line.get("quantity")


def _number(value: object) -> str:
    return str(value or "").strip().upper()


def _moment(text: object, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(str(text)) if text else otherwise


def _markers(said: Fields, collection: str) -> Iterator[str]:
    for path, value in said.items():
        is_below = path.startswith(f"{collection}/")
        if is_below and value is True and len(path.split("/")) == _MARKER_PARTS:
            yield path


def _origin(row: EntityRow, path: str) -> datetime:
    _, at = row.origins.get(path) or row.origins.get(_ALL) or ("", "")
    return _moment(at, row.created_at)


def _since(row: EntityRow, collection: str, zones: Zones) -> date | None:
    """Return the day on which the oldest of what a customer has now was told."""
    days = [zones.day(_origin(row, path)) for path in _markers(row.fields, collection)]
    return min(days, default=None)


def _is_confirmed(said: Fields, collection: str) -> bool:
    return any(
        said.get(f"{path}/confirmation") == Confirmation.CONFIRMED
        for path in _markers(said, collection)
    )


def _matched_at(row: EntityRow, holders: Sequence[EntityRow], named: str) -> datetime:
    """Return when a card was first known to be somebody's of whom something was known."""
    marker = item_path("cards", str(row.fields.get("number") or ""))
    known = {one.id: _known_since(one) for one in holders}
    times = [max(_origin(one, marker), known[one.id]) for one in holders]
    if named and ("customer_id" in row.origins or not times):
        at = _origin(row, "customer_id")
        times.append(max(at, known.get(named, at)))
    return min(times)


def _known_since(row: EntityRow) -> datetime:
    """Return since when something is known of a customer who is not nameless."""
    return min(_origin(row, path) for path in row.fields if path.startswith(_TELLING))
