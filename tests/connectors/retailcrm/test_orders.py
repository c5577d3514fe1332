"""Orders over the wire: reasons of discounts, lines with lasting ids, payments once each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    Kind,
    Money,
    Order,
    OrderStatus,
    ProductRef,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import Exists, Failed, OutcomeUnknown, Rejected, Written

from .conftest import Bench, Copy, OpenBench, count, failures, record
from .samples import CUSTOMER_KEY, ORDER_KEY, customer, line, order

MUG = {"offer": {"externalId": "sku-1"}}


async def _with_buyer(bench: Bench) -> dict[str, Any]:
    buyer = await bench.tell(Kind.CUSTOMER, Copy(CUSTOMER_KEY), customer())
    return {"customer_external_id": buyer.external_id, "customer_key": CUSTOMER_KEY}


async def _sold(bench: Bench, snapshot: Order | None = None) -> Copy:
    copy = Copy(ORDER_KEY)
    await bench.tell(Kind.ORDER, copy, snapshot or order(), **await _with_buyer(bench))
    return copy


async def test_an_order_reads_back_as_it_was_held(bench: Bench) -> None:
    """A difference between held and read would be sent forever or come back as a change."""
    copy = await _sold(bench)
    seen = await bench.look(Kind.ORDER, copy)
    assert (seen.key, seen.remarks) == (ORDER_KEY, ())
    assert seen.customer_external_id is not None
    assert await bench.news(Kind.ORDER, copy) == {}


async def test_the_reasons_of_a_discount_arrive(bench: Bench) -> None:
    """The CRM would show a lower price and nobody could say why (promo code, card)."""
    copy = await _sold(bench)
    told = (await bench.api(f"orders/{copy.external_id}", by="id"))["order"]
    assert told["customFields"] == {
        "promo_code": "ВЕСНА; SPRING10",
        "card_number": "2900000000017",
    }
    (row,) = told["items"]
    assert (row["initialPrice"], row["discountTotal"]) == (900, 89.5)
    assert told["customer"]["externalId"] == CUSTOMER_KEY
    assert told["createdAt"] == "2026-03-09 10:10:03"


async def test_an_edit_sends_only_what_changed(bench: Bench) -> None:
    """An edit of the status would undo what an operator did to other fields."""
    copy = await _sold(bench)
    await bench.act("order.edit", externalId=ORDER_KEY, order={"managerComment": "Перезвонить"})
    await bench.tell(Kind.ORDER, copy, order(status=OrderStatus.ASSEMBLING))
    assert await bench.news(Kind.ORDER, copy) == {}
    assert copy.known["manager_comment"] == "Перезвонить"
    assert (await bench.look(Kind.ORDER, copy)).entity.status is OrderStatus.ASSEMBLING


async def test_a_finer_status_is_not_replaced_by_a_coarser_one(bench: Bench) -> None:
    """An order that an operator marked as delivered would fall back to delivering."""
    copy = await _sold(bench)
    await bench.act("order.status", externalId=ORDER_KEY, status="redirect")
    copy.known = known(spoken((await bench.look(Kind.ORDER, copy)).entity))
    await bench.tell(
        Kind.ORDER, copy, order(status=OrderStatus.DELIVERY, customer_comment="Код домофона 12")
    )
    told = (await bench.api(f"orders/{copy.external_id}", by="id"))["order"]
    assert told["status"] == "redirect"


async def test_a_row_born_in_the_crm_keeps_its_id(bench: Bench) -> None:
    """A row re-created by our edit would lose its marking data and look like another line."""
    made = await bench.act(
        "order.create",
        order={"firstName": "Пётр", "phone": "8 916 123-45-67", "items": [{**MUG, "quantity": 1}]},
    )
    copy = Copy(ORDER_KEY, str(made["id"]))
    first = await bench.look(Kind.ORDER, copy)
    copy.known = known(spoken(first.entity))
    (row,) = first.entity.lines
    assert row.id == f"retailcrm-{made['itemIds'][0]}"
    more = order(
        lines=(row.model_copy(update={"quantity": Decimal(3)}), line("bitrix-18")), payments=()
    )
    await bench.tell(Kind.ORDER, copy, more, assign_key=True)
    assert await bench.news(Kind.ORDER, copy) == {}
    again = (await bench.look(Kind.ORDER, copy)).entity
    assert [(one.id, one.quantity) for one in again.lines] == [(row.id, 3), ("bitrix-18", 2)]
    told = (await bench.api(f"orders/{copy.external_id}", by="id"))["order"]
    assert told["items"][0]["id"] == made["itemIds"][0]
    assert "externalIds" not in told["items"][0]


@pytest.mark.parametrize("edit_items_missing", ["removed", "kept"])
async def test_a_removed_line_counts_no_more(
    open_bench: OpenBench, edit_items_missing: str
) -> None:
    """A line taken out of the order would still be assembled and paid."""
    bench = await open_bench(edit_items_missing=edit_items_missing)
    copy = await _sold(bench, order(lines=(line("bitrix-17"), line("bitrix-18"))))
    await bench.tell(Kind.ORDER, copy, order(lines=(line("bitrix-18"),)))
    assert await bench.news(Kind.ORDER, copy) == {}
    told = (await bench.api(f"orders/{copy.external_id}", by="id"))["order"]
    assert told["summ"] == 1621
    # And back again: what was cancelled is a line once more.
    both = order(lines=(line("bitrix-17", quantity=Decimal(1)), line("bitrix-18")))
    await bench.tell(Kind.ORDER, copy, both)
    assert await bench.news(Kind.ORDER, copy) == {}


@pytest.mark.parametrize("upload_repeat", ["460", "201_empty", "200_empty"])
@pytest.mark.parametrize("order_duplicate", ["400_order_exists", "400_entity_errors"])
async def test_a_creation_that_finds_its_record_leaves_it_alone(
    open_bench: OpenBench, upload_repeat: str, order_duplicate: str
) -> None:
    """A repeated creation would sell the goods twice, or undo what an operator did since."""
    bench = await open_bench(upload_repeat=upload_repeat, order_duplicate=order_duplicate)
    first = await _sold(bench)
    change = {"offer": {"externalId": "sku-1"}, "quantity": 5}
    await bench.act(
        "order.edit",
        externalId=ORDER_KEY,
        order={"managerComment": "Перезвонить"},
        items={"change": [change]},
    )
    before = await record(bench, Kind.ORDER, first.external_id)
    again = order(lines=(line(quantity=Decimal(3)),), customer_comment="Не звонить")
    (told,) = await bench.write(Kind.ORDER, bench.change(Kind.ORDER, Copy(ORDER_KEY), again))
    assert told == Exists(first.external_id or "")
    after = await record(bench, Kind.ORDER, first.external_id)
    assert after == before
    assert (after["managerComment"], after["items"][0]["quantity"]) == ("Перезвонить", 5)
    assert await count(bench, Kind.ORDER) == 1


@pytest.mark.parametrize("upload_repeat", ["460", "201_empty", "200_empty", "cut"])
@pytest.mark.parametrize("status", [503, 502, 429])
async def test_a_look_up_that_fails_after_a_creation_leaves_it_unknown(
    open_bench: OpenBench, upload_repeat: str, status: int
) -> None:
    """A creation that had its effect would be taken for one that surely had none."""
    cut = upload_repeat == "cut"
    bench = await open_bench(**({} if cut else {"upload_repeat": upload_repeat}))
    buyer = await _with_buyer(bench)
    if not cut:
        await bench.tell(Kind.ORDER, Copy(ORDER_KEY), order(), **buyer)
    change = bench.change(Kind.ORDER, Copy(ORDER_KEY), order(), **buyer)
    lost = {"kind": "cut_after", "path": "orders/upload", "times": 1}
    away = {"kind": "status", "path": "/orders$", "status": status, "body": "<html>"}
    await bench.faults(*([lost] if cut else []), away)
    (told,) = await bench.write(Kind.ORDER, change)
    assert failures([told]) == ["OutcomeUnknown"]
    await bench.faults()
    (told,) = await bench.write(Kind.ORDER, change)
    assert isinstance(told, Exists)
    assert await count(bench, Kind.ORDER) == 1


async def test_a_cut_creation_is_found_and_not_repeated(bench: Bench) -> None:
    """A connection cut after the vendor saved would make a second order."""
    await bench.faults({"kind": "cut_after", "path": "orders/upload", "times": 1})
    writer = bench.connector.writers[Kind.ORDER]
    change = bench.change(Kind.ORDER, Copy(ORDER_KEY), order(), **await _with_buyer(bench))
    (lost,) = await writer.write([change])
    assert isinstance(lost, Failed)
    assert isinstance(lost.error, OutcomeUnknown)
    found = await writer.find([ORDER_KEY])
    (outcome,) = await writer.write([replace(change, external_id=found[ORDER_KEY])])
    assert isinstance(outcome, Written)
    told = (await bench.api("orders"))["orders"]
    assert [(one["externalId"], len(one["items"]), len(one["payments"])) for one in told] == [
        (ORDER_KEY, 1, 1)
    ]


async def test_an_unknown_product_becomes_a_free_line(bench: Bench) -> None:
    """A catalogue that is a day behind would keep orders out of the CRM."""
    fresh = line(product=ProductRef(external_id="sku-новый", name="Чайник"))
    copy = await _sold(bench, order(lines=(fresh,)))
    assert await bench.news(Kind.ORDER, copy) == {}
    told = (await bench.look(Kind.ORDER, copy)).entity
    assert told.lines[0].product == ProductRef(external_id="sku-новый")


async def test_a_bad_order_of_a_batch_tells_its_field_and_hurts_no_other(bench: Bench) -> None:
    """One order that the CRM refuses would hold back the whole batch without a reason."""
    buyer = await _with_buyer(bench)
    writer = bench.connector.writers[Kind.ORDER]
    good = bench.change(Kind.ORDER, Copy(ORDER_KEY), order(), **buyer)
    nameless = line("bitrix-9", product=ProductRef(external_id="sku-нет"))
    bad = bench.change(
        Kind.ORDER, Copy("o-01jd7fj0r5t8w1zz"), order(lines=(nameless,), payments=()), **buyer
    )
    lost, kept = await writer.write([bad, good])
    assert isinstance(kept, Written)
    assert isinstance(lost, Failed)
    assert isinstance(lost.error, Rejected)
    assert lost.error.vendor_code == "offer_not_found"
    assert "items[0].offer" in lost.error.reason
    assert "sku" not in lost.error.reason


async def test_an_order_of_a_merged_customer_goes_to_the_survivor(open_bench: OpenBench) -> None:
    """A merge in the CRM would keep the next orders of that person out of it."""
    bench = await open_bench(combine_delay_ms=0)
    gone = await bench.act("customer.create", customer={"firstName": "Анна"})
    kept = await bench.act("customer.create", customer={"firstName": "Анна"})
    await bench.act("customer.combine", customers=[gone["id"]], resultCustomer=kept["id"])
    copy = Copy(ORDER_KEY)
    await bench.tell(Kind.ORDER, copy, order(), customer_external_id=str(gone["id"]))
    assert (await bench.look(Kind.ORDER, copy)).customer_external_id == str(kept["id"])


async def test_statuses_that_the_account_made_are_read_by_their_group(bench: Bench) -> None:
    """A status that nobody mapped would stop the order's progress everywhere else."""
    await bench.seed(
        references={"statuses": [{"code": "gw-packing", "name": "Упаковка", "group": "assembling"}]}
    )
    copy = await _sold(bench)
    await bench.act("order.status", externalId=ORDER_KEY, status="gw-packing")
    seen = await bench.look(Kind.ORDER, copy)
    assert seen.entity.status is OrderStatus.ASSEMBLING


async def test_a_loyalty_discount_is_not_taken_twice(bench: Bench) -> None:
    """Rewriting the lines would add the CRM's own discount to our manual one."""
    made = await bench.act(
        "order.create",
        order={"firstName": "Пётр", "discountManualAmount": 90, "items": [{**MUG, "quantity": 2}]},
    )
    copy = Copy(ORDER_KEY, str(made["id"]))
    seen = (await bench.look(Kind.ORDER, copy)).entity
    copy.known = known(spoken(seen))
    assert seen.lines[0].price == Money.of("855.00")
    more = seen.model_copy(update={"lines": (*seen.lines, line("bitrix-18", quantity=Decimal(1)))})
    await bench.tell(Kind.ORDER, copy, more)
    told = (await bench.api(f"orders/{copy.external_id}", by="id"))["order"]
    assert told["summ"] == Decimal(1800 - 90) + Decimal("810.5")
