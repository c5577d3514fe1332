"""Edits of orders: only what changed is sent, and no failure hides what has had its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from gateway.canonical import (
    Address,
    Delivery,
    Kind,
    Money,
    Order,
    OrderContact,
    OrderStatus,
    Payment,
    PaymentState,
    PersonName,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import Written
from mocks.retailcrm import settings as double
from mocks.retailcrm.app import build_app
from tests.gateway.contract.fakes import FakeLog

from .conftest import Bench, Copy, OpenBench, built, count, failures, own_settings, record
from .samples import CUSTOMER_KEY, ORDER_KEY, customer, line, order

MUG = {"offer": {"externalId": "sku-1"}}
ONE, TWO = "bitrix-17", "bitrix-18"
PAID = Payment(id="till/7#1", method="card", amount=Money.of("300.00"), state=PaymentState.PAID)


def _two(**fields: Any) -> Order:
    """Return an order of two lines; ``fields`` change the first."""
    return order(lines=(line(ONE, **fields), line(TWO)), payments=())


async def _sold(bench: Bench, snapshot: Order) -> Copy:
    copy = Copy(ORDER_KEY)
    await bench.tell(Kind.ORDER, copy, snapshot)
    return copy


async def _operator(bench: Bench, *changes: Mapping[str, Any], **acts: Any) -> None:
    """Change lines by our line ids, as an operator."""
    rows = [
        {"externalIds": [{"code": "gateway", "value": one["line"]}], **one["to"]} for one in changes
    ]
    items = {"change": rows, **acts}
    await bench.act("order.edit", externalId=ORDER_KEY, items=items)


async def _lines(bench: Bench, copy: Copy) -> dict[str, Any]:
    """Return live rows by our line id; rows born in the CRM by their offer's name."""
    told = await record(bench, Kind.ORDER, copy.external_id)
    return {
        one["externalIds"][0]["value"] if "externalIds" in one else "born": one
        for one in told["items"]
        if not one.get("isCanceled")
    }


@pytest.mark.parametrize("edit_items_missing", ["removed", "kept"])
async def test_what_an_operator_did_to_other_lines_survives(
    open_bench: OpenBench, edit_items_missing: str
) -> None:
    """An edit of one line would undo an operator's work on the others, or drop a new one."""
    bench = await open_bench(edit_items_missing=edit_items_missing)
    copy = await _sold(bench, _two())
    theirs = {"quantity": 6, "initialPrice": 950, "discountManualAmount": 50, "comment": "подарок"}
    await _operator(bench, {"line": TWO, "to": theirs}, add=[{**MUG, "quantity": 5}])
    before = await _lines(bench, copy)
    outcome = await bench.tell(Kind.ORDER, copy, _two(quantity=Decimal(7)))
    after = await _lines(bench, copy)
    assert after[ONE]["quantity"] == 7
    assert (after[TWO], after["born"]) == (before[TWO], before["born"])
    # The answer tells of what they did, so it is known from now on.
    assert outcome.held is not None
    assert await bench.news(Kind.ORDER, copy) == {}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"quantity": Decimal(7)}, {"initialPrice": 1000}),
        ({"quantity": Decimal(7)}, {"vatRate": "10.00"}),
        ({"price": Money.of("700.00")}, {"quantity": 5}),
        ({"vat_rate": Decimal(10)}, {"discountManualAmount": 1}),
    ],
)
async def test_what_an_operator_did_to_other_fields_of_a_line_survives(
    bench: Bench, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """A new quantity would set the operator's price or tax back."""
    copy = await _sold(bench, _two())
    told = await _lines(bench, copy)
    assert {name: told[ONE].get(name) for name in theirs} != theirs
    await _operator(bench, {"line": ONE, "to": theirs})
    before = (await _lines(bench, copy))[ONE]
    await bench.tell(Kind.ORDER, copy, _two(**ours))
    after = (await _lines(bench, copy))[ONE]
    shown = set(theirs) & set(after)
    assert {name: after[name] for name in shown} == {name: before[name] for name in shown}
    assert after != before
    if "discountManualAmount" in theirs:
        assert after["discountTotal"] == before["discountTotal"] == 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"quantity": Decimal(7)}, {"quantity": 5}),
        ({"price": Money.of("700.00")}, {"initialPrice": 1000}),
        ({"vat_rate": Decimal(10)}, {"vatRate": "none"}),
    ],
)
async def test_the_same_field_changed_on_both_sides_gives_way(
    bench: Bench, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """An operator's value would be overwritten without anybody having weighed the two."""
    copy = await _sold(bench, _two())
    await _operator(bench, {"line": ONE, "to": theirs})
    before = await record(bench, Kind.ORDER, copy.external_id)
    change = bench.change(Kind.ORDER, copy, _two(**ours))
    assert failures(await bench.write(Kind.ORDER, change)) == ["StaleWrite"]
    assert await record(bench, Kind.ORDER, copy.external_id) == before
    copy.known = known(spoken((await bench.look(Kind.ORDER, copy)).entity))
    await bench.tell(Kind.ORDER, copy, _two(**ours))
    assert await bench.news(Kind.ORDER, copy) == {}


async def test_a_line_that_an_operator_took_out_stays_out(bench: Bench) -> None:
    """An edit of another line would bring it back; one of this line must be weighed first."""
    copy = await _sold(bench, _two())
    mark = {"externalIds": [{"code": "gateway", "value": TWO}]}
    await bench.act("order.edit", externalId=ORDER_KEY, items={"remove": [mark]})
    both = order(lines=(line(ONE), line(TWO, quantity=Decimal(3))), payments=())
    stale = bench.change(Kind.ORDER, copy, both)
    assert failures(await bench.write(Kind.ORDER, stale)) == ["StaleWrite"]
    await bench.tell(Kind.ORDER, copy, _two(quantity=Decimal(7)))
    assert set(await _lines(bench, copy)) == {ONE}
    assert f"lines/{TWO}" not in copy.known


@pytest.mark.parametrize("edit_items_missing", ["removed", "kept"])
async def test_a_line_taken_out_here_takes_no_other_along(
    open_bench: OpenBench, edit_items_missing: str
) -> None:
    """Taking a line out would take out or reset rows that an operator added or changed."""
    bench = await open_bench(edit_items_missing=edit_items_missing)
    copy = await _sold(bench, _two())
    theirs = {"line": TWO, "to": {"quantity": 6}}
    await _operator(bench, theirs, add=[{**MUG, "quantity": 5}])
    before = await _lines(bench, copy)
    await bench.tell(Kind.ORDER, copy, order(lines=(line(TWO),), payments=()))
    after = await _lines(bench, copy)
    assert after == {name: row for name, row in before.items() if name != ONE}
    assert await bench.news(Kind.ORDER, copy) == {}


async def test_only_the_changed_part_of_contact_and_delivery_is_sent(bench: Bench) -> None:
    """A new phone or house would set back the name, cost or city that an operator corrected."""
    copy = await _sold(bench, order(payments=()))
    theirs: dict[str, Any] = {
        "firstName": "Елена",
        "email": "elena@example.ru",
        "delivery": {"cost": 450, "address": {"city": "Тверь"}},
        "customFields": {"card_number": "2900000000099"},
    }
    await bench.act("order.edit", externalId=ORDER_KEY, order=theirs)
    ours = order(
        payments=(),
        contact=OrderContact(
            name=PersonName(last="Соловьёва", first="Алёна"),
            phone="+79051112233",
            email="alena@example.ru",
        ),
        delivery=Delivery(
            method="courier",
            cost=Money.of("300.00"),
            address=Address(country="RU", city="Москва", street="Тверская", house="9"),
        ),
        promo_codes=("ЛЕТО",),
    )
    await bench.tell(Kind.ORDER, copy, ours)
    told = await record(bench, Kind.ORDER, copy.external_id)
    assert (told["lastName"], told["firstName"]) == ("Соловьёва", "Елена")
    assert (told["phone"], told["email"]) == ("+79051112233", "elena@example.ru")
    assert told["delivery"]["cost"] == 450
    address = told["delivery"]["address"]
    assert (address["city"], address["building"]) == ("Тверь", "9")
    assert told["customFields"] == {"promo_code": "ЛЕТО", "card_number": "2900000000099"}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "body": "<html>"},
        {"kind": "status", "status": 502, "body": "<html>"},
        {"kind": "status", "status": 403, "body": "{}"},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
    ],
    ids=lambda one: f"{one['kind']}-{one.get('status', '')}",
)
async def test_an_edit_that_failed_half_way_is_unknown_and_can_be_repeated(
    bench: Bench, fault: dict[str, Any]
) -> None:
    """The core would forget what has arrived and take it for the CRM's own change later."""
    copy = await _sold(bench, order(payments=()))
    wanted = order(payments=(PAID,), status=OrderStatus.ASSEMBLING, lines=(line(TWO),))
    change = bench.change(Kind.ORDER, copy, wanted)
    await bench.faults({**fault, "path": "payments/create", "times": 1})
    (lost,) = await bench.write(Kind.ORDER, change)
    assert failures([lost]) == ["OutcomeUnknown"]
    assert (await record(bench, Kind.ORDER, copy.external_id))["status"] == "assembling"
    (told,) = await bench.write(Kind.ORDER, change)
    assert isinstance(told, Written)
    copy.known = known(spoken(change.entity))
    assert await bench.news(Kind.ORDER, copy) == {}
    told_now = await record(bench, Kind.ORDER, copy.external_id)
    assert [one["externalId"] for one in told_now["payments"].values()] == [PAID.id]
    assert [one["quantity"] for one in told_now["items"]] == [2]
    assert await count(bench, Kind.ORDER) == 1


async def test_an_edit_that_never_left_is_no_unknown_outcome(bench: Bench) -> None:
    """Each refusal by the rate limit would be held for something that may have happened."""
    copy = await _sold(bench, order(payments=()))
    change = bench.change(Kind.ORDER, copy, order(payments=(), status=OrderStatus.ASSEMBLING))
    await bench.faults({"kind": "status", "path": "/edit", "status": 503, "times": 1})
    assert failures(await bench.write(Kind.ORDER, change)) == ["RateLimited"]
    assert (await record(bench, Kind.ORDER, copy.external_id))["status"] == "new"


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ORDER])
async def test_an_edit_whose_answer_is_lost_is_unknown(bench: Bench, kind: Kind) -> None:
    """The core would take our own value for the CRM's when it reads the record again."""
    key = CUSTOMER_KEY if kind is Kind.CUSTOMER else ORDER_KEY
    first, then = (
        (customer(), customer(birth_date=None))
        if kind is Kind.CUSTOMER
        else (order(), order(status=OrderStatus.ASSEMBLING))
    )
    copy = Copy(key)
    await bench.tell(kind, copy, first)
    change = bench.change(kind, copy, then)
    await bench.faults({"kind": "cut_after", "path": "/edit", "times": 1})
    assert failures(await bench.write(kind, change)) == ["OutcomeUnknown"]
    (told,) = await bench.write(kind, change)
    assert isinstance(told, Written)


class CutSecondEdit(httpx.ASGITransport):
    """Lets the first edit through and breaks the connection before the second."""

    edits = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on, or not."""
        if request.url.path.endswith("/edit"):
            self.edits += 1
            if self.edits == 2:
                msg = "cut"
                raise httpx.ReadError(msg)
        return await super().handle_async_request(request)


async def test_a_lost_cancellation_of_a_line_is_unknown_and_repeated() -> None:
    """A line taken out would stay in the order of an account that keeps what is not sent."""
    account = replace(double.RetailCrmSettings(), edit_items_missing="kept")
    transport = CutSecondEdit(build_app(account))
    log = FakeLog()
    connector = built(own_settings("http://crm.test"), log=log, transport=transport)
    async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as door:
        await connector.prepare()
        bench = Bench(connector, door, log)
        copy = await _sold(bench, _two())
        change = bench.change(Kind.ORDER, copy, order(lines=(line(TWO),), payments=()))
        assert failures(await bench.write(Kind.ORDER, change)) == ["OutcomeUnknown"]
        assert set(await _lines(bench, copy)) == {ONE, TWO}
        (told,) = await bench.write(Kind.ORDER, change)
        assert isinstance(told, Written)
        assert set(await _lines(bench, copy)) == {TWO}
    assert transport.edits == 4
