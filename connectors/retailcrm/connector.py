"""Connector: one RetailCRM account, put together from client, translators, readers and writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Customer, Kind, Order
from gateway.contract import (
    NO_SERVICES,
    Connector,
    ConnectorContext,
    EntityReader,
    EntityWriter,
    HttpClient,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Rejected,
    Services,
    WebhookSource,
)

from .calls import RetailCrmCalls
from .client import RetailCrmClient
from .client_account import AccountClient
from .config import RetailCrmSettings
from .manifest import MANIFEST
from .probe import Probe, field_codes
from .reader import FeedReader
from .records import CustomerRecords, OrderRecords
from .status_book import StatusBook
from .translator_customer import CustomerTranslator
from .writer_customer import CustomerWriter
from .writer_order import OrderWriter

_FIELD_NAMES = {
    "promo_codes": "Промокоды",
    "card_number": "Номер карты",
    "edit_mark": "Ключ условий заказа",
}


@dataclass(slots=True)
class RetailCrmConnector:
    """One account at RetailCRM; it pushes nothing, so there is no webhook source."""

    settings: RetailCrmSettings
    http: HttpClient
    account: AccountClient
    readers: Mapping[Kind, EntityReader[Any]]
    writers: Mapping[Kind, EntityWriter[Any]]
    manifest: Manifest = field(default=MANIFEST)
    operations: Mapping[str, OperationPerformer] = field(default_factory=dict)
    webhooks: WebhookSource | None = None
    services: Services = NO_SERVICES

    async def probe(self) -> ProbeReport:
        """Check key, shop, time zone and codes; changes nothing."""
        return await Probe(self.account, self.settings).report()

    async def prepare(self) -> None:
        """Create the custom fields that the configuration names and the account lacks."""
        labels = {code: name for name, code in self.settings.order_fields.named().items()}
        for entity, codes in field_codes(self.settings).items():
            if codes:
                absent = codes - await self.account.custom_field_codes(entity)
                for code in sorted(absent):
                    label = _FIELD_NAMES.get(labels.get(code, ""), code)
                    await self._create_field(entity, code, label)

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()

    async def _create_field(self, entity: str, code: str, name: str) -> None:
        row = {
            "name": name,
            "code": code,
            "type": "string",
            "ordering": 50,
            "displayArea": "main_data",
            "viewMode": "editable",
            "inFilter": True,
            "inList": False,
        }
        try:
            await self.account.create_custom_field(entity, row)
        except Rejected:
            # Somebody may have made it meanwhile; the vendor's refusal does not tell.
            if code not in await self.account.custom_field_codes(entity):
                raise


def build(context: ConnectorContext[RetailCrmSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    settings = context.settings
    http = context.http(
        settings.url.rstrip("/"),
        headers={"X-API-KEY": settings.api_key.get_secret_value()},
    )
    calls = RetailCrmCalls(http, settings.site)
    client, account = RetailCrmClient(calls), AccountClient(calls)
    customers = CustomerTranslator(settings)
    book = StatusBook(account, settings, context.clock)
    readers: dict[Kind, EntityReader[Any]] = {
        Kind.CUSTOMER: FeedReader(
            Kind.CUSTOMER,
            Customer(),
            client,
            CustomerRecords(customers, settings.site),
            context,
        ),
        Kind.ORDER: FeedReader(
            Kind.ORDER, Order(), client, OrderRecords(book, settings.site), context
        ),
    }
    writers: dict[Kind, EntityWriter[Any]] = {
        Kind.CUSTOMER: CustomerWriter(client, customers, settings.edits_at_once),
        Kind.ORDER: OrderWriter(client, book, settings.edits_at_once),
    }
    return RetailCrmConnector(settings, http, account, readers, writers)
