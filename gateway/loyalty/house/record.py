"""Record: what a sale was reckoned from and came to, as it is kept with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from gateway.canonical import OrderLine
from gateway.contract import Refund, Sale
from gateway.loyalty.house.reckoning import ZERO, ReckonedLine
from gateway.loyalty.house.returning import Quantities

_LINE = ("quantity", "total", "paid", "spent", "earned")


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept with a sale or a return.

    Shape: ``version`` and ``tier`` are the conditions; ``first`` the lines of the first
    calculation and ``lines`` those that counted last; ``reckoned`` what came of them; ``returned``
    quantities by line, for a return; ``digests`` by step, of what the step was asked for;
    ``rounds`` by idempotency key, the reservation that it made.
    """

    version: str = ""
    tier: str = ""
    first: tuple[OrderLine, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    reckoned: tuple[ReckonedLine, ...] = ()
    spent: Decimal = ZERO
    earned: Decimal = ZERO
    returned: Quantities = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "version": self.version,
            "tier": self.tier,
            "first": _dumped(self.first),
            "lines": None if self.lines == self.first else _dumped(self.lines),
            "reckoned": [
                [line.id, *(str(getattr(line, name)) for name in _LINE)] for line in self.reckoned
            ],
            "spent": str(self.spent),
            "earned": str(self.earned),
            "returned": {key: str(quantity) for key, quantity in self.returned.items()},
            "digests": dict(self.digests),
            "codes": list(self.codes),
        }


def record_of(body: Mapping[str, Any]) -> Record:
    """Read what ``Record.body`` wrote."""
    first = _lines(body["first"])
    return Record(
        version=body["version"],
        tier=body["tier"],
        first=first,
        lines=first if body["lines"] is None else _lines(body["lines"]),
        reckoned=tuple(
            ReckonedLine(key, *(Decimal(number) for number in rest))
            for key, *rest in body["reckoned"]
        ),
        spent=Decimal(body["spent"]),
        earned=Decimal(body["earned"]),
        returned={key: Decimal(quantity) for key, quantity in body["returned"].items()},
        digests=body["digests"],
        codes=tuple(body["codes"]),
    )


def digest_of(sale: Sale, member_id: str) -> str:
    """Return the digest of what a sale is about; its moment and its number may differ."""
    points = sale.points.points if sale.points is not None else ZERO
    return _digest([member_id, _dumped(sale.lines), str(points), sorted(sale.promo_codes)])


def refund_digest(refund: Refund) -> str:
    """Return the digest of what a return is about."""
    return _digest([refund.sale_id, None if refund.lines is None else _dumped(refund.lines)])


def _digest(content: Sequence[Any]) -> str:
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]


def _dumped(lines: Sequence[OrderLine]) -> list[dict[str, Any]]:
    return [line.model_dump(mode="json", exclude_defaults=True) for line in lines]


def _lines(dumped: Sequence[Mapping[str, Any]]) -> tuple[OrderLine, ...]:
    return tuple(OrderLine.model_validate(line) for line in dumped)
