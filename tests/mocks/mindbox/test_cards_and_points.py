"""Discount cards and points (sections 10 and 11, 31.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import (
    OLGA,
)

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project


@pytest.mark.parametrize(
    ("customer", "number", "statuses"),
    [
        pytest.param(OLGA, "2900000012345", ("Found", "AlreadyBoundToCurrentCustomer"), id="own"),
        pytest.param(OLGA, "2900000099001", ("Found", "Bound"), id="free"),
        pytest.param(OLGA, "404", ("Found", "NotFound"), id="unknown card"),
        pytest.param(
            {"mobilePhone": "79269999999"},
            "2900000099001",
            ("NotFound", "NotProcessed"),
            id="nobody",
        ),
        pytest.param(
            {"mobilePhone": "79260005566"},
            "2900000012345",
            ("Found", "AlreadyBoundToAnotherCustomer"),
            id="foreign",
        ),
    ],
)
async def test_attaching_a_card_has_five_outcomes(
    demo: Project, customer: Json, number: str, statuses: tuple[str, str]
) -> None:
    """All of them are a Success with words of their own (10, 31.4)."""
    await demo.call("Website.RegisterCustomer", {"customer": {"mobilePhone": "79260005566"}})
    sent = {"customer": customer, "discountCard": {"ids": {"number": number}}}
    found = await demo.call("Offline.ActivateDiscountCard", sent)
    assert (
        found["customer"]["processingStatus"],
        found["discountCard"]["processingStatus"],
    ) == statuses


async def test_a_virtual_card_is_blocked_replaced_and_detached(demo: Project) -> None:
    """The life of a card after the golden issue (10, 31.4)."""
    found = await demo.call("Offline.ActivateVirtualDiscountCard", {"customer": OLGA})
    assert found["discountCard"] == {
        "processingStatus": "Bound",
        "ids": {"number": "2900000099001"},
    }
    swap = {
        "oldDiscountCard": {"ids": {"number": "2900000012345"}},
        "newDiscountCard": {"ids": {"number": "2900000099001"}},
    }
    replaced = await demo.call("Offline.ReplaceDiscountCard", swap)
    assert replaced["oldDiscountCard"] == {"processingStatus": "Changed"}
    assert replaced["newDiscountCard"] == {"processingStatus": "AlreadyBoundToCurrentCustomer"}
    card = {"discountCard": {"ids": {"number": "2900000099001"}}}
    words = [
        await card_status(demo, "Offline.BlockDiscountCard", card),
        await card_status(demo, "Offline.BlockDiscountCard", card),
        await card_status(demo, "Offline.UnbindDiscountCard", card),
        await card_status(demo, "Offline.UnbindDiscountCard", card),
        await card_status(demo, "Offline.BlockDiscountCard", card),
    ]
    assert words == ["Changed", "NotChanged", "Processed", "NotChanged", "NotBoundToCustomer"]


async def test_a_card_issue_with_proof_refuses_a_wrong_code(demo: Project) -> None:
    """``authentificationCode`` beside the card (31.4)."""
    sent = {
        "customer": {"mobilePhone": "79260001122"},
        "discountCard": {"ids": {"number": "2900000099001"}},
        "authentificationCode": "0000",
    }
    answer = await demo.send("Offline.ActivateDiscountCard", sent)
    assert answer.json()["status"] == "ValidationError"
    await demo.call("Offline.SendMobilePhoneAuthorizationCode", {"customer": sent["customer"]})
    sent["authentificationCode"] = await demo.code()
    found = await demo.call("Offline.ActivateDiscountCard", sent)
    assert found["discountCard"]["processingStatus"] == "Bound"


async def test_points_expire_and_activate_with_time(demo: Project) -> None:
    """340 points become spendable in May, 120 are gone after June (11)."""
    await demo.act("clock.freeze", at="2026-05-01")
    assert await demo.balance() == (1240, 1240, 0)
    await demo.act("clock.freeze", at="2026-06-30")
    assert await demo.balance() == (1120, 1120, 0)
    found = await demo.call("Website.GetCustomerBalanceHistory", {"customer": OLGA})
    (action,) = found["customerActions"]
    change = action["customerBalanceChanges"][0]
    assert (change["changeAmount"], change["balanceChangeKind"]) == (
        -120,
        {"systemName": "Expired"},
    )


async def test_a_balance_change_shows_in_the_history(demo: Project) -> None:
    """Compensation with a comment and a day of expiry (11.3)."""
    sent = {
        "customer": {"ids": {"websiteId": "70014"}},
        "balanceChanges": [
            {
                "changeAmount": 150,
                "comment": "Компенсация",
                "expirationDateTimeUtc": "2026-12-31 20:59:59.000",
            }
        ],
    }
    await demo.queue("Website.ChangeCustomerBalance", sent)
    await demo.act("balance.credit", customer=OLGA, amount=-100.5, comment="Списание")
    assert await demo.balance() == (1289.5, 949.5, 340)
    page = {"pageNumber": 1, "itemsPerPage": 1}
    found = await demo.call(
        "Website.GetCustomerBonusPointsHistory", {"customer": OLGA, "page": page}
    )
    (action,) = found["customerActions"]
    assert found["customerActionsCount"] == 2
    assert action["customerBalanceChanges"][0] == {
        "changeAmount": 150,
        "isAvailable": True,
        "expirationDateTimeUtc": "2026-12-31 20:59:59.000",
        "comment": "Компенсация",
        "balanceType": {"ids": {"systemName": "MainPoints"}, "name": "Основной счёт"},
        "balanceChangeKind": {"systemName": "Custom"},
    }
    page = {"pageNumber": 1, "itemsPerPage": 1001}
    status, _ = await demo.refused(
        "Website.GetCustomerBonusPointsHistory", {"customer": OLGA, "page": page}
    )
    assert status == 400


async def test_the_balance_speaks_one_vocabulary_or_both(demo: Project) -> None:
    """Switch ``balanceVocabulary`` (11.1)."""
    keys = {}
    for vocabulary in ("both", "short", "valueSuffix"):
        await demo.switch(balanceVocabulary=vocabulary)
        row = (await demo.call("Website.GetCustomerBalance", {"customer": OLGA}))["balances"][0]
        keys[vocabulary] = ("available" in row, "availableValue" in row, "systemName" in row)
    assert keys == {
        "both": (True, True, True),
        "short": (True, False, True),
        "valueSuffix": (False, True, False),
    }


async def card_status(demo: Project, operation: str, card: Json) -> str:
    """Do something with a card and return the word of the answer."""
    found: AnyJson = await demo.call(operation, card)
    word: str = found["discountCard"]["processingStatus"]
    return word
