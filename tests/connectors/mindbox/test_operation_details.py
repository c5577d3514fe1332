"""Operations in detail: signs, returns, views, baskets, pools and merges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.contract import ConnectorError, Rejected, TranslationFailed
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, balance, drained, inspected
from tests.connectors.mindbox.payloads import (
    BASKET,
    DEVICE,
    IMPORTED,
    LINES,
    MERGE,
    OLGA,
    POOL,
    POSTING,
    RETURN,
    SALE,
    WISH,
    codes_effect,
    lists_effect,
    people_effect,
    perform,
    until_done,
)


async def test_posting_without_a_direction_is_refused(project: Bench) -> None:
    """A correction of points is posted with a sign that nobody gave."""
    with pytest.raises(Rejected):
        await perform(project, BONUS_POST, {**POSTING, "kind": "adjust"})


async def test_posting_carries_its_end_and_comment(project: Bench) -> None:
    """Points that shall expire last for ever."""
    end = {"expires_at": "2026-12-31T20:59:59Z"}
    await perform(project, BONUS_POST, {**POSTING, **end})
    await drained(project)
    loyalty = project.connector.services.loyalty
    assert loyalty is not None
    (posted,) = (await loyalty.history(OLGA, cursor=None, limit=10)).items
    assert posted.expires_at == datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)
    assert posted.reason == "Компенсация"


@pytest.mark.parametrize("lines", [LINES[1:], []], ids=["a-line", "whole"])
async def test_return_gives_back_once(project: Bench, lines: list[Any]) -> None:
    """The returned laces still count as bought, or the whole receipt counts as returned."""
    await perform(project, RECEIPT_REGISTER, {"receipt": SALE}, key="s-1")
    await drained(project)
    earned = await balance(project)
    assert earned == (1240 + 72 + 15, 900, 340 + 72 + 15)

    back = {"receipt": RETURN | {"lines": lines}}
    await project.faults({"kind": "cut_after", "path": "Return", "times": 1})
    errors = await until_done(project, RECEIPT_REGISTER, back)
    assert errors == ["Unavailable"]
    (order,) = await inspected(project, "orders")
    words = [one["status"]["ids"]["externalId"] for one in order["lines"]]
    assert words == (["Paid", "Returned"] if lines else ["Returned", "Returned"])
    assert (await balance(project))[0] == (1240 + 72 if lines else 1240)


async def test_return_of_an_unknown_sale_is_told(project: Bench) -> None:
    """The return of a sale of last year vanishes in the vendor's queue."""
    with pytest.raises(Rejected):
        await perform(project, RECEIPT_REGISTER, {"receipt": RETURN})
    no_sale = {name: value for name, value in RETURN.items() if name != "returned_receipt_id"}
    with pytest.raises(Rejected):
        await perform(project, RECEIPT_REGISTER, {"receipt": no_sale})


@pytest.mark.parametrize(
    ("kind", "more", "template"),
    [
        ("view_product", {"product": {"external_id": "SKU-9001"}}, "ProsmotrTovara"),
        ("view_category", {"category": "CAT-12"}, "ProsmotrKategorii"),
    ],
)
async def test_views_are_told(
    project: Bench, kind: str, more: dict[str, Any], template: str
) -> None:
    """What a customer looks at never reaches the recommendations."""
    event = {"id": "e", "kind": kind, "at": "2026-03-01T09:00:00Z", "visitor_id": DEVICE, **more}
    payload = {"event": event, "customer_external_id": OLGA}
    await perform(project, BEHAVIOUR_TRACK, payload)
    log = await drained(project)
    assert [row["status"] for row in log] == ["Success"]
    (olga,) = await inspected(project, "customers")
    assert template in olga["actions"]


async def test_basket_of_a_stranger_is_replaced_and_cleared(project: Bench) -> None:
    """What was taken out of the basket is offered again by letter."""
    event = {**BASKET["event"]}
    await perform(project, BEHAVIOUR_TRACK, {"event": event}, key="b-1")
    await drained(project)
    less = {**event, "lines": LINES[:1]}
    await perform(project, BEHAVIOUR_TRACK, {"event": less}, key="b-2")
    await drained(project)
    assert await lists_effect(project) == [("cart", [("SKU-9002", 2)])]
    (row,) = await inspected(project, "lists")
    assert row["owner"] == f"device:{DEVICE}"
    assert row["items"][0]["price"] == 720

    cleared = {**event, "kind": "basket_cleared", "lines": []}
    await perform(project, BEHAVIOUR_TRACK, {"event": cleared}, key="b-3")
    await drained(project)
    assert await lists_effect(project) == [("cart", [])]


async def test_second_wish_keeps_the_first(project: Bench) -> None:
    """Whoever waits for two products is told of the second one only."""
    await perform(project, BEHAVIOUR_TRACK, WISH, key="w-1")
    event = {**WISH["event"], "product": {"external_id": "SKU-9001"}}
    await perform(project, BEHAVIOUR_TRACK, {**WISH, "event": event}, key="w-2")
    await drained(project)
    (row,) = await inspected(project, "lists")
    products = sorted(one["product"]["ids"]["website"] for one in row["items"])
    assert (row["list"], products) == ("backInStock", ["SKU-9001", "SKU-9004"])


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({"kind": "view_category"}, "event/category"),
        ({"kind": "view_product"}, "event/product"),
        ({"kind": "view_product", "product": {"sku": "A-1"}}, "event/product"),
        ({"kind": "basket_changed", "lines": [LINES[0] | {"product": None}]}, "lines/1/product"),
    ],
    ids=["no-category", "no-product", "no-id", "line-without-product"],
)
async def test_event_that_cannot_be_told_names_its_place(
    project: Bench, event: dict[str, Any], path: str
) -> None:
    """An event without a product is sent, and refused where nobody looks."""
    whole = {"id": "e", "at": "2026-03-01T09:00:00Z", "visitor_id": DEVICE, **event}
    with pytest.raises(TranslationFailed) as caught:
        await perform(project, BEHAVIOUR_TRACK, {"event": whole})
    assert caught.value.path == path


@pytest.mark.parametrize("answer", ["success", "empty"])
async def test_pool_of_codes_is_imported(open_project: OpenProject, answer: str) -> None:
    """The codes are there and their pool is not, or an empty answer counts as a failure."""
    project = await open_project(bulk_answer=answer)
    assert await perform(project, PROMO_UPLOAD, POOL) == {"codes": 3}
    await drained(project)
    assert await codes_effect(project) == (["MAY-1", "MAY-2", "MAY-3"], IMPORTED)
    codes = {one["ids"]["value"]: one for one in await inspected(project, "promoCodes")}
    assert codes["MAY-1"]["pool"]["ids"]["externalId"] == "pool-may"
    assert codes["MAY-1"]["availableTillDateTimeUtc"] == "2026-06-01 00:00:00.000"


@pytest.mark.parametrize("merged_ids", ["forward", "gone"])
async def test_merge_of_those_merged_already_is_done(
    open_project: OpenProject, merged_ids: str
) -> None:
    """A merge that happened is refused for ever, because the merged one is not there any more."""
    project = await open_project(merged_ids=merged_ids)
    await project.seed(customers=[{"firstName": "Оля", "mobilePhone": "79160000009"}])
    assert (await perform(project, CUSTOMER_MERGE, MERGE))["merged"] == 1
    assert (await perform(project, CUSTOMER_MERGE, MERGE))["merged"] == 1
    assert await people_effect(project) == [500123]


async def test_merge_into_somebody_who_is_not_there_is_refused(project: Bench) -> None:
    """Nothing was merged and the core forgets the duplicate."""
    with pytest.raises(Rejected):
        await perform(project, CUSTOMER_MERGE, {"survivor": "999", "losers": [OLGA]})
    assert await people_effect(project) == [500123]


@pytest.mark.parametrize(
    ("name", "payload", "path"),
    [
        (BONUS_POST, {**POSTING, "points": "-5"}, "points"),
        (PROMO_UPLOAD, {"pool": "p", "codes": []}, "codes"),
        (CUSTOMER_MERGE, {"survivor": OLGA}, "losers"),
        (RECEIPT_REGISTER, {"receipt": {**SALE, "kind": "79260001122"}}, "receipt.kind"),
    ],
    ids=["negative", "no-codes", "no-losers", "unknown-kind"],
)
async def test_payload_that_makes_no_sense_names_the_field(
    project: Bench, name: str, payload: dict[str, Any], path: str
) -> None:
    """Nobody knows what to correct; or the value stands in the error."""
    with pytest.raises(TranslationFailed) as caught:
        await perform(project, name, payload)
    assert caught.value.path == path
    assert "79260001122" not in str(caught.value)


async def test_limit_of_imports_is_a_reason_to_wait(open_project: OpenProject) -> None:
    """The 61st file of an hour is lost, because its refusal counts as final."""
    project = await open_project(bulk_limit_per_hour=1)
    with pytest.raises(ConnectorError) as caught:
        await perform(project, PROMO_UPLOAD, POOL)
    assert type(caught.value).__name__ == "RateLimited"
    await project.act("clock.advance", seconds=3601)
    await perform(project, PROMO_UPLOAD, POOL)
    await drained(project)
    assert await codes_effect(project) == (["MAY-1", "MAY-2", "MAY-3"], IMPORTED)


async def test_an_erasure_clears_the_person_and_spares_others(project: Bench) -> None:
    """A name that stays at the vendor comes back; a stranger's would be lost."""
    before = {row["ids"]["mindboxId"]: row for row in await inspected(project, "customers")}
    told = await perform(project, CUSTOMER_ERASE, {"customer_external_ids": [OLGA, "999"]})
    assert told["erased"] == 1
    after = {row["ids"]["mindboxId"]: row for row in await inspected(project, "customers")}
    (olga,) = (row for key, row in after.items() if str(key) == OLGA)
    personal = ("firstName", "lastName", "middleName", "mobilePhone", "email", "sex", "birthDate")
    assert [name for name in personal if olga.get(name)] == []
    others = {key: row for key, row in before.items() if str(key) != OLGA}
    assert {key: after[key] for key in others} == others
