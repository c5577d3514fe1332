"""Two people edit the same records in two systems a thousand times; it ends, and they agree.

The core's real parts run on a real database file. The vendors are dictionaries, so that every call
of theirs is counted.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway.canonical import (
    Customer,
    Delivery,
    Discount,
    DiscountReason,
    Gender,
    Kind,
    Order,
    OrderLine,
    OrderStatus,
    PersonName,
    PhoneContact,
    may_follow,
)
from gateway.canonical.contact import MAIN
from gateway.ports import Tx
from gateway.store import Sealer, open_store
from gateway.sync.ownership import Ownership, Rule, RuleKind
from tests.gateway.sync.findings import differences
from tests.gateway.sync.reductions import crm_customer, shop_customer, whole_order
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import Fate, Reduce, Vendor
from tests.gateway.sync.world import World
from tests.stores import upgrade

R = TypeVar("R")
EDITS = 1000
RECORDS = 30
BETWEEN_READINGS = 10
OWNED_BY_CRM = Rule(RuleKind.OWNER, "crm")
OWNERSHIP = Ownership(
    {Kind.CUSTOMER: {"tier": OWNED_BY_CRM}, Kind.ORDER: {"manager_comment": OWNED_BY_CRM}},
    priority=("crm", "shop"),
)


class FileStore:
    """The real store with its threads, on a loop of its own, so that nobody else has to wait."""

    def __init__(self, path: Path, clock: HeldClock) -> None:
        url = f"sqlite:///{path}"
        upgrade(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="store-loop")
        self._thread.start()
        sealer = Sealer([b"0123456789abcdef0123456789abcdef"])
        self._store = open_store(url, sealer=sealer, clock=clock, group_ms=0, exclusive=True)

    def now(self, work: Callable[[Tx], R]) -> R:
        """Run a work and wait for its commit."""
        return asyncio.run_coroutine_threadsafe(self._store.run(work), self._loop).result(30)

    async def run(self, work: Callable[[Tx], R]) -> R:
        """See ``gateway.ports.Store``."""
        return self.now(work)

    async def read(self, work: Callable[[Tx], R]) -> R:
        """See ``gateway.ports.Store``."""
        return asyncio.run_coroutine_threadsafe(self._store.read(work), self._loop).result(30)

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """See ``gateway.ports.Store``."""
        del account, calls, interval_s
        return 0.0

    async def close(self) -> None:
        """See ``gateway.ports.Store``."""
        self.end()

    def end(self) -> None:
        """Close the store and its loop."""
        asyncio.run_coroutine_threadsafe(self._store.close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


Edit = tuple[str, Any]


def customer_edit(chance: random.Random, held: Any) -> Edit:  # noqa: ANN401 - any kind
    """Somebody edits a customer."""
    phones = {phone.number: phone for phone in held.phones}
    number = f"+7926{chance.randrange(10**7):07}"
    edits: list[Edit] = [
        ("name", PersonName(first=chance.choice(["Алёна", "Пётр", None]), last="Ли")),
        ("gender", chance.choice([*Gender, None])),
        ("tier", chance.choice(["золото", "серебро", None])),
        ("phones", (*phones.values(), PhoneContact(number=number, rank=MAIN))[-1:]),
    ]
    return chance.choice(edits)


def order_edit(chance: random.Random, held: Any) -> Edit:  # noqa: ANN401 - any kind
    """Somebody edits an order."""
    status = chance.choice(list(OrderStatus))
    method = chance.choice(["courier", "post", None])
    card = Discount(id="card", reason=DiscountReason.CARD, amount=None)
    lines = tuple(
        OrderLine(
            id=one, quantity=Decimal(chance.randrange(1, 5)), discounts=chance.choice([(), (card,)])
        )
        for one in "abc"[: chance.randrange(4)]
    )
    edits: list[Edit] = [
        ("status", status if may_follow(status, held.status) else held.status),
        ("customer_comment", chance.choice(["Звоните", "Не звоните", None])),
        ("manager_comment", chance.choice(["VIP", "Проверить", None])),
        ("promo_codes", chance.choice([(), ("ЛЕТО",), ("ЛЕТО", "ЗИМА")])),
        ("delivery", Delivery(method=method, cost=None) if method else None),
        ("lines", lines),
    ]
    return chance.choice(edits)


def new_customer(number: int) -> Customer:
    """A person registers."""
    return Customer(
        name=PersonName(first="Анна", last="Ли"),
        phones=(PhoneContact(number=f"+7916{number:07}", rank=MAIN),),
    )


def new_order(number: int) -> Order:
    """Somebody orders."""
    return Order(number=f"К-{number}", status=OrderStatus.NEW)


@dataclass
class Office:
    """The two systems, the core between them, and people who edit."""

    kind: Kind
    folder: Path
    edit_of: Callable[[random.Random, Any], Edit]
    new: Callable[[int], Any]
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    edits: Counter[str] = field(default_factory=Counter)
    owned: dict[tuple[str, str], object] = field(default_factory=dict)
    conflicts: int = 0

    def __post_init__(self) -> None:
        """Open."""
        clock = HeldClock()
        reductions: tuple[Reduce, Reduce] = (
            (shop_customer, crm_customer)
            if self.kind is Kind.CUSTOMER
            else (whole_order, whole_order)
        )
        shop, crm = (
            Vendor(name, self.kind, clock, reduce)
            for name, reduce in zip(("shop", "crm"), reductions, strict=True)
        )
        store = FileStore(self.folder / f"{self.kind}.db", clock)
        self.world = World(shop, crm, clock=clock, ownership=OWNERSHIP, store=store)
        for number in range(RECORDS):
            (shop if number % 2 else crm).create(self.new(number))
        self.world.settle_down()

    def work(self) -> None:
        """A thousand edits, on both sides, of the same records; vendors fail now and then."""
        dirty: dict[str, set[str]] = {"shop": set(), "crm": set()}
        for number in range(EDITS):
            side = self.chance.choice(["shop", "crm"])
            entity_id = self._edit(side)
            dirty[side].add(entity_id)
            if number % BETWEEN_READINGS == 0:
                self.conflicts += len(dirty["shop"] & dirty["crm"])
                dirty = {"shop": set(), "crm": set()}
                self._exchange()

    def _edit(self, side: str) -> str:
        world = self.world
        world.clock.move(1)
        links = world.links(side)
        external_id = self.chance.choice(sorted(links))
        name, value = self.edit_of(self.chance, world.vendors[side].records[external_id].entity)
        world.vendors[side].edit(external_id, **{name: value})
        self.edits[side] += 1
        entity_id = links[external_id].entity_id
        if side == "crm" and name in {"tier", "manager_comment"}:
            self.owned[entity_id, name] = value
        return entity_id

    def _exchange(self) -> None:
        for side in ("shop", "crm"):
            self.world.do("pull", side)
            self.world.do("observe", side)
        for side in ("shop", "crm"):
            fate = self.chance.choice([Fate.DONE] * 7 + list(Fate))
            self.world.vendors[side].fates.append(fate)
            self.world.do("deliver", side)
            self.world.vendors[side].fates.clear()


@pytest.fixture(params=[Kind.CUSTOMER, Kind.ORDER], ids=str)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office of one kind of records."""
    parts: dict[Kind, tuple[Any, Any]] = {
        Kind.CUSTOMER: (customer_edit, new_customer),
        Kind.ORDER: (order_edit, new_order),
    }
    made = Office(request.param, tmp_path, *parts[request.param])
    yield made
    made.world.close()


def test_a_thousand_edits_on_both_sides_come_to_rest_in_agreement(
    office: Office, record_property: Callable[[str, object], None]
) -> None:
    """Two systems tell each other for ever, or one keeps what the rules gave to the other."""
    office.work()
    before = office.world.writes()
    rounds = office.world.settle_down()
    vendors = office.world.vendors
    told = {name: vendor.told for name, vendor in vendors.items()}
    report = {
        "edits": dict(office.edits),
        "records edited on both sides between two readings": office.conflicts,
        "records written": told,
        "write calls": {name: vendor.writes for name, vendor in vendors.items()},
        "of them after the last edit": office.world.writes() - before,
        "rounds to rest": rounds,
    }
    print(f"\n{office.kind}: {report}")  # noqa: T201 - the figures are what a reader wants to see
    record_property("convergence", report)

    assert office.conflicts > EDITS // 20
    assert sum(office.edits.values()) == EDITS
    assert differences(office.world) == []
    assert rounds <= 3
    assert sum(told.values()) <= EDITS + 2 * RECORDS
    assert max(vendor.creations.total() for vendor in office.world.vendors.values()) <= RECORDS
    for name, vendor in office.world.vendors.items():
        for external_id, link in office.world.links(name).items():
            held = vendor.records[external_id].entity
            for (entity_id, owned), value in office.owned.items():
                if entity_id == link.entity_id:
                    assert getattr(held, owned) == value, f"{name}/{external_id}: {owned}"


def test_when_it_is_quiet_another_look_writes_nothing(office: Office) -> None:
    """A full reconciliation of systems that agree rewrites all their records."""
    office.world.settle_down()
    before = office.world.writes()
    for vendor in office.world.vendors.values():
        vendor.feed.extend(vendor.records)
    office.world.settle_down()

    assert office.world.writes() == before
