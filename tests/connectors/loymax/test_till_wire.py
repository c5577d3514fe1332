"""What the door reads: the schema, noise, and what no till may make it do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from .till_stage import BUYER, PURCHASE, SAMPLES, Till, cheque, element, open_door, request, whole

MESSAGES = (
    "Balances, Calculates, AvailableAmounts, Payments, Discounts, ConfirmPurchases, CancelPurchases"
)
CHEQUE = cheque("100")
EXTERNAL = '<!DOCTYPE XMLRequest [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
LAUGHS = '<!DOCTYPE XMLRequest [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
SENT = [row["request"] for row in SAMPLES.values() if row["request"]]


@pytest.mark.parametrize(
    ("document", "number", "text"),
    [
        ("", "3", "Ошибка разбора XML"),
        ("<XMLRequest>", "3", "Ошибка разбора XML"),
        ("<Other/>", "3", "Ожидаемый элемент: XMLRequest"),
        (whole().replace("3.2", "2.0"), "2", "Неподдерживаемая версия протокола"),
        (whole(), "3", f"Ожидаемые элементы: {MESSAGES}"),
        (whole("<Refunds/>"), "3", f"Ожидаемые элементы: {MESSAGES}"),
        (whole("<Balances><Other/></Balances>"), "3", "Ожидаемый элемент: BalanceRequest"),
        (
            whole(element("Calculate", CHEQUE + BUYER)),
            "3",
            "Элемент Identifier; ожидаемые элементы: Coupons, Params",
        ),
        (
            whole(element("AvailableAmount", CHEQUE + BUYER + "<Coupons/>")),
            "3",
            "Элемент Coupons; ожидаемые элементы: Card, Params",
        ),
        (whole(element("Payment", BUYER)), "3", "Ожидаемый элемент: Cheque"),
        (whole(element("Balance")), "3", "Ожидаемый элемент: Identifier"),
        (
            whole(element("ConfirmPurchase", BUYER)),
            "3",
            "Элемент Identifier; ожидаемые элементы: нет",
        ),
        (whole(element("ConfirmPurchase", purchase="")), "3", "Ожидаемый атрибут: PurchaseID"),
        (
            whole(element("Balance", BUYER)).replace("0" * 31 + "1", ""),
            "3",
            "Ожидаемый атрибут: OperationID",
        ),
        (EXTERNAL + whole(element("Balance", BUYER)), "3", "DOCTYPE не допускается"),
        (LAUGHS + whole(element("Balance", BUYER)), "3", "DOCTYPE не допускается"),
        (
            whole(element("Balance", BUYER), element("Balance", BUYER)),
            "3",
            "ElementID: повтор или слишком много запросов",
        ),
        ("<XMLRequest>" + " " * 1_048_576 + "</XMLRequest>", "3", "Слишком большой документ"),
    ],
)
async def test_what_breaks_the_schema_is_told_with_what_was_expected(
    document: str, number: str, text: str
) -> None:
    """A till's programmer would search for the fault, or half a document be done."""
    till = Till()
    root = await till.root(document)
    assert root.findtext("ErrorCode") == number
    assert root.findtext("ErrorMessage") == text
    assert not till.service.calls


@pytest.mark.parametrize(
    ("name", "children", "attributes"),
    [
        ("Balance", BUYER, {"at": "yesterday"}),
        ("Balance", BUYER, {"at": "0001-01-01T00:00:00+03:00"}),
        ("Balance", BUYER.replace("79000005012", "7" * 129), {}),
        ("Balance", BUYER, {"operation": "a b" * 11}),
        ("ConfirmPurchase", "", {"purchase": "p" * 65}),
        ("Payment", CHEQUE + BUYER, {"Amount": "-1"}),
        ("Payment", CHEQUE + BUYER, {"Amount": "1e400"}),
        ("Payment", CHEQUE + BUYER, {"Amount": "NaN"}),
        ("Calculate", BUYER + cheque("ten"), {}),
        ("Calculate", BUYER + cheque("10", quantity="0"), {}),
        ("Calculate", BUYER + cheque("10", "10").replace('"2"', '"1"'), {}),
        ("Calculate", BUYER + cheque("10").replace('PosID="1"', 'PosID="²"'), {}),
        ("Calculate", BUYER + cheque("10", at="2025-02-30T00:00:00"), {}),
    ],
)
async def test_a_value_that_cannot_be_read_refuses_its_own_operation(
    name: str, children: str, attributes: dict[str, str]
) -> None:
    """One till's slip would be a fault of the gateway, or spare points be spent by a minus."""
    till = Till()
    assert await till.code(name, children, **attributes) == "4"
    assert not till.service.calls


async def test_several_requests_are_answered_in_their_order() -> None:
    """A till that sends a purchase in one document would lose answers."""
    till = Till()
    root = await till.root(
        whole(
            element("Calculate", BUYER + CHEQUE, number=1, operation="1"),
            element("Payment", CHEQUE + BUYER, number=2, operation="2", Amount="1000"),
            element("Discount", BUYER + CHEQUE, number=3, operation="3"),
            element("ConfirmPurchase", number=4, operation="4"),
        )
    )
    answers = list(root)[2:]
    codes = [one[0].get("ErrorCode") for one in answers]
    assert codes == ["0", "204", "0", "0"]
    assert [one.tag for one in answers] == [
        "Calculates",
        "Payments",
        "Discounts",
        "ConfirmPurchases",
    ]


async def test_a_document_in_another_encoding_is_read() -> None:
    """A Windows till would be told that its XML is broken."""
    document = '<?xml version="1.0" encoding="windows-1251"?>' + SAMPLES["calculate"]["request"]
    reply = await Till().send(document.encode("cp1251"))
    assert etree.fromstring(reply.body).findtext("Calculates/CalculateResponse") is not None


@pytest.mark.parametrize("credentials", [("till-1", "wrong"), ("nobody", "till-secret"), ("", "")])
async def test_a_register_proves_itself(credentials: tuple[str, str]) -> None:
    """Anybody who finds the address could spend the points of others."""
    till = Till()
    login, password = credentials
    sent = request(SAMPLES["balance"]["request"], login=login, password=password)
    reply = await till.door.answer(sent, till.service)
    assert (reply.status, reply.body) == (401, b"")
    assert not till.service.calls


async def test_a_register_speaks_for_itself_only() -> None:
    """One till's password would open every other's purchases."""
    assert await Till().code("Balance", BUYER, DeviceLogicalID="till-2") == "202"


async def test_numbers_may_be_corrected() -> None:
    """An installation whose numbers differ would show the wrong case at its tills."""
    till = Till(door=open_door(numbers={"CardNotFound": 1201}))
    other = BUYER.replace("79000005012", "79999999999")
    assert await till.code("Balance", other) == "1201"


@given(st.binary(max_size=200))
async def test_noise_is_refused_and_changes_nothing(noise: bytes) -> None:
    """A port scanner or a broken cable would be a fault of the gateway."""
    till = Till()
    reply = await till.send(noise)
    assert reply.status == 200
    assert etree.fromstring(reply.body).findtext("ErrorCode") != "0"
    assert not till.service.calls


@given(st.sampled_from(SENT), st.data())
async def test_a_damaged_document_is_always_answered(sample: str, data: st.DataObject) -> None:
    """A byte that fell over would escape as an exception."""
    till = Till()
    body = bytearray(sample.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        if data.draw(st.booleans()):
            body[place] = data.draw(st.integers(0, 255))
        else:
            del body[place : place + data.draw(st.integers(1, 40))]
    reply = await till.send(bytes(body))
    assert reply.status == 200
    assert etree.fromstring(reply.body).tag == "XMLResponse"


def test_the_purchase_of_the_stage_is_the_reference_s() -> None:
    """The scripts would speak of another purchase than the samples."""
    assert any(PURCHASE in one for one in SENT)
