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
from .exchange_buyers import ExchangeBuyers
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


@dataclass(frozen=True, slots=True)
class Rest:
    """What an account speaks REST with."""

    client: BitrixClient
    orders: OrderReader
    order_writer: OrderWriter


@dataclass(slots=True)
class Parts:
    """What an account is made of; one with the exchange alone has no ``rest``."""

    rest: Rest | None
    exchange: ExchangeClient | None
    readers: dict[Kind, EntityReader[Any]] = field(default_factory=dict)
    writers: dict[Kind, EntityWriter[Any]] = field(default_factory=dict)
    operations: Mapping[str, OperationPerformer] = field(default_factory=dict)
    behaviour: Behaviour | None = None
    people: UserLookup | None = None


def parts_of(context: ConnectorContext[BitrixSettings]) -> Parts:
    """Return the parts of an account; does no I/O."""
    settings = context.settings
    rest = _rest(context) if settings.speaks_rest else None
    parts = Parts(rest, _exchange(context))
    if rest is not None:
        _furnish_rest(parts, rest, context)
    _furnish_exchange(parts, context)
    return parts


def _rest(context: ConnectorContext[BitrixSettings]) -> Rest:
    settings = context.settings
    client = BitrixClient(
        context.http(settings.rest_address()),
        context.clock,
        batch_limit=settings.batch_commands,
        tokens=_tokens(context),
    )
    own = OwnVersions()
    reader = OrderReader(client, settings, context.clock, own)
    return Rest(client, reader, OrderWriter(client, settings, own))


def _furnish_rest(parts: Parts, rest: Rest, context: ConnectorContext[BitrixSettings]) -> None:
    settings, client = context.settings, rest.client
    if settings.reads_orders_by_rest:
        parts.readers[Kind.ORDER], parts.writers[Kind.ORDER] = rest.orders, rest.order_writer
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
        _furnish_shop(parts, client, context)


def _furnish_shop(
    parts: Parts, client: BitrixClient, context: ConnectorContext[BitrixSettings]
) -> None:
    settings = context.settings
    customers, cards = CustomerDirectory(client, settings), CardDirectory(client, settings)
    parts.readers |= {Kind.CUSTOMER: customers, Kind.CARD: cards}
    parts.writers |= {Kind.CUSTOMER: customers, Kind.CARD: cards}
    parts.behaviour = Behaviour(client, settings, context.account)
    parts.people = UserLookup(client)
    parts.operations = {
        PROMO_ISSUE: PromoIssue(client, settings.origin),
        BONUS_POST: BonusPost(
            KeyedCall(client, "gateway.account.change", settings.origin),
            settings.account_currency or settings.currency,
        ),
        CUSTOMER_ERASE: Erase(KeyedCall(client, "gateway.user.erase", settings.origin)),
        CUSTOMER_MERGE: Merge(KeyedCall(client, "gateway.user.merge", settings.origin)),
    }


def _furnish_exchange(parts: Parts, context: ConnectorContext[BitrixSettings]) -> None:
    settings, exchange = context.settings, parts.exchange
    if exchange is None:
        return
    words = mapping_of(settings)
    if settings.orders == "exchange":
        buyers = parts.writers.get(Kind.CUSTOMER)
        documents = OrderDocuments(exchange, context.clock, words)
        shown = ExchangeBuyers(words, settings) if settings.shows_buyers else None
        if shown is not None:
            parts.readers[Kind.CUSTOMER] = shown
        orders = ExchangeOrders(exchange, words, settings, buyers, documents, shown)
        parts.readers[Kind.ORDER] = parts.writers[Kind.ORDER] = orders
    if settings.products == "exchange":
        parts.writers[Kind.PRODUCT] = ExchangeProducts(exchange, context.clock, words)


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
