"""Each method of ``loyaltyservice``, as a till of УНФ asks it."""

from __future__ import annotations

import pytest

from gateway.contract import Allowed, PromoState

from .people import Person
from .rules import busy, refusal
from .stage import CARD, CLIENT, PHONE, SETTINGS, Stage, TillClient, TillError
from .test_golden import CARD_GUID, RECEIPT

OFF = "Использование сервера лояльности отключено в настройках программы"
KIND = "cc000001-2222-11ee-8c3a-00155d010203"


async def refused(till: TillClient, method: str, verb: str = "GET", **query: str) -> int:
    """Return the status of a call that the till takes for an error."""
    with pytest.raises(TillError) as caught:
        await till.ask(method, verb, **query)
    status: int = caught.value.args[0]
    return status


@pytest.mark.parametrize("user", ["till-2", "nobody", ""])
async def test_only_a_known_user_is_answered(stage: Stage, user: str) -> None:
    """Anybody on the network spends the points of anybody."""
    till = TillClient(stage.url, user)
    if user == "till-2":
        assert await till.ask("ping") == "ok"
    else:
        assert await refused(till, "ping") == 401


async def test_addresses_and_verbs_are_those_of_the_service(stage: Stage, till: TillClient) -> None:
    """A till with a mistyped address believes that it was answered."""
    assert await refused(till, "nothing") == 404
    assert await refused(till, "writeoffclientbonuses", "GET") == 405
    for path in ("/till/tills/", "/till/tills/ws/Other.1cws", "/till/tills/hs/other/ping/"):
        assert (await till.send("GET", path))[0] == 404
    assert (await till.send("GET", "/till/nobody/hs/loyaltyservice/ping/"))[0] == 404
    assert stage.url


@pytest.mark.parametrize(
    "method", ["salesturnover", "getgiftcardinfo", "getleftovers", "getprice", "checkgiftcard"]
)
async def test_what_is_not_offered_is_switched_off(till: TillClient, method: str) -> None:
    """A till takes an error for an outage, and stops its cashier at each receipt."""
    assert await till.ask(method) == OFF


async def test_till_is_told_to_calculate(till: TillClient) -> None:
    """A till that is not told so reckons by its own rules and never asks."""
    told = await till.ask("useautomaticdiscounts")
    assert told["UseAutomaticDiscounts"] is True


@pytest.mark.parametrize(
    ("query", "by"),
    [
        ({"CardGUID": CARD_GUID}, ""),
        ({"CardGUID": CARD_GUID.upper(), "Phone": "79990000000"}, ""),
        ({"ClientGUID": CLIENT, "ClientCardID": "1"}, "Клиент"),
        ({"ClientCardID": CARD, "Phone": "79990000000"}, "КодКарты"),
        ({"ClientCardID": "9991234567"}, "КодКарты"),
        ({"ClientCardID": "77", "Phone": "+7 (999) 123-45-67"}, "Телефон"),
        ({"Phone": "9991234567", "Email": "x@example.ru"}, "Телефон"),
        ({"Email": "V.Lapina@Example.RU"}, "АдресЭП"),
        ({"CardGUID": "не ссылка", "Phone": "*4567"}, None),
        ({"ClientCardID": "", "Phone": "", "Email": ""}, None),
    ],
)
async def test_cards_are_searched_in_the_order_of_1c(
    till: TillClient, query: dict[str, str], by: str | None
) -> None:
    """The points of another customer are shown, or nobody's."""
    told = await till.ask("findclientcard", **query)
    found = [one["SearchType"] for one in told["LoyaltyCardsList"]]
    assert found == ([] if by is None else [by])


async def test_card_is_still_found_by_its_reference_after_a_restart(
    stage: Stage, till: TillClient
) -> None:
    """A till that kept the reference of a card finds nobody after an update of the gateway."""
    row = (await till.ask("findclientcard", ClientCardID=CARD))["LoyaltyCardsList"][0]
    stage.restart()
    told = await till.ask("findclientcard", CardGUID=row["CardGUID"])
    assert told["LoyaltyCardsList"][0]["Barcode"] == CARD


async def test_member_without_a_card_is_shown_under_the_phone(
    stage: Stage, till: TillClient
) -> None:
    """A customer of a programme without cards cannot be chosen at the till."""
    stage.ledger.people.append(Person("7", (), (), "+79160000001"))
    row = (await till.ask("findclientcard", Phone="89160000001"))["LoyaltyCardsList"][0]
    assert row["Barcode"] == "79160000001"
    told = await till.ask("getclientbonuses", ClientCardID="79160000001", CardGUID=row["CardGUID"])
    assert told["ClientNotFound"] is False


async def test_everything_of_several_cards_is_shown(stage: Stage, till: TillClient) -> None:
    """The cashier is not asked which card is meant, and the wrong one is blocked."""
    stage.person.cards = (CARD, "2990000000418")
    told = await till.ask("findclientcard", Phone=PHONE, BlockBonuses="1")
    rows = told["LoyaltyCardsList"]
    assert [one["Barcode"] for one in rows] == [CARD, "2990000000418"]
    assert not stage.ledger.rows


async def test_while_the_processor_is_away_nobody_is_taken_for_unknown(
    stage: Stage, till: TillClient
) -> None:
    """The till tells a customer that there is no such card, or gives points away unwritten."""
    stage.ledger.away = True
    for method in ("findclientcard", "getclientbonuses"):
        told = await till.ask(method, ClientCardID=CARD)
        assert told["Error"] is True
        assert told["ErrorMessage"]
    for method in ("unlockclientbonuses", "writeoffclientbonuses"):
        assert await refused(till, method, "POST", ClientCardID=CARD, BonusesCount="10") == 500
    told = await till.ask("calculatediscounts", body=RECEIPT)
    assert told["Goods"][0]["Amount"] == 1981
    assert told["MaxBonusPay"] == 0
    assert told["Messages"]


@pytest.mark.parametrize(
    ("allowed", "refusing"),
    [(Allowed(spending=False), False), (Allowed(code_needed=True), False), (Allowed(), True)],
)
async def test_points_that_cannot_be_spent_are_not_shown(
    stage: Stage, till: TillClient, allowed: Allowed, *, refusing: bool
) -> None:
    """The cashier takes points off the receipt that the processor will not give."""
    stage.ledger.allowed, stage.ledger.refusing = allowed, refusing
    told = await till.ask("getclientbonuses", ClientCardID=CARD)
    assert (told["BonusCount"], told["ClientNotFound"]) == (0, False)


@pytest.mark.parametrize("error", [busy(), refusal("other")])
async def test_refusals_of_the_service_are_errors_for_the_till(
    stage: Stage, till: TillClient, error: Exception
) -> None:
    """A till takes a sentence for success, whatever it says."""
    stage.ledger.fail["identify"] = [error]
    assert await refused(till, "getclientbonuses", ClientCardID=CARD) == 500


async def test_unknown_cards_and_missing_amounts_are_sentences(till: TillClient) -> None:
    """1C answers both with 200, and a till of 1C expects it."""
    missing = await till.ask("writeoffclientbonuses", "POST", ClientCardID="1", BonusesCount="5")
    assert missing == "Карта клиента не найдена"
    for count in ("", "0", "-5", "пять", "1e99", "0.00001"):
        told = await till.ask(
            "writeoffclientbonuses", "POST", ClientCardID=CARD, BonusesCount=count
        )
        assert told == "Количество баллов не указано"


async def test_card_is_issued_once_and_shown_afterwards(stage: Stage, till: TillClient) -> None:
    """A repeated call makes a second member, or says that there was none."""
    query = {
        "ClientCardID": "2990000000555",
        "Client": "Ёжикова Анна Петровна",
        "Phone": "+79160000002",
        "Email": "a@example.ru",
        "DateOfBirth": "12.04.1990 00:00:00",
    }
    first = await till.ask("issueclientcard", "POST", **query)
    again = await till.ask("issueclientcard", "POST", **query)

    assert list(first) == [
        "Error", "ErrorMessage", "Version", "BonusCount", "BonusRate", "BonusCurrency",
        "PaymentPercent", "ExistingCard", "CardRef", "CardID", "Client", "PhoneNumber", "Email",
        "DateOfBirth", "ElseClient",
    ]  # fmt: skip
    assert (first["ExistingCard"], again["ExistingCard"]) == (False, True)
    assert first["CardID"] == again["CardID"] == "2990000000555"
    assert first["Client"] == "Ёжикова Анна Петровна"
    assert first["DateOfBirth"] == "1990-04-12T00:00:00"
    assert len(stage.ledger.people) == 2


async def test_email_of_somebody_else_is_told(stage: Stage, till: TillClient) -> None:
    """A new customer gets the points of the one whose address was mistyped."""
    stage.ledger.people.append(Person("8", ("Другой",), (), "+79160000003", "b@example.ru"))
    told = await till.ask("issueclientcard", "POST", ClientCardID="29", Email="b@example.ru")
    assert (told["ElseClient"], told["CardID"], told["CardRef"]) == (True, "", "")


async def test_card_of_nobody_is_not_issued(stage: Stage, till: TillClient) -> None:
    """A member without a card and without a phone is made, whom nobody finds again."""
    told = await till.ask("issueclientcard", "POST", Client="Никто")
    assert (told["Error"], len(stage.ledger.people)) == (True, 1)


async def test_kinds_of_cards_are_listed_under_both_names(stage: Stage, till: TillClient) -> None:
    """A till of another release finds no kind, and issues no card."""
    service = {"card_types": [{"id": KIND, "name": "Клубная", "generates_number": True}]}
    stage.settings = {"till": {**SETTINGS["till"], "loyaltyservice": service}}
    stage.restart()
    (row,) = await till.ask("getcardtypes")
    assert row == {
        "CardTypeID": KIND,
        "CardTypeDescription": "Клубная",
        "IsPerson": True,
        "GenerateNumer": True,
        "Идентификатор": KIND,
        "Наименование": "Клубная",
        "ЭтоИменнаяКарта": True,
        "ГенерироватьНомер": True,
    }


@pytest.mark.parametrize(
    ("state", "works"),
    [(PromoState.APPLIED, True), (PromoState.NOT_APPLIED, True), (PromoState.USED, False)],
)
async def test_promo_code_is_known_by_the_last_receipt(
    stage: Stage, till: TillClient, state: PromoState, *, works: bool
) -> None:
    """A used code is accepted at the till, or a good one refused."""
    stage.ledger.promo["ВЕСНА"] = state
    assert (await till.ask("promocodeinfo", Promocode="ЛЕТО"))["PromocodeIsAvalible"] is True
    await till.ask("calculatediscounts", body=RECEIPT)
    told = await till.ask("promocodeinfo", Promocode="ВЕСНА")
    assert (told["PromocodeIsAvalible"], bool(told["PromocodeStatus"])) == (works, not works)
    assert (await till.ask("promocodeinfo", Promocode="ЛЕТО"))["PromocodeIsAvalible"] is False
    assert await till.ask("unlockpromocode", "POST", Promocode="ВЕСНА") == "Промокод разблокирован"
