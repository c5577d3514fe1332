"""A wrong call is told which field is wrong and what to do, and hears nothing of what it said."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.gateway.ingress.pos.served import (
    CARD,
    EMAIL,
    FIRST,
    PHONE,
    PLANTED,
    Served,
    basket,
    line,
    opened,
)
from tests.gateway.ingress.test_door import problem_of

INVALID, UNREADABLE = httpx.codes.UNPROCESSABLE_ENTITY, httpx.codes.BAD_REQUEST
MARK = "4242"
"""Stands in every wrong value, and in no answer."""


def raw(text: str) -> bytes:
    """Put a text in place of the whole basket's lines."""
    return json.dumps(basket(lines="@")).replace('"@"', text).encode()


ROWS: list[Any] = [
    pytest.param(basket(lines=[line(quantity=-4242)]), "lines[0].quantity", id="negative quantity"),
    pytest.param(basket(lines=[line(quantity=0)]), "lines[0].quantity", id="zero quantity"),
    pytest.param(basket(lines=[line(quantity="1.4242424")]), "lines[0].quantity", id="too fine"),
    pytest.param(basket(lines=[line(quantity="4242 kg")]), "lines[0].quantity", id="with a unit"),
    pytest.param(basket(lines=[line(quantity=True)]), "lines[0].quantity", id="a claim"),
    pytest.param(basket(lines=[line(quantity=...)]), "lines[0].quantity", id="no quantity"),
    pytest.param(basket(lines=[line(price="-42.42")]), "lines[0].price", id="negative price"),
    pytest.param(basket(lines=[line(price="42.4242")]), "lines[0].price", id="part of a kopeck"),
    pytest.param(basket(lines=[line(price="42,42")]), "lines[0].price", id="a comma"),
    pytest.param(basket(lines=[line(price=42424242424)]), "lines[0].price", id="huge price"),
    pytest.param(basket(lines=[line(base_price="42.42")]), "lines[0].base_price", id="raised"),
    pytest.param(basket(lines=[line(colour=MARK)]), "lines[0].colour", id="unknown field"),
    pytest.param(basket(lines=[line(**{PHONE: 1})]), "lines[0].(unknown field)", id="a value"),
    pytest.param(basket(lines=[line(sku=...)]), "lines[0].sku", id="unnamed product"),
    pytest.param(basket(lines=[line(sku="")]), "lines[0].sku", id="empty name"),
    pytest.param(basket(lines=[line(sku=f"{MARK}\n")]), "lines[0].sku", id="a line end in a name"),
    pytest.param(basket(lines=[line(name="ы" * 256)]), "lines[0].name", id="long name"),
    pytest.param(basket(lines=[line(), line()]), "lines[1].id", id="line twice"),
    pytest.param(basket(lines=[line(id=f"{MARK}/1")]), "lines[0].id", id="slash in an id"),
    pytest.param(basket(lines=[line(id="№4242")]), "lines[0].id", id="other letters in an id"),
    pytest.param(basket(lines=[]), "lines", id="no lines"),
    pytest.param(basket(lines=[line(id=f"{n}") for n in range(501)]), "lines", id="501 lines"),
    pytest.param(basket(lines={"1": MARK}), "lines", id="no list"),
    pytest.param(basket(lines=[MARK]), "lines[0]", id="no line"),
    pytest.param(basket(total="4242.00"), "total", id="wrong total"),
    pytest.param(basket(total="350.03"), "total", id="total off by more than 0.01 a line"),
    pytest.param(basket(at="2042-12-31T00:00:00"), "at", id="future"),
    pytest.param(basket(at="2026-11-30T12:11:00"), "at", id="beyond pos.future_s"),
    pytest.param(basket(at="0001-01-01T00:00:00"), "at", id="1C's empty date"),
    pytest.param(basket(at="30.11.2026 42:42"), "at", id="no moment"),
    pytest.param(basket(at="2026-02-30T12:00:00"), "at", id="no such day"),
    pytest.param(basket(at=4242424242), "at", id="a number as moment"),
    pytest.param(basket(at=...), "at", id="no moment told"),
    pytest.param(basket(id=f"s {MARK}"), "id", id="blank in an id"),
    pytest.param(basket(id=...), "id", id="no id"),
    pytest.param(basket(points="-42.42"), "points", id="negative points"),
    pytest.param(basket(points="1.42424"), "points", id="points too fine"),
    pytest.param(basket(points=1, member=None), "points", id="points of nobody"),
    pytest.param(basket(promo_codes=[4242]), "promo_codes[0]", id="a number as code"),
    pytest.param(basket(promo_codes=["C"] * 21), "promo_codes", id="21 codes"),
    pytest.param(basket(payments=[{"method": "card", "amount": "x4242"}]), "payments[0].amount",
                 id="no amount"),
    pytest.param(basket(member={"phone": "4242"}), "member.phone", id="no phone"),
    pytest.param(basket(member={"phone": PHONE, "email": EMAIL}), "member", id="named twice"),
    pytest.param(basket(member={}), "member", id="named not at all"),
    pytest.param(basket(member={"email": f"{FIRST}4242"}), "member.email", id="no e-mail"),
    pytest.param(basket(member={"card": f"{FIRST}{CARD}"}), "member.card", id="Cyrillic card"),
    pytest.param(basket(member={"barcode": "0000000000000"}), "member.barcode", id="zeros"),
    pytest.param(basket(member=PHONE), "member", id="a phone as member"),
    pytest.param(basket(cashier="\x00"), "cashier", id="a zero byte"),
    pytest.param(basket(cashier="\ud800"), "cashier", id="half a character"),
    pytest.param(raw(f'[{{"id":"1","sku":"A","quantity":1,"price":1.{"0" * 40}4242}}]'),
                 "lines[0].price", id="digits beyond a float"),
    pytest.param(raw('[{"id":"1","sku":"A","quantity":NaN,"price":1}]'), "lines[0].quantity",
                 id="not a number"),
    pytest.param(raw('[{"id":"1","sku":"A","quantity":1e4242,"price":1}]'), "lines[0].quantity",
                 id="huge exponent"),
    pytest.param(raw('[{"id":"1","sku":"A","quantity":1e-4242,"price":1}]'), "lines[0].quantity",
                 id="tiny exponent"),
    pytest.param(raw('[{"id":"1","sku":"A","quantity":1e4242424242424242424242,"price":1}]'),
                 "lines[0].quantity", id="exponent beyond any number"),
    pytest.param(b'{"\\ud800": 4242}', "(body)", id="half a character as a name"),
    pytest.param(raw('[{"id":"1","sku":"A","price":1,"price":4242}]'), "price", id="key twice"),
    pytest.param([basket()], "(body)", id="a list"),
    pytest.param(MARK, "(body)", id="a text"),
]  # fmt: skip


def proved(served: Served, answer: httpx.Response, field: str, status: int, code: str) -> None:
    """Prove that a problem names the field and the remedy, and that nothing of the call is told."""
    problem = problem_of(answer, status, code)
    assert field in [one["path"] for one in problem["errors"]]
    assert all(one["problem"] and one["remedy"] for one in problem["errors"])
    told = json.dumps(problem, ensure_ascii=False).replace(problem["correlation_id"], "")
    log = served.log.getvalue()
    assert not [secret for secret in (*PLANTED, MARK) if secret in told]
    assert not [secret for secret in PLANTED if secret in log]
    assert "till.malformed" in log
    assert served.service.asked == []


@pytest.mark.parametrize(("body", "field"), ROWS)
async def test_a_bad_receipt_is_told_its_field_and_nothing_else(body: object, field: str) -> None:
    """Without the field a programmer guesses; with the value a phone stands in a log."""
    async with opened() as served:
        answer = await served.call("/pos/v1/quote", body)
        proved(served, answer, field, INVALID, "invalid-request")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param("register", {"name": {"first": FIRST}}, "phone", id="no contact"),
        pytest.param(
            "register", {"phone": PHONE, "birth_date": "2999-01-01"}, "birth_date", id="no such day"
        ),
        pytest.param(
            "register", {"phone": PHONE, "birth_date": "2026-12-01"}, "birth_date", id="not born"
        ),
        pytest.param("register", {"phone": PHONE, "gender": MARK}, "gender", id="no gender"),
        pytest.param(
            "register",
            {"phone": PHONE, "consents": [{"id": "mailing", "granted": "true"}]},
            "consents[0].granted",
            id="a text as consent",
        ),
        pytest.param(
            "register",
            {"phone": PHONE, "consents": [{"id": "mailing", "granted": True}] * 2},
            "consents",
            id="consent twice",
        ),
        pytest.param("codes", {"to": {"phone": PHONE}, "purpose": MARK}, "purpose", id="purpose"),
        pytest.param(
            "codes/confirm",
            {"to": {"phone": PHONE}, "purpose": "phone", "code": "42 42"},
            "code",
            id="code",
        ),
        pytest.param("products/points", {"products": [{"price": 1}]}, "products[0].sku", id="sku"),
        pytest.param(
            "products/points",
            {"products": [{"sku": "a", "price": 1}] * 21},
            "products",
            id="too many products",
        ),
        pytest.param("returns/r-1", {"at": "2026-11-30T12:00:00"}, "sale_id", id="of no sale"),
        pytest.param("sales/s%204242/commit", basket(id=...), "id", id="blank in the address"),
        pytest.param("sales/4242%D1%8B/cancel", None, "id", id="other letters in the address"),
        pytest.param("receipts", {"receipts": []}, "receipts", id="empty batch"),
    ],
)
async def test_every_body_is_read_as_strictly(path: str, body: object, field: str) -> None:
    """One lenient body is the way in for what all others refuse."""
    async with opened() as served:
        proved(
            served, await served.call(f"/pos/v1/{path}", body), field, INVALID, "invalid-request"
        )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("limit=0", "limit", id="none"),
        pytest.param("limit=101", "limit", id="too many"),
        pytest.param("limit=4242x", "limit", id="no number"),
        pytest.param("limit=%D9%A3", "limit", id="another script's digit"),
        pytest.param(f"cursor={MARK}%00", "cursor", id="no cursor"),
    ],
)
async def test_a_page_is_asked_for_in_bounds(query: str, field: str) -> None:
    """A page without a bound is a whole history in memory."""
    async with opened() as served:
        answer = await served.call(f"/pos/v1/members/m-1/history?{query}", method="GET")
        proved(served, answer, field, INVALID, "invalid-request")


TEXT = json.dumps(basket(cashier=FIRST), ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        pytest.param(TEXT.encode("cp1251"), "not-utf-8", UNREADABLE, id="windows-1251"),
        pytest.param(TEXT.encode("utf-16"), "not-utf-8", UNREADABLE, id="UTF-16"),
        pytest.param(TEXT.encode("utf-16-le"), "not-utf-8", UNREADABLE, id="UTF-16, no mark"),
        pytest.param(TEXT.encode("utf-8-sig"), "byte-order-mark", UNREADABLE, id="a mark"),
        pytest.param(b"", "not-json", UNREADABLE, id="nothing"),
        pytest.param(b"{'id': 4242}", "not-json", UNREADABLE, id="other quotes"),
        pytest.param(b"[" * 30_000, "not-json", UNREADABLE, id="deep"),
        pytest.param(b'{"id": ' + b"1" * 5_000 + b"}", "not-json", UNREADABLE, id="long number"),
    ],
)
async def test_an_unreadable_body_is_told_how_to_be_written(
    body: bytes, code: str, status: int
) -> None:
    """1C writes marks and windows-1251 by default: its programmer must read what to set."""
    async with opened() as served:
        answer = await served.call("/pos/v1/quote", body)
        proved(served, answer, "(body)", status, code)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        pytest.param({"Content-Type": "text/xml"}, "Content-Type", id="XML"),
        pytest.param({"Content-Type": "application/json; charset=windows-1251"}, "Content-Type",
                     id="charset"),
        pytest.param({"Content-Encoding": "gzip"}, "Content-Encoding", id="compressed"),
    ],
)  # fmt: skip
async def test_another_format_is_refused_by_its_header(headers: dict[str, str], field: str) -> None:
    """Read all the same, it would be refused for a reason that nobody understands."""
    async with opened() as served:
        answer = await served.call("/pos/v1/quote", basket(), headers=headers)
        proved(served, answer, field, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("path", "most"),
    [pytest.param("quote", 65_536, id="call"), pytest.param("receipts", 1_048_576, id="batch")],
)
async def test_a_huge_body_is_refused_by_its_size(path: str, most: int) -> None:
    """Unbounded bodies let anybody with a key fill the memory."""
    async with opened() as served:
        fits = await served.call(f"/pos/v1/{path}", b" " * most)
        assert fits.status_code == UNREADABLE
        answer = await served.call(f"/pos/v1/{path}", b" " * (most + 1))
        assert str(most) in problem_of(answer, 413, "too-large")["detail"]


@pytest.mark.parametrize("key", ['"a', "a b", "", "ключ".encode(), "a" * 65, '""'])
async def test_a_key_that_cannot_be_read_is_refused(key: str) -> None:
    """A key that is silently dropped protects nothing."""
    async with opened() as served:
        headers: Any = {"Idempotency-Key": key}
        answer = await served.call("/pos/v1/sales/s-1/cancel", headers=headers)
        proved(served, answer, "Idempotency-Key", UNREADABLE, "idempotency-key-invalid")


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [
        pytest.param("33.33", "3", "100.00", id="a third"),
        pytest.param("14.29", "7", "100.00", id="a seventh, rounded up"),
        pytest.param("99.99", "0.333", "33.30", id="by weight"),
        pytest.param(100, 1, 100, id="plain numbers"),
        pytest.param(0.1, 3, 0.3, id="decimals that no float holds"),
        pytest.param("0.00", "1", "0", id="a present"),
    ],
)
async def test_rounding_is_no_wrong_total(price: object, quantity: object, total: object) -> None:
    """A till that divides a sum into unit prices would be refused at every third receipt."""
    async with opened() as served:
        told = basket(lines=[line(price=price, quantity=quantity)], total=total)
        answer = await served.call("/pos/v1/quote", told)
        assert answer.status_code == httpx.codes.OK, answer.text
