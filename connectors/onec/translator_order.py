"""Order translator: customers' orders and receipts of tills. Pure.

Sums of a document are not reckoned by 1C when it is written from outside, so all of them are sent
and agree (vendor reference, 1.6). A receipt is read as an order that is complete. Of an order that
came from elsewhere 1C keeps no ids of lines, so it is not believed about them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.canonical import (
    BonusPoints,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    ProductRef,
)
from gateway.contract import Change, Observed, TranslationFailed

from .config import OData, OneCSettings
from .values import (
    EMPTY,
    moment_text,
    reference,
    said_moment,
    said_number,
    said_rows,
    said_text,
    text_of,
)

Row = Mapping[str, Any]
RECEIPT = "receipt:"
"""Before the reference of a receipt, so that it is not taken for an order's."""

_KOPECK = Decimal("0.01")
CHANNEL = "pos"


@dataclass(frozen=True, slots=True)
class OrderTranslator:
    """Translates orders and receipts of one base."""

    settings: OneCSettings
    odata: OData

    def order(self, row: Row) -> Observed[Order] | None:
        """Read an order; lines of one that was born in 1C are named by their numbers."""
        names, ref = self.odata.names, reference(row.get("Ref_Key"))
        if ref is None:
            return None
        remarks: list[str] = []
        fields: dict[str, Any] = {
            "number": said_text(row, names.order_external) or said_text(row, "Number"),
            "placed_at": said_moment(row, "Date", self.settings.zone),
        }
        if said_text(row, names.order_external) is None:
            fields["lines"] = self._lines(said_rows(row, names.order_lines))
        status = self._status(row, remarks)
        if status is not None:
            fields["status"] = status
        return Observed(
            external_id=ref,
            entity=Order(**fields),
            version=text_of(row.get("DataVersion")),
            customer_external_id=reference(row.get(names.order_buyer)),
            remarks=tuple(remarks),
        )

    def receipt(self, row: Row, card: str | None) -> Observed[Order] | None:
        """Read a receipt that is punched and posted; others are not yet or no more (1.12)."""
        names, ref = self.odata.names, reference(row.get("Ref_Key"))
        done = row.get(names.receipt_status) == names.receipt_done
        is_return = row.get("ВидОперации") == "Возврат"
        if ref is None or row.get("Posted") is not True or not done or is_return:
            return None
        rows = said_rows(row, names.receipt_lines)
        total = said_number(row, "СуммаДокумента") or Decimal(0)
        at = said_moment(row, "Date", self.settings.zone)
        payment = Payment(
            id=f"{ref}:paid",
            method=CHANNEL,
            amount=self._money(total),
            state=PaymentState.PAID,
            paid_at=at,
        )
        fields: dict[str, Any] = {
            "number": said_text(row, "Number"),
            "channel": CHANNEL,
            "shop": reference(row.get(names.receipt_shop)),
            "placed_at": at,
            "status": OrderStatus.COMPLETE,
            "lines": self._lines(rows),
            "payments": (payment,),
            "card_number": card,
        }
        if names.receipt_points:
            spent = [said_number(one, names.receipt_points) or Decimal(0) for one in rows]
            points = sum(spent, start=Decimal(0))
            fields["points_spent"] = BonusPoints(points=points)
        return Observed(
            external_id=f"{RECEIPT}{ref}",
            entity=Order(**fields),
            version=text_of(row.get("DataVersion")),
            customer_external_id=reference(row.get(names.receipt_buyer)),
            changed_at=at.astimezone(UTC) if at else None,
        )

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what 1C would hold after writing it over ``known``."""
        before = known or Order()
        status = entity.status
        if status not in self.odata.preferred_statuses and status is not OrderStatus.CANCELLED:
            status = before.status
        return Order(
            number=entity.number,
            placed_at=entity.placed_at,
            status=status,
            lines=tuple(
                OrderLine(
                    id=str(place),
                    product=_product(line),
                    quantity=line.quantity,
                    price=line.price or line.base_price,
                    vat_rate=line.vat_rate,
                )
                for place, line in enumerate(entity.lines, start=1)
            ),
        )

    def fields(
        self, change: Change[Order], changed: Collection[str] | None, *, now: datetime
    ) -> dict[str, Any]:
        """Return the header and rows to write: all for ``None``, else what changed."""
        names, entity = self.odata.names, change.entity
        sent: dict[str, Any] = {}
        if changed is None:
            placed = entity.placed_at or now
            sent["Date"] = moment_text(placed, self.settings.zone)
            sent[names.order_external] = entity.number or change.key
            if names.order_external_date:
                day = moment_text(placed, self.settings.zone)[:10]
                sent[names.order_external_date] = f"{day}T00:00:00"
            sent |= self._header(change)
        if changed is None or _touches(changed, "status"):
            if entity.status is OrderStatus.CANCELLED:
                sent["DeletionMark"] = True
            elif entity.status is not None:
                sent["Статус"] = self.odata.preferred_statuses[entity.status]
        if changed is None or _touches(changed, "lines"):
            rows = [self._row(line, place) for place, line in enumerate(entity.lines, start=1)]
            sent[names.order_lines] = rows
            total = sum((row["СуммаСНДС"] for row in rows), start=Decimal(0))
            sent["СуммаДокумента"] = total
        return sent

    def _header(self, change: Change[Order]) -> dict[str, Any]:
        names, odata = self.odata.names, self.odata
        told = {
            names.order_buyer: change.customer_external_id or EMPTY,
            "Организация_Key": odata.organization,
            "Склад_Key": odata.warehouse,
            "Соглашение_Key": odata.agreement,
        }
        header: dict[str, Any] = {key: value for key, value in told.items() if value}
        return header | {
            "ЦенаВключаетНДС": True,
            "НалогообложениеНДС": "ПродажаОблагаетсяНДС",
            "ХозяйственнаяОперация": "РеализацияКлиенту",
        }

    def _row(self, line: OrderLine, place: int) -> dict[str, Any]:
        """Return a row of goods. Raises ``TranslationFailed`` for goods that 1C cannot know."""
        told = line.product.external_id if line.product is not None else None
        product, _, characteristic = (told or "").partition("#")
        ref = reference(product)
        if ref is None:
            msg = "is no reference of 1C: load the catalogue from 1C, or map it"
            raise TranslationFailed(msg, path=f"lines/{place}/product", operation="write")
        price, quantity = line.price or line.base_price, line.quantity or Decimal(1)
        if price is None:
            msg = "has no price"
            raise TranslationFailed(msg, path=f"lines/{place}/price", operation="write")
        total = price.times(quantity).amount
        row: dict[str, Any] = {
            "LineNumber": str(place),
            "КлючСвязи": str(place),
            "Номенклатура_Key": ref,
            "Количество": quantity,
            "КоличествоУпаковок": quantity,
            "Цена": price.amount,
            "Сумма": total,
            "СуммаСНДС": total,
        }
        variant = reference(characteristic)
        if variant is not None:
            row["Характеристика_Key"] = variant
        return row | self._vat(line, total)

    def _vat(self, line: OrderLine, total: Decimal) -> dict[str, Any]:
        """Return the rate and the tax that is in the sum, for rates that the settings name."""
        for key, rate in self.odata.vat_rates.items():
            if line.vat_rate is not None and rate == line.vat_rate:
                tax = total * rate / (Decimal(100) + rate)
                rounded = tax.quantize(_KOPECK, rounding=ROUND_HALF_UP)
                return {"СтавкаНДС_Key": key.lower(), "СуммаНДС": rounded}
        return {}

    def _lines(self, rows: Sequence[Row]) -> tuple[OrderLine, ...]:
        lines: list[OrderLine] = []
        for row in rows:
            product = reference(row.get("Номенклатура_Key"))
            if product is None or row.get("Отменено") is True:
                continue
            quantity = said_number(row, "Количество") or Decimal(1)
            whole = said_number(row, "СуммаСНДС")
            whole = whole if whole is not None else said_number(row, "Сумма")
            base = said_number(row, "Цена") or Decimal(0)
            paid = whole / quantity if whole is not None and quantity else base
            variant = reference(row.get("Характеристика_Key"))
            named = f"{product}#{variant}" if variant else product
            lines.append(
                OrderLine(
                    id=str(row.get("LineNumber") or len(lines) + 1),
                    product=ProductRef(external_id=named),
                    quantity=quantity,
                    price=self._money(paid),
                )
            )
        return tuple(lines)

    def _status(self, row: Row, remarks: list[str]) -> OrderStatus | None:
        if row.get("DeletionMark") is True:
            return OrderStatus.CANCELLED
        word = str(row.get("Статус") or "")
        status = self.odata.statuses.get(word)
        if status is None and word:
            remarks.append("Статус: is in no map and was left out")
        return status

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.settings.currency)


def _product(line: OrderLine) -> ProductRef | None:
    if line.product is None:
        return None
    return ProductRef(external_id=line.product.external_id)


def _touches(changed: Collection[str], name: str) -> bool:
    return any(one == name or one.startswith(f"{name}/") for one in changed)
