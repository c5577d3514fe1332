"""Desk: what a vendor fetches is handed out once, and again only when it was never confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import Kind, Money, Order, OrderLine, OrderStatus
from gateway.contract import (
    EntityReader,
    ExchangeDesk,
    ExchangeReply,
    ExchangeRequest,
    Failed,
    Hint,
    Observed,
    Outcome,
    Rejected,
    RejectedRecord,
    Services,
    TranslationFailed,
    Written,
)
from gateway.ports import DeliveryState
from gateway.sync.desk import CONFIRM_S, Desk
from gateway.sync.receive import Receiver
from gateway.telemetry import Place, Spans, Subject
from gateway.telemetry.spans import Step
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock, at_once
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import World


class NoDoor:
    """A protocol that is never spoken here: the tests stand where it would."""

    async def answer(self, request: ExchangeRequest, desk: ExchangeDesk) -> ExchangeReply:
        """Refuse."""
        raise AssertionError((request, desk))

    async def tidy(self, desk: ExchangeDesk) -> None:
        """Have nothing to remove."""


class Fetched(DictConnector):
    """A connector to a vendor that cannot be asked."""

    @property
    def readers(self) -> Mapping[Kind, EntityReader[Any]]:
        """None."""
        return {}


class Fetching:
    """A shop, and 1C that comes for orders."""

    def __init__(self, folder: Path) -> None:
        clock = HeldClock()
        vendors = [Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "erp")]
        self.world = World(*vendors, clock=clock)
        self.shop = vendors[0]
        account = self.world.accounts["erp"]
        connector = Fetched(vendors[1], services=Services(exchange=NoDoor()))
        self.world.accounts["erp"] = replace(account, connector=connector)
        self.folder = folder
        self.desk = self.process()

    def process(self) -> Desk:
        """Return the desk of a process that has just started."""
        world = self.world
        core = world.core()
        receiver = Receiver(world.store, world.applier, world.clock, lambda: "r-1", lambda _: None)
        deliverer = core.deliverer
        return Desk(
            world.accounts["erp"], self.folder / "erp", world.store, receiver, core.observer,
            deliverer.claimer, deliverer.settler, lambda: "d-1",
        )  # fmt: skip

    def order(self) -> str:
        """Let a customer order, and the gateway read it."""
        line = OrderLine(id="a", quantity=Decimal(2), price=Money.of(450))
        external_id = self.shop.create(Order(number="К-17", lines=(line,)))
        self.read()
        return external_id

    def read(self) -> None:
        """Let the gateway read the shop."""
        self.world.clock.move(60)
        self.world.do("pull", "shop")

    def handed(self) -> list[Order]:
        """Come for what is due."""
        return [change.entity for change in at_once(self.desk.take(Kind.ORDER, limit=50))]

    def confirm(self) -> None:
        """Say that all of it has arrived."""
        told: dict[str, Outcome[Order]] = {
            change.key: Written(change.key, created=change.external_id is None)
            for change in self.desk.taken(Kind.ORDER)
        }
        at_once(self.desk.tell(told))


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[Fetching]:
    """1C at the door."""
    made = Fetching(tmp_path)
    yield made
    made.world.close()


def test_what_was_confirmed_is_not_handed_out_again(erp: Fetching) -> None:
    """1C gets every order with every visit, or never."""
    erp.order()
    first = erp.handed()
    erp.confirm()
    erp.world.clock.move(2 * CONFIRM_S)

    assert [order.number for order in first] == ["К-17"]
    assert erp.handed() == []


class NotedStep(Step):
    """A step that notes the last that was said of it."""

    __slots__ = ("said",)

    def __init__(self) -> None:
        self.said: list[Subject] = []

    def about(self, subjects: Iterable[Subject]) -> None:
        """Note."""
        self.said = list(subjects)


class NotedSpans(Spans):
    """Spans that note their steps."""

    is_on = True

    def __init__(self) -> None:
        self.steps: list[tuple[Place, str, NotedStep]] = []

    def step(self, place: Place, account: str) -> Step:
        """Note."""
        made = NotedStep()
        self.steps.append((place, account, made))
        return made


def test_what_a_vendor_fetched_is_traced_as_a_delivery(erp: Fetching) -> None:
    """The story of an order would end before 1C."""
    erp.order()
    erp.desk.spans = spans = NotedSpans()
    (handed,) = erp.handed()
    erp.confirm()
    ((place, account, step),) = spans.steps
    assert (place, account) == (Place.DELIVER, "erp")
    (said,) = step.said
    assert said.correlation_id
    assert (said.facts["kind"], said.facts["outcome"]) == ("order", "created")
    assert str(handed.number) not in repr(said)


def test_what_was_never_confirmed_is_handed_out_again_after_a_while(erp: Fetching) -> None:
    """1C is cut off before it has read the orders, and they never reach it."""
    erp.order()
    erp.handed()
    assert erp.handed() == []
    erp.desk = erp.process()
    erp.world.clock.move(CONFIRM_S + 1)

    assert [order.number for order in erp.handed()] == ["К-17"]
    erp.confirm()
    erp.world.clock.move(CONFIRM_S + 1)
    assert erp.handed() == []


def test_change_between_the_fetch_and_its_confirmation_is_due(erp: Fetching) -> None:
    """The status that came while 1C was reading is taken for handed out."""
    external_id = erp.order()
    erp.handed()
    erp.shop.edit(external_id, status=OrderStatus.ASSEMBLING)
    erp.read()
    erp.confirm()

    assert [order.status for order in erp.handed()] == [OrderStatus.ASSEMBLING]


def test_confirmation_in_another_process_confirms_nothing(erp: Fetching) -> None:
    """An answer to a process that knows of no fetch settles what somebody else handed out."""
    erp.order()
    erp.handed()
    erp.desk = erp.process()
    erp.confirm()
    erp.world.clock.move(CONFIRM_S + 1)

    assert len(erp.handed()) == 1


def test_order_that_cannot_be_written_is_a_letter(erp: Fetching) -> None:
    """One order that the format cannot hold keeps all the others from 1C."""
    erp.order()
    (change,) = at_once(erp.desk.take(Kind.ORDER, limit=50))
    at_once(erp.desk.tell({change.key: Failed(Rejected("lines/a: has no product"))}))
    (letter,) = erp.world.store.now(
        lambda tx: tx.dead_letters(state="open", account="erp", limit=5)
    )

    assert letter.subject == change.key
    assert "lines/a" in letter.cause
    assert erp.world.store.now(lambda tx: tx.count_deliveries()) == {("erp", DeliveryState.DEAD): 1}


def test_what_is_brought_is_merged_and_what_cannot_be_read_is_a_letter(erp: Fetching) -> None:
    """A broken document keeps its neighbours out, or is dropped without a word."""
    observed = Observed("g-7", Order(number="Б-7", status=OrderStatus.NEW))
    hint = Hint(Kind.ORDER, "g-7", "t-1", "import", carried=observed)
    broken = RejectedRecord("g-8", TranslationFailed("is no number", path="Документ/Сумма"))
    at_once(erp.desk.receive([hint], [broken], kind=Kind.ORDER))
    (link,) = erp.world.store.now(lambda tx: tx.links("erp", Kind.ORDER, ["g-7"])).values()
    (letter,) = erp.world.store.now(
        lambda tx: tx.dead_letters(state="open", account="erp", limit=5)
    )

    assert erp.world.entity(link.entity_id).fields["number"] == "Б-7"
    assert (letter.subject, letter.cause_code) == ("g-8", "translation_failed")
    assert erp.handed() == []


def test_spool_is_closed_to_others(erp: Fetching) -> None:
    """Files with personal data can be read by everybody on the machine."""
    assert erp.desk.spool.stat().st_mode & 0o777 == 0o700


def test_a_paused_account_is_handed_nothing_and_all_of_it_after(erp: Fetching) -> None:
    """1C would fetch orders while somebody repairs it, or never get those of that night."""
    erp.order()
    account = erp.world.accounts["erp"]
    account.paused = True
    assert erp.handed() == []
    account.paused = False
    assert [order.number for order in erp.handed()] == ["К-17"]
