"""Operations: whatever is lost on the way, each has one effect at the vendor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_MERGE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, drained
from tests.connectors.mindbox.payloads import (
    BASKET,
    IMPORTED,
    MERGE,
    POOL,
    POSTING,
    SALE,
    WISH,
    codes_effect,
    lists_effect,
    orders_effect,
    people_effect,
    perform,
    points_effect,
    until_done,
)

Effect = Callable[[Bench], Awaitable[object]]
EFFECTS: list[tuple[str, str, Mapping[str, Any], str, Effect, object]] = [
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
@pytest.mark.parametrize("case", [row[1:] for row in EFFECTS], ids=[row[0] for row in EFFECTS])
async def test_operation_has_one_effect(
    open_project: OpenProject,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, Mapping[str, Any], str, Effect, object],
    fault: dict[str, Any],
) -> None:
    """Points, receipts, codes or a merge happen twice after a lost answer, or never."""
    name, payload, path, effect, wanted = case
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
