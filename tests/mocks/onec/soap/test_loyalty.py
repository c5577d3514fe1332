"""LoyaltyExchange: cards, balance, accrual, movements (vendor reference, 3.7)."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import BARCODE, BLOCKED, CARD, KIND, PARTNER, Services
from tests.mocks.onec.soap.envelopes import SAMPLES, loyalty, post, read, same, sample
from tests.mocks.onec.soap.points import REQUEST, accrue, available, hold

HOLD = re.compile(rb"[0-9a-f-]{36}(?=</m:HoldID>)")


async def test_balance_is_that_of_the_reference(services: Services) -> None:
    """The sample's movements give the sample's answer, field by field."""
    answer = await loyalty(services, "GetBalance", CardID=CARD, AtDate="2026-02-03T18:04:00")
    wanted = etree.fromstring(sample("balance_answer.xml").encode())[0][0]
    assert same(answer.body, wanted)


async def test_hold_answer_is_that_of_the_reference(services: Services) -> None:
    """The sample's request gives the sample's answer but for the number that 1C makes."""
    answer = await post(
        services, "LoyaltyExchange", SAMPLES.joinpath("hold_request.xml").read_bytes()
    )
    content = HOLD.sub(b"401d0001-2b3d-11f0-8c11-00155d0a0b0c", answer.content)
    assert same(etree.fromstring(content), etree.fromstring(sample("hold_answer.xml").encode()))


async def test_refusal_is_that_of_the_reference(services: Services) -> None:
    """Too few points are no fault: 200, false, nil outputs, code and text."""
    answer = await hold(services, 1, "350.01")
    wanted = etree.fromstring(sample("hold_refused.xml").encode())[0][0]
    assert answer.status == 200
    assert same(answer.body, wanted)


@pytest.mark.parametrize(
    ("at", "points"),
    [
        pytest.param("2026-01-05T12:00:00", "0", id="before"),
        pytest.param("2026-01-15T12:00:00", "400", id="accrued"),
        pytest.param("2026-02-03T18:04:00", "350", id="after the spending"),
        pytest.param("2026-07-11T00:00:00", "0", id="after the burning"),
    ],
)
async def test_balance_at_a_date(services: Services, at: str, points: str) -> None:
    """Spent points are set against those that burn first (1.12)."""
    assert (await available(services, at))[0] == points


@pytest.mark.parametrize(
    ("code", "phone", "card"),
    [
        pytest.param(BARCODE, None, CARD, id="barcode"),
        pytest.param(None, "8 (999) 123-45-67", CARD, id="phone with 8"),
        pytest.param(None, "+7 999 123 45 67", CARD, id="phone with 7"),
        pytest.param("2990000000424", None, BLOCKED, id="annulled card"),
    ],
)
async def test_find_card(
    services: Services, code: str | None, phone: str | None, card: str
) -> None:
    """By exact code first, else by the owner's phone."""
    answer = await loyalty(services, "FindCard", CardCode=code, Phone=phone)
    assert answer.text("return", "CardID") == card
    assert (answer.text("ErrorCode"), answer.text("ErrorMessage")) == ("", "")


async def test_found_card_has_its_owner(services: Services) -> None:
    """Empty optional fields are left out, the birthday is a date without time."""
    answer = await loyalty(services, "FindCard", CardCode=BARCODE, Phone=None)
    assert [(etree.QName(one).localname, one.text) for one in answer.body[0]] == [
        ("CardID", CARD),
        ("Barcode", BARCODE),
        ("CardTypeID", KIND),
        ("Status", "Действует"),
        ("PartnerID", PARTNER),
        ("FullName", "Лапина Вера Олеговна"),
        ("Phone", "79991234567"),
        ("Email", "v.lapina@example.ru"),
        ("BirthDate", "1990-04-12"),
    ]


async def test_nothing_found(services: Services) -> None:
    """An unknown card is nil with a code."""
    answer = await loyalty(services, "FindCard", CardCode="000", Phone=None)
    assert (answer.text("return"), answer.text("ErrorCode")) == ("nil", "CARD_NOT_FOUND")


def _new(barcode: str, phone: str, kind: str = KIND) -> str:
    types = "http://www.example.ru/LoyaltyExchange/Types"
    return (
        f'<t:Barcode xmlns:t="{types}">{barcode}</t:Barcode>'
        f'<t:CardTypeID xmlns:t="{types}">{kind}</t:CardTypeID>'
        f'<t:FullName xmlns:t="{types}">Ёлкин Пётр</t:FullName>'
        f'<t:Phone xmlns:t="{types}">{phone}</t:Phone>'
        f'<t:BirthDate xmlns:t="{types}">1985-05-09</t:BirthDate>'
    )


async def test_issue_card(services: Services) -> None:
    """A new card gets a new owner; the card can be found by his phone then."""
    request = REQUEST.format(1)
    data = _new("2990000000999", "+7 (912) 555-66-77")
    issued = await loyalty(services, "IssueCard", RequestID=request, CardData=data)
    assert issued.text("AlreadyExists") == "false"
    found = await loyalty(services, "FindCard", CardCode=None, Phone="89125556677")
    assert found.text("return", "Barcode") == "2990000000999"
    assert found.text("return", "FullName") == "Ёлкин Пётр"
    assert found.text("return", "BirthDate") == "1985-05-09"


@pytest.mark.parametrize(
    ("data", "exists", "code"),
    [
        pytest.param((BARCODE, "79991234567", KIND), "true", "", id="same owner"),
        pytest.param(
            (BARCODE, "79120000000", KIND), "nil", "CARD_EXISTS_OTHER_OWNER", id="other owner"
        ),
        pytest.param(("1", "79120000000", CARD), "nil", "CARD_TYPE_NOT_FOUND", id="unknown kind"),
    ],
)
async def test_issue_card_that_exists(
    services: Services, data: tuple[str, str, str], exists: str, code: str
) -> None:
    """The same owner gets his data again, another one is refused."""
    values = {"RequestID": REQUEST.format(1), "CardData": _new(*data)}
    answer = await loyalty(services, "IssueCard", **values)
    assert (answer.text("AlreadyExists"), answer.text("ErrorCode")) == (exists, code)


async def test_annulled_card_takes_no_points(services: Services) -> None:
    """Annulling goes through, holds and accruals are refused afterwards."""
    request = {"RequestID": REQUEST.format(1), "CardID": CARD, "Status": "Аннулирована"}
    assert (await loyalty(services, "SetCardStatus", **request)).text("return") == "true"
    codes = [(await hold(services, 2, 1)).text("ErrorCode")]
    codes.append((await accrue(services, 3, 1)).text("ErrorCode"))
    assert codes == ["CARD_BLOCKED", "CARD_BLOCKED"]


async def test_accrual_now_later_and_burning(services: Services) -> None:
    """Points of a later date are pending, points with an end burn."""
    later, end = "2026-03-01T09:00:00", "2026-04-01T00:00:00"
    answer = await accrue(services, 1, "56.50", Comment="Заказ № 7")
    assert answer.text("DocumentID") not in {None, "", "nil"}
    await accrue(services, 2, 100, AccrueDate=later, ExpireDate=end)
    assert await available(services) == ("406.5", "0", "100")
    assert await available(services, "2026-03-02T00:00:00") == ("506.5", "0", "0")
    # The 50 points spent in January are set against what burns first.
    assert await available(services, "2026-04-02T00:00:00") == ("456.5", "0", "0")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
async def test_wrong_amounts(services: Services, amount: str) -> None:
    """Amounts are positive and have at most two digits."""
    codes = [(await accrue(services, 1, amount)).text("ErrorCode")]
    codes.append((await hold(services, 2, amount)).text("ErrorCode"))
    assert codes == ["AMOUNT_INVALID", "AMOUNT_INVALID"]


async def test_closed_period(services: Services) -> None:
    """An accrual into a closed period is a business refusal and writes nothing."""
    await services.door("settings", closed_until="2026-02-01T00:00:00")
    answer = await accrue(services, 1, 10, AccrueDate="2026-01-15T00:00:00")
    assert (answer.status, answer.text("ErrorCode")) == (200, "PERIOD_CLOSED")
    assert (await available(services))[0] == "350"


async def test_movements_in_pages(services: Services) -> None:
    """Ordered by date, counted whole, signed; the burning takes what was left."""
    dates = {"DateFrom": "2026-01-01T00:00:00", "DateTo": "2026-12-31T23:59:59"}
    pages = [
        await loyalty(services, "GetMovements", CardID=CARD, **dates, Offset=offset, Limit=2)
        for offset in (0, 2)
    ]
    rows = [
        tuple(
            one.text for one in item if etree.QName(one).localname in {"Period", "Kind", "Amount"}
        )
        for page in pages
        for item in page.body[0]
        if len(item)
    ]
    assert rows == [
        ("2026-01-10T00:00:00", "Accrual", "400"),
        ("2026-01-20T00:00:00", "Spend", "-50"),
        ("2026-07-10T00:00:00", "Expire", "-350"),
    ]
    assert [page.text("return", "Total") for page in pages] == ["3", "3"]


async def test_control_character_in_an_answer(services: Services) -> None:
    """XML cannot hold it, so the platform throws instead of answering (6.5)."""
    owner: dict[str, object] = {"Ref_Key": REQUEST.format(8), "НаименованиеПолное": "Имя\x02"}
    named: dict[str, object] = {"Ref_Key": REQUEST.format(7), "Owner_Key": KIND, "Штрихкод": "78"}
    named["Партнер_Key"] = REQUEST.format(8)
    await services.door(
        "seed", rows={"Catalog_Партнеры": [owner], "Catalog_КартыЛояльности": [named]}
    )
    found = await loyalty(services, "FindCard", CardCode="78", Phone=None)
    assert found.status == 500
    read_again = await post(
        services, "LoyaltyExchange", SAMPLES.joinpath("hold_request.xml").read_bytes()
    )
    assert read(read_again).status == 200
