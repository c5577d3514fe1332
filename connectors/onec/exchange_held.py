"""What 1C holds of an order that it fetches. Pure.

Nothing is ever sent to 1C on this way: it comes for orders itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Address, Delivery, Order, OrderLine, OrderStatus, ProductRef
from gateway.commerceml import CommerceMlMapping
from gateway.contract import Change, ContractViolated, Outcome

_ALWAYS = (
    "number", "customer_id", "contact", "placed_at", "discounts", "payments", "customer_comment",
    "manager_comment", "cancel_reason", "shop",
)  # fmt: skip
_REFERENCE = ("external_id", "sku", "barcode", "name")
_SAID_ANYWAY = frozenset({OrderStatus.CANCELLED, OrderStatus.COMPLETE})
_NEVER = "1C comes for its orders: nothing is sent to it"


@dataclass(frozen=True, slots=True)
class FetchedOrders:
    """Says what of an order a document of CommerceML can hold; see ``EntityWriter``."""

    mapping: CommerceMlMapping

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what its document says."""
        del known
        said = entity.model_fields_set
        kept: dict[str, Any] = {name: getattr(entity, name) for name in _ALWAYS if name in said}
        if "lines" in said:
            kept["lines"] = tuple(_line(line) for line in entity.lines)
        if "delivery" in said:
            kept["delivery"] = _delivery(entity.delivery)
        if entity.status in _SAID_ANYWAY or entity.status in self.mapping.statuses.values():
            kept["status"] = entity.status
        if self.mapping.card_requisite and "card_number" in said:
            kept["card_number"] = entity.card_number
        if self.mapping.promo_requisite and "promo_codes" in said:
            kept["promo_codes"] = entity.promo_codes
        known_attributes = self.mapping.order_attributes
        attributes = {k: v for k, v in entity.attributes.items() if k in known_attributes}
        if attributes:
            kept["attributes"] = attributes
        return Order(**kept)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Refuse. Raises ``ContractViolated``: the core must not send anything here."""
        del changes
        raise ContractViolated(_NEVER)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: 1C cannot be asked on this way."""
        del keys
        return {}


def _line(line: OrderLine) -> OrderLine:
    names = ("id", "product", "quantity", "base_price", "price", "vat_rate", "discounts")
    kept = {name: getattr(line, name) for name in names if name in line.model_fields_set}
    if line.product is not None:
        told = line.product.model_fields_set
        refs = {name: getattr(line.product, name) for name in _REFERENCE if name in told}
        kept["product"] = ProductRef(**refs)
    return OrderLine(**kept)


def _delivery(delivery: Delivery | None) -> Delivery | None:
    if delivery is None:
        return None
    names = ("method", "cost", "tracking_number")
    kept: dict[str, Any] = {
        name: getattr(delivery, name) for name in names if name in delivery.model_fields_set
    }
    if delivery.address is not None and delivery.address.text:
        kept["address"] = Address(text=delivery.address.text)
    return Delivery(**kept)
