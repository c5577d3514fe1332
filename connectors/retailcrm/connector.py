"""Connector: one RetailCRM account, put together from clients, translators, readers and writers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.canonical import Customer, Kind, Order
from gateway.contract import (
    NO_SERVICES,
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
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    CUSTOMER_NOTE,
)

from .calls import RetailCrmCalls
from .client import RetailCrmClient
from .client_account import AccountClient
from .client_loyalty import LoyaltyClient
from .client_people import PeopleClient
from .config import RetailCrmSettings
from .erasure import Erase
from .fields import Fields
from .loyalty_set import loyalty_set
from .manifest import MANIFEST
from .module import Module
from .operations import Merge, Note
from .probe import Probe
from .products import ProductTranslator, ProductWriter
from .reader import FeedReader
from .records import CustomerRecords, OrderRecords
from .status_book import StatusBook
from .switch import ModuleSwitch
from .translator_customer import CustomerTranslator
from .webhook import RetailCrmWebhook
from .writer_customer import CustomerWriter
from .writer_order import OrderWriter


class RetailCrmConnector:
    """One account at RetailCRM; loyalty, module and webhook as far as they are configured."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[RetailCrmSettings]) -> None:
        settings = context.settings
        self._settings = settings
        key = {"X-API-KEY": settings.api_key.get_secret_value()}
        self._http = context.http(settings.url.rstrip("/"), headers=key)
        switch = ModuleSwitch()
        calls = RetailCrmCalls(self._http, settings.site, switch)
        client, self._account = RetailCrmClient(calls), AccountClient(calls)
        self._loyalty = LoyaltyClient(calls)
        module = settings.module
        self._module = Module(calls, module, context.account) if module is not None else None
        customers = CustomerTranslator(settings)
        book = StatusBook(self._account, settings, context.clock)
        feed = FeedReader(
            Kind.CUSTOMER, Customer(), client, CustomerRecords(customers, settings.site), context
        )
        orders = FeedReader(Kind.ORDER, Order(), client, OrderRecords(book, settings.site), context)
        people = PeopleClient(client)
        operations: dict[str, OperationPerformer] = {
            CUSTOMER_ERASE: Erase(client, people, settings),
            CUSTOMER_MERGE: Merge(people),
            CUSTOMER_NOTE: Note(people),
        }
        readers: dict[Kind, EntityReader[Any]] = {Kind.CUSTOMER: feed, Kind.ORDER: orders}
        self.services: Services = NO_SERVICES
        if settings.loyalty is not None:
            loyalty = loyalty_set(context, settings.loyalty, client, book, feed)
            readers[Kind.CUSTOMER] = loyalty.feed
            operations[BONUS_POST] = loyalty.bonus_post
            self.services = loyalty.services
        self.readers: Mapping[Kind, EntityReader[Any]] = readers
        self.operations: Mapping[str, OperationPerformer] = operations
        self.writers: Mapping[Kind, EntityWriter[Any]] = {
            Kind.CUSTOMER: CustomerWriter(client, customers, settings.edits_at_once),
            Kind.ORDER: OrderWriter(client, book, settings.edits_at_once),
            Kind.PRODUCT: ProductWriter(calls, ProductTranslator(settings)),
        }
        self.webhooks: WebhookSource | None = None
        if module is not None or settings.webhook_token is not None:
            self.webhooks = RetailCrmWebhook(context, switch)

    async def probe(self) -> ProbeReport:
        """Check module, key, shop, time zone, codes and programme; changes nothing."""
        return await Probe(self._account, self._settings, self._loyalty, self._module).report()

    async def prepare(self) -> None:
        """Register the module and create the custom fields that the account lacks."""
        if self._module is not None:
            await self._module.register()
        await Fields(self._account, self._settings).make()

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self._http.close()


def build(context: ConnectorContext[RetailCrmSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    return RetailCrmConnector(context)
