"""Orders by the CommerceML exchange, the gateway playing 1C toward the site (reference 3.2-3.4).

The site gives what was not taken yet and forgets it with ``success``. That is said at the next pull
only, when the cursor, and with it the page, was stored. Without the session, after a restart or a
cut, it is not said at all: the same orders come again, and nothing is missed.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.canonical import Delivery, Order, Payment
from gateway.commerceml import Attached, CommerceMlMapping, CommerceMlReader, Sender
from gateway.contract import (
    Change,
    ConnectorError,
    ContractViolated,
    Cursor,
    EntityWriter,
    Observed,
    Outcome,
    Page,
    Reading,
    RejectedRecord,
    TranslationFailed,
    Unsupported,
)

from .config import BitrixSettings
from .exchange_buyers import ExchangeBuyers
from .exchange_client import ExchangeClient, ExchangeSession
from .order_documents import OrderDocuments

_KIND = "sale"
_QUERY = "1c_exchange.sale.query"
_BUYER = re.compile(r"([1-9]\d*)#")


@dataclass(slots=True)
class ExchangeOrders:
    """Reader and writer of orders. One exchange at a time.

    ``buyers`` finds users of the shop by their marks; ``shown`` are those whom the orders show,
    where nothing but the exchange is there. With neither an order has its contact alone.
    ``_session`` is the one in which page ``_given`` was handed out and not confirmed.
    """

    client: ExchangeClient
    mapping: CommerceMlMapping
    settings: BitrixSettings
    buyers: EntityWriter[Any] | None
    documents: OrderDocuments
    shown: ExchangeBuyers | None = None
    _session: ExchangeSession | None = field(default=None, repr=False)
    _given: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Order]:
        """Return what the site gives now; see ``EntityReader.pull``.

        A first start takes nothing yet: what 1C has not taken comes from the next pull on. The site
        decides how many orders a page has, so ``limit`` is not kept.
        """
        del limit
        if cursor is None:
            return Page([], _text(0), has_more=False)
        number = _number(cursor)
        async with self._turn:
            session = await self._stored(number)
            try:
                if session is None:
                    session = await self.client.begin(_KIND)
                content = await self.client.orders(session)
            except ConnectorError:
                self._session = None
                raise
            items, rejected = self._read(content)
            if not items and not rejected:
                self._session = None
                return Page([], cursor, has_more=False)
            self._session, self._given = session, number + 1
            if self.shown is not None:
                self.shown.show(content)
        return Page(await self._with_buyers(items), _text(number + 1), True, rejected)  # noqa: FBT003 - has_more

    async def get(self, external_ids: Sequence[str]) -> Reading[Order]:
        """Refuse: the exchange has no reading by id."""
        del external_ids
        msg = "the exchange gives what changed and cannot be asked for an order: set orders to rest"
        raise Unsupported(msg, operation=_QUERY)

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce to what a document of 1C changes; see ``OrderDocuments.held``."""
        return self.documents.held(entity, known)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Send documents of all changes in one file; see ``EntityWriter.write``."""
        async with self._turn:
            # ``init`` empties the site's folder of this session only, and a new one is begun, so
            # that a page which is not confirmed yet stays so.
            return await self.documents.write(changes)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: orders are made at the site only."""
        del keys
        return {}

    async def _stored(self, number: int) -> ExchangeSession | None:
        """Confirm the page that is stored by now, in its own session; ``None`` begins a new one."""
        session, self._session = self._session, None
        if session is None or number != self._given:
            return None
        return session if await self.client.confirm(session) else None

    def _read(self, content: bytes) -> tuple[list[Observed[Order]], list[RejectedRecord]]:
        """Read a file; payments and shipments of their own are joined with their orders (3.5)."""
        orders: dict[str, Observed[Order]] = {}
        rejected: list[RejectedRecord] = []
        parts: list[Attached] = []
        for record in CommerceMlReader(self.mapping).orders(
            io.BytesIO(content), sender=Sender.SITE
        ):
            if isinstance(record, RejectedRecord):
                rejected.append(record)
            elif isinstance(record, Attached):
                parts.append(record)
            else:
                orders[record.external_id] = record
        for order_id in {part.order for part in parts} - set(orders):
            msg = "its order is not in the file"
            error = TranslationFailed(msg, path="Основание", operation=_QUERY)
            rejected.append(RejectedRecord(order_id or "", error))
        items = [
            _joined(order, [part for part in parts if part.order == order_id])
            for order_id, order in orders.items()
        ]
        return items, rejected

    async def _with_buyers(self, items: Iterable[Observed[Order]]) -> list[Observed[Order]]:
        """Name buyers by the shop's user ids: the exchange says an external id where there is one.

        Source: reference 3.4, ``Контрагент/Ид``.
        """
        found = list(items)
        if self.shown is not None:
            named = self.shown.named
            return [
                replace(item, customer_external_id=named(item.customer_external_id))
                for item in found
            ]
        if self.buyers is None:
            return [replace(item, customer_external_id=None) for item in found]
        keys = {
            item.customer_external_id
            for item in found
            if item.customer_external_id and not _BUYER.match(item.customer_external_id)
        }
        users = await self.buyers.find(sorted(keys)) if keys else {}
        return [
            replace(item, customer_external_id=self._buyer(item.customer_external_id, users))
            for item in found
        ]

    def _buyer(self, said: str | None, users: Mapping[str, str]) -> str | None:
        match = _BUYER.match(said or "")
        user_id = match[1] if match else users.get(said or "")
        if user_id is None or int(user_id) in self.settings.anonymous_user_ids:
            return None
        return user_id


def _joined(order: Observed[Order], parts: Sequence[Attached]) -> Observed[Order]:
    """Return an order with what came in documents of its own."""
    payments: list[Payment] = []
    delivery: dict[str, object] = {}
    is_said = False
    for part in parts:
        is_said = is_said or part.payment is not None
        if part.payment is not None and not part.deleted:
            payments.append(part.payment)
        if part.delivery is not None and not part.deleted:
            delivery |= {
                name: getattr(part.delivery, name) for name in part.delivery.model_fields_set
            }
    told: dict[str, object] = {}
    if is_said:
        told["payments"] = tuple(payments)
    if delivery:
        before = order.entity.delivery or Delivery()
        told["delivery"] = before.model_copy(update=delivery)
    remarks = (*order.remarks, *(remark for part in parts for remark in part.remarks))
    return replace(order, entity=order.entity.model_copy(update=told), remarks=remarks)


def _text(number: int) -> str:
    return json.dumps({"of": "exchange", "page": number})


def _number(cursor: str) -> int:
    try:
        found = json.loads(cursor)
        if found["of"] == "exchange":
            return int(found["page"])
    except (ValueError, KeyError, TypeError):
        pass
    msg = "the stored cursor is not one of the exchange: reset the account's checkpoint"
    raise ContractViolated(msg, operation="pull")
