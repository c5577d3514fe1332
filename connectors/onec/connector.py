"""Connector: one 1C base in the ways that its settings name."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.canonical import Card, Customer, Kind, Order, Product
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
    Services,
    WebhookSource,
)
from gateway.contract.operations import BONUS_POST

from .bonuses import BonusPost
from .changes import ChangeFeed
from .client_hs import HsLoyalty
from .client_odata import ODataClient
from .config import OData, OneCSettings
from .config_exchange import Exchange
from .config_services import Cards as CardSettings
from .config_services import Soap
from .enterprise import EnterpriseData
from .enterprise_feed import MessageFeed
from .exchange import CommerceMlDoor
from .exchange_held import FetchedOrders
from .exchange_import import Importer
from .exchange_out import HandingOut
from .exchange_session import Sessions
from .loyalty import ServiceLoyalty
from .loyalty_cards import ServiceCards, ServicePoints
from .loyalty_service import LoyaltyService, SoapLoyalty
from .manifest import MANIFEST
from .records import Cards, Orders, Partners
from .records_products import Products
from .seats import SeatedClient
from .till import till_door
from .translator_card import CardTranslator
from .translator_enterprise_order import Sales
from .translator_order import OrderTranslator
from .translator_partner import PartnerTranslator
from .translator_product import ProductTranslator
from .webhook import OneCPushes
from .writers import CardWriter, Objects, OrderWriter, PartnerWriter


@dataclass(slots=True)
class OneCConnector:
    """One base."""

    settings: OneCSettings
    http: HttpClient | None = None
    client: ODataClient | None = None
    manifest: Manifest = MANIFEST
    readers: Mapping[Kind, EntityReader[Any]] = field(default_factory=dict)
    writers: Mapping[Kind, EntityWriter[Any]] = field(default_factory=dict)
    operations: Mapping[str, OperationPerformer] = field(default_factory=dict)
    webhooks: WebhookSource | None = None
    services: Services = NO_SERVICES
    cards: Cards | None = None

    async def probe(self) -> ProbeReport:
        """Compare what is published with what the settings need; changes nothing."""
        if self.client is None:
            return ProbeReport(ok=True)
        published = await self.client.entities()
        names = self.client.odata.names
        needed = {names.partners, names.cards, names.products, names.orders}
        absent = sorted(needed - published)
        notes = [f"odata: {one} is not published" for one in absent]
        for kind, node in self.client.odata.nodes.items():
            received = await self.client.received(node)
            notes.append(f"node of {kind}: message {received} was the last one confirmed")
        facts = {"configuration": self.client.odata.configuration}
        return ProbeReport(ok=not absent, notes=tuple(notes), facts=facts)

    async def prepare(self) -> None:
        """Nothing can be made from outside: nodes and the composition are set up in 1C."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
        if self.http is not None:
            await self.http.close()


def build(context: ConnectorContext[OneCSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    settings = context.settings
    connector = OneCConnector(settings)
    if settings.exchange is not None:
        _open_door(connector, settings.exchange, context)
    if settings.url is not None:
        connector.http = context.http(settings.url.rstrip("/"), headers=_basic(settings))
        if settings.odata is not None:
            _speak_odata(connector, connector.http, settings.odata, context)
        if settings.soap is not None:
            _speak_soap(connector, connector.http, settings.soap, context)
        if settings.services is not None and settings.services.loyalty is not None:
            service = HsLoyalty(connector.http, settings.services, settings.services.loyalty)
            _keep_cards(connector, service, settings.services.cards, context)
            if settings.services.processes_sales:
                _process_sales(connector, service, settings.services.cards, context)
    if settings.pushes is not None:
        connector.webhooks = OneCPushes(settings.pushes, settings.zone)
    if settings.till is not None:
        door = till_door(context, settings.till, connector.cards)
        connector.services = replace(connector.services, till=door)
    return connector


def _speak_soap(
    connector: OneCConnector,
    http: HttpClient,
    soap: Soap,
    context: ConnectorContext[OneCSettings],
) -> None:
    # zeep takes a second and 20 MB: only an account with SOAP pays for it.
    from .client_soap import SoapClient  # noqa: PLC0415

    client, settings = SoapClient(http, soap), context.settings
    if soap.loyalty is not None:
        service = SoapLoyalty(client, soap.loyalty)
        _keep_cards(connector, service, soap.cards, context)
        # Customers of EnterpriseData are persons; members here are cards.
        if Kind.CUSTOMER not in soap.nodes:
            _process_sales(connector, service, soap.cards, context)
    sales = Sales(settings.zone, settings.currency)
    readers = {
        kind: MessageFeed(EnterpriseData(client, soap, node, context.clock), kind, sales)
        for kind, node in soap.nodes.items()
    }
    connector.readers = {**connector.readers, **readers}


def _keep_cards(
    connector: OneCConnector,
    service: LoyaltyService,
    cards: CardSettings,
    context: ConnectorContext[OneCSettings],
) -> None:
    known = ServiceCards(service, cards, context.clock)
    connector.readers = {**connector.readers, Kind.CARD: known}
    connector.writers = {**connector.writers, Kind.CARD: known}
    connector.operations = {
        **connector.operations,
        BONUS_POST: ServicePoints(service, context.settings.zone),
    }


def _process_sales(
    connector: OneCConnector,
    service: LoyaltyService,
    cards: CardSettings,
    context: ConnectorContext[OneCSettings],
) -> None:
    loyalty = ServiceLoyalty(service, cards, context.clock, context.settings.zone)
    connector.services = replace(connector.services, loyalty=loyalty)


def _open_door(
    connector: OneCConnector, exchange: Exchange, context: ConnectorContext[OneCSettings]
) -> None:
    settings, clock = context.settings, context.clock
    mapping = exchange.mapping(settings.zone, settings.currency)
    door = CommerceMlDoor(
        settings=exchange,
        sessions=Sessions(context.account, exchange, clock),
        importer=Importer(exchange, mapping, clock),
        handing=HandingOut(exchange, mapping),
        clock=clock,
    )
    connector.services = Services(exchange=door)
    connector.writers = {Kind.ORDER: FetchedOrders(mapping)}


def _speak_odata(
    connector: OneCConnector,
    http: HttpClient,
    odata: OData,
    context: ConnectorContext[OneCSettings],
) -> None:
    settings, clock = context.settings, context.clock
    # The batches of all lanes share the sessions: each with its own would ask for eight times more.
    client = ODataClient(SeatedClient(http, asyncio.Semaphore(odata.at_once)), settings, odata)
    partners, card = PartnerTranslator(settings, odata), CardTranslator(odata)
    order = OrderTranslator(settings, odata)
    cards = Cards(client, card)
    products = Products(client, ProductTranslator(odata, settings.currency), clock)
    nodes, names = odata.nodes, odata.names
    connector.client, connector.cards = client, cards
    connector.readers = {
        Kind.CUSTOMER: ChangeFeed(
            client, Partners(client, partners, clock), Customer(), nodes.get(Kind.CUSTOMER)
        ),
        Kind.CARD: ChangeFeed(client, cards, Card(), nodes.get(Kind.CARD)),
        Kind.PRODUCT: ChangeFeed(client, products, Product(), nodes.get(Kind.PRODUCT)),
        Kind.ORDER: ChangeFeed(
            client, Orders(client, order, cards), Order(), nodes.get(Kind.ORDER)
        ),
    }
    connector.writers = {
        Kind.CUSTOMER: PartnerWriter(Objects(client, names.partners), partners),
        Kind.CARD: CardWriter(Objects(client, names.cards), card),
        Kind.ORDER: OrderWriter(Objects(client, names.orders), order, clock),
    }
    connector.operations = {BONUS_POST: BonusPost(client, clock)}


def _basic(settings: OneCSettings) -> dict[str, str]:
    """Return the login. Names of 1C's users are Cyrillic as a rule, and go as UTF-8 (6.5)."""
    pair = f"{settings.username}:{settings.password.get_secret_value()}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
