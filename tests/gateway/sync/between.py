"""Between: what may happen between two vendors, as state machines.

Hypothesis chooses edits, reads and writes of two vendors, and where they are cut off, overtaken or
left unanswered. Then everything is left to settle. What must hold afterwards is written once, in
``findings``; beside it each field that only one side edits must have its last value.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from gateway.canonical import (
    Address,
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
from tests.gateway.sync.findings import differences
from tests.gateway.sync.reductions import crm_customer, shop_customer, whole_order
from tests.gateway.sync.stepping import Flight, HeldClock
from tests.gateway.sync.vendors import Fate, Vendor
from tests.gateway.sync.world import World

SIDES = st.sampled_from(["shop", "crm"])
FIRST_NAMES = st.sampled_from(["Алёна", "Пётр", None])
LAST_NAMES = st.sampled_from(["Семёнова", "Семёнов", "Ли", None])
MAX_FLIGHTS = 3


class Between(RuleBasedStateMachine):
    """What may happen between two vendors, of whatever kind their records are."""

    world: World
    flights: list[Flight]
    tokens: int

    def begin(self, *vendors: Vendor, clock: HeldClock) -> None:
        """Put the world together."""
        self.world = World(*vendors, clock=clock)
        self.flights = []
        self.tokens = 0
        self.last: dict[tuple[str, str], Any] = {}

    def edit(self, side: str, external_id: str, **values: Any) -> None:
        """Edit one record, one second after everything before."""
        self.world.clock.move(1)
        self.world.vendors[side].edit(external_id, **values)

    def _record(self, side: str) -> str | None:
        """The first record of a side."""
        return next(iter(self.world.vendors[side].records), None)

    @rule(side=SIDES)
    def pull(self, side: str) -> None:
        """Read a feed."""
        self.world.do("pull", side)

    @rule(side=SIDES)
    def hint(self, side: str) -> None:
        """Let a vendor say that something changed, and look."""
        external_id = self._record(side)
        if external_id is not None:
            self.tokens += 1
            self.world.hint(side, external_id, str(self.tokens))

    @rule(side=SIDES, fate=st.sampled_from(Fate))
    def deliver(self, side: str, fate: Fate) -> None:
        """Tell a vendor what is due; one call has a fate."""
        vendor = self.world.vendors[side]
        vendor.fates.append(fate)
        self.world.do("deliver", side)
        vendor.fates.clear()

    @rule(side=SIDES)
    def observe(self, side: str) -> None:
        """Look where hints point."""
        self.world.do("observe", side)

    @precondition(lambda self: len(self.flights) < MAX_FLIGHTS)
    @rule(side=SIDES, what=st.sampled_from(["pull", "observe", "deliver"]))
    def start(self, side: str, what: str) -> None:
        """Begin something that is overtaken by what comes next."""
        flight = self.world.start(what, side)
        if not flight.done:
            self.flights.append(flight)

    @precondition(lambda self: self.flights)
    @rule(place=st.integers(0, MAX_FLIGHTS - 1))
    def go_on(self, place: int) -> None:
        """Go on with something that was begun."""
        flight = self.flights[place % len(self.flights)]
        self.world.step(flight)
        if flight.done:
            self.flights.remove(flight)

    @precondition(lambda self: self.flights)
    @rule(place=st.integers(0, MAX_FLIGHTS - 1))
    def crash(self, place: int) -> None:
        """Kill the process that does something, and let its leases end."""
        flight = self.flights.pop(place % len(self.flights))
        flight.crash()
        self.world.let_leases_end(self.flights)

    @rule()
    def wait(self) -> None:
        """Let retries become due."""
        self.world.clock.move(5)

    def teardown(self) -> None:
        """Let everything settle, then compare."""
        if not hasattr(self, "world"):
            return
        try:
            self.world.settle_down(self.flights)
            assert differences(self.world) == []
            self._compare_last()
        finally:
            self.world.close()

    def _compare_last(self) -> None:
        """Compare each field that one side edits with its last value."""
        for (side, name), value in self.last.items():
            for vendor in self.world.vendors.values():
                if name in vendor.only_read:
                    continue
                external_id = self._record(vendor.name)
                assert external_id is not None
                held = getattr(vendor.records[external_id].entity, name)
                assert held == value, f"{side} edited {name} last, {vendor.name} holds another"


class OrderBetween(Between):
    """One order, made at the shop."""

    @initialize(is_known=st.booleans())
    def make(self, is_known: bool) -> None:  # noqa: FBT001 - drawn
        """A customer orders two things; the crm may know it already."""
        clock = HeldClock()
        vendors = [Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "crm")]
        self.begin(*vendors, clock=clock)
        lines = (_line("a", 1), _line("b", 2, "card"))
        order = Order(
            number="К-17", status=OrderStatus.NEW, promo_codes=("ЛЕТО",), lines=lines,
            manager_comment="Новый",
        )  # fmt: skip
        vendors[0].create(whole_order(order, None))
        if is_known:
            self.world.settle_down()

    @rule(side=SIDES, status=st.sampled_from(OrderStatus))
    def move(self, side: str, status: OrderStatus) -> None:
        """Both sides move the order forwards, as far as they see."""
        external_id = self._record(side)
        if external_id is None:
            return
        if may_follow(status, self.world.vendors[side].records[external_id].entity.status):
            self.edit(side, external_id, status=status)

    @rule(side=SIDES, text=st.sampled_from(["Позвоните", "Не звоните", None]))
    def comment(self, side: str, text: str | None) -> None:
        """Both sides edit the customer's comment: the newest wins."""
        external_id = self._record(side)
        if external_id is not None:
            self.edit(side, external_id, customer_comment=text)

    @rule(codes=st.sampled_from([(), ("ЛЕТО",), ("ЛЕТО", "ЗИМА")]))
    def use_codes(self, codes: tuple[str, ...]) -> None:
        """Only the shop edits the promo codes."""
        self._last("shop", "promo_codes", codes)

    @rule(text=st.sampled_from(["Перезвонить", "Собран", "Выдан"]))
    def note(self, text: str) -> None:
        """Only the crm edits the manager's comment; the order came to it with one."""
        self._last("crm", "manager_comment", text)

    @rule(method=st.sampled_from(["courier", "post", None]))
    def ship(self, method: str | None) -> None:
        """Only the crm edits the delivery; it may take it away whole."""
        self._last("crm", "delivery", Delivery(method=method, cost=None) if method else None)

    @rule(
        ids=st.lists(st.sampled_from("abc"), unique=True),
        quantity=st.integers(1, 3),
        cut=st.sampled_from([None, "card", "points"]),
    )
    def repack(self, ids: list[str], quantity: int, cut: str | None) -> None:
        """Only the shop edits the lines and their discounts."""
        self._last("shop", "lines", tuple(_line(one, quantity, cut) for one in sorted(ids)))

    def _last(self, side: str, name: str, value: object) -> None:
        external_id = self._record(side)
        if external_id is not None:
            self.edit(side, external_id, **{name: value})
            self.last[side, name] = value


def _line(line_id: str, quantity: int, cut: str | None = None) -> OrderLine:
    discount = [Discount(id=cut, reason=DiscountReason(cut), amount=None)] if cut else []
    return OrderLine(id=line_id, quantity=Decimal(quantity), discounts=tuple(discount))


class CustomerBetween(Between):
    """One customer, made at the shop."""

    @initialize(is_known=st.booleans())
    def make(self, is_known: bool) -> None:  # noqa: FBT001 - drawn
        """A person registers at the shop; the crm may know it already."""
        clock = HeldClock()
        shop = Vendor("shop", Kind.CUSTOMER, clock, shop_customer, only_read=frozenset({"source"}))
        crm = Vendor("crm", Kind.CUSTOMER, clock, crm_customer)
        self.begin(shop, crm, clock=clock)
        shop.create(
            Customer(
                name=PersonName(first="Анна", last="Иванова"),
                gender=None,
                tier=None,
                source="сайт",
                address=None,
                phones=(PhoneContact(number="+79161234567", rank=MAIN),),
            )
        )
        if is_known:
            self.world.settle_down()

    @rule(side=SIDES, first=FIRST_NAMES, last=LAST_NAMES)
    def rename(self, side: str, first: str | None, last: str | None) -> None:
        """Both sides edit the name: the newest wins."""
        external_id = self._record(side)
        if external_id is not None:
            self.edit(side, external_id, name=PersonName(first=first, last=last))

    @rule(gender=st.sampled_from([*Gender, None]))
    def regender(self, gender: Gender | None) -> None:
        """Only the shop edits the gender."""
        self.edit("shop", "shop-1", gender=gender)
        self.last["shop", "gender"] = gender

    @rule(tier=st.sampled_from(["золото", "серебро", None]))
    def promote(self, tier: str | None) -> None:
        """Only the crm edits the tier."""
        if self._record("crm"):
            self.edit("crm", "crm-1", tier=tier)
            self.last["crm", "tier"] = tier

    @rule(source=st.sampled_from(["звонок", "ярмарка"]))
    def resource(self, source: str) -> None:
        """Only the crm edits the source; the shop shows its own and cannot be told."""
        if self._record("crm"):
            self.edit("crm", "crm-1", source=source)
            self.last["crm", "source"] = source

    @rule(city=st.sampled_from(["Псков", "Орёл", None]), street=st.sampled_from(["Садовая", None]))
    def move_house(self, city: str | None, street: str | None) -> None:
        """Only the shop edits the address; it may take it away whole."""
        address = Address(city=city, street=street) if city or street else None
        self.edit("shop", "shop-1", address=address)
        self.last["shop", "address"] = address

    @rule(phone=st.sampled_from(["+79031112233", "+79162223344"]))
    def new_phone(self, phone: str) -> None:
        """The shop replaces its one phone."""
        self.edit("shop", "shop-1", phones=(PhoneContact(number=phone, rank=MAIN),))

    @rule(phone=st.sampled_from(["+79035556677", "+79166667788"]))
    def more_phones(self, phone: str) -> None:
        """The crm adds a phone."""
        if self._record("crm"):
            phones = {p.number: p for p in self.world.vendors["crm"].records["crm-1"].entity.phones}
            phones[phone] = PhoneContact(number=phone)
            self.edit("crm", "crm-1", phones=tuple(phones[n] for n in sorted(phones)))
