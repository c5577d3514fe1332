"""Creation: many records in one call, reconciled row by row.

The vendor's upload says 460 for a partial failure, and for rows that exist it may say anything up
to a success with empty lists. So the answer is only trusted for the rows that it names as saved;
all others are looked up by our key, and what is not there is created alone to learn why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from gateway.canonical import Canonical, Kind
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Outcome,
    OutcomeUnknown,
    Rejected,
    Written,
)

from .client import RetailCrmClient
from .errors import ALREADY_EXISTS
from .manifest import LIST_ROWS

E = TypeVar("E", bound=Canonical)
Outcomes: TypeAlias = "dict[str, Outcome[E]]"


async def find(client: RetailCrmClient, kind: Kind, keys: Sequence[str]) -> dict[str, str]:
    """Look up which of our keys exist in our shop: key → id."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), LIST_ROWS):
        listed = await client.by_external_ids(kind, wanted[start : start + LIST_ROWS])
        for row in listed.rows:
            if row.get("site") in (None, client.site) and row.get("externalId") is not None:
                found[str(row["externalId"])] = str(row["id"])
    return {key: found[key] for key in wanted if key in found}


async def each(
    changes: Iterable[Change[E]],
    work: Callable[[Change[E]], Awaitable[Outcome[E]]],
    *,
    at_once: int,
) -> Outcomes[E]:
    """Do ``work`` for each change, a few at once; one that fails never hides its neighbours."""
    gate = asyncio.Semaphore(at_once)

    async def one(change: Change[E]) -> tuple[str, Outcome[E]]:
        async with gate:
            try:
                return change.key, await work(change)
            except ConnectorError as error:
                return change.key, Failed(error)

    return dict(await asyncio.gather(*(one(change) for change in changes)))


@dataclass(slots=True)
class Created(Generic[E]):
    """Result of creating; ``answers`` are the orders as the vendor answered them."""

    outcomes: Outcomes[E] = field(default_factory=dict)
    answers: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Creator(Generic[E]):
    """Creates entities of one kind; ``row`` makes what is sent of a change."""

    client: RetailCrmClient
    kind: Kind
    row: Callable[[Change[E]], dict[str, Any]]
    at_once: int

    async def create(self, changes: Sequence[Change[E]]) -> Created[E]:
        """Create at most 50 entities."""
        result: Created[E] = Created()
        if not changes:
            return result
        try:
            answer = await self.client.upload(self.kind, [self.row(change) for change in changes])
        except Rejected:
            saved: dict[str, str] = {}
        except ConnectorError as error:
            result.outcomes = {change.key: Failed(error) for change in changes}
            return result
        else:
            saved = {row.external_id: str(row.id) for row in answer.saved if row.external_id}
            result.answers = answer.orders
        for change in changes:
            if change.key in saved:
                result.outcomes[change.key] = Written(saved[change.key], created=True)
        await self._reconcile([c for c in changes if c.key not in saved], result)
        return result

    async def _reconcile(self, doubtful: Sequence[Change[E]], result: Created[E]) -> None:
        if not doubtful:
            return
        try:
            found = await find(self.client, self.kind, [change.key for change in doubtful])
        except ConnectorError as error:
            unsure = Failed(_unsure(error))
            result.outcomes |= {change.key: unsure for change in doubtful}
            return
        result.outcomes |= {key: Exists(external_id) for key, external_id in found.items()}
        absent = [change for change in doubtful if change.key not in found]
        result.outcomes |= await each(absent, self._alone, at_once=self.at_once)

    async def _alone(self, change: Change[E]) -> Outcome[E]:
        try:
            return Written(await self.client.create(self.kind, self.row(change)), created=True)
        except Rejected as error:
            if error.vendor_code != ALREADY_EXISTS:
                raise
            try:
                found = await find(self.client, self.kind, [change.key])
            except ConnectorError as failure:
                raise _unsure(failure) from None
            if change.key not in found:
                raise
            return Exists(found[change.key])


def _unsure(error: ConnectorError) -> ConnectorError:
    """Return the failure of a look-up after a creation: the creation may have had its effect."""
    return OutcomeUnknown(
        "the creation was sent and could not be confirmed",
        operation=error.operation,
        vendor_code=error.vendor_code,
        http_status=error.http_status,
        retry_after_s=error.retry_after_s,
    )


async def give_keys(
    client: RetailCrmClient, kind: Kind, changes: Sequence[Change[E]], *, at_once: int
) -> dict[str, Failed]:
    """Give records our keys, in one call; return those that could not be given theirs.

    The vendor takes all pairs or none, so after a refusal each is given alone.
    """
    if not changes:
        return {}

    async def give(some: Sequence[Change[E]]) -> None:
        pairs = {change.external_id or "": change.key for change in some}
        await client.fix_external_ids(kind, pairs)

    async def give_one(change: Change[E]) -> Outcome[E]:
        await give([change])
        return Written(change.external_id or "")

    try:
        await give(changes)
    except (Rejected, Missing):
        told = await each(changes, give_one, at_once=at_once)
        return {key: outcome for key, outcome in told.items() if isinstance(outcome, Failed)}
    except ConnectorError as error:
        return {change.key: Failed(error) for change in changes}
    return {}
