"""Orders that 1C brings: whose they are, and what of them is believed.

1C returns our order under our id or under its own with our number; it knows nothing of our line and
payment ids, and flattens the reasons of discounts. So of an order that was handed to it only that
is read in which 1C is competent: status, rows, money, delivery, comments, its own requisites.
Payments and shipments that are documents of their own are joined with their order. Sources: vendor
reference of Bitrix, sections 3.3, 3.6 and 10.15; of 1C, section 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from gateway.canonical import Canonical, Delivery, Order, OrderLine, Payment, PaymentState
from gateway.commerceml import Attached, CommerceMlReader, Sender
from gateway.contract import Observed, RejectedRecord, TranslationFailed

from .config_exchange import Exchange
from .exchange_book import Book, Handed
from .values import reference

E = TypeVar("E", bound=Canonical)
Records: TypeAlias = "Iterator[Observed[Order] | RejectedRecord]"
_MOST_ATTACHED = 50_000
_BELIEVED = frozenset(
    {
        "status", "lines", "payments", "delivery", "customer_comment", "manager_comment",
        "cancel_reason", "card_number", "attributes",
    }
)  # fmt: skip
_BELIEVED_OF_LINE = frozenset({"quantity", "price"})
_BELIEVED_OF_PAYMENT = frozenset({"state", "paid_at"})
_UNKNOWN_ORDER = "the order of the document is not known here"
_TOO_MANY = f"the file has more than {_MOST_ATTACHED} payments and shipments"


@dataclass(frozen=True, slots=True)
class OrdersOfOneC:
    """Reads the orders of one file."""

    reader: CommerceMlReader
    book: Book
    settings: Exchange

    def read(self, path: Path) -> Records:
        """Go through a file. What is broken in it is raised after what stands before."""
        attached, lost = self._attached(path)
        for found in self.reader.orders(path, sender=Sender.ONEC):
            if isinstance(found, RejectedRecord):
                yield found
            elif isinstance(found, Observed):
                number = found.entity.number
                handed = self.book.handed(found.external_id, number)
                names = [found.external_id, number, handed.key if handed else None]
                parts = [part for name in names if name for part in attached.pop(name, ())]
                yield self._whole(found, parts, handed)
        for name, parts in attached.items():
            yield from self._apart(name, parts)
        yield from lost

    def _attached(self, path: Path) -> tuple[dict[str, list[Attached]], list[RejectedRecord]]:
        """Collect payments and shipments by what they say of their order."""
        found: dict[str, list[Attached]] = {}
        lost: list[RejectedRecord] = []
        count = 0
        # A fault is told when the file is read for its orders, after what precedes it.
        with suppress(TranslationFailed):
            for one in self.reader.orders(path, sender=Sender.ONEC):
                if not isinstance(one, Attached):
                    continue
                count += 1
                if count > _MOST_ATTACHED:
                    break
                if one.order:
                    found.setdefault(one.order, []).append(one)
                else:
                    lost.append(_orderless(one))
        if count > _MOST_ATTACHED:
            raise TranslationFailed(_TOO_MANY, path="Документ")
        return found, lost

    def _whole(
        self, found: Observed[Order], parts: Sequence[Attached], handed: Handed | None
    ) -> Observed[Order]:
        entity = found.entity
        if handed is not None:
            entity = _believed(entity, handed)
        entity = self._joined(entity, parts, handed)
        external_id = handed.key if handed else found.external_id
        # A deleted order is a cancelled one: its status says so, and so it reaches the shop.
        return replace(found, external_id=external_id, entity=entity, key=None, deleted=False)

    def _apart(self, name: str, parts: Sequence[Attached]) -> Records:
        """Say what came without its order: it must be known by our key, our number or its id."""
        handed = self.book.handed(name)
        external_id = handed.key if handed else reference(name)
        if external_id is None:
            yield from map(_orderless, parts)
            return
        entity = self._joined(Order(), parts, handed)
        if entity.model_fields_set:
            yield Observed(external_id, entity)

    def _joined(self, order: Order, parts: Sequence[Attached], handed: Handed | None) -> Order:
        """Add payments and shipments. Payments that are not spoken of stay as they are."""
        told: dict[str, Any] = {}
        payments = {one.id: one for one in order.payments}
        for part in parts:
            if part.payment is not None:
                paid = part.payment
                if part.deleted:
                    paid = Payment(id=paid.id, state=PaymentState.PENDING)
                payments[paid.id] = paid
            elif part.delivery is not None and not part.deleted:
                _ship(told, order, part.delivery)
                if part.shipped and order.status is None and self.settings.shipped_status:
                    told["status"] = self.settings.shipped_status
        if payments:
            bare = handed.payments if handed else ()
            kept = {id_: Payment(id=id_) for id_ in bare if id_ not in payments}
            told["payments"] = tuple((kept | payments).values())
        return _with(order, told)


def _orderless(part: Attached) -> RejectedRecord:
    return RejectedRecord(
        part.external_id, TranslationFailed(_UNKNOWN_ORDER, path="Документ/Основание")
    )


def _ship(told: dict[str, Any], order: Order, shipment: Delivery) -> None:
    before = told.get("delivery", order.delivery) or Delivery()
    said = {name: getattr(shipment, name) for name in shipment.model_fields_set}
    if said:
        told["delivery"] = _with(before, said)


def _believed(order: Order, handed: Handed) -> Order:
    """Keep what 1C may change of an order of ours, under the ids that we gave."""
    told = {name: getattr(order, name) for name in order.model_fields_set & _BELIEVED}
    if "lines" in told:
        told["lines"] = tuple(_line(line, handed) for line in order.lines)
    if "payments" in told and len(handed.payments) == 1 and len(order.payments) == 1:
        # Up to 2.09 an order has one payment, and its requisites speak of that one.
        # It keeps its sum and method, which 1C does not say.
        paid = order.payments[0]
        said = {name: getattr(paid, name) for name in paid.model_fields_set & _BELIEVED_OF_PAYMENT}
        told["payments"] = (Payment(id=handed.payments[0], **said),)
    return Order(**told)


def _line(line: OrderLine, handed: Handed) -> OrderLine:
    """Find the line by its id, else by its product; a row that is new in 1C stays as it is."""
    id_ = line.id if line.id in handed.line_ids else None
    product = line.product
    if id_ is None and product is not None:
        names = (product.external_id, product.sku)
        id_ = next((handed.lines[it] for it in names if it and it in handed.lines), None)
    if id_ is None:
        return line
    said = line.model_fields_set & _BELIEVED_OF_LINE
    return OrderLine(id=id_, **{name: getattr(line, name) for name in said})


def _with(entity: E, told: dict[str, Any]) -> E:
    """Return an entity that says more, with what it has not said still unsaid."""
    said = {name: getattr(entity, name) for name in entity.model_fields_set}
    return type(entity)(**{**said, **told})
