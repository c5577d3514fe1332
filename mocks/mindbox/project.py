"""The project: all state of the double and the counters that number it."""

from __future__ import annotations

import random
import uuid
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mocks.mindbox.actions import Action, BalanceChange
from mocks.mindbox.clock import ProjectClock
from mocks.mindbox.customer import Customer
from mocks.mindbox.promotions import Promotion
from mocks.mindbox.reading import Json
from mocks.mindbox.settings import BalanceType, MindboxSettings
from mocks.mindbox.stock import Card, Code, GiftCard, Message, Pool, PromoCode

if TYPE_CHECKING:
    from mocks.mindbox.exports import Export
    from mocks.mindbox.order import Order

# Ids of different seeds shall not look alike; the step is a prime.
_SEED_STEP = 7919


class Project:
    """One customer's Mindbox."""

    def __init__(self, settings: MindboxSettings) -> None:
        """Open a project without any customer."""
        self.settings = settings
        self.clock = ProjectClock(settings.clock)
        self.chance = random.Random(settings.seed)  # noqa: S311 - repeatable ids and codes
        self.customers: dict[int, Customer] = {}
        self.customer_by_id: dict[tuple[str, str], int] = {}
        self.by_phone: defaultdict[str, set[int]] = defaultdict(set)
        self.by_email: defaultdict[str, set[int]] = defaultdict(set)
        self.merged: dict[int, int] = {}
        self.merges: list[tuple[datetime, int, tuple[Json, ...]]] = []
        self.orders: dict[int, Order] = {}
        self.order_by_id: dict[tuple[str, str], int] = {}
        self.cards: dict[str, Card] = {}
        self.pools: dict[str, Pool] = {}
        self.promo_codes: dict[str, PromoCode] = {}
        self.gift_cards: dict[str, GiftCard] = {}
        self.promotions: dict[str, Promotion] = {}
        self.usage: defaultdict[tuple[str, int], dict[int, int]] = defaultdict(dict)
        self.actions: list[Action] = []
        self.actions_of: defaultdict[int, list[Action]] = defaultdict(list)
        self.by_device: dict[str, int] = {}
        self.messages: list[Message] = []
        self.codes: dict[tuple[str, int], list[Code]] = defaultdict(list)
        self.lists: dict[tuple[str, str], list[Json]] = {}
        self.segmentations: dict[str, str] = {}
        self.segments: dict[tuple[str, str], str] = {}
        self.products: dict[tuple[str, str], int] = {}
        self.places: dict[str, str] = {}
        self.areas: dict[str, str] = {}
        self.offers: dict[int, list[Json]] = {}
        self.exports: list[Export] = []
        self.events: list[tuple[str, Json]] = []
        self._counters: Counter[str] = Counter()

    def now(self) -> datetime:
        """Return the present moment."""
        return self.clock.now()

    def next_id(self, kind: str) -> int:
        """Return the next number of a kind of entity (a field of ``FirstIds``)."""
        first: int = getattr(self.settings.first_ids, kind)
        number = first + self._counters[kind] + (self.settings.seed - 1) * _SEED_STEP
        self._counters[kind] += 1
        return number

    def guid(self) -> str:
        """Return a repeatable UUID."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    @property
    def balance_type(self) -> BalanceType:
        """The account that operations without a name of one work on."""
        return self.settings.balance_types[0]

    def balance_named(self, system_name: str) -> BalanceType | None:
        """Return an account type, None when the project has none of that name."""
        if not system_name:
            return self.balance_type
        for found in self.settings.balance_types:
            if found.system_name == system_name:
                return found
        return None

    def product_id(self, key: str, value: str) -> int:
        """Return the project's id of a product; an unknown one is put into the catalogue."""
        found = self.products.get((key, value))
        if found is None:
            found = self.products[key, value] = self.next_id("product")
        return found

    def act(
        self,
        template: str,
        customer_id: int,
        *,
        at: datetime | None = None,
        place: str = "",
        order_id: int | None = None,
        changes: tuple[BalanceChange, ...] = (),
        details: Json | None = None,
    ) -> Action:
        """Write one customer action."""
        now = self.now()
        action = Action(
            id=self.next_id("action"),
            template=template,
            at=at or now,
            created=now,
            customer_id=customer_id,
            place=place,
            order_id=order_id,
            changes=changes,
            details=details or {},
        )
        self.actions.append(action)
        self.actions_of[customer_id].append(action)
        return action

    def tell(self, event: str, **details: Any) -> None:
        """Leave an event for the scenarios that call webhooks (section 23)."""
        self.events.append((event, details))

    def send(self, customer: Customer, channel: str, template: str, *, code: str = "") -> None:
        """Send a message of a scenario to the customer."""
        contact = customer.email if channel == "Email" else customer.phone
        address = contact.pending or contact.value
        self.messages.append(Message(self.now(), channel, template, customer.id, address, code))

    def settle(self, customer: Customer) -> None:
        """Let the customer's points expire that are past their day."""
        now = self.now()
        for name, ledger in customer.ledgers.items():
            balance = self.balance_named(name)
            for left, moment in ledger.expire(now) if balance is not None else ():
                assert balance is not None  # noqa: S101 - the loop is empty otherwise
                change = BalanceChange(-left, balance, "Expired")
                self.act("SgoranieBallov", customer.id, at=moment, changes=(change,))

    def lagged(self) -> datetime:
        """Return the moment before which changes show in lists (4.5)."""
        return self.now() - timedelta(seconds=self.settings.list_lag_s)
