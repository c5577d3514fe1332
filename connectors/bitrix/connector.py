"""Connector of one shop: readers, writers, operations, webhook and the check of an account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway.canonical import Kind, Product
from gateway.contract import (
    NO_SERVICES,
    ConnectorContext,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    WebhookSource,
)
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE, PROMO_ISSUE

from .cards import CardDirectory
from .client import BitrixClient
from .config import BitrixSettings
from .contact_writing import ContactMerge
from .contacts import ContactDirectory
from .coupons import PromoIssue
from .customers import CustomerDirectory
from .exchange_client import ExchangeClient
from .exchange_words import mapping_of
from .manifest import MANIFEST
from .operations import BonusPost, KeyedCall, Merge
from .order_documents import OrderDocuments
from .order_writer import OrderWriter
from .orders import OrderReader, OwnVersions
from .orders_exchange import ExchangeOrders
from .probe import Probe
from .products_exchange import ExchangeProducts
from .products_rest import RestProducts
from .subscriptions import Subscriptions
from .token_store import TokenStore
from .tokens import Tokens, token_base
from .webhook import CRM_KINDS, EVENTS, BitrixWebhook


class BitrixConnector:
    """One account at a shop on 1C-Bitrix: Site Management."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[BitrixSettings]) -> None:
        settings = context.settings
        self._client = BitrixClient(
            context.http(settings.rest_address()),
            context.clock,
            batch_limit=settings.batch_commands,
            tokens=_tokens(context),
        )
        self._settings = settings
        self._remark = context.remark
        own = OwnVersions()
        self._customers = CustomerDirectory(self._client, settings)
        self._orders = OrderReader(self._client, settings, context.clock, own)
        self._order_writer = OrderWriter(self._client, settings, own)
        cards = CardDirectory(self._client, settings)
        self.readers: Mapping[Kind, EntityReader[Any]] = {
            Kind.CUSTOMER: self._customers,
            Kind.CARD: cards,
            Kind.ORDER: self._orders,
        }
        self.writers: Mapping[Kind, EntityWriter[Any]] = {
            Kind.CUSTOMER: self._customers,
            Kind.CARD: cards,
            Kind.ORDER: self._order_writer,
        }
        self._exchange = _exchange(context)
        if settings.orders == "exchange" and self._exchange is not None:
            words = mapping_of(settings)
            documents = OrderDocuments(self._exchange, context.clock, words)
            orders = ExchangeOrders(self._exchange, words, settings, self._customers, documents)
            self.readers = {**self.readers, Kind.ORDER: orders}
            self.writers = {**self.writers, Kind.ORDER: orders}
        products = self._product_writer(context)
        if products is not None:
            self.writers = {**self.writers, Kind.PRODUCT: products}
        self.operations: Mapping[str, OperationPerformer] = {
            PROMO_ISSUE: PromoIssue(self._client, settings.origin),
            BONUS_POST: BonusPost(
                KeyedCall(self._client, "gateway.account.change", settings.origin),
                settings.account_currency or settings.currency,
            ),
            CUSTOMER_MERGE: Merge(KeyedCall(self._client, "gateway.user.merge", settings.origin)),
        }
        if settings.flavour == "bitrix24":
            contacts = ContactDirectory(self._client, settings)
            self.readers = {Kind.CUSTOMER: contacts}
            self.writers = {Kind.CUSTOMER: contacts}
            self.operations = {CUSTOMER_MERGE: ContactMerge(self._client)}
        self.services = NO_SERVICES
        self.webhooks: WebhookSource | None = _webhook(settings)

    async def probe(self) -> ProbeReport:
        """Check the way in, its scopes, the site extension, the filters and the mapped codes.

        Raises: ``Unavailable`` and ``RateLimited``; what an operator must mend is in the report.
        """
        return await Probe(self._client, self._settings, self._orders, self._exchange).run()

    async def prepare(self) -> None:
        """Bind the events of an application, and read the ids of the order properties.

        An event that the portal does not have is left out: polling finds what it would tell.
        """
        oauth = self._settings.oauth
        if oauth is not None and oauth.handler is not None:
            lacking = await Subscriptions(self._client, oauth.handler).ensure(
                _events(self._settings)
            )
            if lacking:
                self._remark("events.lacking", {"events": lacking})
        if self._settings.reads_orders_by_rest:
            await self._order_writer.properties()

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self._client.close()
        if self._exchange is not None:
            await self._exchange.close()

    def _product_writer(
        self, context: ConnectorContext[BitrixSettings]
    ) -> EntityWriter[Product] | None:
        settings = context.settings
        if settings.products == "rest":
            return RestProducts(self._client, settings.catalog)
        if settings.products == "exchange" and self._exchange is not None:
            return ExchangeProducts(self._exchange, context.clock, mapping_of(settings))
        return None


def _tokens(context: ConnectorContext[BitrixSettings]) -> Tokens | None:
    """Return the tokens of an application; a webhook has none."""
    oauth = context.settings.oauth
    if oauth is None:
        return None
    return Tokens(context.http(token_base(oauth)), oauth, TokenStore(oauth.store))


def _exchange(context: ConnectorContext[BitrixSettings]) -> ExchangeClient | None:
    """Return the client of the site's exchange, where the account has one."""
    settings = context.settings.exchange
    if settings is None:
        return None
    http = context.http(settings.site.rstrip("/"), timeout_s=settings.timeout_s)
    return ExchangeClient(http, settings, context.clock)


def _webhook(settings: BitrixSettings) -> WebhookSource | None:
    """Return the reader of events; without a token nobody could prove where they come from."""
    token = settings.application_token
    if token is None:
        return None
    secret = token.get_secret_value().strip()
    if settings.flavour == "bitrix24":
        return BitrixWebhook(secret, settings.origin, kinds=CRM_KINDS)
    is_deaf = settings.orders == "exchange"
    return BitrixWebhook(secret, settings.origin, frozenset({Kind.ORDER} if is_deaf else ()))


def _events(settings: BitrixSettings) -> Collection[str]:
    """Return the events that an application of this account binds."""
    return tuple(CRM_KINDS) if settings.flavour == "bitrix24" else EVENTS
