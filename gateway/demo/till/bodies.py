"""Bodies: a till's words for receipts and returns. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.demo.till.api import Call
from gateway.demo.till.plan import Back, Step
from gateway.demo.till.reference import Line, total


def key_of(name: str, step: Step) -> str:
    """Return the key of a step: the same for each repeat, another for each step."""
    return f"{name}.{step}"


def identify(phone: str) -> Call:
    """Ask who has a phone."""
    return Call("identify", "/identify", {"phone": phone})


def sale(
    lines: Sequence[Line], at: datetime, *, phone: str | None, spent: Decimal, paid: bool = True
) -> dict[str, Any]:
    """Return a basket, or with its payment a receipt."""
    body: dict[str, Any] = {
        "at": at.isoformat(),
        "lines": [_line(line) for line in lines],
        "total": str(total(lines)),
    }
    if phone is not None:
        body["member"] = {"phone": phone}
    if spent:
        body["points"] = f"{spent:f}"
    if paid:
        body["payments"] = [{"method": "card", "amount": str(total(lines) - spent)}]
    return body


def quote(name: str, body: Mapping[str, Any]) -> Call:
    """Ask what a basket costs and brings."""
    return Call(Step.QUOTE, "/quote", {**body, "id": name})


def reserve(name: str, body: Mapping[str, Any], proof: str = "") -> Call:
    """Ask for the points to be blocked."""
    whole = {**body, "proof": proof} if proof else body
    return Call(Step.RESERVE, f"/sales/{name}/reserve", whole, key_of(name, Step.RESERVE))


def commit(name: str, body: Mapping[str, Any]) -> Call:
    """Close a sale."""
    return Call(Step.COMMIT, f"/sales/{name}/commit", body, key_of(name, Step.COMMIT))


def cancel(name: str) -> Call:
    """Give a sale up."""
    return Call(Step.CANCEL, f"/sales/{name}/cancel", None, key_of(name, Step.CANCEL))


def refund(name: str, body: Mapping[str, Any]) -> Call:
    """Take goods back."""
    return Call(Step.REFUND, f"/returns/{name}", body, key_of(name, Step.REFUND))


def returned(back: Back, lines: Sequence[Line], at: datetime) -> dict[str, Any]:
    """Return what comes back, line by line, or the whole sale."""
    body: dict[str, Any] = {"sale_id": back.sale, "at": at.isoformat()}
    if back.parts is not None:
        body["lines"] = [
            {
                "id": line.id,
                "product_id": line.sku,
                "quantity": f"{back.parts[line.id]:f}",
                "price": str(line.price),
            }
            for line in lines
            if line.id in back.parts
        ]
    return body


def batch(receipts: Sequence[Mapping[str, Any]], name: str) -> Call:
    """Hand in what was closed while the till was alone."""
    key = key_of(name, Step.OFFLINE)
    return Call(Step.OFFLINE, "/receipts", {"receipts": list(receipts)}, key)


def deal(name: str) -> Call:
    """Ask what became of a sale or return."""
    return Call("deal", f"/sales/{name}", method="GET")


def _line(line: Line) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": line.id,
        "product_id": line.sku,
        "name": line.name,
        "quantity": f"{line.quantity:f}",
        "price": str(line.price),
    }
    if line.is_promo:
        body["base_price"] = str(line.base)
        amount = str((line.quantity * (line.base - line.price)).quantize(Decimal("0.01")))
        body["discounts"] = [{"reason": "promotion", "amount": amount}]
    return body
