"""Triggers with an HTTP request as their action (reference, section 19).

An administrator writes event, condition and parameters; the CRM sends exactly these, unsigned,
once. Changes of one save make one event: its ``changeSet`` holds every field that changed.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mocks.retailcrm.http_post import send_form
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.feed import Feed, Record

_TWIG = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_CALL = re.compile(r"\.get(\w+)\(\)")
_HAS = re.compile(r'changeSet\.hasChangedField\(["\'](\w[\w.]*)["\']\)')
_NEW = re.compile(r'changeSet\.getNewValue\(["\'](\w[\w.]*)["\']\)\s*==\s*["\']([^"\']*)["\']')
_MARK = re.compile(r"changeSet\.is(Create|Delete)\(\)")
_OK_MIN, _OK_MAX = 200, 299


@dataclass(frozen=True)
class Trigger:
    """A trigger; ``condition`` joins helpers of the change set by ``and`` (empty: always)."""

    event: Literal["order", "customer"]
    url: str
    method: Literal["GET", "POST"] = "POST"
    condition: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ChangeSet:
    """The fields that one save changed, with their new values."""

    entity: int
    new: dict[str, Any] = field(default_factory=dict)
    created: bool = False
    deleted: bool = False
    shown: Mapping[str, Any] = field(default_factory=dict)

    def add(self, record: Record, kind: str) -> None:
        """Take one history record of the save."""
        value = record.body.get("newValue")
        self.new[record.body["field"]] = value.get("code") if isinstance(value, dict) else value
        self.created = self.created or "created" in record.body
        self.deleted = self.deleted or "deleted" in record.body
        self.shown = {**self.shown, **record.body[kind]}

    def fits(self, condition: str) -> bool:
        """Tell whether a trigger's condition holds."""
        for part in filter(None, (one.strip() for one in condition.split(" and "))):
            if match := _HAS.fullmatch(part):
                fits = match[1] in self.new
            elif match := _NEW.fullmatch(part):
                fits = str(self.new.get(match[1])) == match[2]
            else:
                fits = self.created if part == "changeSet.isCreate()" else self.deleted
            if not fits:
                return False
        return True


def read_trigger(row: Mapping[str, Any]) -> Trigger:
    """Build a trigger from the side door's JSON.

    Raises:
        SideDoorRefused: an unknown event, method or helper in the condition.
    """
    trigger = Trigger(**row)
    parts = [one.strip() for one in trigger.condition.split(" and ") if one.strip()]
    known = all(_HAS.fullmatch(one) or _NEW.fullmatch(one) or _MARK.fullmatch(one) for one in parts)
    if trigger.event not in {"order", "customer"} or trigger.method not in {"GET", "POST"}:
        msg = "event must be order or customer, method GET or POST"
        raise SideDoorRefused(msg)
    if not known:
        msg = (
            'condition must join changeSet.hasChangedField("x"), changeSet.getNewValue("x") == "y",'
            " changeSet.isCreate() and changeSet.isDelete() by and"
        )
        raise SideDoorRefused(msg)
    return trigger


class TriggerDesk:
    """Watches the feeds and sends; it never holds up the call that made the change."""

    def __init__(self, account: Account) -> None:
        """Start without triggers."""
        self._account = account
        self.triggers: list[Trigger] = []
        self.tally: Counter[str] = Counter()
        self._read: dict[str, int] = {"order": 0, "customer": 0}
        self._sending: set[asyncio.Task[None]] = set()

    def flush(self) -> None:
        """Send for what changed since the last call; needs a running event loop."""
        feeds: Mapping[str, Feed] = {
            "order": self._account.order_feed,
            "customer": self._account.customer_feed,
        }
        for kind, feed in feeds.items():
            records = feed.records[self._read[kind] :]
            self._read[kind] = len(feed.records)
            wanted = [one for one in self.triggers if one.event == kind]
            if records and wanted:
                self._fire(kind, records, wanted)

    def _fire(self, kind: str, records: list[Record], triggers: list[Trigger]) -> None:
        changes: dict[int, ChangeSet] = {}
        for record in records:
            if record.entity:
                changes.setdefault(record.entity, ChangeSet(record.entity)).add(record, kind)
        for change in changes.values():
            for trigger in triggers:
                if change.fits(trigger.condition):
                    self._start(trigger, change)

    def _start(self, trigger: Trigger, change: ChangeSet) -> None:
        shown = dict(change.shown)
        pairs = [
            (name, _TWIG.sub(lambda match: _value(match[1], shown), text))
            for name, text in trigger.parameters.items()
        ]
        self.tally["fired"] += 1
        task = asyncio.create_task(self._send(trigger, pairs))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, trigger: Trigger, pairs: list[tuple[str, str]]) -> None:
        limit = self._account.settings.callback_timeout_s
        try:
            answer = await send_form(trigger.method, trigger.url, pairs, timeout_s=limit)
        except (OSError, ValueError):
            self.tally["lost"] += 1
            return
        self.tally["delivered" if _OK_MIN <= answer.status <= _OK_MAX else "refused"] += 1

    async def close(self) -> None:
        """Stop sending; what is on its way is lost."""
        tasks = list(self._sending)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settle(self) -> dict[str, int]:
        """Wait until nothing is on its way and return the tally."""
        self.flush()
        await asyncio.gather(*self._sending)
        return {name: self.tally[name] for name in ("fired", "delivered", "refused", "lost")}


def _value(expression: str, shown: Mapping[str, Any]) -> str:
    """Evaluate ``order.getStatus().getCode()`` and the like on what the record shows."""
    value: Any = shown
    for name in _CALL.findall(expression):
        wire = name[0].lower() + name[1:]
        if isinstance(value, dict):
            value = value.get(wire)
        elif wire != "code":
            value = None
    return "" if value is None else str(value)
