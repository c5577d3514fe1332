"""Orders: told whole, so that a repeat writes the same over itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.canonical import Order
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Outcome,
    Rejected,
    Written,
    side_by_side,
)

from .client import MindboxClient
from .errors import PROTOCOL, read_as
from .translator_order import OrderTranslator
from .wire_order import OrderAnswer, OrderWire


@dataclass(frozen=True, slots=True)
class OrderWriter:
    """Writer of orders. Their id there is our own key, in the project's system for orders."""

    client: MindboxClient
    translator: OrderTranslator

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what the vendor would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Create or write over orders; see ``EntityWriter.write``."""
        return await side_by_side(changes, self._write, at_once=self.client.settings.at_once)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""

        async def one(key: str) -> bool:
            return await look(self.client, key) is not None

        told = await side_by_side(keys, one, at_once=self.client.settings.at_once)
        return {key: key for key, is_there in zip(keys, told, strict=True) if is_there}

    async def _write(self, change: Change[Order]) -> Outcome[Order]:
        try:
            if change.external_id not in (None, change.key):
                # An update makes what is absent (14.3), so this would be another order.
                msg = "the order's id is not the key under which it would be written"
                raise Missing(msg, operation=self.client.names.update_order)
            body = self.translator.body(change)
            if change.external_id is not None:
                names = self.client.names
                await self.client.sync(names.update_order, body, repeatable=True)
                return Written(change.external_id)
            return await self._create(change, body)
        except ConnectorError as error:
            return Failed(error)

    async def _create(self, change: Change[Order], body: Mapping[str, object]) -> Outcome[Order]:
        """Create an order; one that is there already is refused by the vendor (14.3)."""
        try:
            await self.client.sync(self.client.names.create_order, body, repeatable=False)
        except Rejected as error:
            if error.vendor_code != PROTOCOL or await look(self.client, change.key) is None:
                raise
            return Exists(change.key)
        return Written(change.key, created=True)


async def look(client: MindboxClient, key: str) -> OrderWire | None:
    """Return an order as the vendor has it, ``None`` when there is none of this id.

    How a missing order is answered is unconfirmed: by 400, or by a processing status (16).
    """
    body = {"order": {"ids": {client.settings.order_key: key}}}
    try:
        told = await client.sync(client.names.get_order, body, repeatable=True)
    except Rejected as error:
        if error.vendor_code != PROTOCOL:
            raise
        return None
    operation = client.names.get_order
    order = read_as(OrderAnswer, told, operation=operation, wrote=False).order
    return order if order is not None and order.processing_status != "NotFound" else None
