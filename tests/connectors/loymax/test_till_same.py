"""One scripted till at the vendor's double and at our door: the same codes and numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
from lxml import etree

from mocks.loymax.app import LoymaxSettings, build_app
from mocks.serving import serve

from .till_stage import ANNA, BUYER, PASSWORD, FaithfulTill, Till, cheque, element, request, whole

SUMS = ("BonusAmount", "Amount", "Balance", "AvailableAmount", "AvailableBonusAmount")
LINE = ("PosID", "Amount", "Discount", "Cashback", "Quantity", "PayAmount", "GoodsId")
WORLD = {
    "rules": {
        "discounts": [{"id": 41, "name": "Весна", "percent": 10, "goods": ["A-17"], "emission": 11}]
    },
    "emissions": [{"id": 11, "title": "Весна", "description": "Скидка"}],
    "customers": [
        {
            "id": 5012,
            "phone": "79000005012",
            "answers": {"FirstName": "Анна", "LastName": "Иванова"},
            "balance": 410,
        }
    ],
    "cards": [{"id": 456, "number": "7000000000012345", "owner": 5012}],
    "coupons": [{"id": 71, "code": "SPRING25", "emission": 11, "owner": 5012}],
}
GOODS = cheque("100", "250.50")
PAYS = '<Pays><Pay Type="Card" Amount="90"/></Pays>'
COUPON = '<Coupons><Coupon Number="SPRING25"/></Coupons>'
BAD_COUPON = '<Coupons><Coupon Number="NOPE"/></Coupons>'
STRANGER = BUYER.replace("79000005012", "79999999999")


@pytest.fixture
async def double() -> AsyncIterator[httpx.AsyncClient]:
    """Serve the double with Anna and her points."""
    app = build_app(LoymaxSettings())
    async with serve(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.post("/__mock__/seed", json=WORLD)
        answer.raise_for_status()
        yield client


async def at_double(client: httpx.AsyncClient, document: str) -> etree._Element:
    """Send a document to the double."""
    answer = await client.post("/pos/xml", content=document.encode(), auth=("till-1", "secret"))
    assert answer.status_code == httpx.codes.OK
    return etree.fromstring(answer.content)


def told(root: etree._Element) -> list[object]:
    """Return what the page fixes of an answer: codes, sums, lines, persons."""
    if root.findtext("ErrorCode") != "0":
        return ["refused"]
    (answer,) = list(root[-1])
    sums = {name: Decimal(answer.get(name) or "0") for name in SUMS}
    lines = [
        {name: value for name, value in line.items() if name in LINE}
        for line in answer.iter("ChequeLine")
    ]
    persons = {one.get("Name"): one.text for one in answer.iter("Item")}
    return [root[-1].tag, answer.tag, answer.get("ErrorCode"), sums, lines, persons.get("Person")]


def document(step: str, number: int) -> str:
    """Return a step by its letter; small letters are its odd variants."""
    name, children = {
        "B": ("Balance", BUYER),
        "b": ("Balance", STRANGER),
        "C": ("Calculate", BUYER + GOODS),
        "c": ("Calculate", BUYER + GOODS + BAD_COUPON),
        "N": ("Calculate", GOODS),
        "A": ("AvailableAmount", GOODS + BUYER),
        "a": ("AvailableAmount", GOODS + BUYER + COUPON),
        "P": ("Payment", GOODS + BUYER),
        "p": ("Payment", cheque("100", "250") + BUYER),
        "D": ("Discount", BUYER + GOODS + PAYS),
        "d": ("Discount", BUYER + cheque("90", "250.50") + PAYS),
        "S": ("Discount", STRANGER + GOODS + PAYS),
        "K": ("ConfirmPurchase", ""),
        "U": ("CancelPurchase", ""),
    }[step[0]]
    if step[1:]:
        return whole(element(name, children, operation=str(number), Amount=step[1:]))
    return whole(element(name, children, operation=str(number)))


@pytest.mark.parametrize(
    "script",
    [
        "B C A P50 D K",
        "B C A D K",
        "C C A U",
        "C P50 U",
        "P50 D K",
        "D K",
        "b C",
        "c C",
        "a C",
        "A",
        "K",
        "C P1000",
        "C P200",
        "C P50 P50",
        "C P50 A",
        "C p50",
        "C P50 d",
        "C P50 S",
        "C P50 D D K K",
        "C D K U",
        "C D K C",
        "C D K A",
        "C D K D",
        "C U U",
        "C U K",
        "C U D",
        "N",
    ],
)
async def test_the_same_till_gets_the_same_answers(double: httpx.AsyncClient, script: str) -> None:
    """A till that changed its address would see another protocol than before."""
    till = Till(FaithfulTill(ANNA, Decimal(410)))
    for number, step in enumerate(script.split(), start=1):
        sent = document(step, number)
        theirs = told(await at_double(double, sent))
        ours = told(await till.root(sent))
        assert ours == theirs, f"{step} of {script}"


async def test_both_refuse_a_wrong_password(double: httpx.AsyncClient) -> None:
    """A till with a stale password would be told two different things."""
    sent = document("B", 1)
    answer = await double.post("/pos/xml", content=sent.encode(), auth=("till-1", "wrong"))
    till = Till()
    reply = await till.door.answer(request(sent, password=PASSWORD + "x"), till.service)
    assert reply.status == answer.status_code == httpx.codes.UNAUTHORIZED
