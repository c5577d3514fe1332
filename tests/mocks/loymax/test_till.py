"""The XML protocol of cash registers on the same purchases (reference, sections 9 and 16.8)."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from lxml import etree

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import ANNA, WORLD, Loymax

SAMPLES = {
    row["name"]: row
    for row in json.loads(
        Path(__file__).with_name("samples").joinpath("till.json").read_text("utf-8")
    )["exchanges"]
}
AUTH = ("till-1", "secret")
PURCHASE = "4a00000000000000000000000000002a"
AVAILABLE = "available amount (reduced line sums, no coupons)"
SALE = ("balance", "calculate", AVAILABLE, "payment", "discount (accrual)", "confirm")
MESSAGES = (
    "Balances, Calculates, AvailableAmounts, Payments, Discounts, ConfirmPurchases, CancelPurchases"
)
HEAD = 'ElementID="1" OperationID="{}" OperationDate="2025-02-03T13:15:00+03:00" PurchaseID="P"'
CHEQUE = '<Cheque ChequeNumber="1"><ChequeLine PosID="1" Amount="100" Quantity="1"/></Cheque>'
BUYER = '<Identifier Type="Auto" Value="79000005012"/>'


async def send(double: Loymax, document: str, *, auth: tuple[str, str] = AUTH) -> httpx.Response:
    """Send a document as a register."""
    return await double.client.post(
        "/pos/xml",
        content=document.encode(),
        auth=auth,
        headers={"Content-Type": "application/xml"},
    )


async def root_of(double: Loymax, document: str) -> etree._Element:
    """Send a document and return the root of its answer."""
    answer = await send(double, document)
    assert answer.status_code == 200, answer.text
    return etree.fromstring(answer.content)


def request(
    plural: str, name: str, children: str, *, ident: str = "1", attributes: str = ""
) -> str:
    """Compose a document with one request."""
    head = f"{HEAD.format(ident)} {attributes}"
    inner = f"<{plural}><{name}Request {head}>{children}</{name}Request></{plural}>"
    return f"<XMLRequest><Version>3.2</Version>{inner}</XMLRequest>"


def plain(element: etree._Element) -> str:
    """Return the canonical text without what no two servers share."""
    for one in element.iter():
        for name in ("TransactionID", "AuthCode"):
            if name in one.attrib:
                one.set(name, "0")
    return etree.tostring(element, method="c14n").decode()


async def test_the_documented_purchase_holds_document_by_document(start: Start) -> None:
    """Answers equal the samples in every attribute, element and text."""
    double = await start(seed=WORLD)
    for name in SALE:
        sample = SAMPLES[name]
        actual = await root_of(double, sample["request"])
        assert plain(actual) == plain(etree.fromstring(sample["answer"])), name
    assert (await double.person(ANNA))["balance"] == 355.0


async def test_the_documented_cancel_and_refusals_hold(start: Start) -> None:
    """Refusals sit in the operation; the document itself has no error."""
    double = await start(seed=WORLD)
    await send(double, SAMPLES["calculate"]["request"])
    sample = SAMPLES["cancel"]
    assert plain(await root_of(double, sample["request"])) == plain(
        etree.fromstring(sample["answer"])
    )
    balance = SAMPLES["balance"]["request"].replace("79000005012", "79999999999")
    balance = balance.replace("0" * 31 + "1", "0" * 31 + "9")
    confirm = SAMPLES["confirm"]["request"].replace(PURCHASE, "f" * 32)
    confirm = confirm.replace("0" * 31 + "6", "0" * 31 + "7")
    for name, sent in (
        ("balance of an unknown card", balance),
        ("confirm of an unknown purchase", confirm),
    ):
        actual = plain(await root_of(double, sent))
        assert actual == plain(etree.fromstring(SAMPLES[name]["answer"]))


async def test_a_register_needs_its_own_login(loymax: Loymax) -> None:
    """HTTP Basic per register."""
    sent = SAMPLES["balance"]["request"]
    assert (await send(loymax, sent, auth=("till-1", "bad"))).status_code == 401
    other = await send(loymax, sent, auth=("web-1", "web-secret"))
    assert 'ErrorCode="202"' in other.text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<XMLRequest>", "Ошибка разбора XML"),
        ("<Other/>", "Ожидаемый элемент: XMLRequest"),
        ("<XMLRequest><Version>2.0</Version></XMLRequest>", "Неподдерживаемая версия протокола"),
        (
            "<XMLRequest><Version>3.2</Version><Refunds/></XMLRequest>",
            f"Ожидаемые элементы: {MESSAGES}",
        ),
        (
            request("Calculates", "Calculate", CHEQUE + BUYER),
            "Элемент Identifier; ожидаемые элементы: Coupons, Params",
        ),
        (
            request("AvailableAmounts", "AvailableAmount", CHEQUE + BUYER + "<Coupons/>"),
            "Элемент Coupons; ожидаемые элементы: Card, Params",
        ),
        (request("Payments", "Payment", BUYER), "Ожидаемый элемент: Cheque"),
        (
            request("ConfirmPurchases", "ConfirmPurchase", BUYER),
            "Элемент Identifier; ожидаемые элементы: нет",
        ),
    ],
    ids=[
        "broken",
        "root",
        "version",
        "message",
        "order",
        "coupons in A",
        "no cheque",
        "child in K",
    ],
)
async def test_the_schema_names_what_it_expected(loymax: Loymax, document: str, text: str) -> None:
    """The server checks an XSD: order of children included."""
    root = await root_of(loymax, document)
    assert root.findtext("ErrorCode") != "0"
    assert root.findtext("ErrorMessage") == text


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("A", "218"),
        ("C P1000", "204"),
        ("C P31", "203"),
        ("C P10 A", "221"),
        ("C K K", "209"),
        ("C K U", "218"),
        ("C U K", "210"),
        ("K", "216"),
    ],
)
async def test_codes_come_as_numbers(loymax: Loymax, script: str, code: str) -> None:
    """Section 8.5: 201 is CardNotFound, then one by one."""
    names = {
        "C": ("Calculates", "Calculate", BUYER + CHEQUE),
        "A": ("AvailableAmounts", "AvailableAmount", CHEQUE + BUYER),
        "P": ("Payments", "Payment", CHEQUE + BUYER),
        "K": ("ConfirmPurchases", "ConfirmPurchase", ""),
        "U": ("CancelPurchases", "CancelPurchase", ""),
    }
    seen = []
    for number, step in enumerate(script.split()):
        attributes = f'Amount="{step[1:]}"' if step[1:] else ""
        sent = request(*names[step[0]], ident=f"{number}", attributes=attributes)
        seen.append((await root_of(loymax, sent))[2][0].get("ErrorCode"))
    assert seen == ["0"] * (len(seen) - 1) + [code]


async def test_an_offline_cheque_accrues_at_its_own_time(loymax: Loymax) -> None:
    """A till sends it after the link is back: discount and confirm, no calculation before."""
    await loymax.door("clock", freeze="2025-02-04T09:00:00Z")
    sent = [
        request("Discounts", "Discount", BUYER + CHEQUE, ident="a"),
        request("ConfirmPurchases", "ConfirmPurchase", "", ident="b"),
    ]
    for document in sent:
        assert (await root_of(loymax, document))[2][0].get("ErrorCode") == "0"
    rows = (await loymax.data("GET", "History", await loymax.member()))["rows"]
    assert rows[-1]["dateTime"] == "2025-02-03T10:15:00+00:00"
    assert rows[-1]["data"]["rewards"][0]["amount"]["amount"] == 5.0


async def test_a_till_and_a_shop_see_the_same_bonuses(loymax: Loymax) -> None:
    """What a till blocks is not available in the shop."""
    for document in (
        request("Calculates", "Calculate", BUYER + CHEQUE, ident="a"),
        request("Payments", "Payment", CHEQUE + BUYER, ident="b", attributes='Amount="30"'),
    ):
        assert (await root_of(loymax, document))[2][0].get("ErrorCode") == "0"
    row = (await loymax.data("GET", "User/Balance", await loymax.member()))[0]
    assert row["balance"] == 380.0


async def test_a_cheque_without_buyer_is_calculated(loymax: Loymax) -> None:
    """Without a card the answer still tells the bonuses that would be accrued."""
    root = await root_of(loymax, request("Calculates", "Calculate", CHEQUE))
    line = root.find(".//ChequeLine")
    assert line is not None
    assert (line.get("Amount"), line.get("Cashback")) == ("100.00", "5.00")
    assert root.find(".//IdentifierData") is None
