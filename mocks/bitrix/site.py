"""State of one shop: its tables, counters.

Dictionaries and what the current hit is about to announce.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mocks.bitrix import dictionaries
from mocks.bitrix.bindings import Bindings
from mocks.bitrix.changes import ChangeLog
from mocks.bitrix.clock import SiteClock
from mocks.bitrix.oauth import Tokens
from mocks.bitrix.offline import OfflineQueue
from mocks.bitrix.sale_extra import small_tables
from mocks.bitrix.settings import BitrixSettings
from mocks.bitrix.table import Table
from mocks.bitrix.user_methods import furnish_staff

# First ids of a fresh shop; the golden samples of chapter 10 start here.
_FIRST_IDS = {
    "order": 51, "basket": 310, "payment": 61, "shipment": 71, "shipmentItem": 81,
    "propertyValue": 901,
    "basketProperty": 139, "user": 20, "coupon": 4001, "transaction": 801, "merge": 3,
    "subscription": 60, "fuser": 17,
    "product": 101, "price": 8, "storeProduct": 11, "section": 11, "contact": 12, "fm": 501,
    "staff": 12,
}  # fmt: skip

# Events that a hit announces at most once, whatever it saved (reference 1.10).
_ONCE_PER_HIT = {"ONSALEORDERSAVED"}


@dataclass(frozen=True)
class SiteEvent:
    """An event that the site announces.

    Its name, ``data[FIELDS]`` and the second in which it was queued. ``prefix`` is the part of
    ``data`` that the values stand under, ``user_id`` who caused it.
    """

    name: str
    fields: dict[str, str]
    ts: int
    prefix: str = "[FIELDS]"
    user_id: int | None = None


@dataclass
class Hit:
    """One request to the site: who acts and what is announced after its commit."""

    origin: str
    user_id: int | None = None
    connector: str = ""
    events: list[SiteEvent] = field(default_factory=list)
    announced: set[object] = field(default_factory=set)


@dataclass
class Site:
    """Everything that the shop remembers."""

    settings: BitrixSettings
    clock: SiteClock = field(init=False)
    tokens: Tokens = field(init=False)
    offline: OfflineQueue = field(init=False)
    bindings: Bindings = field(default_factory=Bindings)
    is_app_installed: bool = field(init=False)
    changes: ChangeLog = field(default_factory=ChangeLog)
    running: set[str] = field(default_factory=set)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    merges: dict[int, dict[str, Any]] = field(default_factory=dict)
    fusers: dict[int, int] = field(default_factory=dict)
    discounts: dict[int, dict[str, Any]] = field(default_factory=dict)
    locks: dict[tuple[int, str], float] = field(default_factory=dict)
    balances: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    orders: Table = field(
        default_factory=lambda: Table(exact=("userId", "xmlId"), ordered="dateUpdate")
    )
    basket_items: Table = field(
        default_factory=lambda: Table(exact=("orderId", "fuserId"), ordered="dateUpdate")
    )
    payments: Table = field(default_factory=lambda: Table(exact=("orderId", "xmlId")))
    shipments: Table = field(default_factory=lambda: Table(exact=("orderId", "xmlId")))
    removed_shipments: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[int, dict[str, str]] = field(default_factory=dict)
    shipment_items: Table = field(
        default_factory=lambda: Table(exact=("orderDeliveryId", "basketId"))
    )
    property_values: Table = field(default_factory=lambda: Table(exact=("orderId",)))
    properties: Table = field(default_factory=lambda: Table(exact=("personTypeId",)))
    person_types: Table = field(default_factory=Table)
    statuses: Table = field(default_factory=Table)
    status_langs: Table = field(default_factory=lambda: Table(key="statusId"))
    pay_systems: Table = field(default_factory=lambda: Table(key="ID"))
    deliveries: Table = field(default_factory=lambda: Table(key="ID"))
    products: Table = field(
        default_factory=lambda: Table(exact=("xmlId", "iblockId", "parentId"), ordered="timestampX")
    )
    catalogs: Table = field(default_factory=lambda: Table(key="iblockId"))
    sections: Table = field(default_factory=lambda: Table(exact=("xmlId", "iblockId")))
    price_types: Table = field(default_factory=lambda: Table(exact=("xmlId",)))
    prices: Table = field(default_factory=lambda: Table(exact=("productId",)))
    stores: Table = field(default_factory=lambda: Table(exact=("xmlId",)))
    store_products: Table = field(default_factory=lambda: Table(exact=("productId", "storeId")))
    measures: Table = field(default_factory=Table)
    vats: Table = field(default_factory=Table)
    small: dict[str, Table] = field(default_factory=small_tables)
    crm: dict[int, Table] = field(default_factory=dict)
    order_clients: Table = field(default_factory=lambda: Table(exact=("orderId",)))
    order_links: list[dict[str, Any]] = field(default_factory=list)
    user_fields: list[dict[str, Any]] = field(default_factory=list)
    staff: Table = field(default_factory=lambda: Table(key="ID"))
    iblock_properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: Table = field(
        default_factory=lambda: Table(
            exact=("phone", "email", "login", "xmlId"), ordered="updatedAt"
        )
    )
    coupons: Table = field(default_factory=lambda: Table(exact=("codeKey",), ordered="updatedAt"))
    order_coupons: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    cards: Table = field(
        default_factory=lambda: Table(key="number", exact=("userId",), ordered="updatedAt")
    )
    transactions: Table = field(default_factory=lambda: Table(exact=("userId",), ordered="at"))
    baskets: Table = field(
        default_factory=lambda: Table(key="fuserId", exact=("userId",), ordered="updatedAt")
    )
    subscriptions: Table = field(default_factory=lambda: Table(ordered="dateFrom"))
    _next: Counter[str] = field(default_factory=lambda: Counter(_FIRST_IDS))
    _hit: Hit | None = None

    def __post_init__(self) -> None:
        """Furnish a fresh shop with its dictionaries."""
        self.clock = SiteClock(self.settings.utc_offset_h)
        self.clock.cuts_offset = self.settings.filter_offset == "cut"
        self.tokens = Tokens(self)
        self.offline = OfflineQueue(self.clock)
        self.is_app_installed = self.settings.app.is_installed
        dictionaries.furnish(self)
        furnish_staff(self)

    def next_id(self, kind: str) -> int:
        """Return the next id of a kind of row; ids are never used twice."""
        number = self._next[kind] or 1
        self._next[kind] = number + 1
        return number

    def reserve_id(self, kind: str, used: int) -> None:
        """Make sure that an id which a seed brought along is not given again."""
        self._next[kind] = max(self._next[kind], used + 1)

    def auto_xml_id(self) -> str:
        """Return an external id as the site makes it for a row without one.

        ``bx_`` and hexadecimal digits.
        """
        return f"bx_{self.settings.seed & 0xFFFFFF:06x}{self.next_id('xml'):07x}"

    @contextmanager
    def hit(self, origin: str, user_id: int | None = None) -> Iterator[Hit]:
        """Run one request; what it announces is in ``events`` when the block ends."""
        hit = Hit(origin, user_id)
        self._hit = hit
        try:
            yield hit
        finally:
            self._hit = None

    @property
    def origin(self) -> str:
        """Who is acting: ``rest``, ``site`` or what a write of the extension named."""
        return self._hit.origin if self._hit is not None else "site"

    @origin.setter
    def origin(self, name: str) -> None:
        if self._hit is not None:
            self._hit.origin = name

    @contextmanager
    def silence(self, *names: str) -> Iterator[None]:
        """Announce none of the named events in the block, or nothing at all without names."""
        hit = self._hit
        before, mark = list(hit.events) if hit is not None else [], self.changes.mark()
        queued = set(self.offline.rows)
        try:
            yield
        finally:
            if hit is not None:
                new = hit.events[len(before) :]
                kept = [event for event in new if names and event.name not in names]
                hit.events[:] = [*before, *kept]
            self.offline.rows = {
                key: row
                for key, row in self.offline.rows.items()
                if key in queued or (names and row["EVENT_NAME"] not in names)
            }
            if not names:
                self.changes.forget_after(mark)

    def act_for(self, user_id: int, connector: str) -> None:
        """Note whose call runs and which connector's own change it is (1.10)."""
        if self._hit is not None:
            self._hit.user_id, self._hit.connector = user_id, connector

    def announce(self, name: str, **values: object) -> None:
        """Queue an event with its ``data[FIELDS]``, once per entity and hit.

        If a handler or a connector asked for it.
        """
        hit = self._hit
        if hit is None or not self._is_wanted(name):
            return
        mark: object = name if name in _ONCE_PER_HIT else (name, values.get("ID"), values.get("OP"))
        if mark in hit.announced:
            return
        hit.announced.add(mark)
        known = {key: value for key, value in values.items() if value is not None}
        self.announce_plain(name, known, prefix="[FIELDS]")

    def announce_plain(self, name: str, values: Mapping[str, object], *, prefix: str = "") -> None:
        """Queue an event whose values stand right under ``data``, or under ``prefix``."""
        hit = self._hit
        if hit is None:
            return
        texts = {key: str(value) for key, value in values.items()}
        hit.events.append(SiteEvent(name, texts, self.clock.unix(), prefix, hit.user_id))
        data = {"FIELDS": dict(values)} if prefix else dict(values)
        for row in self.bindings.offline(name):
            if row.connector and row.connector == hit.connector:
                continue
            self.offline.take(name, data, hit.user_id, row.connector)
            if "ONOFFLINEEVENT" not in hit.announced:
                hit.announced.add("ONOFFLINEEVENT")
                hit.events.append(SiteEvent("ONOFFLINEEVENT", {}, self.clock.unix(), "", None))

    def _is_wanted(self, name: str) -> bool:
        return name in self.settings.target.events or self.bindings.wants(name)

    def log(self, entity: str, key: object, op: str, version: int | None = None) -> int:
        """Write a row of the extension's change log and return its number."""
        return self.changes.write(
            entity, key, op, at=self.clock.stamp(), origin=self.origin, version=version
        )
