"""Whatever is sent, a till gets an answer that it can read, and translations lose nothing."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.onec.till_discountservice_goods import goods_from_wire, lines_of
from connectors.onec.till_discountservice_types import NAMESPACE, OPERATIONS
from connectors.onec.till_references import References
from connectors.onec.till_soap import (
    Operation,
    Prop,
    Record,
    SoapCall,
    answer,
    read_call,
    read_values,
)
from connectors.onec.till_words import params_of
from gateway.ingress.till_doors import query_of

from .stage import Stage
from .test_discountservice import SOAP11, asked
from .test_golden import RECEIPT

ZONE = ZoneInfo("Europe/Moscow")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
METHODS = st.sampled_from(
    ["findclientcard", "getclientbonuses", "unlockclientbonuses", "writeoffclientbonuses",
     "issueclientcard", "promocodeinfo"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["ClientCardID", "CardGUID", "ClientGUID", "Phone", "Email", "BonusesCount", "Client",
     "DateOfBirth", "Promocode", "GenerateNumber"]
)  # fmt: skip
VALUES = st.text(max_size=20).filter(lambda text: "&" not in text)


@st.composite
def spoilt(draw: st.DrawFn) -> Any:  # noqa: ANN401 - JSON
    """Return a receipt in which one value is something else."""
    receipt = json.loads(json.dumps(RECEIPT))
    inside = draw(st.booleans())
    place = receipt["Goods"][0] if inside else receipt
    place[draw(st.sampled_from(sorted(place)))] = draw(JSON)
    return receipt


@settings(max_examples=200, deadline=None)
@given(spoilt() | JSON)
def test_no_receipt_is_a_failure_of_the_gateway(receipt: Any) -> None:  # noqa: ANN401 - JSON
    """A strange receipt stops the till, or is reckoned as another one."""
    body = json.dumps(receipt).encode()
    status, text = asyncio.run(
        Stage().direct("POST", "hs/loyaltyservice/calculatediscounts/", body=body)
    )
    told = json.loads(text)
    assert status == 200
    assert "Goods" in told or told["Error"] is True


@given(st.binary(max_size=60))
def test_no_bytes_are_a_failure(body: bytes) -> None:
    """An unreadable body is a fault of ours instead of an answer."""
    for path in ("hs/loyaltyservice/calculatediscounts/", "ws/DiscountService.1cws"):
        status, text = asyncio.run(Stage().direct("POST", path, body=body))
        assert (status, "Error" in text or "Fault" in text) in {(200, True), (500, True)}


def test_deep_nesting_is_refused() -> None:
    """A small body overflows the stack."""
    for body in (b"[" * 100_000, asked("<a>" * 100_000)):
        for path in ("hs/loyaltyservice/calculatediscounts/", "ws/DiscountService.1cws"):
            status, _ = asyncio.run(Stage().direct("POST", path, body=body))
            assert status in {200, 500}


@settings(max_examples=150, deadline=None)
@given(METHODS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_no_query_is_a_failure(method: str, query: dict[str, str]) -> None:
    """A name with a strange letter stops the till."""
    raw = "&".join(f"{name}={value}" for name, value in query.items())
    for verb in ("GET", "POST"):
        path = f"hs/loyaltyservice/{method}/"
        status, text = asyncio.run(
            Stage().direct(verb, path, query=raw.encode("utf-8", "replace").decode())
        )
        assert status in {200, 405}
        assert text


@given(VALUES)
def test_values_are_read_encoded_or_not(value: str) -> None:
    """A customer's name comes out as signs."""
    text = "".join(one for one in value if one.isprintable() and one != "%").strip()
    coded = "".join(f"%{byte:02X}" for byte in text.encode())
    for sent in (text.encode(), coded.encode()):
        assert params_of(query_of(b"Client=" + sent))["Client"] == text


def test_old_tills_are_read() -> None:
    """A name in windows-1251 comes out as signs, or the plus of a phone as a space."""
    name = "Ёжикова Анна"
    coded = "".join(f"%{byte:02x}" for byte in name.encode("windows-1251")).encode()
    for sent in (name.encode("windows-1251"), coded):
        assert params_of(query_of(b"Client=" + sent))["Client"] == name
    assert params_of({"Phone": "+7999%31"}) == {"Phone": "+79991"}


@given(st.from_regex(r"[0-9]{1,28}", fullmatch=True))
def test_references_of_numbers_outlive_their_giver(number: str) -> None:
    """A card is another one after a restart."""
    ref = References().of_card(number)
    assert References().card(ref) == number
    assert References().card(ref.upper()) == number
    assert References().client(ref) == ref
    assert References().client(References().of_client(number)) == number


@given(st.text(min_size=1, max_size=30))
def test_references_of_texts_are_remembered(text: str) -> None:
    """A card with letters cannot be blocked after it was found."""
    references = References()
    assert references.card(references.of_card(text)) == text


MONEY = st.decimals("0.01", "99999.99", places=2)


ROWS = st.lists(st.tuples(MONEY, st.integers(1, 500)), min_size=1, max_size=6)


@given(ROWS, st.decimals(0, 9999, places=2), st.randoms())
def test_goods_cost_what_the_document_says(
    rows: list[tuple[Decimal, int]],
    points: Decimal,
    random: Any,  # noqa: ANN401
) -> None:
    """Rounding per piece loses kopecks of a receipt, or the order of rows makes another sale."""
    told = [{"Сумма": total, "Количество": Decimal(count)} for total, count in rows]
    goods = goods_from_wire(told, zone=ZONE)
    assert goods is not None
    lines = lines_of(goods.items, points, currency="RUB")
    counted = [(one.price, one.quantity) for one in lines]
    assert sum(p.amount * q for p, q in counted if p and q) == points + sum(
        total for total, _ in rows
    )
    assert sum(q for _, q in counted if q) == sum(count for _, count in rows)
    random.shuffle(told)
    assert goods_from_wire(told, zone=ZONE) == goods


def _values(prop: Prop) -> st.SearchStrategy[Any]:
    if isinstance(prop.kind, Record):
        one: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {inner.name: _values(inner) for inner in prop.kind.props}
        )
        return st.lists(one, max_size=3) if prop.is_many else one
    found: st.SearchStrategy[Any] = {
        "string": st.text(st.characters(min_codepoint=32, max_codepoint=1200), max_size=8).map(
            str.strip
        ),
        "decimal": st.decimals("-9999999", "9999999", places=2),
        "boolean": st.booleans(),
        "dateTime": st.datetimes()
        .filter(lambda one: one.year > 1900)
        .map(lambda one: one.replace(microsecond=0)),
    }[prop.kind]
    return found | st.none() if prop.is_nillable else found


@given(st.data(), st.sampled_from(sorted(OPERATIONS)))
def test_values_survive_the_wire(data: st.DataObject, name: str) -> None:
    """What one side writes the other reads as something else."""
    for prop in (OPERATIONS[name].gives, *OPERATIONS[name].takes):
        value = data.draw(_values(prop))
        operation = Operation("Эхо", (), prop)
        call = SoapCall(SOAP11, etree.Element("x"))
        read = read_call(answer(call, operation, NAMESPACE, value))
        assert read_values(read.element, [prop])[prop.name] == value
