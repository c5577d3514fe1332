"""Connector: one Mindbox project, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.canonical import Kind, Order
from gateway.contract import (
    Connector,
    ConnectorContext,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Services,
    WebhookSource,
)
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)

from .client import MindboxClient
from .codes import Codes
from .config import MindboxSettings
from .customers import Customers
from .erasure import Erase
from .exports import CustomerFeed
from .imports import OrderImports
from .legacy import LegacyProcessing
from .loyalty import Processing
from .manifest import MANIFEST
from .operations import Behaviour, BonusPost, Merge, PromoCodes, ReceiptRegister
from .orders import OrderWriter
from .past_orders import OrdersByAge, PastOrders
from .quotes import QuoteTranslator
from .reckonings import Reckonings
from .translator import CustomerTranslator
from .translator_order import OrderTranslator
from .translator_past import PastTranslator
from .translator_sale import SaleTranslator
from .webhook import MindboxWebhook

_NOBODY = "gateway-probe"


class MindboxConnector:
    """One project at Mindbox."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[MindboxSettings]) -> None:
        settings = context.settings
        self._http = context.http(
            settings.url.rstrip("/"),
            headers={
                "Authorization": settings.authorization_header,
                "Mindbox-Integration": "retail-gateway",
            },
        )
        client = MindboxClient(self._http, settings)
        self._customers = Customers(client, CustomerTranslator(settings))
        sales = SaleTranslator(settings)
        self.readers: Mapping[Kind, EntityReader[Any]] = {
            Kind.CUSTOMER: CustomerFeed(self._customers, context)
        }
        self.writers: Mapping[Kind, EntityWriter[Any]] = {
            Kind.CUSTOMER: self._customers,
            Kind.ORDER: _order_writer(client, context),
        }
        self.operations: Mapping[str, OperationPerformer] = {
            BONUS_POST: BonusPost(client),
            RECEIPT_REGISTER: ReceiptRegister(client, sales),
            PROMO_UPLOAD: PromoCodes(client),
            BEHAVIOUR_TRACK: Behaviour(client),
            CUSTOMER_ERASE: Erase(self._customers),
            CUSTOMER_MERGE: Merge(client, self._customers),
        }
        processing = LegacyProcessing if settings.legacy_transactions else Processing
        quotes, kept = QuoteTranslator(settings), Reckonings(context.clock)
        self.services = Services(
            loyalty=processing(client, self._customers, sales, quotes, kept), codes=Codes(client)
        )
        secret = settings.webhook_secret
        self.webhooks: WebhookSource | None = None
        if secret is not None:
            self.webhooks = MindboxWebhook(secret.get_secret_value().strip())
        self._settings = settings

    async def probe(self) -> ProbeReport:
        """Look for a customer who does not exist: that needs the key and the operation."""
        await self._customers.look({"ids": {self._settings.customer_key: _NOBODY}})
        facts = {"endpoint": self._settings.endpoint_id, "balance": self._settings.balance}
        return ProbeReport(ok=True, facts=facts)

    async def prepare(self) -> None:
        """Nothing can be made by the API: operations and fields are made in the vendor's admin."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self._http.close()


def _order_writer(
    client: MindboxClient, context: ConnectorContext[MindboxSettings]
) -> EntityWriter[Order]:
    settings = context.settings
    orders = OrderTranslator(settings)
    present = OrderWriter(client, orders)
    if settings.history_before is None:
        return present
    translator = PastTranslator(settings, orders, settings.history_before)
    imports = OrderImports(client, translator.header, context.clock)
    return OrdersByAge(present, PastOrders(client, translator, imports, context.clock))


def build(context: ConnectorContext[MindboxSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    return MindboxConnector(context)
