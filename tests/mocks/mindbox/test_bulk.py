"""Bulk imports (section 20, 31.7)."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import OLGA, differences, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Json, Project

GUID = "7b0d5bb7-93a9-4bd8-8a41-3a3d4b7c0002"
CSV = {"csvCodePage": "65001", "csvColumnDelimiter": ";", "csvTextQualifier": '"'}
ORDER = "A-1400;70014;2025-11-09 07:30;2025-11-09 09:51;S-07;card"
CUSTOMERS = [
    (
        "Websiteid;LastName;FirstName;MobilePhone;Email;BirthDate;SourceDateTimeUtc;"
        "SourcePointOfContact;IsSubscribed"
    ),
    "70014;Демина;Ольга;79260001122;olga.demo@example.com;1990-04-17;2024-05-02 09:15;S-07;true",
]
GOLDEN: list[tuple[str, list[str]]] = [
    ("DirectCrm.Customers.Import", CUSTOMERS),
    (
        "RetailOrder.Import",
        [
            (
                "OrderIdswebsiteOrder;CustomerIdswebsiteId;OrderCreationDateTimeUtc;"
                "OrderLastUpdateDateTimeUtc;PointOfContact;OrderPaymentType;"
                "OrderLineProductIdswebsite;OrderLineQuantity;OrderLinePriceOfLine;"
                "OrderTotalPrice;OrderLineStatus"
            ),
            f"{ORDER};SKU-9001;1;1500;3100;Delivered",
            f"{ORDER};SKU-9002;2;1600;3100;Delivered",
        ],
    ),
    (
        "DirectCrm.CreateCustomerBalanceChangeOperation",
        [
            (
                "PointOfContactSystemName;CustomerIdentity;ChangeAmount;Comments;"
                "AdminSiteComments;ExpirationDateTimeUtc;BalanceSystemName"
            ),
            'S-07;70014;900;"Перенос баллов";;2027-03-01 00:00:00.000;MainPoints',
        ],
    ),
    ("DirectCrm.PromoCodeTypes.Import", ["ExternalId;Name", "pool-spring;Весна"]),
    (
        "DirectCrm.PromoCodes.Import",
        [
            "Code;CodeType;AvailableFromDateTimeUtc;AvailableTillDateTimeUtc",
            "SPRING-0001;pool-spring;2026-03-01 00:00:00.000;2026-06-01 00:00:00.000",
            "SPRING-0002;pool-spring;2026-03-01 00:00:00.000;2026-06-01 00:00:00.000",
        ],
    ),
]


async def test_the_golden_files_load(empty: Project) -> None:
    """Customers, orders, points, pools and codes of 31.7 and 20.4, each read back."""
    jobs = [await empty.load(name, lines, **CSV) for name, lines in GOLDEN]
    assert [(job["state"], job["rows"]) for job in jobs] == [
        ("Done", 1),
        ("Done", 2),
        ("Done", 1),
        ("Done", 1),
        ("Done", 2),
    ]
    (row,) = await empty.inspect("customers")
    want = {
        "ids": {"mindboxId": 500123, "websiteId": "70014"},
        "lastName": "Демина",
        "mobilePhone": 79260001122,
        "birthDate": "1990-04-17",
        "subscriptions": [
            {"pointOfContact": "Email", "isSubscribed": True, "brand": "DemoBrand"},
            {"pointOfContact": "Sms", "isSubscribed": True, "brand": "DemoBrand"},
        ],
    }
    assert differences(want, row) == []
    assert row["balances"][0]["available"] == 900
    assert row["balances"][0]["nearestExpiration"] == {"total": 900, "date": "2027-03-01"}
    assert row["orders"][0]["totalPrice"] == 3100
    assert [line["priceOfLine"] for line in row["orders"][0]["lines"]] == [1500, 1600]
    codes = {one["ids"]["value"]: one["status"] for one in await empty.inspect("promoCodes")}
    assert codes == {"SPRING-0001": "Active", "SPRING-0002": "Active"}


async def test_windows_1251_and_gzip_are_understood(empty: Project) -> None:
    """The code page of the query and the encoding of the header (20)."""
    text = "Websiteid,FirstName,BirthDate\n1,'Ёлкина, Анна',17.04.1990\n"
    body = gzip.compress(text.encode("cp1251"))
    query = {"csvCodePage": "1251", "csvColumnDelimiter": ",", "csvTextQualifier": "'"}
    headers = {"Content-Encoding": "gzip"}
    await empty.bulk("DirectCrm.Customers.Import", body, headers=headers, **query)
    await empty.act("async.drain")
    (row,) = await empty.inspect("customers")
    assert (row["firstName"], row["birthDate"]) == ("Ёлкина, Анна", "1990-04-17")


async def test_ten_thousand_codes_are_one_file(demo: Project) -> None:
    """One call, one job (17.4)."""
    lines = ["Code;CodeType", *(f"BIG-{at:05};pool-next" for at in range(10_000))]
    job = await demo.load("DirectCrm.PromoCodes.Import", lines)
    assert (job["state"], job["rows"]) == ("Done", 10_000)
    assert len(await demo.inspect("promoCodes")) == 10_003


@pytest.mark.parametrize(
    ("operation", "lines", "text"),
    [
        pytest.param(
            "DirectCrm.PromoCodes.Import",
            ["Code;CodeType", "A;pool-404", "B;pool-next"],
            "CodeType: пул промокодов не найден",
            id="unknown pool",
        ),
        pytest.param(
            "DirectCrm.CreateCustomerBalanceChangeOperation",
            ["CustomerIdentity;DiscountCard;ChangeAmount", "70014;2900000012345;5", "70014;;5"],
            "Ожидалось ровно одно из CustomerIdentity и DiscountCard",
            id="two identities",
        ),
        pytest.param(
            "DirectCrm.Customers.ImportCards",
            ["CardNumber;ExternalIdentityWebsiteId", "404;70014", "2900000099001;70014"],
            "Карта 404 не найдена",
            id="card that may not be created",
        ),
        pytest.param(
            "DirectCrm.Customers.Import",
            ["Websiteid;Email", "1;ivan@@shop", "2;a@b.ru"],
            '"ivan@@shop" не является корректным адресом электронной почты.',
            id="broken address",
        ),
        pytest.param(
            "RetailOrder.Import",
            [
                (
                    "OrderIdswebsiteOrder;CustomerIdswebsiteId;OrderCreationDateTimeUtc;"
                    "OrderLineProductIdswebsite;OrderLinePriceOfLine;OrderLineStatus"
                ),
                "Z-1;404;2025-11-09 07:30;SKU-1;5;Paid",
                "Z-2;70014;2025-11-09 07:30;SKU-1;5;Paid",
            ],
            "/customer/ids/websiteId: не удалось найти потребителя с Id 404 в базе",
            id="unknown customer",
        ),
    ],
)
async def test_bad_rows_show_in_the_admin_only(
    demo: Project, operation: str, lines: list[str], text: str
) -> None:
    """The file is accepted, the first row fails, the second is loaded (20)."""
    job = await demo.load(operation, lines)
    assert job["state"] == "DoneWithErrors"
    assert job["errors"] == [{"row": 1, "message": text}]


async def test_cards_gift_cards_and_places_load(demo: Project) -> None:
    """The files of 20.5 and 20.6."""
    await demo.load("DirectCrm.DiscountCards.ImportCards", ["Number;Type", "29001;gold"])
    await demo.load(
        "DirectCrm.Customers.ImportCards",
        ["CardNumber;CardType;Status;ExternalIdentityWebsiteId", "29002;gold;Blocked;70014"],
        newCardCreationAllowed="true",
    )
    await demo.load("ImportGiftCards.OnlyNew", ["Number;Amount;ProductIdwebsite", "GC-9;500;SKU-9"])
    await demo.load("DirectCrm.PointsOfContacts.Import", ["ExternalId;Name", "S-08;Ржев"])
    sent: Json = {"discountCard": {"ids": {"number": "29001"}}}
    card = await demo.call("Offline.GetDiscountCard", sent)
    assert card["discountCard"]["status"] == {"ids": {"systemName": "NotIssued"}}
    cards = (await demo.call("Website.GetCustomerInfo", {"customer": OLGA}))["discountCards"]
    assert [(one["ids"]["number"], one["status"]["ids"]["systemName"]) for one in cards] == [
        ("2900000012345", "Activated"),
        ("29002", "Blocked"),
    ]


async def test_a_repeated_file_is_not_loaded_again(demo: Project) -> None:
    """Same key, same status as everywhere (20, 31.7)."""
    body = b"Code;CodeType\nA-1;pool-next"
    for want in ("Success", "TransactionAlreadyProcessed"):
        answer = await demo.bulk("DirectCrm.PromoCodes.Import", body, transactionId=GUID)
        assert answer.json() == {"status": want}
    assert len(await demo.inspect("jobs")) == 1


async def test_the_sixty_first_import_of_an_hour_is_refused() -> None:
    """429 until the hour is over (4.4)."""
    async with open_project(bulk_limit_per_hour=2) as project:
        body = "ExternalId;Name\nS-1;Тверь".encode()
        for _ in range(2):
            await project.bulk("DirectCrm.PointsOfContacts.Import", body)
        answer = await project.bulk("DirectCrm.PointsOfContacts.Import", body)
        assert (answer.status_code, answer.json()["status"]) == (429, "ProtocolError")
        await project.act("clock.advance", seconds=3600)
        answer = await project.bulk("DirectCrm.PointsOfContacts.Import", body)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("operation", "body", "headers", "query"),
    [
        pytest.param("DirectCrm.Nothing.Import", b"A\n1", {}, {}, id="unknown import"),
        pytest.param(
            "DirectCrm.PromoCodes.Import", b"Code\n1", {"Content-Type": "text/plain"}, {}, id="type"
        ),
        pytest.param("DirectCrm.PromoCodes.Import", b"CodeType\n1", {}, {}, id="column is missing"),
        pytest.param("DirectCrm.PromoCodes.Import", b"", {}, {}, id="empty"),
        pytest.param(
            "DirectCrm.PromoCodes.Import", b"Code\n1", {}, {"csvCodePage": "866"}, id="code page"
        ),
        pytest.param("DirectCrm.PromoCodes.Import", b"Code\n\xff", {}, {}, id="not UTF-8"),
        pytest.param(
            "DirectCrm.PromoCodes.Import", b"x", {"Content-Encoding": "gzip"}, {}, id="no gzip"
        ),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_at_the_door(
    demo: Project, operation: str, body: bytes, headers: Json, query: dict[str, str]
) -> None:
    """400 and no job."""
    answer = await demo.bulk(operation, body, headers=headers, **query)
    assert (answer.status_code, answer.json()["status"]) == (400, "ProtocolError")
    assert await demo.inspect("jobs") == []


async def test_a_file_above_the_size_is_refused() -> None:
    """200 MB by default (4.4)."""
    async with open_project(bulk_max_bytes=10) as project:
        answer = await project.bulk("DirectCrm.PromoCodes.Import", b"Code;CodeType\n")
        assert answer.status_code == 400


async def test_the_answer_may_be_empty(demo: Project) -> None:
    """Switch ``bulkAnswer`` (32)."""
    await demo.switch(bulkAnswer="empty")
    answer = await demo.bulk("DirectCrm.PromoCodes.Import", b"Code;CodeType\nQ;pool-next")
    assert (answer.status_code, answer.content) == (200, b"")
