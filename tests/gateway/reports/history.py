"""A retailer's history with a known truth: 25 shops, tills, a site, cards and customers.

What happens is written into the store as the core and the tills would; ``Truth`` reckons the
figures from the last state, in plain loops that share nothing with the code under test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.loyalty.stories import Stories
from gateway.ops.report_build import BATCH, Builder
from gateway.ops.report_facts import Zones
from gateway.ops.report_reading import Reader
from gateway.ports import COUNTED_PROGRESS, EntityRow, SaleKind, SaleProgress, SaleRow, Store, Tx
from gateway.sync.lookup import Digester
from tests.gateway.contract.fakes import FakeLog

MOSCOW, URALS = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Yekaterinburg")
SHOPS = tuple(f"магазин-{number:02}" for number in range(1, 26))
FAR = frozenset(SHOPS[20:])
"""Shops two hours ahead of Moscow."""
START = datetime(2026, 1, 1, 20, 30, tzinfo=UTC)
Sums = Counter[tuple[str, date, str]]
"""By figure, day and shop."""
DIGESTER = Digester(b"k" * 32)
ZONES = Zones(MOSCOW, dict.fromkeys(FAR, URALS))


def builder(store: Store, clock: Clock, holder: str = "one", *, batch: int = BATCH) -> Builder:
    """Return a builder that does not rest."""
    reader = Reader(DIGESTER, Stories(DIGESTER), ZONES)
    return Builder(store, reader, clock, FakeLog(), holder, rest_share=0, batch=batch)


async def build(made: Builder) -> None:
    """Build until nothing is left."""
    while await made.step():
        pass


def phone_of(person: int) -> str:
    """Return the phone of a person."""
    return f"+7916{person:07}"


def customer(person: int, *, version: int = 1, **said: Any) -> EntityRow:
    """Return a customer who came ``person`` days after the start."""
    came = START + timedelta(days=person)
    phone = phone_of(person)
    fields: dict[str, Any] = {
        f"phones/{phone}": True,
        "source": "questionnaire" if person % 3 == 0 else "till",
        "registered_at": came.isoformat(),
    } | said
    return EntityRow(
        f"c-{person:04}", Kind.CUSTOMER, version, fields, {"": ("shop", came.isoformat())},
        came, came,
    )  # fmt: skip


def order(number: int, **said: Any) -> EntityRow:
    """Return an order of the site, placed ``number`` hours after the start."""
    placed = START + timedelta(hours=number)
    fields: dict[str, Any] = {
        "number": f"а-{number}",
        "status": "new",
        "placed_at": placed.isoformat(),
        "lines/1": True,
        "lines/1/quantity": "2",
        "lines/1/price": {"amount": f"{100 + number}.55", "currency": "RUB"},
    } | said
    return EntityRow(
        f"o-{number:04}", Kind.ORDER, 1, fields, {"": ("shop", placed.isoformat())},
        placed, placed,
    )  # fmt: skip


def sale(number: int, **changes: Any) -> SaleRow:
    """Return a till's sale, closed ``number`` hours after the start."""
    shop = SHOPS[number % len(SHOPS)]
    content: dict[str, Any] = {
        "id": f"s{number}",
        "number": f"Ч-{number}",
        "lines": [
            {
                "id": "1",
                "quantity": "1",
                "price": {"amount": f"{200 + number}.00", "currency": "RUB"},
            }
        ],
    } | changes.pop("content", {})
    values: dict[str, Any] = {
        "id": f"till:s{number}",
        "kind": SaleKind.SALE,
        "caller": "till",
        "shop": shop,
        "brand": "",
        "processor": "loyalty",
        "progress": SaleProgress.COMMITTED,
        "version": 1,
        "place": number,
        "at": START + timedelta(hours=number),
        "changed_at": START + timedelta(hours=number),
        "content": content,
        "kept": {"reference": "r", "points_earned": {"points": "6.5"}},
    }
    return SaleRow(**(values | changes))


def give_back(
    sold: SaleRow, *, lines: list[dict[str, Any]] | None = None, **changes: Any
) -> SaleRow:
    """Return the return of a sale, whole or in part, a day later."""
    content = {"id": "r", "sale_id": "s"} | ({} if lines is None else {"lines": lines})
    values: dict[str, Any] = {
        "id": f"{sold.id}-r",
        "kind": SaleKind.REFUND,
        "of": sold.id,
        "at": sold.at + timedelta(days=1),
        "content": content,
        "kept": {"reference": "r", "points_earned": {"points": "-6.5"}},
    }
    return replace(sold, **(values | changes))


def put(tx: Tx, rows: Sequence[EntityRow | SaleRow]) -> None:
    """Write rows as the core does: a snapshot with what it is found by."""
    snapshots = [row for row in rows if isinstance(row, EntityRow)]
    tx.put_entities(snapshots)
    tx.put_matches(
        {
            row.id: [] if row.deleted else DIGESTER.of_entity(row.kind, row.fields)
            for row in snapshots
            if row.kind is not Kind.ORDER
        }
    )
    tx.put_sales([row for row in rows if isinstance(row, SaleRow)])


@dataclass
class Truth:
    """Figures by plain loops over the last state of everything."""

    entities: dict[str, EntityRow] = field(default_factory=dict)
    sales: dict[str, SaleRow] = field(default_factory=dict)

    def learn(self, *rows: EntityRow | SaleRow) -> None:
        """Take over what is written."""
        for row in rows:
            if isinstance(row, EntityRow):
                self.entities[row.id] = row
            else:
                self.sales[row.id] = row

    def living(self, kind: Kind) -> list[EntityRow]:
        """Return the snapshots of a kind that are not deleted."""
        return [one for one in self.entities.values() if one.kind is kind and not one.deleted]

    def buyer(self, row: SaleRow) -> str:
        """Return whose a sale is: the one customer who has the phone, else the phone itself."""
        phone = (row.content.get("member") or {}).get("phone")
        if phone is None:
            return ""
        owners = [c.id for c in self.living(Kind.CUSTOMER) if f"phones/{phone}" in c.fields]
        return owners[0] if len(owners) == 1 else phone

    def sold(self) -> list[tuple[datetime, str, str, str, int]]:
        """Return purchases: (at, id, shop, buyer, kopecks); an order and its sale once."""
        orders = {
            one.fields["number"].upper(): one
            for one in self.living(Kind.ORDER)
            if one.fields["status"] not in ("cancelled", "returned")
        }
        found = []
        for one in orders.values():
            amount = Decimal(one.fields["lines/1/price"]["amount"]) * 2
            buyer = one.fields.get("customer_id", "")
            at = datetime.fromisoformat(one.fields["placed_at"])
            found.append((at, one.id, "", buyer, int(amount * 100)))
        for row in self.sales.values():
            online = (
                row.content.get("is_online") and row.content["number"].strip().upper() in orders
            )
            is_sale = row.kind is SaleKind.SALE and row.progress is SaleProgress.COMMITTED
            if is_sale and not online:
                amount = Decimal(row.content["lines"][0]["price"]["amount"])
                found.append((row.at, row.id, row.shop, self.buyer(row), int(amount * 100)))
        return sorted(found)

    def counts(self, key: str) -> bool:
        """Tell whether a sale, if it is known and settled, is a purchase of its own."""
        row = self.sales.get(key)
        is_settled = row is not None and row.progress is SaleProgress.COMMITTED
        return not is_settled or any(one[1] == key for one in self.sold())

    def price(self, key: str) -> int:
        """Return the kopecks of a sale; what is not known, or not settled, costs nothing."""
        row = self.sales.get(key)
        if row is None or row.progress not in COUNTED_PROGRESS:
            return 0
        return int(Decimal(row.content["lines"][0]["price"]["amount"]) * 100)

    def sums(self) -> Sums:
        """Return the figures of what was sold and to whom, by day and shop."""
        total: Sums = Counter()
        bought: dict[str, list[tuple[date, str]]] = {}
        for at, key, shop, buyer, amount in self.sold():
            day = day_at(at, shop)
            total["turnover", day, shop] += amount
            total["purchases", day, shop] += 1
            is_receipt = not key.startswith("o-") and not self.sales[key].content.get("is_online")
            total["receipts", day, shop] += is_receipt
            total["identified", day, shop] += is_receipt and bool(buyer)
            if buyer:
                bought.setdefault(buyer, []).append((day, shop))
        for row in self.sales.values():
            if row.progress is not SaleProgress.COMMITTED:
                continue
            day = day_at(row.at, row.shop)
            total["earned", day, row.shop] += 65_000 if row.kind is SaleKind.SALE else -65_000
            if row.kind is SaleKind.REFUND and self.counts(row.of):
                total["returned", day, row.shop] += self.price(row.of)
        for dates in bought.values():
            total["first", *dates[0]] += 1
            if len(dates) > 1 and (dates[1][0] - dates[0][0]).days <= 30:
                total["again_30", *dates[0]] += 1
        for one in self.living(Kind.CUSTOMER):
            came = day_at(datetime.fromisoformat(one.fields["registered_at"]), "")
            shop = bought[one.id][0][1] if one.id in bought else ""
            total["people", came, shop] += 1
            total["with_email", came, shop] += any(p.startswith("emails/") for p in one.fields)
        return without_zeros(total)


def without_zeros(total: Sums) -> Sums:
    """Return sums of something."""
    return Counter({key: value for key, value in total.items() if value})


def day_at(at: datetime, shop: str) -> date:
    """Return which day it is at a shop."""
    return at.astimezone(URALS if shop in FAR else MOSCOW).date()


FIGURES: Sequence[str] = (
    "turnover", "purchases", "receipts", "identified", "first", "again_30", "people", "with_email",
    "earned", "returned",
)  # fmt: skip


async def told(store: Store) -> Sums:
    """Return the same figures as the sums tell them."""
    rows = await store.read(
        lambda tx: tx.fact_sums(
            FIGURES, since=date(2020, 1, 1), until=date(2040, 1, 1), shop=None, by_month=False
        )
    )
    total: Sums = Counter()
    for row in rows:
        total[row.figure, date.fromisoformat(row.period), row.shop] += row.value
    return without_zeros(total)
