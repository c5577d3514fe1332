"""The account: everything that the double remembers, with the indexes that keep it quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from mocks.retailcrm.catalogue import Catalogue
from mocks.retailcrm.feed import Feed
from mocks.retailcrm.loyalty import Loyalty
from mocks.retailcrm.stock import STOCK_FIELDS, stock_references

if TYPE_CHECKING:
    from mocks.retailcrm.corporate import Corporate
    from mocks.retailcrm.customer import Customer
    from mocks.retailcrm.file_calls import File
    from mocks.retailcrm.order import Order
    from mocks.retailcrm.settings import ApiKey, Offer, RetailCrmSettings, Shop

_SEED_STEP = 100_000
COUNTED = (
    "customer",
    "order",
    "item",
    "payment",
    "note",
    "address",
    "participation",
    "operation",
    "product",
    "offer",
    "group",
    "property",
    "file",
    "task",
    "link",
    "corporate",
    "company",
    "contact",
)


class Kept(Protocol):
    """What a shelf holds."""

    id: int
    site: str | None
    external_id: str | None

    def marks(self) -> Iterable[tuple[str, str]]:
        """Return the (kind, value) pairs under which the entity is found."""


T = TypeVar("T", bound=Kept)


class Shelf(Generic[T]):
    """Entities by id, by externalId within a shop, and by any further mark."""

    def __init__(self) -> None:
        """Start empty."""
        self.by_id: dict[int, T] = {}
        self._by_external: dict[str, dict[int, T]] = {}
        self._by_mark: dict[tuple[str, str], dict[int, T]] = {}

    def put(self, entity: T) -> None:
        """Enter an entity under all its names."""
        self.by_id[entity.id] = entity
        if entity.external_id is not None:
            self._by_external.setdefault(entity.external_id, {})[entity.id] = entity
        for mark in entity.marks():
            self._by_mark.setdefault(mark, {})[entity.id] = entity

    def withdraw(self, entity: T) -> None:
        """Remove an entity; call before its names change, then put it again."""
        del self.by_id[entity.id]
        if entity.external_id is not None:
            self._by_external.get(entity.external_id, {}).pop(entity.id, None)
        for mark in entity.marks():
            self._by_mark.get(mark, {}).pop(entity.id, None)

    def reindex(self, entity: T, change: Callable[[], None]) -> None:
        """Apply a change that may touch the entity's names; its place among the ids is kept."""
        if entity.external_id is not None:
            self._by_external.get(entity.external_id, {}).pop(entity.id, None)
        for mark in entity.marks():
            self._by_mark.get(mark, {}).pop(entity.id, None)
        change()
        self.put(entity)

    def external(self, external_id: str, sites: Iterable[str | None]) -> list[T]:
        """Return the entities with this externalId in these shops, by ascending id."""
        found = self._by_external.get(external_id)
        if not found:
            return []
        wanted = set(sites)
        return [found[key] for key in sorted(found) if found[key].site in wanted]

    def marked(self, kind: str, value: str) -> list[T]:
        """Return the entities that carry a mark, by ascending id."""
        found = self._by_mark.get((kind, value), {})
        return [found[key] for key in sorted(found)]

    def newest_first(self) -> list[T]:
        """Return all, id descending."""
        return list(reversed(self.by_id.values()))


@dataclass
class Tombstone:
    """A customer that was merged away: where it was found and who took over."""

    site: str | None
    external_id: str | None
    survivor: int


class Account:
    """State of one RetailCRM account."""

    def __init__(self, settings: RetailCrmSettings) -> None:
        """Build an empty account with the stock reference books and custom fields."""
        self.settings = settings
        shift = (settings.seed - 1) * _SEED_STEP
        first = settings.first_ids
        self._next: dict[str, int] = {name: getattr(first, name) + shift for name in COUNTED}
        feed = {"gaps": settings.history_gaps, "seed": settings.seed}
        self.customer_feed = Feed(first.customer_history + shift, **feed)
        self.order_feed = Feed(first.order_history + shift, **feed)
        self.task_feed = Feed(first.task_history + shift, **feed)
        self.customers: Shelf[Customer] = Shelf()
        self.orders: Shelf[Order] = Shelf()
        self.corporates: Shelf[Corporate] = Shelf()
        self.corporate_feed = Feed(first.corporate_history + shift, **feed)
        self.gone: dict[int, Tombstone] = {}
        self.notes: dict[int, dict[str, Any]] = {}
        self.payments: dict[int, Order] = {}
        self.payment_ids: dict[str, dict[int, None]] = {}
        self.shops: dict[str, Shop] = {shop.code: shop for shop in settings.shops}
        self.users: set[int] = set(settings.users)
        self.offers: dict[tuple[str, str], Offer] = {}
        self.references = stock_references(settings)
        self.fields: dict[str, dict[str, dict[str, Any]]] = deepcopy(STOCK_FIELDS)
        self.dictionaries: dict[str, dict[str, Any]] = {}
        self.zone = ZoneInfo(settings.time_zone)
        self._waiting: list[tuple[float, str, Callable[[str], None]]] = []
        self.loyalty = Loyalty(self)
        self.catalogue = Catalogue(self)
        self.segments: dict[str, dict[str, Any]] = {}
        self.tasks: dict[int, dict[str, Any]] = {}
        self.files: dict[int, File] = {}
        self.carts: dict[tuple[str, int], dict[str, Any]] = {}
        self.favorites: dict[tuple[str, int], list[int]] = {}
        self.modules: dict[str, dict[str, Any]] = {}
        self.module_keys: dict[str, ApiKey] = {}
        self.settings_updated_at = "2026-01-10 09:00:00"
        for offer in settings.offers:
            self.add_offer(offer)
        self.follow_settings(hide=True)

    def follow_settings(self, *, hide: bool) -> None:
        """Let every feed follow the switches; ``hide`` puts the invisible records in again."""
        feeds = (self.customer_feed, self.order_feed, self.corporate_feed, self.task_feed)
        for feed in feeds:
            feed.uneven = self.settings.history_times == "uneven"
            if hide:
                feed.hide(self.settings.history_hidden, self.now())

    def next_id(self, kind: str) -> int:
        """Return a fresh id of ``kind``."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def now(self) -> str:
        """Return the account-local time as the server stamps it."""
        return self.settings.clock().astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def add_offer(self, offer: Offer) -> None:
        """Put an offer into the catalogue."""
        self.name_offer(offer)
        self.catalogue.keep(offer)

    def name_offer(self, offer: Offer) -> None:
        """Let lines of orders find an offer under its names."""
        self.offers["id", str(offer.id)] = offer
        self.offers["externalId", offer.external_id] = offer
        self.offers["xmlId", offer.xml_id or offer.external_id] = offer

    def later(self, delay_ms: int, work: Callable[[str], None]) -> None:
        """Run ``work`` (given its time stamp) once ``delay_ms`` have passed; zero means at once."""
        if not delay_ms:
            work(self.now())
            return
        due = self.settings.clock() + timedelta(milliseconds=delay_ms)
        stamp = due.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
        self._waiting.append((self.settings.ticker() + delay_ms / 1000, stamp, work))

    def settle(self) -> None:
        """Run the asynchronous work that has come due; called before every request."""
        self.loyalty.settle()
        if not self._waiting:
            return
        now = self.settings.ticker()
        due = [one for one in self._waiting if one[0] <= now]
        self._waiting = [one for one in self._waiting if one[0] > now]
        for _, stamp, work in due:
            work(stamp)
