"""Searching, reading and merging customers (8.3, 8.5, 21.4, 31.1)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import (
    OLGA,
    differences,
    status_of,
)

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Json, Project

INFO: Json = {
    "status": "Success",
    "customer": {
        "processingStatus": "Found",
        "ids": {"mindboxId": 500123, "websiteId": "70014"},
        "firstName": "Ольга",
        "mobilePhone": 79260001122,
        "isMobilePhoneConfirmed": True,
    },
    "balances": [
        {
            "systemName": "MainPoints",
            "total": 1240,
            "available": 900,
            "blocked": 340,
            "balanceType": {"ids": {"systemName": "MainPoints"}, "name": "Основной счёт"},
            "nearestExpiration": {"total": 120, "date": "2026-06-30"},
        }
    ],
    "discountCards": [
        {
            "ids": {"number": "2900000012345"},
            "status": {"ids": {"systemName": "Activated"}},
            "type": {"ids": {"externalId": "base"}, "name": "Базовая"},
        }
    ],
    "customerSegmentations": [
        {
            "segmentation": {"ids": {"externalId": "loyaltyTier"}, "name": "Уровень"},
            "segment": {"ids": {"externalId": "gold"}, "name": "Золото"},
        },
        {"segmentation": {"ids": {"externalId": "vip"}, "name": "VIP"}},
    ],
}


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        pytest.param({"mobilePhone": "79260001122"}, "Found", id="phone"),
        pytest.param({"mobilePhone": 79260001122}, "Found", id="phone as a number"),
        pytest.param({"mobilePhone": "+7 (926) 000-11-22"}, "Found", id="phone as typed"),
        pytest.param({"email": "OLGA.Demo@example.com"}, "Found", id="address in capitals"),
        pytest.param({"ids": {"mindboxId": "500123"}}, "Found", id="own id as a text"),
        pytest.param({"discountCard": {"ids": {"number": "2900000012345"}}}, "Found", id="card"),
        pytest.param({"mobilePhone": "79269999999"}, "NotFound", id="unknown phone"),
        pytest.param({"ids": {"mindboxId": 1}}, "NotFound", id="unknown own id"),
    ],
)
async def test_every_key_of_a_search_finds(demo: Project, keys: Json, status: str) -> None:
    """``CheckCustomer`` by each key; unknown is no error (8.3)."""
    assert await status_of(demo, keys) == status


async def test_two_customers_with_one_phone_are_ambiguous(demo: Project) -> None:
    """``Ambiguous`` without ids (31.1); an order cannot be tied to either."""
    await demo.load("DirectCrm.Customers.Import", ["Websiteid;FirstName", "70020;Анна"])
    other = {"customer": {"ids": {"websiteId": "70020"}, "mobilePhone": "79260001122"}}
    await demo.call("Website.EditCustomer", other)
    sent = {"customer": {"mobilePhone": "79260001122"}}
    found = await demo.call("Website.CheckCustomer", sent)
    assert found == {"status": "Success", "customer": {"processingStatus": "Ambiguous"}}
    status, _ = await demo.refused("Website.GetCustomerPromoCodes", sent)
    assert status == 400


async def test_the_golden_info_by_card(demo: Project) -> None:
    """Customer, balances, cards and segments in one answer (31.1)."""
    sent = {
        "customer": {"discountCard": {"ids": {"number": "2900000012345"}}},
        "pointOfContact": "S-07",
    }
    assert differences(INFO, await demo.call("Offline.GetCustomerInfo", sent)) == []
    await demo.act("card.status", number="2900000012345", status="Blocked")
    assert await demo.call("Offline.GetCustomerInfo", sent) == {
        "status": "Success",
        "customer": {"processingStatus": "DiscountCardIsBlocked"},
    }


async def test_segments_are_absent_for_a_stranger(demo: Project) -> None:
    """No block at all means: no such customer (19.3)."""
    sent = {"customer": OLGA, "segmentations": [{"ids": {"externalId": "vip"}}]}
    assert await demo.call("Website.GetCustomerSegments", sent) == {
        "status": "Success",
        "customerSegmentations": [{"segmentation": {"ids": {"externalId": "vip"}, "name": "VIP"}}],
    }
    stranger = {"customer": {"mobilePhone": "79269999999"}}
    assert await demo.call("Website.GetCustomerSegments", stranger) == {"status": "Success"}


async def test_phones_may_be_answered_as_texts(demo: Project) -> None:
    """Switch ``phoneInAnswer`` (6)."""
    await demo.switch(phoneInAnswer="string")
    found = await demo.call("Website.GetCustomerInfo", {"customer": OLGA})
    assert found["customer"]["mobilePhone"] == "79260001122"


async def test_a_merge_moves_everything_to_the_survivor(demo: Project) -> None:
    """Points and ids move; the absorbed id leads to the survivor (8.5)."""
    other = {"customer": {"ids": {"websiteId": "70015"}, "mobilePhone": "79260005566"}}
    await demo.call("Website.RegisterCustomer", other)
    credit = {
        "customer": {"ids": {"websiteId": "70015"}},
        "balanceChanges": [{"changeAmount": 50}],
    }
    await demo.call("Website.ChangeCustomerBalance", credit)
    sent = {
        "customersToMerge": [{"ids": {"websiteId": "70015"}}],
        "resultingCustomer": {"ids": {"websiteId": "70014"}},
    }
    assert await demo.call("Website.MergeCustomers", sent) == {
        "status": "Success",
        "customersToMerge": [{"processingStatus": "Found", "ids": {"websiteId": "70015"}}],
        "resultingCustomer": {"processingStatus": "Merged", "ids": {"websiteId": "70014"}},
    }
    assert await demo.balance() == (1290, 950, 340)
    found = await demo.call("Website.CheckCustomer", {"customer": {"ids": {"mindboxId": 500124}}})
    assert found["customer"] == {"processingStatus": "Found", "ids": {"mindboxId": 500123}}
    await demo.switch(mergedIds="gone")
    assert await status_of(demo, {"ids": {"mindboxId": 500124}}) == "NotFound"


async def test_a_merge_with_someone_missing_does_nothing(demo: Project) -> None:
    """31.1: the missing one is named, the survivor is merely found."""
    sent = {
        "customersToMerge": [{"ids": {"websiteId": "70099"}}],
        "resultingCustomer": {"ids": {"websiteId": "70014"}},
    }
    assert await demo.call("Website.MergeCustomers", sent) == {
        "status": "Success",
        "customersToMerge": [{"processingStatus": "NotFound", "ids": {"websiteId": "70099"}}],
        "resultingCustomer": {"processingStatus": "Found", "ids": {"websiteId": "70014"}},
    }


async def test_merges_are_listed_after_five_minutes(demo: Project) -> None:
    """The window must end five minutes ago; the absorbed ids are told (21.4)."""
    other = {"customer": {"ids": {"websiteId": "70015"}, "mobilePhone": "79260005566"}}
    await demo.call("Website.RegisterCustomer", other)
    await demo.act("customer.merge", customer=OLGA, others=[other["customer"]])
    page = {
        "pageNumber": 1,
        "itemsPerPage": 500,
        "sinceDateTimeUtc": "2026-03-01 00:00:00.000",
        "tillDateTimeUtc": "2026-03-01 10:00:00.000",
    }
    early = await demo.send("Website.GetCustomerMerges", {"customerMergesPage": page})
    assert early.json()["status"] == "ValidationError"
    await demo.act("clock.advance", seconds=600)
    found = await demo.call("Website.GetCustomerMerges", {"customerMergesPage": page})
    assert found["customerMerges"] == [
        {
            "resultingCustomer": {
                "ids": {"mindboxId": 500123, "websiteId": "70014"},
                "changeDateTimeUtc": "2026-03-01 09:58:02.250",
            },
            "mergedCustomers": [{"ids": {"mindboxId": 500124, "websiteId": "70015"}}],
        }
    ]


@pytest.mark.parametrize(
    ("message", "secret", "text"),
    [
        pytest.param(
            "EmailAuthenticationHex|OLGA.demo@example.com|{now}", "demo-key", "", id="address"
        ),
        pytest.param("MobilePhoneAuthenticationHex|79260001122|{now}", "demo-key", "", id="phone"),
        pytest.param(
            "ExternalIdentityAuthentication|websiteId|70014|{now}", "demo-key", "", id="external id"
        ),
        pytest.param("MobilePhoneAuthenticationHex|79260001122|{now}", "x", "подпись", id="forged"),
        pytest.param("Password|79260001122|{now}", "demo-key", "формат", id="unknown message"),
        pytest.param(
            "MobilePhoneAuthenticationHex|79260001122|2026-03-01 09:28:02",
            "demo-key",
            "срок",
            id="old",
        ),
    ],
)
async def test_a_ticket_proves_its_customer(
    demo: Project, message: str, secret: str, text: str
) -> None:
    """hex(message)|hex(hmac-sha512), 30 minutes (8.6)."""
    raw = message.format(now="2026-03-01 09:40:00").encode()
    ticket = f"{raw.hex()}|{hmac.new(secret.encode(), raw, 'sha512').hexdigest()}"
    sent = {"customer": {"authenticationTicket": ticket}}
    if not text:
        found = await demo.call("Website.CheckCustomer", sent)
        assert found["customer"]["ids"] == {"mindboxId": 500123}
    else:
        status, refusal = await demo.refused("Website.CheckCustomer", sent)
        assert (status, text in refusal) == (400, True)
