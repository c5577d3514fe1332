"""Operations: whatever is lost on the way, each has one effect at the vendor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.contract import ConnectorError, Operation, OutcomeUnknown, Rejected, TranslationFailed
from gateway.contract.errors import Unavailable
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_MERGE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import AnyJson, OpenProject, balance, drained, inspected

NOON = datetime(2026, 3, 1, 9, 58, 2, tzinfo=UTC)
DEVICE = "2f6b1b0e-8f53-4f0e-9f55-0d2e4a7f6c11"
OLGA = "500123"
LINES = [
    {
        "id": "1",
        "product": {"external_id": "SKU-9002"},
        "quantity": "2",
        "base_price": {"amount": "800", "currency": "RUB"},
        "price": {"amount": "720", "currency": "RUB"},
    },
    {
        "id": "2",
        "product": {"external_id": "SKU-9003"},
        "quantity": "1",
        "price": {"amount": "300", "currency": "RUB"},
    },
]
SALE: dict[str, Any] = {
    "id": "A-1543",
    "kind": "sale",
    "shop": "S-07",
    "till": "S-07/2",
    "closed_at": "2026-02-28T17:41:09Z",
    "card_number": "2900000012345",
    "lines": LINES,
    "payments": [{"id": "p", "method": "cash", "amount": {"amount": "1740", "currency": "RUB"}}],
    "total": {"amount": "1740", "currency": "RUB"},
}
RETURN: dict[str, Any] = SALE | {
    "id": "R-1",
    "kind": "return",
    "returned_receipt_id": "A-1543",
    "lines": LINES[1:],
    "total": {"amount": "300", "currency": "RUB"},
}
POSTING = {"customer_external_id": OLGA, "kind": "accrue", "points": "150", "reason": "Компенсация"}
POOL = {
    "pool": "pool-may",
    "codes": ["MAY-1", "MAY-2", "MAY-3"],
    "valid_from": "2026-05-01T00:00:00Z",
    "valid_to": "2026-06-01T00:00:00Z",
}


async def perform(
    project: Bench, name: str, payload: Mapping[str, Any], *, key: str = "op-1"
) -> AnyJson:
    """Perform an operation once."""
    performer = project.connector.operations[name]
    return await performer.perform(Operation(key, name, payload))


async def until_done(project: Bench, name: str, payload: Mapping[str, Any]) -> list[str]:
    """Perform an operation as the core does: look up an unknown outcome, then repeat.

    Returns the names of the errors on the way.
    """
    errors = []
    for _ in range(4):
        try:
            await perform(project, name, payload)
        except (Unavailable, OutcomeUnknown) as error:
            errors.append(type(error).__name__)
            if isinstance(error, OutcomeUnknown):
                assert await project.connector.operations[name].find("op-1") is None
            continue
        await drained(project)
        return errors
    pytest.fail("it is never done")


async def points_effect(project: Bench) -> object:
    """Return the points."""
    return await balance(project)


async def orders_effect(project: Bench) -> object:
    """Return sums and statuses of the orders."""
    rows = await inspected(project, "orders")
    return [
        (row["totalPrice"], [one["status"]["ids"]["externalId"] for one in row["lines"]])
        for row in rows
    ]


async def codes_effect(project: Bench) -> object:
    """Return the codes of the pool, and how many files were processed."""
    codes = await inspected(project, "promoCodes")
    jobs = await inspected(project, "jobs")
    own = sorted(one["ids"]["value"] for one in codes if one["ids"]["value"].startswith("MAY-"))
    return own, [(job["operation"], job["state"]) for job in jobs]


async def lists_effect(project: Bench) -> object:
    """Return the lists of products."""
    return [
        (row["list"], [(one["product"]["ids"]["website"], one["count"]) for one in row["items"]])
        for row in await inspected(project, "lists")
    ]


async def people_effect(project: Bench) -> object:
    """Return who is there."""
    return [row["ids"]["mindboxId"] for row in await inspected(project, "customers")]


BASKET = {
    "event": {
        "id": "e-1",
        "kind": "basket_changed",
        "at": "2026-03-01T09:00:00Z",
        "visitor_id": DEVICE,
        "lines": LINES,
    },
    "customer_external_id": OLGA,
}
WISH = {
    "event": {
        "id": "e-2",
        "kind": "availability_wanted",
        "at": "2026-03-01T09:00:00Z",
        "visitor_id": DEVICE,
        "product": {"external_id": "SKU-9004"},
    },
    "customer_external_id": OLGA,
}
MERGE = {"survivor": OLGA, "losers": ["500124"]}
IMPORTED = [
    ("DirectCrm.PromoCodeTypes.Import", "Done"),
    ("DirectCrm.PromoCodes.Import", "Done"),
]
EFFECTS: list[tuple[str, str, Mapping[str, Any], str, Any, Any]] = [
    ("bonus", BONUS_POST, POSTING, "ChangeCustomerBalance", points_effect, (1390, 1050, 340)),
    (
        "write-off",
        BONUS_POST,
        {**POSTING, "kind": "redeem"},
        "ChangeCustomerBalance",
        points_effect,
        (1090, 750, 340),
    ),
    (
        "receipt",
        RECEIPT_REGISTER,
        {"receipt": SALE},
        "SaveOfflineOrder",
        orders_effect,
        [(1740, ["Paid", "Paid"])],
    ),
    (
        "pool",
        PROMO_UPLOAD,
        POOL,
        "bulk/DirectCrm.PromoCodeTypes",
        codes_effect,
        (["MAY-1", "MAY-2", "MAY-3"], IMPORTED),
    ),
    (
        "codes",
        PROMO_UPLOAD,
        POOL,
        "bulk/DirectCrm.PromoCodes",
        codes_effect,
        (["MAY-1", "MAY-2", "MAY-3"], IMPORTED),
    ),
    (
        "basket",
        BEHAVIOUR_TRACK,
        BASKET,
        "SetCart",
        lists_effect,
        [("cart", [("SKU-9002", 2), ("SKU-9003", 1)])],
    ),
    (
        "wish",
        BEHAVIOUR_TRACK,
        WISH,
        "AddToTovarNeVNalichiiItemList",
        lists_effect,
        [("backInStock", [("SKU-9004", 1)])],
    ),
    ("merge", CUSTOMER_MERGE, MERGE, "MergeCustomers", people_effect, [500123]),
]
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("lost-after", {"kind": "cut_after"}),
    ("lost-before", {"kind": "cut_before"}),
    ("503", {"kind": "status", "status": 503}),
    ("504", {"kind": "status", "status": 504}),
    ("hang-after", {"kind": "hang_after"}),
    ("hang-before", {"kind": "hang_before"}),
]


@pytest.mark.parametrize("fault", [row[1] for row in FAULTS], ids=[row[0] for row in FAULTS])
@pytest.mark.parametrize(
    ("name", "payload", "path", "effect", "wanted"),
    [row[1:] for row in EFFECTS],
    ids=[row[0] for row in EFFECTS],
)
async def test_operation_has_one_effect(
    open_project: OpenProject,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    payload: Mapping[str, Any],
    path: str,
    effect: Callable[[Bench], Awaitable[object]],
    wanted: object,
    fault: dict[str, Any],
) -> None:
    """Points, receipts, codes or a merge happen twice after a lost answer, or never."""
    monkeypatch.setattr("tests.connectors.bench.TIMEOUT_S", 0.5)
    project = await open_project()
    if name == CUSTOMER_MERGE:
        await project.seed(customers=[{"firstName": "Оля", "mobilePhone": "79160000009"}])
    await project.faults({**fault, "path": path, "times": 1})
    errors = await until_done(project, name, payload)

    wrong = "OutcomeUnknown" if name == CUSTOMER_MERGE else "Unavailable"
    assert errors == [wrong]
    assert await effect(project) == wanted


async def test_operations_of_one_key_do_not_swallow_each_other(project: Bench) -> None:
    """Keys are shared by all operations of a project: the second one vanishes without a word."""
    await perform(project, BONUS_POST, POSTING)
    await perform(project, RECEIPT_REGISTER, {"receipt": SALE})
    log = await drained(project)
    assert {row["status"] for row in log} == {"Success"}


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
    event = {**BASKET["event"]}  # type: ignore[dict-item]
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
    event = {**WISH["event"], "product": {"external_id": "SKU-9001"}}  # type: ignore[dict-item]
    await perform(project, BEHAVIOUR_TRACK, {**WISH, "event": event}, key="w-2")
    await drained(project)
    ((name, rows),) = await lists_effect(project)  # type: ignore[misc, attr-defined]
    assert (name, sorted(rows)) == ("backInStock", [("SKU-9001", 1), ("SKU-9004", 1)])


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
