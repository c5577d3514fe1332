"""Rows as the core would make them, with short spellings for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.ports import (
    Asked,
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    EntityRow,
    InboxRow,
    JournalRow,
    LinkRow,
    OperationRow,
    SaleKind,
    SaleProgress,
    SaleRow,
    Settlement,
    Tx,
)

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
NAME = "Семёнова Алёна Игоревна"
PHONE = "+79161234567"
FIELDS = {"name/full": NAME, f"phones/{PHONE}": True, "bonus": 12.5, "tags": ["ё", "VIP"]}


def in_order(*parts: Callable[[Tx], object]) -> Callable[[Tx], list[object]]:
    """Make one work of several."""
    return lambda tx: [part(tx) for part in parts]


def later(seconds: float) -> datetime:
    """Noon and some seconds."""
    return NOON + timedelta(seconds=seconds)


class HeldClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOON
        self.seconds = 100.0

    def now(self) -> datetime:
        """The held moment."""
        return self.at

    def monotonic(self) -> float:
        """The held count of seconds."""
        return self.seconds

    def move(self, seconds: float) -> None:
        """Go on."""
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


def hint(key: str, **changes: Any) -> InboxRow:
    """A received hint ``key`` with the token ``t-key``."""
    values: dict[str, Any] = {
        "id": key,
        "account": "shop",
        "kind": Kind.ORDER,
        "external_id": "17",
        "token": f"t-{key}",
        "event": "order.changed",
        "received_at": NOON,
        "correlation_id": f"c-{key}",
    }
    return InboxRow(**(values | changes))


def customer(key: str, **changes: Any) -> EntityRow:
    """A snapshot of a customer."""
    values: dict[str, Any] = {
        "id": key,
        "kind": Kind.CUSTOMER,
        "version": 1,
        "fields": dict(FIELDS),
        "origins": {"name/full": ("shop", "2026-03-02T12:00:00Z")},
        "created_at": NOON,
        "changed_at": NOON,
    }
    return EntityRow(**(values | changes))


def link(entity_id: str, account: str = "shop", **changes: Any) -> LinkRow:
    """A link whose external id is ``x-entity``."""
    values: dict[str, Any] = {
        "entity_id": entity_id,
        "kind": Kind.CUSTOMER,
        "account": account,
        "external_id": f"x-{entity_id}",
        "known": dict(FIELDS),
        "inflight": ({"name/full": NAME}, {"name/full": None}),
        "version": "7",
        "told_mark": 3,
        "told_at": NOON,
        "keyed": True,
    }
    return LinkRow(**(values | changes))


def due(entity_id: str, account: str = "loyalty", **changes: Any) -> DeliveryRow:
    """A delivery that is due at noon."""
    values: dict[str, Any] = {
        "entity_id": entity_id,
        "kind": Kind.CUSTOMER,
        "account": account,
        "state": DeliveryState.DUE,
        "due_at": NOON,
        "correlation_id": "c-1",
    }
    return DeliveryRow(**(values | changes))


def settled(
    entity_id: str, state: DeliveryState = DeliveryState.DONE, **changes: Any
) -> Settlement:
    """The end of an attempt."""
    values: dict[str, Any] = {
        "entity_id": entity_id,
        "account": "loyalty",
        "state": state,
        "due_at": NOON,
        "attempts": 1,
    }
    return Settlement(**(values | changes))


def operation(key: str, **changes: Any) -> OperationRow:
    """An accrual that is due at noon."""
    values: dict[str, Any] = {
        "key": key,
        "name": "bonus.accrue",
        "account": "loyalty",
        "state": DeliveryState.DUE,
        "due_at": NOON,
        "payload": {"card": "2000123456789", "name": NAME},
        "entity_id": "c1",
    }
    return OperationRow(**(values | changes))


def sentence(entity_id: str, event: str = "delivered", **changes: Any) -> JournalRow:
    """A sentence of the journal."""
    values: dict[str, Any] = {
        "at": NOON,
        "entity_id": entity_id,
        "kind": Kind.CUSTOMER,
        "account": "loyalty",
        "event": event,
        "outcome": "done",
        "correlation_id": "c-1",
        "detail": {"paths": ["name/full"]},
    }
    return JournalRow(**(values | changes))


def letter(key: str, **changes: Any) -> DeadLetter:
    """An open letter about the customer c1."""
    values: dict[str, Any] = {
        "id": key,
        "source": "delivery",
        "subject": "c1",
        "kind": Kind.CUSTOMER,
        "account": "loyalty",
        "state": "open",
        "cause_code": "rejected",
        "cause": "поле phone не принято",
        "remedy": "исправьте телефон",
        "attempts": 2,
        "version": 4,
        "first_at": NOON,
        "last_at": NOON,
        "correlation_id": "c-1",
        "request": dict(FIELDS),
        "answer": {"code": 422, "text": f"плохой номер {PHONE}"},
    }
    return DeadLetter(**(values | changes))


def sale(key: str, version: int = 1, **changes: Any) -> SaleRow:
    """A sale ``till-1:key`` that is reserved and due at noon."""
    values: dict[str, Any] = {
        "id": f"till-1:{key}",
        "kind": SaleKind.SALE,
        "caller": "till-1",
        "shop": "shop-1",
        "brand": "",
        "processor": "loyalty",
        "progress": SaleProgress.RESERVED,
        "version": version,
        "place": 1,
        "at": NOON,
        "changed_at": NOON,
        "due_at": NOON,
        "correlation_id": f"c-{key}",
        "content": {"member": {"phone": PHONE, "name": NAME}, "total": "199.90"},
        "kept": {"ticket": version},
        "asked": {"reserve": Asked("d1", "k1"), "commit": Asked("d2")},
    }
    return SaleRow(**(values | changes))
