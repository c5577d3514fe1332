"""Connector of the sink: what a developer would write for a system that takes orders by POST.

One POST per order, many under way, or ``batch`` orders in one; the sink keeps an idempotency key
per version, so a repetition has the effect of once and nothing needs to be looked up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from benchmarks.w1.shape import STATES
from gateway.canonical import Kind, Order
from gateway.contract import (
    NO_SERVICES,
    Change,
    ConnectorContext,
    ConnectorError,
    ConnectorFactory,
    EntityReader,
    EntityWriter,
    Failed,
    Manifest,
    OperationPerformer,
    Outcome,
    ProbeReport,
    RateLimited,
    Rejected,
    WebhookSource,
    Written,
)

BATCH = 50
_OK, _LATER = 200, frozenset({429, 503})

MANIFEST = Manifest(
    key="w1sink",
    vendor="The benchmark's sink",
    api_version="1",
    capabilities=frozenset(),
    documented=date(2026, 11, 30),
    write_batch={Kind.ORDER: BATCH},
    probes=frozenset({Kind.ORDER}),
)


class SinkSettings(BaseModel):
    """Where the sink is; ``batch``: up to 50 orders in one call."""

    url: str
    batch: bool = False


class SinkOrders:
    """Writer for orders."""

    def __init__(self, context: ConnectorContext[SinkSettings]) -> None:
        self.http = context.http(context.settings.url, timeout_s=5.0)
        self._batch = context.settings.batch

    def held(self, entity: Order, known: Order | None) -> Order:
        """The sink takes whatever it is told."""
        del known
        return entity

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Tell all of them; see ``EntityWriter.write``."""
        if self._batch:
            return await self._write_together(changes)
        return await asyncio.gather(*(self._write(change) for change in changes))

    async def _write(self, change: Change[Order]) -> Outcome[Order]:
        key, order = _told(change.entity)
        try:
            answer = await self.http.call(
                "POST", "/orders", operation="orders", repeatable=True, json=order,
                headers={"Idempotency-Key": key},
            )  # fmt: skip
        except ConnectorError as error:
            return Failed(error)
        return _outcome(answer.status_code, answer.headers, order["externalId"], change)

    async def _write_together(self, changes: Sequence[Change[Order]]) -> list[Outcome[Order]]:
        told = [_told(change.entity) for change in changes]
        body = {"orders": [{"key": key, "order": order} for key, order in told]}
        answer = await self.http.call(
            "POST", "/orders/batch", operation="orders/batch", repeatable=True, json=body
        )
        return [
            _outcome(answer.status_code, answer.headers, order["externalId"], change)
            for (_, order), change in zip(told, changes, strict=True)
        ]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Nothing is looked up: telling it again is told once."""
        del keys
        return {}


def _outcome(
    status: int, headers: Mapping[str, str], external_id: str, change: Change[Order]
) -> Outcome[Order]:
    if status == _OK:
        return Written(external_id, created=change.external_id is None)
    if status in _LATER:
        wait_s = float(headers.get("Retry-After", "1"))
        return Failed(RateLimited("the sink is busy", operation="orders", retry_after_s=wait_s))
    return Failed(Rejected(f"the sink answered {status}", operation="orders", http_status=status))


def _told(order: Order) -> tuple[str, dict[str, Any]]:
    """Return the idempotency key and the order in the sink's shape."""
    source, version = order.attributes["source_id"], order.attributes["source_version"]
    contact, name = order.contact, order.contact.name if order.contact else None
    return f"{source}:{version}", {
        "externalId": source,
        "version": int(version or 0),
        "number": order.number,
        "state": STATES[str(order.status)],
        "firstName": name.first if name else None,
        "lastName": name.last if name else None,
        "phone": contact.phone if contact else None,
        "email": contact.email if contact else None,
        "total": str(order.goods_total().amount),
        "items": [
            {
                "sku": line.product.sku if line.product else None,
                "name": line.product.name if line.product else None,
                "qty": _plain(line.quantity),
                "price": str(line.price.amount) if line.price else None,
            }
            for line in order.lines
        ],
        "comment": order.customer_comment,
    }


def _plain(quantity: Decimal | None) -> str | None:
    return None if quantity is None else format(quantity.normalize(), "f")


class SinkConnector:
    """One sink."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[SinkSettings]) -> None:
        self._orders = SinkOrders(context)
        self.readers: Mapping[Kind, EntityReader[Any]] = {}
        self.writers: Mapping[Kind, EntityWriter[Any]] = {Kind.ORDER: self._orders}
        self.operations: Mapping[str, OperationPerformer] = {}
        self.services = NO_SERVICES
        self.webhooks: WebhookSource | None = None

    async def probe(self) -> ProbeReport:
        """The sink is asked nothing."""
        return ProbeReport(ok=True, notes=(), facts={})

    async def prepare(self) -> None:
        """Nothing is needed there."""

    async def close(self) -> None:
        """Release connections."""
        await self._orders.http.close()


CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=SinkSettings, build=SinkConnector)
