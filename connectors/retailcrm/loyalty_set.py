"""Loyalty set: all parts of an account's loyalty, put together once."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.canonical import Customer
from gateway.contract import ConnectorContext, Services

from .bonus_feed import MemberFeed
from .client import RetailCrmClient
from .client_loyalty import LoyaltyClient
from .client_people import PeopleClient
from .client_sales import SalesClient
from .config import RetailCrmSettings
from .config_services import LoyaltySettings
from .ledger import Ledger
from .loyalty import Processing
from .one_time import Codes
from .operations import BonusPost
from .participations import Participations
from .reader import FeedReader
from .records import CustomerRecords
from .registration import Registration
from .returns import Returns
from .sales import Sales
from .status_book import StatusBook
from .translator_customer import CustomerTranslator
from .translator_loyalty import LoyaltyTranslator
from .translator_sale import SaleTranslator


@dataclass(frozen=True, slots=True)
class LoyaltySet:
    """The loyalty of one account."""

    feed: MemberFeed
    services: Services
    bonus_post: BonusPost


def loyalty_set(
    context: ConnectorContext[RetailCrmSettings],
    programme: LoyaltySettings,
    client: RetailCrmClient,
    book: StatusBook,
    feed: FeedReader[Customer],
) -> LoyaltySet:
    """Build the parts; does no I/O."""
    settings = context.settings
    loyalty = LoyaltyClient(client.calls)
    members = Participations(loyalty, PeopleClient(client), settings, programme)
    customers = CustomerTranslator(settings)
    translator = LoyaltyTranslator(settings, programme)
    registration = Registration(loyalty, client, customers, members)
    sales = Sales(
        SalesClient(client.calls), client, members, book, SaleTranslator(settings, programme)
    )
    records = CustomerRecords(customers, settings.site)
    processing = Processing(
        members, registration, records, translator, sales, Returns(sales, settings, programme)
    )
    return LoyaltySet(
        feed=MemberFeed(feed, members, translator, context),
        services=Services(loyalty=processing, codes=Codes(members, registration)),
        bonus_post=BonusPost(members, Ledger(loyalty, settings), context.clock),
    )
