"""Operations: postings by hand, merges and notes, of which the vendor does each that it gets (20).

There is no idempotency key, so each leaves a mark of ours where the vendor has a text, and the mark
is looked for before anything is sent. A merge leaves none: it shows by who is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from gateway.canonical import BonusOperationKind
from gateway.contract import (
    Clock,
    ConnectorError,
    Missing,
    Operation,
    OutcomeUnknown,
    Rejected,
    Unsupported,
)
from gateway.contract.operations import (
    BONUS_POST,
    BonusPosting,
    CustomerMerge,
    CustomerNote,
    Payload,
    payload_of,
)

from .client_people import PeopleClient
from .ledger import Ledger, Sought
from .memory import Memory
from .participations import Participations
from .translator import moment_text
from .translator_sale import amount_text

P = TypeVar("P", bound=Payload)

_WAYS = {
    BonusOperationKind.ACCRUE: "credit",
    BonusOperationKind.REDEEM: "charge",
    BonusOperationKind.CANCEL: "charge",
    BonusOperationKind.EXPIRE: "charge",
}
_DAY = 10
MERGED_AT_ONCE = 50


def mark_of(key: str) -> str:
    """Return the mark that a text of ours ends with."""
    return f"[op:{key}]"


@dataclass(frozen=True, slots=True)
class BonusPost:
    """Credits or charges points by hand. The mark stands in the posting's comment."""

    members: Participations
    ledger: Ledger
    clock: Clock
    memory: Memory[Sought] = field(default_factory=Memory)

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Post once: what carries the mark already is not posted again.

        Raises ``Unsupported`` when an earlier attempt may have posted and the account does not
        show comments: then only a person can tell.
        """
        posting = payload_of(BonusPosting, operation)
        before = self.memory.get(operation.key)
        if before is not None and before.is_done:
            return _posted(before, before=True)
        sought = before or await self._sought(operation, posting)
        if self.ledger.is_readable:
            if await self.ledger.holds(sought, is_doubtful=before is not None):
                return _posted(sought, before=True)
        elif before is not None:
            raise _blind(operation.name)
        self.memory.put(operation.key, sought)
        form = self._form(operation, posting)
        try:
            await self.members.client.post_bonus(sought.account_id, sought.way, form)
        except OutcomeUnknown:
            raise
        except ConnectorError:
            if before is None:
                # Refused or never sent: nothing of it can be there.
                self.memory.drop(operation.key)
            raise
        self.memory.put(operation.key, replace(sought, is_done=True))
        return _posted(sought, before=False)

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Look for the mark; a key of another process is looked for when it is performed again."""
        sought = self.memory.get(key)
        if not self.ledger.is_readable and not (sought is not None and sought.is_done):
            raise _blind(BONUS_POST)
        if sought is None:
            self.memory.doubt(key)
            return None
        if sought.is_done:
            return _posted(sought, before=True)
        found = await self.ledger.holds(sought, is_doubtful=True)
        return _posted(sought, before=True) if found else None

    async def _sought(self, operation: Operation, posting: BonusPosting) -> Sought:
        way = _WAYS.get(posting.kind)
        if way is None:
            msg = "an adjustment has no direction: write accrue or redeem"
            raise Rejected(msg, operation=operation.name)
        programme = self.members.programme
        if posting.programme not in (None, programme.name):
            msg = "the account is set up for another programme"
            raise Rejected(msg, operation=operation.name, vendor_code="programme")
        row = await self.members.required(posting.customer_external_id)
        since = None if self.memory.is_doubted(operation.key) else self.clock.now()
        return Sought(row.id or 0, way, posting.points, mark_of(operation.key), since)

    def _form(self, operation: Operation, posting: BonusPosting) -> list[tuple[str, str]]:
        texts = [posting.reason, posting.order_number, mark_of(operation.key)]
        form = [
            ("amount", amount_text(posting.points)),
            ("comment", " ".join(one for one in texts if one)),
        ]
        if _WAYS[posting.kind] == "credit":
            days = {"activationDate": posting.active_from, "expireDate": posting.expires_at}
            form += [(name, self._day(at)) for name, at in days.items() if at is not None]
        return form

    def _day(self, at: datetime) -> str:
        """Return the day of a moment in the account's zone: the vendor counts days."""
        return moment_text(at, self.members.settings.zone)[:_DAY]


@dataclass(frozen=True, slots=True)
class Merge:
    """Merges customers. The vendor does it later; that it will is as good as done."""

    client: PeopleClient
    memory: Memory[CustomerMerge] = field(default_factory=Memory)

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Merge those who are still there. Raises ``Missing`` when the survivor is not."""
        merge = payload_of(CustomerMerge, operation)
        wrong = [one for one in (merge.survivor, *merge.losers) if not one.isdigit()]
        if wrong or merge.survivor in merge.losers:
            msg = "a merge names the CRM's own ids, and the survivor is no loser"
            raise Rejected(msg, operation=operation.name)
        there = await self.client.there([merge.survivor, *merge.losers])
        if merge.survivor not in there:
            msg = "the CRM does not know the surviving customer"
            raise Missing(msg, operation="customers/combine")
        losers = [one for one in merge.losers if one in there]
        self.memory.put(operation.key, merge)
        for start in range(0, len(losers), MERGED_AT_ONCE):
            await self._combine(losers[start : start + MERGED_AT_ONCE], merge.survivor)
        return {"merged": len(merge.losers), "before": not losers}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Look whether the losers are gone; asking again for those who are not does no harm."""
        merge = self.memory.get(key)
        if merge is None or await self.client.there(merge.losers):
            return None
        return {"merged": len(merge.losers), "before": True}

    async def _combine(self, losers: list[str], survivor: str) -> None:
        try:
            await self.client.combine(losers, survivor)
        except (Rejected, Missing):
            # An earlier call may be at work just now: then they are gone.
            if await self.client.there(losers):
                raise


@dataclass(frozen=True, slots=True)
class Note:
    """Leaves notes on customers. The mark stands at the end of the text."""

    client: PeopleClient

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Leave a note, unless one with the mark is there."""
        note = payload_of(CustomerNote, operation)
        if not note.customer_external_id.isdigit():
            msg = "a note names the customer by the CRM's own id"
            raise Rejected(msg, operation=operation.name)
        mark = mark_of(operation.key)
        found = await self.client.marked(mark, note.customer_external_id)
        if found is not None:
            return {"note": found, "before": True}
        text = f"{note.text}\n{mark}"
        return {"note": await self.client.note(note.customer_external_id, text)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Look for the note with the mark."""
        found = await self.client.marked(mark_of(key))
        return None if found is None else {"note": found, "before": True}


def _posted(sought: Sought, *, before: bool) -> dict[str, Any]:
    return {"account": sought.account_id, "way": sought.way, "before": before}


def _blind(operation: str) -> Unsupported:
    msg = "the CRM does not tell whether it was posted: compare the member's postings by hand"
    return Unsupported(msg, operation=operation)
