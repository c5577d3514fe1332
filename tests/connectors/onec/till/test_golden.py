"""The samples of the vendor reference, 2.5, replayed over the real route."""

from __future__ import annotations

import json
from typing import Any

from gateway.canonical import BonusPoints, Money
from gateway.contract import LineQuote, Quote
from mocks.onec.hs.till_loyalty import call_loyalty_server

from .stage import CARD, CLIENT, LOGIN, PASSWORD, RULE, Stage, TillClient

HEAD = {"Error": False, "ErrorMessage": "", "Version": "1.0.0.0"}
CARD_GUID = "c1130000-0000-0000-0002-990000000417"
STORE = {"Ref": "dd000001-2222-11ee-8c3a-00155d010203", "Name": "Магазин 1"}
KETTLE = {"Ref": "aaaa0001-2222-11ee-8c3a-00155d010203", "Name": "Чайник Вега"}
EMPTY = {"Ref": "00000000-0000-0000-0000-000000000000", "Name": ""}
BONUS = {"PaymentPercent": 30, "BonusCount": 350, "BonusRate": 1, "BonusCurrency": "643"}
LINE = "f0000001-2b3d-11f0-8c11-00155d0a0b0c"
RECEIPT: dict[str, Any] = {
    "ObjectTime": "2026-02-03T18:10:00",
    "CurrentDate": "2026-02-03T18:10:00",
    "LoyaltyCardsList": [CARD],
    "RetailStore": STORE,
    "PromocodesList": [],
    "ControlledDiscountsList": [],
    "GetLoyaltyCardData": True,
    "GetMaxBonusPay": True,
    "BlockBonuses": "0",
    "Return": False,
    "Goods": [
        {
            "LineUID": LINE,
            "Item": KETTLE,
            "Variant": {"Ref": "", "Name": ""},
            "Package": {"Ref": "", "Name": "шт"},
            "Order": {"Ref": "", "Name": ""},
            "Store": {"Ref": "", "Name": ""},
            "Count": 2,
            "PackagesCount": 2,
            "Price": 990.5,
            "Amount": 1981,
            "TotalAmount": 1981,
            "VATRate": "20%",
            "VATAmount": 330.17,
            "AmountOfAutomaticDiscount": 0,
            "AmountOfManualDiscount": 0,
            "PercentOfAutomaticDiscount": 0,
            "PercentOfManualDiscount": 0,
            "AmountOfBonusPay": 0,
        }
    ],
}
RECALCULATED: dict[str, Any] = {
    "Goods": [
        {
            "Item": KETTLE,
            "Variant": EMPTY,
            "Package": EMPTY,
            "Count": 2,
            "PackagesCount": 2,
            "Price": 990.5,
            "Amount": 1981,
            "TotalAmount": 1981,
            "LineUID": LINE,
            "VATRate": "20%",
            "VATAmount": 330.17,
            "AmountOfAutomaticDiscount": 0,
            "AmountOfManualDiscount": 0,
            "PercentOfAutomaticDiscount": 0,
            "PercentOfManualDiscount": 0,
            "Order": EMPTY,
        }
    ],
    "DiscountsList": [],
    "PromocodesList": [],
    "BonusesToAccrue": [
        {
            "KeyRelation": 1,
            "Discount": {"Ref": RULE, "Name": "3 % баллами"},
            "BonusProgramm": {"Ref": None, "Name": None},
            "BonusCount": 59.43,
            "AccuralDate": "2026-02-17T00:00:00",
            "WriteOffDate": "2026-08-17T00:00:00",
        }
    ],
    "Messages": [{"AfterSale": False, "MessageText": "Предложите чехол"}],
    "MaxBonusPay": 350,
    "MaxBonusPayRows": [],
}


async def test_balance_is_told_letter_by_letter(till: TillClient) -> None:
    """The till reads another field than the one that is written, and shows no points."""
    _, text = await till.send(
        "GET", f"/till/tills/hs/loyaltyservice/getclientbonuses/?ClientCardID={CARD}"
    )

    assert text == (
        '{"Error":false,"ErrorMessage":"","Version":"1.0.0.0","BonusCount":350,"BonusRate":1,'
        '"BonusCurrency":"643","PaymentPercent":30,'
        f'"CardRef":"{CARD_GUID}","Barcode":"{CARD}","MagneticCode":"",'
        '"EndDate":"0001-01-01T00:00:00","ClientNotFound":false}'
    )


async def test_till_of_the_double_spends_points(stage: Stage) -> None:
    """A witness that knows nothing of ours is refused, or reads something else."""

    async def call(method: str, **query: str) -> Any:  # noqa: ANN401 - JSON or a sentence
        address = f"{stage.url}/till/tills/hs/loyaltyservice"
        login = {"user": LOGIN, "password": PASSWORD}
        told = await call_loyalty_server(
            {"url": address, **login, "method": method, "query": {"ClientCardID": CARD, **query}}
        )
        assert told["is_error"] is False
        return told["answer"]

    assert (await call("getclientbonuses"))["BonusCount"] == 350
    assert await call("writeoffclientbonuses", BonusesCount="100") == "Бонусы успешно списаны"
    assert (await call("getclientbonuses"))["BonusCount"] == 250


async def test_nobody_has_zero_points_and_empty_texts(till: TillClient) -> None:
    """A till that expects the fields of a balance finds none and stops."""
    told = await till.ask("getclientbonuses", ClientCardID="2990000009999")

    assert told["ClientNotFound"] is True
    assert (told["BonusCount"], told["CardRef"], told["Barcode"]) == (0, "", "")


async def test_card_is_found_by_phone(till: TillClient) -> None:
    """A customer who says a phone number is nobody."""
    told = await till.ask("findclientcard", Phone="79991234567", BlockBonuses="0")

    assert list(told) == [*HEAD, "LoyaltyCardsList"]
    assert told["LoyaltyCardsList"] == [
        {
            "ClientName": "Лапина Вера",
            "IsPerson": True,
            "DateOfBirth": "1990-04-12T00:00:00",
            "Phone": "79991234567",
            "Email": "v.lapina@example.ru",
            "Barcode": CARD,
            "MagneticCode": "",
            "CardGUID": CARD_GUID,
            "ClientGUID": CLIENT,
            "IsBlocked": False,
            "BonusData": BONUS,
            "SellCount": 0,
            "SearchType": "Телефон",
            "Valid": True,
        }
    ]


async def test_receipt_is_recalculated(stage: Stage, till: TillClient) -> None:
    """A till prints other prices, or other points, than the customer will have."""
    stage.ledger.quoted = Quote(
        lines=[
            LineQuote(LINE, Money.of("990.50"), points_earned=BonusPoints(points="59.43"))  # type: ignore[arg-type] # pydantic reads it
        ],
        total=Money.of(1981),
        points_earned=BonusPoints.model_validate({"points": "59.43"}),
        spendable=BonusPoints.model_validate({"points": "350"}),
        cashier_hints=("Предложите чехол",),
    )
    for verb in ("GET", "POST"):
        told = await till.ask("calculatediscounts", verb, body=RECEIPT)
        card = told.pop("LoyaltyCardDescription")
        assert told == RECALCULATED
        assert list(told) == list(RECALCULATED)
        assert card["CardNotFound"] is False
        shown = {name: card["LoyaltyCard"][name] for name in ("ClientName", "Barcode", "BonusData")}
        assert shown == {"ClientName": "Лапина Вера", "Barcode": CARD, "BonusData": BONUS}
    (sale, _) = stage.ledger.asked
    assert sale.lines[0].product is not None
    assert sale.lines[0].product.external_id == KETTLE["Ref"]
    assert sale.member is not None
    assert json.loads(json.dumps(RECEIPT)) == RECEIPT


async def test_missing_fields_are_told_with_a_head(till: TillClient) -> None:
    """A till takes an error for a receipt without goods, and sells for nothing."""
    told = await till.ask("calculatediscounts", body={"Goods": []})

    assert told == {
        "Error": True,
        "ErrorMessage": "Во входящих параметрах не обнаружен параметр ObjectTime\n"
        "Во входящих параметрах не обнаружен параметр LoyaltyCardsList\n"
        "Во входящих параметрах не обнаружен параметр RetailStore",
        "Version": "1.0.0.0",
    }


async def test_pings(till: TillClient) -> None:
    """The till's settings form says that the server does not answer."""
    assert await till.ask("ping") == "ok"
