"""Records: rows of a list become observations, each on its own: a bad one hides no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import ValidationError

from gateway.canonical import Canonical, Customer, Order
from gateway.contract import Observed, RejectedRecord, TranslationFailed

from .status_book import StatusBook
from .translator_customer import CORPORATE, CustomerTranslator
from .wire import CustomerWire, OrderWire

E = TypeVar("E", bound=Canonical)
Row = Mapping[str, Any]


@dataclass(slots=True)
class Records(Generic[E]):
    """Rows that were read, and those that could not be."""

    items: list[Observed[E]] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)


class Translate(Protocol[E]):
    """Turns raw rows of one kind into observations; rows of other shops are left out."""

    async def __call__(self, rows: Sequence[Row]) -> Records[E]:
        """Translate rows."""


@dataclass(frozen=True, slots=True)
class CustomerRecords:
    """Customers of our shop, and those without a shop; corporate customers are another kind."""

    translator: CustomerTranslator
    site: str

    async def __call__(self, rows: Sequence[Row]) -> Records[Customer]:
        """Translate rows."""
        records: Records[Customer] = Records()
        for row in rows:
            try:
                wire = CustomerWire.model_validate(row)
                if wire.site in (None, self.site) and wire.type != CORPORATE:
                    records.items.append(self.translator.observed(wire))
            except ValidationError as error:
                records.rejected.append(refused(row, error))
        return records


@dataclass(frozen=True, slots=True)
class OrderRecords:
    """Orders of our shop."""

    book: StatusBook
    site: str

    async def __call__(self, rows: Sequence[Row]) -> Records[Order]:
        """Translate rows; unknown statuses are looked up first."""
        records: Records[Order] = Records()
        wires: list[tuple[Row, OrderWire]] = []
        for row in rows:
            try:
                wires.append((row, OrderWire.model_validate(row)))
            except ValidationError as error:
                records.rejected.append(refused(row, error))
        translator = await self.book.knowing({wire.status for _, wire in wires if wire.status})
        for row, wire in wires:
            try:
                if wire.site in (None, self.site):
                    records.items.append(translator.observed(wire))
            except ValidationError as error:
                records.rejected.append(refused(row, error))
        return records


def refused(row: Row, error: ValidationError) -> RejectedRecord:
    """Return the letter for a row that cannot be read; it names the field, not the value."""
    path = ".".join(str(part) for part in error.errors()[0]["loc"]) or "row"
    failed = TranslationFailed("has an unexpected form", path=path, operation="read")
    return RejectedRecord(external_id=str(row.get("id", "")), error=failed)
