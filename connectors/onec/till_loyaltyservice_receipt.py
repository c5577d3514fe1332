"""``calculatediscounts``: a receipt of the till as the lines of a sale. Pure.

Source: vendor reference, 2.5.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from gateway.canonical import Money, OrderLine, ProductRef

from .till_words import UNREADABLE, Row
from .values import number_of, reference

_REQUIRED = ("ObjectTime", "LoyaltyCardsList", "Goods", "RetailStore")
_NUMBERS = (
    "Count", "PackagesCount", "Price", "Amount", "TotalAmount", "VATAmount",
    "AmountOfAutomaticDiscount", "AmountOfManualDiscount", "PercentOfAutomaticDiscount",
    "PercentOfManualDiscount",
)  # fmt: skip
_MOST_DIGITS = 8
_MOST_ROWS = 2000
_YEARS = range(2000, 2100)


class BadReceiptError(Exception):
    """A body that is no receipt; the text is what the till is told."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was sent.

    Shape: ``rows`` and ``lines`` go side by side; ``at`` is in the till's time; ``promo_codes`` go
    from the code to the till's own id of it.
    """

    asked: Mapping[str, Any]
    rows: Sequence[Row]
    lines: tuple[OrderLine, ...]
    at: datetime
    card: str
    promo_codes: Mapping[str, str]

    def is_set(self, name: str) -> bool:
        """Tell whether a switch of the request is on."""
        return self.asked.get(name) is True or str(self.asked.get(name)) == "1"


def receipt_from_wire(body: bytes, *, zone: ZoneInfo, currency: str) -> Receipt:
    """Read a request. Raises ``BadReceiptError``, as 1C would tell it."""
    try:
        asked = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refused)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadReceiptError(UNREADABLE) from error
    if not isinstance(asked, Mapping):
        raise BadReceiptError(UNREADABLE)
    missing = [name for name in _REQUIRED if name not in asked]
    if missing:
        words = (f"Во входящих параметрах не обнаружен параметр {name}" for name in missing)
        raise BadReceiptError("\n".join(words))
    rows = [_row(one, place) for place, one in enumerate(_objects(asked, "Goods"), start=1)]
    if len(rows) > _MOST_ROWS:
        _refuse("Goods")
    cards = asked["LoyaltyCardsList"]
    if not isinstance(cards, list):
        _refuse("LoyaltyCardsList")
    codes = _objects(asked, "PromocodesList")
    return Receipt(
        asked=asked,
        rows=rows,
        lines=tuple(_lines(rows, currency)),
        at=_moment(asked["ObjectTime"], zone),
        card=str(cards[0]).strip() if cards and cards[0] is not None else "",
        promo_codes={
            code: text_of(one, "PromocodeUID")
            for one in codes
            if (code := text_of(one, "Promocode"))
        },
    )


def _refused(name: str) -> Any:  # noqa: ANN401 - the signature that json wants
    raise ValueError(name)


def _refuse(path: str) -> NoReturn:
    """Name what cannot be read, and never the value."""
    text = f"Ошибка преобразования тела запроса по причине: {path}"
    raise BadReceiptError(text)


def _objects(asked: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = asked.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        _refuse(name)
    return rows


def text_of(row: Mapping[str, Any], name: str) -> str:
    """Return a field as text, empty for none."""
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _row(asked: Mapping[str, Any], place: int) -> Row:
    """Return a row with its numbers read."""
    row = dict(asked)
    for name in _NUMBERS:
        number = number_of(asked.get(name)) if asked.get(name) not in (None, "") else Decimal(0)
        if number is None or not _is_sane(number):
            _refuse(f"Goods[{place}].{name}")
        row[name] = number
    if row["Count"] <= 0 or row["Price"] < 0:
        _refuse(f"Goods[{place}].Count")
    return row


def _is_sane(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return number.adjusted() <= _MOST_DIGITS and isinstance(exponent, int) and exponent >= -6  # noqa: PLR2004


def _moment(value: object, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        _refuse("ObjectTime")
    if moment.year not in _YEARS:
        _refuse("ObjectTime")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _lines(rows: Sequence[Row], currency: str) -> Iterator[OrderLine]:
    ids: set[str] = set()
    for place, row in enumerate(rows, start=1):
        uid = text_of(row, "LineUID")
        name = uid if uid and uid not in ids else str(place)
        ids.add(name)
        paid = row["Price"] - row["AmountOfManualDiscount"] / row["Count"]
        try:
            yield OrderLine(
                id=name,
                sort=place,
                product=_product(row),
                quantity=row["Count"],
                base_price=Money(amount=row["Price"], currency=currency),
                price=Money(amount=max(Decimal(0), paid), currency=currency),
            )
        except ValidationError:
            _refuse(f"Goods[{place}]")


def _product(row: Row) -> ProductRef | None:
    """Name a product as the files of 1C do: its reference, and behind a ``#`` its variant's."""
    item, variant = (ref_of(row.get(name)) for name in ("Item", "Variant"))
    if item is None:
        return None
    return ProductRef(external_id=f"{item}#{variant}" if variant else item)


def ref_of(value: object) -> str | None:
    """Return the reference of ``{Ref, Name}``, ``None`` for the empty one."""
    return reference(value.get("Ref")) if isinstance(value, Mapping) else None
