"""A desk for tests of cards and their holders: the real core over SQLite in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from gateway.canonical import (
    Card,
    CardState,
    Customer,
    EmailContact,
    Kind,
    Order,
    OrderContact,
    PersonName,
    PhoneContact,
)
from gateway.config import IdentitySection
from gateway.contract import Observed
from gateway.identity.matching.holders import CardHolders
from gateway.identity.matching.intake import Intake
from gateway.identity.merging.cards import NamelessHolders
from gateway.identity.merging.service import Merging
from gateway.ports import EntityRow, PairRow, PairState
from gateway.sync.account import Account, Flow
from gateway.sync.apply import Applier
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import Digester
from gateway.sync.ownership import Ownership
from tests.gateway.sync.stepping import HeldClock, StepStore, at_once
from tests.gateway.sync.vendors import DictConnector, Vendor

NUMBER, OTHER_NUMBER = "2000000000017", "2000000000024"
PHONE, EMAIL = "+79161112233", "anna@example.ru"
ANNA = PersonName(last="Иванова", first="Анна")
PYOTR = PersonName(last="Петров", first="Пётр")
NO_NAME = PersonName(last="Покупатель")


class Killed(Exception):
    """The process ended before its commit."""


class CardDesk:
    """Takes records in, and looks at what became of cards, orders and people."""

    def __init__(self, ownership: Ownership | None = None) -> None:
        self.clock = HeldClock()
        self.store = StepStore(self.clock)
        ids = count(1)
        digester = Digester(b"a secret of tests")
        intake = Intake.by(IdentitySection(), digester, self.clock)
        erp = DictConnector(Vendor("erp", Kind.CARD, self.clock, lambda entity, _: entity))
        circuit = Circuit(CircuitPolicy(), self.clock)
        plain = Applier(
            {"erp": Account("erp", erp, Flow(), circuit)}, ownership or Ownership(), digester,
            self.clock,
            lambda kind: f"{kind[0] if kind is not Kind.CARD else 'k'}-{next(ids)}",
            lambda: f"i-{next(ids)}", recogniser=intake,
        )  # fmt: skip
        self.merging = Merging(
            self.store, self.clock, plain, lambda: f"m-{next(ids)}", ("sms", "email"), 60,
            lambda _: None,
        )  # fmt: skip
        holders = CardHolders(plain, intake, NamelessHolders(self.merging))
        self.applier = replace(plain, holders=holders)

    def take(self, *batch: Incoming, killed: bool = False) -> None:
        """Take a batch in; ``killed`` before the commit."""
        self.clock.move(60)

        def work(tx: Any) -> None:  # noqa: ANN401 - the store's transaction
            self.applier.apply(tx, batch)
            if killed:
                raise Killed

        try:
            self.store.now(work)
        except Killed:
            assert killed

    def merged(self) -> int:
        """Do the merges that were asked for; return how many were done."""
        return at_once(self.merging.work_off())

    def whole(self) -> Mapping[str, EntityRow]:
        """Every living snapshot by its id."""

        def look(tx: Any) -> Mapping[str, EntityRow]:  # noqa: ANN401
            ids = [f"{kind}-{one}" for kind in "cko" for one in range(1, 60)]
            return {one: row for one, row in tx.entities(ids).items() if not row.deleted}

        return self.store.now(look)

    def people(self) -> list[Customer]:
        """All customers, the older first."""
        rows = self.whole().values()
        people = [one for one in rows if isinstance(one.entity, Customer)]
        people.sort(key=lambda one: (one.created_at, one.id))
        return [one.entity for one in people if isinstance(one.entity, Customer)]

    def holders(self, number: str = NUMBER) -> list[str]:
        """Ids of those who have a card."""
        return [
            one.id
            for one in self.whole().values()
            if isinstance(one.entity, Customer)
            and number in {card.number for card in one.entity.cards}
        ]

    def of(self, account: str, kind: Kind, external_id: str) -> str:
        """Whose a record is, or which."""
        return self.store.now(lambda tx: tx.links(account, kind, [external_id]))[
            external_id
        ].entity_id

    def customer_of(self, account: str, kind: Kind, external_id: str) -> str | None:
        """The customer of an order or a card."""
        entity = self.whole()[self.of(account, kind, external_id)].entity
        assert isinstance(entity, Card | Order)
        return entity.customer_id

    def pairs(self) -> list[PairRow]:
        """All that was written down about two."""
        return self.store.now(
            lambda tx: [
                row for state in PairState for row in tx.list_pairs(state, below=None, limit=99)
            ]
        )

    def story(self, entity_id: str) -> list[tuple[str, str, str]]:
        """The story of somebody: what, how, and to which call it belongs."""
        rows: Sequence[Any] = self.store.now(lambda tx: tx.story(entity_id, limit=99))
        return [(one.event, one.outcome, one.correlation_id) for one in rows]


def card(holder: str = "", number: str = NUMBER, external_id: str = "k-1") -> Incoming:
    """Return a card of the directory, of one of its holders or of nobody."""
    observed = Observed(
        external_id, Card(number=number, state=CardState.ACTIVE),
        customer_external_id=holder or None,
    )  # fmt: skip
    return Incoming("erp", Kind.CARD, observed, None, "r-card")


def person(
    account: str,
    external_id: str,
    name: PersonName | None = None,
    *,
    phone: str = "",
    email: str = "",
) -> Incoming:
    """Return a customer whom an account shows."""
    values: dict[str, Any] = {"name": name} if name else {}
    if phone:
        values["phones"] = (PhoneContact(number=phone),)
    if email:
        values["emails"] = (EmailContact(address=email),)
    observed = Observed(external_id, Customer(**values))
    return Incoming(account, Kind.CUSTOMER, observed, None, "r-person")


def order(
    *,
    phone: str = "",
    email: str = "",
    name: PersonName | None = None,
    named: str = "",
    number: str = NUMBER,
) -> Incoming:
    """Return an order with a card."""
    contact = OrderContact(name=name, phone=phone or None, email=email or None)
    entity = Order(number="К-17", card_number=number, contact=contact)
    observed = Observed("o-1", entity, customer_external_id=named or None)
    return Incoming("site", Kind.ORDER, observed, None, "r-order")
