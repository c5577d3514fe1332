"""LoyaltyExchange: cards, balance, accrual, holds and repeated requests (vendor reference, 3.7)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from mocks.onec.app import OneCSettings
from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.points import PointBook
from mocks.onec.infobase import Infobase
from mocks.onec.seeding import seed
from mocks.onec.soap.loyalty import LoyaltyExchange
from tests.mocks.onec.hs.services import BARCODE, BLOCKED, CARD, KIND, PARTNER, ROWS, Services
from tests.mocks.onec.soap.base import SAMPLES, Answer, loyalty, post, read, same, sample

REQUEST = "401d{:04d}-2b3d-11f0-8c11-00155d0a0b0c"
RECEIPT = "7e000001-2b3d-11f0-8c11-00155d0a0b0c"
HOLD = re.compile(rb"[0-9a-f-]{36}(?=</m:HoldID>)")


async def _hold(services: Services, number: int, amount: object, **other: object) -> Answer:
    values = {"CardID": CARD, "Amount": amount, "ReceiptID": RECEIPT} | other
    return await loyalty(services, "HoldBonuses", RequestID=REQUEST.format(number), **values)


async def _commit(services: Services, number: int, hold: object, amount: object) -> Answer:
    values = {"HoldID": hold, "Amount": amount}
    return await loyalty(services, "CommitHold", RequestID=REQUEST.format(number), **values)


async def _cancel(services: Services, number: int, hold: object) -> Answer:
    return await loyalty(services, "CancelHold", RequestID=REQUEST.format(number), HoldID=hold)


async def _accrue(services: Services, number: int, amount: object, **other: object) -> Answer:
    values = {"CardID": CARD, "Amount": amount, "AccrueDate": None, "ExpireDate": None}
    values |= {"Comment": None} | other
    return await loyalty(services, "AccrueBonuses", RequestID=REQUEST.format(number), **values)


async def _available(services: Services, at: str | None = None) -> tuple[str | None, ...]:
    answer = await loyalty(services, "GetBalance", CardID=CARD, AtDate=at)
    return tuple(answer.text("return", name) for name in ("Available", "Held", "Pending"))


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
    answer = await _hold(services, 1, "350.01")
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
    assert (await _available(services, at))[0] == points


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
    codes = [(await _hold(services, 2, 1)).text("ErrorCode")]
    codes.append((await _accrue(services, 3, 1)).text("ErrorCode"))
    assert codes == ["CARD_BLOCKED", "CARD_BLOCKED"]


async def test_accrual_now_later_and_burning(services: Services) -> None:
    """Points of a later date are pending, points with an end burn."""
    later, end = "2026-03-01T09:00:00", "2026-04-01T00:00:00"
    answer = await _accrue(services, 1, "56.50", Comment="Заказ № 7")
    assert answer.text("DocumentID") not in {None, "", "nil"}
    await _accrue(services, 2, 100, AccrueDate=later, ExpireDate=end)
    assert await _available(services) == ("406.5", "0", "100")
    assert await _available(services, "2026-03-02T00:00:00") == ("506.5", "0", "0")
    # The 50 points spent in January are set against what burns first.
    assert await _available(services, "2026-04-02T00:00:00") == ("456.5", "0", "0")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
async def test_wrong_amounts(services: Services, amount: str) -> None:
    """Amounts are positive and have at most two digits."""
    codes = [(await _accrue(services, 1, amount)).text("ErrorCode")]
    codes.append((await _hold(services, 2, amount)).text("ErrorCode"))
    assert codes == ["AMOUNT_INVALID", "AMOUNT_INVALID"]


async def test_closed_period(services: Services) -> None:
    """An accrual into a closed period is a business refusal and writes nothing."""
    await services.door("settings", closed_until="2026-02-01T00:00:00")
    answer = await _accrue(services, 1, 10, AccrueDate="2026-01-15T00:00:00")
    assert (answer.status, answer.text("ErrorCode")) == (200, "PERIOD_CLOSED")
    assert (await _available(services))[0] == "350"


async def test_hold_then_commit_less(services: Services) -> None:
    """The rest of a hold is free again after the commit."""
    hold = (await _hold(services, 1, "100.00")).text("HoldID")
    assert await _available(services) == ("250", "100", "0")
    committed = await _commit(services, 2, hold, 60)
    assert committed.text("return") == "true"
    assert await _available(services) == ("290", "0", "0")
    closed = [(await _commit(services, 3, hold, 1)).text("ErrorCode")]
    closed.append((await _cancel(services, 4, hold)).text("ErrorCode"))
    assert closed == ["HOLD_CLOSED", "HOLD_CLOSED"]


async def test_commit_of_more_than_held(services: Services) -> None:
    """The hold stays as it was."""
    hold = (await _hold(services, 1, 100)).text("HoldID")
    assert (await _commit(services, 2, hold, 101)).text("ErrorCode") == "AMOUNT_INVALID"
    assert await _available(services) == ("250", "100", "0")


async def test_cancelled_hold(services: Services) -> None:
    """A cancel of a cancelled hold is true, a commit is not possible."""
    hold = (await _hold(services, 1, 100)).text("HoldID")
    flags = [(await _cancel(services, number, hold)).text("return") for number in (2, 3)]
    assert flags == ["true", "true"]
    assert (await _commit(services, 4, hold, 1)).text("ErrorCode") == "HOLD_CLOSED"
    assert (await _available(services))[0] == "350"


async def test_expired_hold(services: Services) -> None:
    """After half an hour the points are free; the commit comes too late, the cancel does not."""
    hold = (await _hold(services, 1, 100)).text("HoldID")
    await services.at("2026-02-03T18:40:01")
    assert (await _commit(services, 2, hold, 1)).text("ErrorCode") == "HOLD_EXPIRED"
    assert (await _cancel(services, 3, hold)).text("return") == "true"
    assert await _available(services) == ("350", "0", "0")


async def test_unknown_hold(services: Services) -> None:
    """A number that was never given."""
    assert (await _cancel(services, 1, RECEIPT)).text("ErrorCode") == "HOLD_NOT_FOUND"


async def test_percent_of_a_known_receipt(services: Services) -> None:
    """When the receipt is in the base, its sum bounds what points may pay."""
    receipt = {"Ref_Key": RECEIPT, "СуммаДокумента": 300}
    await services.door("seed", rows={"Document_ЧекККМ": [receipt]})
    assert (await _hold(services, 1, "90.01")).text("ErrorCode") == "OVER_PERCENT"
    assert (await _hold(services, 2, 90)).text("return") == "true"


async def test_repeated_request_returns_the_first_answer(services: Services) -> None:
    """The same id holds once, also when the number is written in capitals; a refusal repeats."""
    first = await _hold(services, 1, 100)
    again = await _hold(services, 1, 100)
    upper = await loyalty(
        services,
        "HoldBonuses",
        RequestID=REQUEST.format(1).upper(),
        CardID=CARD,
        Amount="100.00",
        ReceiptID=RECEIPT,
    )
    assert first.text("HoldID") == again.text("HoldID") == upper.text("HoldID")
    assert await _available(services) == ("250", "100", "0")
    refused = await _hold(services, 2, 1000)
    assert same(refused.body, (await _hold(services, 2, 1000)).body)


async def test_same_id_with_other_data(services: Services) -> None:
    """A conflict changes nothing."""
    await _hold(services, 1, 100)
    assert (await _hold(services, 1, 50)).text("ErrorCode") == "REQUEST_CONFLICT"
    assert (await _accrue(services, 1, 100)).text("ErrorCode") == "REQUEST_CONFLICT"
    assert await _available(services) == ("250", "100", "0")


async def test_request_id_must_be_a_guid(services: Services) -> None:
    """The code converts it to a UUID, and the exception is a fault."""
    values = {"CardID": CARD, "Status": "Действует"}
    answer = await loyalty(services, "SetCardStatus", RequestID="1", **values)
    assert answer.status == 500


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


STEPS = st.lists(
    st.tuples(st.sampled_from(["hold", "commit", "cancel", "repeat"]), st.integers(1, 400)),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_points_are_neither_made_nor_lost(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of calls: available + held + spent is what there was."""
    infobase = Infobase(OneCSettings(demo_data=False))
    seed(infobase, {"rows": ROWS})
    infobase.clock.freeze("2026-02-03T18:10:00")
    service = LoyaltyExchange(PointBook(CardBook(infobase))).service().by_name
    holds: list[str] = []
    spent = 0
    for number, (step, amount) in enumerate(steps):
        request: dict[str, object] = {
            "RequestID": REQUEST.format(number if step != "repeat" else 0)
        }
        if step in {"hold", "repeat"}:
            asked = request | {"CardID": CARD, "Amount": Decimal(amount), "ReceiptID": RECEIPT}
            answer = service["HoldBonuses"].handler(asked)
            if answer["return"] and answer["HoldID"] not in holds:
                holds.append(answer["HoldID"])
        elif holds and step == "commit":
            asked = request | {"HoldID": holds[amount % len(holds)], "Amount": Decimal(amount)}
            spent += amount if service["CommitHold"].handler(asked)["return"] else 0
        elif holds:
            asked = request | {"HoldID": holds[amount % len(holds)]}
            assert "return" in service["CancelHold"].handler(asked)
    balance = service["GetBalance"].handler({"CardID": CARD, "AtDate": None})["return"]
    assert balance["Available"] + balance["Held"] + spent == 350
    assert balance["Available"] >= 0
