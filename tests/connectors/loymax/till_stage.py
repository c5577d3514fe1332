"""A till's stage: the door of one account, a faithful service behind it, and a till that speaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.loymax.config import Tills
from connectors.loymax.till_cheque import Reckoned, paid
from connectors.loymax.till_wire import ChequeLine
from connectors.loymax.till_xml import XmlTillDoor, till_door
from gateway.canonical import (
    BonusPoints,
    CardRef,
    Customer,
    Discount,
    DiscountReason,
    Money,
    OrderLine,
    PersonName,
    PhoneContact,
)
from gateway.canonical.money import KOPECK, rounded
from gateway.contract import LineQuote, PromoState, Quote, Sale, TillReply, TillRequest
from gateway.testing import KitClock, TillRecorder
from gateway.testing.till_recorder import price_of

SAMPLES: Mapping[str, Mapping[str, Any]] = {
    row["name"]: row
    for row in json.loads(
        (Path(__file__).parents[2] / "mocks/loymax/samples/till.json").read_text("utf-8")
    )["exchanges"]
}
PURCHASE = "4a00000000000000000000000000002a"
AT = datetime(2025, 2, 3, 10, 15, tzinfo=UTC)
BUYER = '<Identifier Type="Auto" Value="79000005012"/>'
PASSWORD = "till-secret"
TILLS: Mapping[str, Any] = {
    "registers": {
        "till-1": {"login": "till-1", "password": PASSWORD, "device": "till-1", "shop": "7"},
        "till-2": {"login": "till-2", "password": "other-secret", "device": "till-2"},
    }
}
ANNA = Customer(
    name=PersonName(last="Иванова", first="Анна"),
    phones=(PhoneContact(number="+79000005012", rank=0),),
    cards=(CardRef(number="7000000000012345"),),
)
PLURALS = {
    "Balance": "Balances",
    "Calculate": "Calculates",
    "AvailableAmount": "AvailableAmounts",
    "Payment": "Payments",
    "Discount": "Discounts",
    "ConfirmPurchase": "ConfirmPurchases",
    "CancelPurchase": "CancelPurchases",
}


class FaithfulTill(TillRecorder):
    """Reckons as the reference's purchase does (8.8): a tenth off tea, 30 % to spend, 5 % back."""

    def reckoned(self, sale: Sale) -> Quote:
        """Return the quote of a sale."""
        has_coupon = "SPRING25" in sale.promo_codes
        sums = [_reduced(line, has_coupon=has_coupon) for line in sale.lines]
        total = sum((one.amount for one in sums), Decimal(0))
        points = sale.points.points if sale.points is not None else Decimal(0)
        left = self._left() if sale.member is not None else Decimal(0)
        lines = [
            _line_quote(line, part)
            for line, part in zip(sale.lines, paid(sums, points), strict=True)
        ]
        earned = sum((one.points_earned.points for one in lines if one.points_earned), Decimal(0))
        known = {"SPRING25": PromoState.APPLIED}
        return Quote(
            lines,
            Money.of(total - points),
            BonusPoints(points=earned),
            available=BonusPoints(points=left),
            spendable=BonusPoints(points=min(left, rounded(total * 3 / 10, KOPECK))),
            promo_codes=[(one, known.get(one, PromoState.UNKNOWN)) for one in sale.promo_codes],
        )


def _reduced(line: OrderLine, *, has_coupon: bool) -> Reckoned:
    count = line.quantity or Decimal(1)
    amount = price_of(line).times(count).amount
    goods = line.product.external_id if line.product is not None else None
    off = rounded(amount / 10, KOPECK) if has_coupon and goods == "A-17" else Decimal(0)
    return Reckoned(ChequeLine(line.sort or 0, count, amount), amount - off)


def _line_quote(line: OrderLine, one: Reckoned) -> LineQuote:
    pay = one.pay or Decimal(0)
    discounts = (
        [
            Discount(
                id="41",
                reason=DiscountReason.PROMOTION,
                name="Весна",
                amount=Money.of(one.discount),
            )
        ]
        if one.discount
        else []
    )
    return LineQuote(
        line.id,
        Money.of((one.amount - pay) / one.line.quantity),
        discounts=discounts,
        points_earned=BonusPoints(points=rounded((one.amount - pay) / 20, KOPECK)),
        points_spent=BonusPoints(points=pay),
    )


def kit_clock(at: datetime = AT) -> KitClock:
    """Return a clock that runs on from a moment."""
    clock = KitClock()
    clock.ahead = at - datetime.now(UTC)
    return clock


def open_door(clock: KitClock | None = None, **more: Any) -> XmlTillDoor:
    """Return a fresh door, as after a restart."""
    tills = Tills.model_validate({**TILLS, **more})
    return till_door("tills", tills, currency="RUB", clock=clock or kit_clock())


def request(
    document: str | bytes, *, login: str = "till-1", password: str = PASSWORD
) -> TillRequest:
    """Return a document as a register sends it."""
    token = base64.b64encode(f"{login}:{password}".encode()).decode()
    body = document.encode() if isinstance(document, str) else document
    headers = {"authorization": f"Basic {token}", "content-type": "application/xml"}
    return TillRequest("POST", "xml", {}, headers, body)


def cheque(*amounts: str, quantity: str = "1", at: str = "2025-02-03T13:15:00") -> str:
    """Return a cheque of lines of these sums."""
    lines = "".join(
        f'<ChequeLine PosID="{place}" Amount="{amount}" Quantity="{quantity}" GoodsId="G-{place}"/>'
        for place, amount in enumerate(amounts, start=1)
    )
    return f'<Cheque ChequeNumber="1" ChequeDate="{at}">{lines}</Cheque>'


def element(
    name: str,
    children: str = "",
    *,
    operation: str = "1",
    purchase: str = PURCHASE,
    at: str = "2025-02-03T13:15:00+03:00",
    number: int = 1,
    **attributes: str,
) -> str:
    """Compose one request."""
    told = {
        "ElementID": str(number),
        "OperationID": operation.rjust(32, "0"),
        "OperationDate": at,
        **({} if name == "Balance" else {"PurchaseID": purchase}),
        **attributes,
    }
    text = " ".join(f'{one}="{value}"' for one, value in told.items())
    return f"<{PLURALS[name]}><{name}Request {text}>{children}</{name}Request></{PLURALS[name]}>"


def whole(*elements: str) -> str:
    """Compose a document."""
    return f"<XMLRequest><Version>3.2</Version>{''.join(elements)}</XMLRequest>"


@dataclass
class Till:
    """A till at a door; ``restart`` makes the door forget what it only remembers."""

    service: TillRecorder = field(default_factory=lambda: FaithfulTill(ANNA, Decimal(410)))
    door: XmlTillDoor = field(default_factory=open_door)
    count: int = 0

    async def send(self, document: str | bytes) -> TillReply:
        """Send a document."""
        return await self.door.answer(request(document), self.service)

    async def root(self, document: str | bytes) -> etree._Element:
        """Send a document and return the root of its answer."""
        reply = await self.send(document)
        assert reply.status == 200
        return etree.fromstring(reply.body)

    async def ask(self, name: str, children: str = "", **more: Any) -> etree._Element:
        """Send one request, with an operation id of its own unless one is given."""
        self.count += 1
        more.setdefault("operation", str(self.count))
        root = await self.root(whole(element(name, children, **more)))
        return root[-1][0]

    async def code(self, name: str, children: str = "", **more: Any) -> str:
        """Send one request and return its result code."""
        return (await self.ask(name, children, **more)).get("ErrorCode") or ""

    async def step(self, letter: str, **more: Any) -> str:
        """Send a step by its letter: C, A, P<points>, D, K, U over one line of 100."""
        lines = cheque("100")
        name, children = {
            "B": ("Balance", BUYER),
            "C": ("Calculate", BUYER + lines),
            "A": ("AvailableAmount", lines + BUYER),
            "P": ("Payment", lines + BUYER),
            "D": ("Discount", BUYER + lines + '<Pays><Pay Type="Card" Amount="90"/></Pays>'),
            "K": ("ConfirmPurchase", ""),
            "U": ("CancelPurchase", ""),
        }[letter[0]]
        amount = {"Amount": letter[1:]} if letter[1:] else {}
        return await self.code(name, children, **amount, **more)

    def restart(self) -> None:
        """Forget all that is only remembered."""
        self.door = open_door()

    def later(self, **delta: float) -> None:
        """Let the door's clock go ahead."""
        clock = self.door.clock
        assert isinstance(clock, KitClock)
        clock.ahead += timedelta(**delta)
