"""Promo codes outside orders (section 17, 31.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import OLGA, differences

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Json, Project

SITE = {"ids": {"websiteId": "70014"}}
POOL = {"pool": {"ids": {"externalId": "pool-spring"}}}


async def test_the_golden_issue_takes_a_free_code(demo: Project) -> None:
    """The answer of 31.5, then an empty pool."""
    sent = {
        "customer": SITE,
        "promoCode": {**POOL, "availableTillDateTimeUtc": "2026-06-01 00:00:00.000"},
        "executionDateTimeUtc": "2026-03-01 10:00:00.000",
    }
    want = {
        "issueStatus": "Issued",
        "ids": {"mindboxId": 7002, "value": "SPRING-0101"},
        "pool": {"ids": {"externalId": "pool-spring"}, "name": "Весна", "description": ""},
        "availableFromDateTimeUtc": "2026-03-01 00:00:00.000",
        "availableTillDateTimeUtc": "2026-06-01 00:00:00.000",
        "isUsed": False,
        "issuedDateTimeUtc": "2026-03-01 10:00:00.000",
    }
    found = await demo.call("Website.IssuePromoCode", sent)
    assert differences(want, found["promoCode"]) == []
    assert await demo.call("Website.IssuePromoCode", sent) == {
        "status": "Success",
        "promoCode": {"issueStatus": "NoAvailablePromoCodesInPool"},
    }


@pytest.mark.parametrize(
    ("operation", "code", "word"),
    [
        pytest.param(
            "IssuePromoCode",
            {"pool": {"ids": {"externalId": "pool-404"}}},
            "PromoCodePoolNotFound",
            id="no pool",
        ),
        pytest.param(
            "IssuePromoCodeByValue", {"ids": {"value": "X-1"}}, "PromoCodeNotFound", id="no code"
        ),
        pytest.param(
            "IssuePromoCodeByValue", {"ids": {"value": "SPRING-0101"}}, "Issued", id="by value"
        ),
        pytest.param(
            "CreatePromoCode", {"ids": {"value": "OURS-1"}, **POOL}, "Issued", id="made elsewhere"
        ),
        pytest.param(
            "IssuePromoCodeByValue",
            {"ids": {"value": "SPRING-0007"}},
            "NotAvailableForIssue",
            id="foreign",
        ),
    ],
)
async def test_every_outcome_of_an_issue_is_a_success(
    demo: Project, operation: str, code: Json, word: str
) -> None:
    """``issueStatus`` tells (17.1)."""
    other = {"mobilePhone": "79260005566"}
    await demo.call("Website.RegisterCustomer", {"customer": other})
    sent = {"customer": other, "promoCode": code}
    found = await demo.call(f"Website.{operation}", sent)
    assert found["promoCode"]["issueStatus"] == word


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        pytest.param("IssuePromoCode", {}, id="pool is missing"),
        pytest.param("IssuePromoCode", {**POOL, "ids": {"value": "X"}}, id="value is forbidden"),
        pytest.param("IssuePromoCodeByValue", POOL, id="value is missing"),
        pytest.param(
            "IssuePromoCodeByValue", {**POOL, "ids": {"value": "X"}}, id="pool is forbidden"
        ),
        pytest.param(
            "CreatePromoCode", {"ids": {"value": "X"}}, id="pool of a new code is missing"
        ),
    ],
)
async def test_the_mode_of_the_step_demands_and_forbids(
    demo: Project, operation: str, code: Json
) -> None:
    """The table of 17.1; each breach is a 400."""
    sent = {"customer": SITE, "promoCode": {**code, "comment": ""}}
    assert (await demo.refused(f"Website.{operation}", sent))[0] == 400


async def test_codes_are_issued_inside_their_window_only(demo: Project) -> None:
    """The pool's issue dates (17.1, 20.4)."""
    await demo.load(
        "DirectCrm.PromoCodeTypes.Import",
        [
            "ExternalId;Name;IssueStartDateTimeUtc;IssueEndDateTimeUtc",
            "pool-spring;Весна;2026-04-01 00:00:00.000;2026-06-01 00:00:00.000",
        ],
    )
    found = await demo.call("Website.IssuePromoCode", {"customer": SITE, "promoCode": POOL})
    assert found["promoCode"] == {"issueStatus": "NotInIssueDateTimeRange"}


async def test_the_list_shows_status_and_use(demo: Project) -> None:
    """Redeemed without an order, listed as used, then usable again (17.2, 17.3)."""
    code = {"ids": {"value": "SPRING-0007"}}
    redeem = {"customer": OLGA, "promoCode": code, "pointOfContact": "S-07"}
    assert await demo.call("Website.RedeemPromoCode", redeem) == {"status": "Success"}
    page = {"pageNumber": 1, "itemsPerPage": 100}
    found = await demo.call("Website.GetCustomerPromoCodes", {"customer": OLGA, "page": page})
    want = {
        "status": "Used",
        "ids": {"mindboxId": 7001, "value": "SPRING-0007"},
        "pool": {"ids": {"externalId": "pool-spring"}, "name": "Весна"},
        "isUsed": True,
        "usedDateTimeUtc": "2026-03-01 09:58:02.250",
        "usedPointOfContact": {"ids": {"externalId": "S-07"}},
    }
    assert differences([want], found["promoCodes"]) == []
    assert (await demo.refused("Website.RedeemPromoCode", redeem))[0] == 400
    await demo.call("Website.CancelPromoCodeRedemption", {"customer": OLGA, "promoCode": code})
    found = await demo.call("Website.GetCustomerPromoCodes", {"customer": OLGA})
    assert found["promoCodes"][0]["status"] == "Active"


async def test_the_list_of_a_stranger_is_a_protocol_error(demo: Project) -> None:
    """Unlike a search (8.3, 17.2)."""
    sent = {"customer": {"mobilePhone": "79269999999"}}
    assert (await demo.refused("Website.GetCustomerPromoCodes", sent))[0] == 400
