"""People for tests of merges: a shop and a CRM that have one person twice, and orders of his."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from gateway.canonical import (
    Confirmation,
    Customer,
    EmailContact,
    Kind,
    Order,
    PersonName,
    PhoneContact,
)
from gateway.canonical.paths import Fields, spoken
from gateway.contract import Operation
from gateway.contract.operations import CUSTOMER_MERGE, CustomerMerge, payload_of
from gateway.identity.merging.service import Merging, Wanted
from gateway.ports import DeliveryState, EntityRow, JournalRow, MergeRow, OperationRow
from tests.gateway.sync.stepping import HeldClock, StepStore, at_once
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import NowStore, World

SHOP, CRM = "shop", "crm"
PHONE, OTHER_PHONE = "+79161234567", "+79031112233"
EMAIL = "alyona@example.ru"


def keep(entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
    """Hold everything."""
    del known
    return entity


def person(
    first: str, *, phone: str | None = None, email: str | None = None, proved: bool = False
) -> Customer:
    """Return a customer as a vendor holds him."""
    confirmation = Confirmation.CONFIRMED if proved else Confirmation.UNCONFIRMED
    return Customer(
        name=PersonName(first=first, last="Ёжикова"),
        phones=(PhoneContact(number=phone, confirmation=confirmation, rank=0),) if phone else (),
        emails=(EmailContact(address=email, confirmation=confirmation, rank=0),) if email else (),
    )


@dataclass(slots=True)
class Combining:
    """A vendor's own merge: the losers vanish; each key has its effect once."""

    vendor: Vendor
    done: dict[str, list[str]] = field(default_factory=dict)

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Merge, whatever was merged before under this key."""
        wish = payload_of(CustomerMerge, operation)
        if operation.key not in self.done:
            self.done[operation.key] = [wish.survivor, *wish.losers]
            for loser in wish.losers:
                self.vendor.records.pop(loser)
                self.vendor.feed[:] = [one for one in self.vendor.feed if one != loser]
        return {}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Tell what a key did."""
        return {} if key in self.done else None


class People:
    """The world of a shop whose CRM can merge records and whose site cannot."""

    def __init__(self, store: Callable[[HeldClock], NowStore] = StepStore) -> None:
        self.clock = HeldClock()
        self.shop = Vendor(SHOP, Kind.CUSTOMER, self.clock, keep)
        self.crm = Vendor(CRM, Kind.CUSTOMER, self.clock, keep)
        self.world = World(self.shop, self.crm, clock=self.clock, store=store(self.clock))
        self.combining = Combining(self.crm)
        connector = self.world.accounts[CRM].connector
        assert isinstance(connector, DictConnector)
        connector.operations = {CUSTOMER_MERGE: self.combining}
        self._numbers = count(1)

    def merging(self, *channels: str) -> Merging:
        """Return the service, as a process would make it anew."""
        return Merging(
            self.world.store, self.clock, self.world.applier,
            lambda: f"m-{next(self._numbers)}", channels, 3600.0, lambda _: None,
        )  # fmt: skip

    def twice(self) -> tuple[str, str]:
        """One person at the shop by phone and at the CRM by e-mail; both vendors have both."""
        one = self.shop.create(person("Алёна", phone=PHONE))
        other = self.crm.create(person("Алена", email=EMAIL))
        self.world.settle_down()
        first, second = self.world.links(SHOP)[one], self.world.links(CRM)[other]
        return first.entity_id, second.entity_id

    def order_of(self, customer_id: str) -> str:
        """Store an order of somebody; return its id."""
        order_id = f"o-{next(self._numbers)}"
        order = spoken(Order(number=order_id, customer_id=customer_id))
        now = self.clock.now()
        row = EntityRow(order_id, Kind.ORDER, 1, order, {"": (SHOP, now.isoformat())}, now, now)
        self.world.store.now(lambda tx: tx.put_entities([row]))
        return order_id

    def merge(self, survivor: str, absorbed: str, **wish: Any) -> MergeRow:
        """Merge at once, asking nobody."""
        wanted = Wanted(survivor, absorbed, "operator", "olga", **wish)
        return at_once(self.merging().propose(wanted))

    def undo(self, merge_id: str) -> list[str]:
        """Take a merge back; return the accounts at which that cannot be done."""
        undone = at_once(self.merging().undo(merge_id, who="olga"))
        return [one.account for one in undone.left]

    def perform(self, key: str) -> None:
        """Let a vendor do what it was asked, and write down that it did."""
        row = self.operation(key)
        assert row is not None
        at_once(self.combining.perform(Operation(row.key, row.name, row.payload)))

        def settle(tx: Any) -> None:  # noqa: ANN401 - the transaction
            now = self.clock.now()
            (mine,) = tx.claim_operations(CRM, now=now, holder="h", until=now, limit=1)
            tx.settle_operation(_done(mine), holder="h")

        self.world.store.now(settle)

    def operation(self, key: str) -> OperationRow | None:
        """Return an operation."""
        return self.world.store.now(lambda tx: tx.operations([key])).get(key)

    def steps(self, entity_id: str) -> Sequence[JournalRow]:
        """Return somebody's story."""
        return self.world.store.now(lambda tx: tx.story(entity_id, limit=100))

    def fields(self, entity_id: str) -> Fields:
        """Return what somebody is."""
        return self.world.entity(entity_id).fields

    def owner(self, order_id: str) -> str:
        """Return whose an order is."""
        return str(self.fields(order_id)["customer_id"])


def _done(row: OperationRow) -> OperationRow:
    return OperationRow(
        row.key, row.name, row.account, DeliveryState.DONE, row.due_at, row.payload, row.entity_id,
        correlation_id=row.correlation_id,
    )  # fmt: skip
