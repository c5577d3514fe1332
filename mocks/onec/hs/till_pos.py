"""A till that calls the gateway's POS API along a receipt (5.1, 5.3, 5.6).

A till is never blocked by loyalty: whatever fails, the sale goes on and what must not be lost is
sent later as ``offline``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mocks.onec.hs.outgoing import Outgoing, send
from mocks.onec.hs.till_receipt import TillReceipts
from mocks.onec.infobase import Infobase

Body = Mapping[str, Any]
Json = dict[str, Any]
_OK = 200
_CENT, _GRAM = Decimal("0.01"), Decimal("0.001")
# Hard limits of 5.5, in seconds.
_LIMITS_S = {"identify": 5.0, "calculate": 3.0, "hold": 5.0, "cancel": 5.0}
_LONG_S = 10.0
OUTCOMES = ("punched", "fiscal_error", "cancelled", "write_failed")


class PosTill:
    """Drives sales, returns and bursts of queued receipts against a target."""

    def __init__(self, infobase: Infobase) -> None:
        """Start with an empty queue."""
        self._infobase = infobase
        self._receipts = TillReceipts(infobase)
        self._queue: list[Json] = []

    async def sale(self, body: Body) -> Body:
        """Sell ``lines`` to the holder of ``code``, paying ``bonus`` points.

        A failed ``identify`` counts as a lost link: the receipt goes to the queue. A blocked card
        stops loyalty for this receipt.

        ``outcome`` is one of ``OUTCOMES``; ``offline`` sells without any call.

        Raises:
            ValueError: an unknown outcome.
        """
        outcome = body.get("outcome", "punched")
        if outcome not in OUTCOMES:
            msg = f"outcome must be one of {', '.join(OUTCOMES)}"
            raise ValueError(msg)
        sale = _Sale(self._infobase, body)
        sale.is_linked = not body.get("offline")
        if sale.is_linked:
            await sale.identify()
        if sale.is_linked and not sale.is_blocked:
            await sale.calculate()
        document = self._receipts.write(sale.receipt_id, sale.card_id, sale.lines)
        await sale.hold()
        if outcome in {"fiscal_error", "cancelled"}:
            await sale.cancel(outcome)
            return self._told(sale, document)
        commit = sale.commitment(document)
        if outcome == "write_failed":
            # Punched but not recorded: the commit comes much later.
            self._queue.append(commit)
            return self._told(sale, document)
        self._receipts.punch(document, sale.card_id, sale.lines)
        if sale.is_blocked:
            return self._told(sale, document)
        if not sale.is_linked or not await sale.call("commit", commit):
            self._queue.append(commit)
        return self._told(sale, document)

    async def refund(self, body: Body) -> Body:
        """Take ``lines`` of ``receipt_id`` back; without it the return has no receipt."""
        lines = [
            {"line_id": row["line_id"], "qty": _text(row["qty"], _GRAM), "sum": _text(row["sum"])}
            for row in body["lines"]
        ]
        refund: Json = {
            "request_id": self._infobase.new_guid(),
            "refund_id": self._infobase.new_guid(),
            "lines": lines,
        }
        if body.get("receipt_id"):
            refund["receipt_id"] = body["receipt_id"]
        step = await call(body, "refund", refund)
        if step["status"] != _OK:
            self._queue.append(refund)
        return {"refund_id": refund["refund_id"], "steps": [step], "queued": len(self._queue)}

    async def reconnect(self, body: Body) -> Body:
        """Send everything queued as one list; what gets a final status leaves the queue."""
        if not self._queue:
            return {"steps": [], "queued": 0}
        items = [item | {"offline": True} for item in self._queue]
        step = await call(body, "offline", {"items": items})
        answer = step["answer"]
        if step["status"] == _OK and isinstance(answer, dict):
            results = answer.get("items", [])
            final = {
                index
                for index, one in enumerate(results)
                if one.get("status") in {"accepted", "duplicate", "rejected"}
            }
            self._queue = [one for index, one in enumerate(self._queue) if index not in final]
        return {"steps": [step], "queued": len(self._queue)}

    def _told(self, sale: _Sale, document: str) -> Body:
        return {
            "receipt_id": sale.receipt_id,
            "document": document,
            "card_id": sale.card_id,
            "steps": sale.steps,
            "queued": len(self._queue),
        }


class _Sale:
    """One receipt on its way: what the target said so far."""

    def __init__(self, infobase: Infobase, body: Body) -> None:
        self._infobase = infobase
        self._body = body
        self.receipt_id = str(body.get("receipt_id") or infobase.new_guid())
        self.card_id = ""
        self.is_linked = True
        self.is_blocked = False
        self.steps: list[Json] = []
        self.lines = [_line(number, row) for number, row in enumerate(body["lines"], 1)]
        self._hold_id: str | None = None
        self._is_calculated = False

    async def identify(self) -> None:
        body = self._body
        if not body.get("code"):
            return
        asked = {
            "till_id": body.get("till_id", "till-1"),
            "shop_id": body.get("shop_id", "shop-1"),
            "cashier": body.get("cashier", "Петрова"),
            "code": body["code"],
            "code_type": body.get("code_type", "barcode"),
        }
        self.is_linked = await self.call("identify", asked)
        answer = self.steps[-1]["answer"] if self.is_linked else {}
        self.is_blocked = answer.get("status") == "blocked"
        if answer.get("status") == "found":
            self.card_id = str(answer["card_id"])

    async def calculate(self) -> None:
        asked = {
            "receipt_id": self.receipt_id,
            "till_id": self._body.get("till_id", "till-1"),
            "shift_no": self._body.get("shift_no", 1),
            "date_local": self._infobase.now(),
            "card_id": self.card_id or None,
            "promo_codes": list(self._body.get("promo_codes", [])),
            "lines": [_shown(row) for row in self.lines],
        }
        if await self.call("calculate", asked):
            self._is_calculated = True
            found = {row["line_id"]: row for row in self.steps[-1]["answer"]["lines"]}
            for row in self.lines:
                if row["line_id"] in found:
                    row["sum"] = Decimal(str(found[row["line_id"]]["sum"]))

    async def hold(self) -> None:
        amount = self._body.get("bonus")
        if not (amount and self.card_id and self._is_calculated):
            return
        asked: Json = {
            "request_id": self._infobase.new_guid(),
            "receipt_id": self.receipt_id,
            "card_id": self.card_id,
            "amount": _text(amount),
        }
        for attempt in ({}, {"otp": self._body.get("otp")}):
            if not await self.call("hold", asked | attempt):
                return
            answer = self.steps[-1]["answer"]
            if not answer.get("otp_required"):
                self._hold_id = answer["hold_id"]
                self._spread(answer["lines"])
                return
            if not self._body.get("otp"):
                return

    def _spread(self, spent: list[Json]) -> None:
        """Take points off the rows: a bonus is a discount of a row, never a payment."""
        found = {row["line_id"]: Decimal(str(row["bonus_spend"])) for row in spent}
        for row in self.lines:
            row["bonus_spend"] = found.get(row["line_id"], Decimal(0))
            row["sum"] -= row["bonus_spend"]

    def commitment(self, document: str) -> Json:
        body = self._body
        total = sum((row["sum"] for row in self.lines), Decimal(0))
        row = self._infobase.table("Document_ЧекККМ").get(document)
        return {
            "request_id": self._infobase.new_guid(),
            "receipt_id": self.receipt_id,
            "hold_id": self._hold_id,
            "card_id": self.card_id or None,
            "code": body.get("code"),
            "date_local": self._infobase.now(),
            "number": "" if row is None else row["Number"],
            "till_id": body.get("till_id", "till-1"),
            "shift_no": body.get("shift_no", 1),
            "total": _text(total),
            "lines": [
                _shown(line) | {"bonus_spend": _text(line["bonus_spend"])} for line in self.lines
            ],
            "payments": [{"kind": body.get("payment", "card"), "sum": _text(total)}],
            "fiscal": {
                "fn": "9999078900001234",
                "fd": str(body.get("fd", 1024)),
                "fpd": "2890145678",
                "device_receipt_no": body.get("device_receipt_no", 17),
            },
        }

    async def cancel(self, reason: str) -> None:
        if self._hold_id is None:
            return
        asked = {
            "request_id": self._infobase.new_guid(),
            "receipt_id": self.receipt_id,
            "hold_id": self._hold_id,
            "reason": reason,
        }
        await self.call("cancel", asked)

    async def call(self, name: str, content: Json) -> bool:
        step = await call(self._body, name, content)
        self.steps.append(step)
        return step["status"] == _OK and isinstance(step["answer"], dict)


async def call(body: Body, name: str, content: Json) -> Json:
    """Call one method of the POS API at ``url`` with the ``headers`` of the action."""
    path = body.get("paths", {}).get(name, name)
    limit = float(body.get("timeout_s") or _LIMITS_S.get(name, _LONG_S))
    headers = {"Content-Type": "application/json; charset=utf-8"} | dict(body.get("headers", {}))
    raw = json.dumps(content, ensure_ascii=False).encode()
    answer = await send(Outgoing("POST", f"{body['url'].rstrip('/')}/{path}", headers, raw, limit))
    return {
        "call": name,
        "sent": content,
        "status": answer.status,
        "error": answer.error,
        "answer": answer.json_or_text() if answer.status else None,
    }


def _line(number: int, row: Body) -> Json:
    quantity, price = Decimal(str(row["qty"])), Decimal(str(row["price"]))
    discount = Decimal(str(row.get("manual_discount", 0)))
    return {
        "line_id": str(row.get("line_id", number)),
        "product_id": row["product_id"],
        "variant_id": row.get("variant_id"),
        "barcode": row.get("barcode", ""),
        "qty": quantity,
        "price": price,
        "sum": (quantity * price - discount).quantize(_CENT, ROUND_HALF_UP),
        "manual_discount": discount,
        "vat": row.get("vat", "20%"),
        "bonus_spend": Decimal(0),
    }


def _shown(row: Json) -> Json:
    names = ("line_id", "product_id", "variant_id", "barcode", "vat")
    money = {name: _text(row[name]) for name in ("price", "sum", "manual_discount")}
    return {name: row[name] for name in names} | {"qty": _text(row["qty"], _GRAM)} | money


def _text(value: Any, step: Decimal = _CENT) -> str:
    """Return a number as text: money with two digits, a quantity with three."""
    return f"{Decimal(str(value)).quantize(step, ROUND_HALF_UP):f}"
