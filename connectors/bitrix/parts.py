"""Parts of an account, by its settings: which way each kind goes, and what else can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Kind
from gateway.contract import ConnectorContext, EntityReader, EntityWriter, OperationPerformer
from gateway.contract.operations import BONUS_POST, CUSTOMER_ERASE, CUSTOMER_MERGE, PROMO_ISSUE

from .behaviour import Behaviour
from .cards import CardDirectory
from .client import BitrixClient
from .config import BitrixSettings
from .contact_writing import ContactMerge
from .contacts import ContactDirectory
from .coupons import PromoIssue
from .customers import CustomerDirectory
from .erasure import ContactErase, Erase
from .exchange_client import ExchangeClient
from .exchange_words import mapping_of
from .operations import BonusPost, KeyedCall, Merge
from .order_documents import OrderDocuments
from .order_writer import OrderWriter
from .orders import OrderReader, OwnVersions
from .orders_exchange import ExchangeOrders
from .people import UserLookup
from .products_exchange import ExchangeProducts
from .products_rest import RestProducts
from .token_store import TokenStore
from .tokens import Tokens, token_base


@dataclass(slots=True)
class Parts:
    """What an account is made of."""

    client: BitrixClient
    exchange: ExchangeClient | None
    orders: OrderReader
    order_writer: OrderWriter
    readers: dict[Kind, EntityReader[Any]] = field(default_factory=dict)
    writers: dict[Kind, EntityWriter[Any]] = field(default_factory=dict)
    operations: Mapping[str, OperationPerformer] = field(default_factory=dict)
    behaviour: Behaviour | None = None
    people: UserLookup | None = None


def parts_of(context: ConnectorContext[BitrixSettings]) -> Parts:
    """Return the parts of an account; does no I/O."""
    settings = context.settings
    client = BitrixClient(
        context.http(settings.rest_address()),
        context.clock,
        batch_limit=settings.batch_commands,
        tokens=_tokens(context),
    )
    own = OwnVersions()
    parts = Parts(
        client,
        _exchange(context),
        OrderReader(client, settings, context.clock, own),
        OrderWriter(client, settings, own),
    )
    if settings.reads_orders_by_rest:
        parts.readers[Kind.ORDER], parts.writers[Kind.ORDER] = parts.orders, parts.order_writer
    if settings.products == "rest":
        parts.writers[Kind.PRODUCT] = RestProducts(client, settings.catalog)
    if settings.flavour == "bitrix24":
        contacts = ContactDirectory(client, settings)
        parts.readers[Kind.CUSTOMER] = parts.writers[Kind.CUSTOMER] = contacts
        parts.operations = {
            CUSTOMER_MERGE: ContactMerge(client),
            CUSTOMER_ERASE: ContactErase(client),
        }
    else:
        _furnish_shop(parts, context)
    return parts


def _furnish_shop(parts: Parts, context: ConnectorContext[BitrixSettings]) -> None:
    settings, client = context.settings, parts.client
    customers, cards = CustomerDirectory(client, settings), CardDirectory(client, settings)
    parts.readers |= {Kind.CUSTOMER: customers, Kind.CARD: cards}
    parts.writers |= {Kind.CUSTOMER: customers, Kind.CARD: cards}
    parts.behaviour = Behaviour(client, settings, context.account)
    parts.people = UserLookup(client)
    exchange = parts.exchange
    if settings.orders == "exchange" and exchange is not None:
        words = mapping_of(settings)
        documents = OrderDocuments(exchange, context.clock, words)
        orders = ExchangeOrders(exchange, words, settings, customers, documents)
        parts.readers[Kind.ORDER] = parts.writers[Kind.ORDER] = orders
    if settings.products == "exchange" and exchange is not None:
        goods = ExchangeProducts(exchange, context.clock, mapping_of(settings))
        parts.writers[Kind.PRODUCT] = goods
    parts.operations = {
        PROMO_ISSUE: PromoIssue(client, settings.origin),
        BONUS_POST: BonusPost(
            KeyedCall(client, "gateway.account.change", settings.origin),
            settings.account_currency or settings.currency,
        ),
        CUSTOMER_ERASE: Erase(KeyedCall(client, "gateway.user.erase", settings.origin)),
        CUSTOMER_MERGE: Merge(KeyedCall(client, "gateway.user.merge", settings.origin)),
    }


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
