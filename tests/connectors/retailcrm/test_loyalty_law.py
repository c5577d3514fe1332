"""Laws of loyalty, store and calls, for any data."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.retailcrm.bonus_feed import Trail, trail
from connectors.retailcrm.config_services import LoyaltySettings
from connectors.retailcrm.products import ProductTranslator
from connectors.retailcrm.translator_loyalty import LoyaltyTranslator
from connectors.retailcrm.wire_loyalty import OperationWire
from gateway.canonical import BonusPoints, Kind, Money, OrderLine, Price, Product, ProductRef, Stock
from gateway.canonical.paths import known, spoken
from gateway.contract import Change, MemberKey, Sale, WebhookRefused, WebhookRequest
from gateway.sync.merge import changes
from mocks.retailcrm import settings as double
from mocks.retailcrm.app import build_app
from tests.gateway.contract.fakes import FakeLog

from .conftest import Bench, built, own_settings
from .members import LOYALTY, join, loyalty_of, programme

TOKEN = "trigger-secret-of-ours"
ACCOUNT = own_settings(
    "http://crm.test",
    loyalty=LOYALTY,
    store={"price_types": {"retail": "base", "club": "club"}, "stores": {"main": "m", "b": "b"}},
    webhook_token=TOKEN,
)
TRANSLATOR = LoyaltyTranslator(ACCOUNT, LoyaltySettings(programme=2, name="club"))
PRODUCTS = ProductTranslator(ACCOUNT)
kopecks = st.decimals(min_value=1, max_value=90_000, places=2)
counts = st.decimals(min_value=Decimal("0.001"), max_value=50, places=3)
products = st.builds(
    Product,
    code=st.one_of(st.none(), st.sampled_from(["sku-1", " sku-1 ", ""])),
    name=st.text(max_size=10),
    prices=st.lists(
        st.builds(
            Price,
            type=st.sampled_from(["retail", "club", "wholesale"]),
            amount=st.one_of(
                st.none(),
                st.builds(Money, amount=kopecks, currency=st.sampled_from(["RUB", "KZT"])),
            ),
        ),
        unique_by=lambda one: one.type,
    ).map(tuple),
    stock=st.lists(
        st.builds(
            Stock,
            store=st.sampled_from(["main", "b", "moon"]),
            quantity=st.one_of(st.none(), counts),
        ),
        unique_by=lambda one: one.store,
    ).map(tuple),
)


@given(one=products, other=products)
def test_a_product_reduced_twice_is_the_same(one: Product, other: Product) -> None:
    """A reduction that moves each time would upload all prices every night."""
    for base in (None, PRODUCTS.held(one, None)):
        held = PRODUCTS.held(other, base)
        assert known(spoken(PRODUCTS.held(held, base))) == known(spoken(held))


@given(one=products, other=products)
def test_rows_make_the_account_hold_what_was_held(one: Product, other: Product) -> None:
    """A row too few would leave an old price; one too many, undo somebody's."""
    prices: dict[str, Decimal] = {}
    stock: dict[str, Decimal] = {}
    before: Product | None = None
    for wanted in (one, other):
        held = PRODUCTS.held(wanted, before)
        told = spoken(held)
        there = known(spoken(before)) if before is not None else {}
        change = Change(
            "p-01jd7fhq3v9m2x4k",
            held,
            frozenset(changes(told, there, Kind.PRODUCT)),
            external_id="sku-1" if before is not None else None,
            known=before,
        )
        for row in (PRODUCTS.prices(change) or {}).get("prices", ()):
            if row.get("remove"):
                prices.pop(row["code"], None)
            else:
                prices[row["code"]] = row["price"]
        for row in (PRODUCTS.stock(change) or {}).get("stores", ()):
            stock[row["code"]] = row["available"]
        before = held
    codes = ACCOUNT.store.price_types
    assert before is not None
    assert prices == {codes[p.type]: p.amount.amount for p in before.prices if p.amount}
    assert stock == {ACCOUNT.store.stores[one.store]: one.quantity for one in before.stock}


postings = st.builds(
    lambda kind, at, amount: OperationWire.model_validate(
        {"type": kind, "createdAt": f"2026-03-{at:02} 10:00:00", "amount": amount}
    ),
    st.sampled_from(["credit_manual", "charge_for_order", "burn", "cancel_of_charge", "new"]),
    st.integers(1, 28),
    st.decimals(min_value=-5000, max_value=5000, places=2),
)
TWIN = OperationWire.model_validate(
    {"type": "burn", "createdAt": "2026-03-09 10:00:00", "amount": Decimal(-5)}
)


@given(rows=st.lists(st.one_of(postings, st.just(TWIN)), max_size=8))
def test_every_posting_has_an_id_and_its_amount(rows: list[OperationWire]) -> None:
    """Two gifts of one second would be one in the app's history."""
    told = TRANSLATOR.postings(71, rows)
    assert [one.points.points for one in told] == [row.amount for row in rows]
    assert len({one.id for one in told}) == len(rows)
    assert TRANSLATOR.postings(71, rows) == told


@given(
    place=st.builds(
        Trail,
        feed=st.text(min_size=1, max_size=20),
        bonus=st.one_of(st.none(), st.text(min_size=1, max_size=20)),
        seen=st.integers(0, 100),
        since=st.one_of(st.none(), st.just("2026-03-09 10:00:00")),
    )
)
def test_a_place_in_both_feeds_survives_storing(place: Trail) -> None:
    """The feed would begin again, or pass something over."""
    assert trail(place.text(), now="2030-01-01 00:00:00") == place


@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["token", "order_id", "customer_id", "clientId", "activity", "event"]),
            st.one_of(st.text(max_size=8), st.just(TOKEN), st.just('{"active":false}')),
        ).map(lambda fields: urlencode(fields).encode()),
    )
)
def test_any_call_is_read_or_refused(body: bytes) -> None:
    """A call from outside could stop the door."""
    hooks = built(ACCOUNT, log=FakeLog(), transport=httpx.MockTransport(_nobody)).webhooks
    assert hooks is not None
    with contextlib.suppress(WebhookRefused):
        for hint in hooks.receive(WebhookRequest(body)):
            assert hint.external_id.isdigit()
            assert json.dumps([hint.token, hint.event])


def _nobody(request: httpx.Request) -> httpx.Response:
    msg = "nobody is there"
    raise httpx.ConnectError(msg, request=request)


lines = st.lists(
    st.builds(
        lambda base, off, quantity: {"base": base, "off": off, "quantity": quantity},
        kopecks,
        st.integers(0, 90),
        counts,
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(
    rows=lines,
    spends=st.integers(0, 200),
    rate=st.sampled_from([1, 2, Decimal("0.5")]),
    kind=st.sampled_from(["bonus_percent", "bonus_converting", "discount"]),
)
def test_what_is_quoted_is_what_is_kept(
    rows: list[dict[str, Any]], spends: int, rate: Decimal, kind: str
) -> None:
    """The receipt would show other sums and points than the account holds."""
    bought = Sale(
        id="pos-1-7",
        lines=tuple(_line(number, **row) for number, row in enumerate(rows)),
        at=datetime(2026, 3, 9, 7, 10, tzinfo=UTC),
        member=MemberKey(phone="+79161234567"),
    )

    async def work(bench: Bench) -> None:
        level = {"id": 3, "name": "Silver", "type": kind, "sum": 0, "privilegeSize": 7}
        await bench.seed(programs=[programme(levels=[level], chargeRate=float(rate))])
        await join(bench, 1000)
        loyalty = loyalty_of(bench)
        most = (await loyalty.quote(bought)).spendable
        assert most is not None
        points = min(Decimal(spends), most.points.to_integral_value("ROUND_FLOOR"))
        asked = replace(bought, points=BonusPoints(points=points))
        quote = await loyalty.quote(asked)
        kept = await loyalty.reserve(asked, key="k1")
        (row,) = (await bench.api("orders"))["orders"]
        assert Decimal(str(row["totalSumm"])) == quote.total.amount
        assert kept.points_earned == quote.points_earned
        # The account spreads bonuses over the lines in money and rounds them there.
        off = Decimal("0.02") * len(rows)
        assert kept.points_spent is not None
        assert abs(kept.points_spent.points - points) <= off
        spent = [one.points_spent.points for one in quote.lines if one.points_spent]
        assert sum(spent, start=Decimal(0)) == kept.points_spent.points
        before = len(await bench.calls())
        assert await loyalty.reserve(asked, key="k1") == kept
        assert {effect for _, effect in (await bench.calls())[before:]} == {"none"}

    asyncio.run(_alone(work))


def _line(number: int, base: Decimal, off: int, quantity: Decimal) -> OrderLine:
    price = base * (100 - off) / 100
    return OrderLine(
        id=f"l{number}",
        product=ProductRef(external_id="sku-1"),
        quantity=quantity,
        base_price=Money(amount=base),
        price=Money(amount=price),
    )


async def _alone(work: Any) -> None:  # noqa: ANN401 - a coroutine function
    shop = replace(double.RetailCrmSettings(), rate_limit_answer="off")
    transport = httpx.ASGITransport(build_app(shop))
    log = FakeLog()
    connector = built(
        own_settings("http://crm.test", loyalty=LOYALTY), log=log, transport=transport
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as door:
        await work(Bench(connector, door, log))
