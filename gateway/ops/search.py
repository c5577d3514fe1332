"""Search: from what a person has in hand to the entities that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.canonical import Kind
from gateway.ops.masked import shown_fields
from gateway.ops.near import near_digests
from gateway.ops.story import Step, step_of
from gateway.ports import EntityRow, JournalFilter, Span, Store, Tx
from gateway.sync.lookup import Digester

MOST_FOUND = 50
MOST_STEPS = 200
_LONGEST = 200
_CANONICAL_ID = re.compile(r"[ckpo]-[0-9a-z]{22}")
_GAPS = re.compile(r"[\s\-]")


class How(StrEnum):
    """How a query led to what was found.

    ``near``: nothing is known under it, but under what is one slip of the keyboard away.
    """

    EXACT = "exact"
    NEAR = "near"
    CORRELATION = "correlation"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One entity in a list. ``title`` names it, ``marks`` tell more of it; both are masked."""

    id: str
    kind: str
    title: str
    marks: tuple[str, ...]
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a query led to; the query itself is not repeated.

    Shape: ``steps`` are the sentences under a correlation id, in order; ``more`` tells that there
    are more entities than lines, or more sentences than steps.
    """

    how: How
    lines: tuple[FoundLine, ...] = ()
    steps: tuple[Step, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Finds entities by whatever a person has in hand."""

    store: Store
    accounts: Mapping[str, object]
    digester: Digester

    async def look(self, query: str, *, limit: int = MOST_FOUND) -> Found:
        """Return what is known under a query, or near to it; see ``find_entities``.

        A correlation id leads to what happened under it. Never raises for a query.
        """
        text = query.strip()[:_LONGEST]
        return await self.store.read(lambda tx: self._look(tx, text, limit))

    def _look(self, tx: Tx, text: str, limit: int) -> Found:
        if not text:
            return Found(How.NOTHING)
        ids = find_entities(tx, text, digester=self.digester, accounts=self.accounts)
        if ids:
            return Found(How.EXACT, lines_of(tx, ids[:limit]), more=len(ids) > limit)
        told = tx.journal_page(
            JournalFilter(correlation_id=text), Span(newest_first=False, most=MOST_STEPS)
        )
        if told.rows:
            about = dict.fromkeys(row.entity_id for row in told.rows if row.entity_id)
            steps = tuple(map(step_of, told.rows))
            more = told.reached is not None or len(about) > limit
            return Found(How.CORRELATION, lines_of(tx, list(about)[:limit]), steps, more)
        near = find_near(tx, text, digester=self.digester)
        how = How.NEAR if near else How.NOTHING
        return Found(how, lines_of(tx, near[:limit]), more=len(near) > limit)


def find_entities(
    tx: Tx, query: str, *, digester: Digester, accounts: Iterable[str]
) -> tuple[str, ...]:
    """Return the ids of entities that a query names, orders and customers alike.

    Shape: a query is an order number, a phone in any spelling, an e-mail, a card, a canonical id,
    or a vendor's own id as ``account:id``. It is compared as a digest, never as a text.
    """
    text = query.strip()
    found: dict[str, None] = {}
    if _CANONICAL_ID.fullmatch(text):
        found.update(dict.fromkeys(tx.entities([text])))
    account, colon, external_id = text.partition(":")
    if colon and account in set(accounts):
        for kind in Kind:
            links = tx.links(account, kind, [external_id.strip()])
            found.update({link.entity_id: None for link in links.values()})
    compact = _GAPS.sub("", text)
    digests = dict.fromkeys([*digester.of_query(text), *digester.of_query(compact)])
    for ids in tx.match(list(digests)).values():
        found.update(dict.fromkeys(ids))
    return tuple(found)


def find_near(tx: Tx, query: str, *, digester: Digester) -> tuple[str, ...]:
    """Return the ids of entities that are one slip of the keyboard away from a query."""
    found: dict[str, None] = {}
    for ids in tx.match(near_digests(digester, query)).values():
        found.update(dict.fromkeys(ids))
    return tuple(found)


def lines_of(tx: Tx, ids: Sequence[str]) -> tuple[FoundLine, ...]:
    """Return entities as lines, in the order of their ids' list; unknown ones are left out."""
    rows = tx.entities(ids)
    return tuple(line_of(rows[one]) for one in ids if one in rows)


def line_of(row: EntityRow) -> FoundLine:
    """Return an entity as a line of a list, masked."""
    shown = shown_fields(row.kind, row.fields)
    title, marks = _NAMED[row.kind](shown)
    return FoundLine(row.id, str(row.kind), title, marks, row.version, row.changed_at)


Named = tuple[str, tuple[str, ...]]


def _customer(shown: Mapping[str, Any]) -> Named:
    parts = ("name/last", "name/first", "name/patronymic", "name/full")
    name = " ".join(str(shown[part]) for part in parts if shown.get(part))
    contacts = tuple(
        path.partition("/")[2]
        for path, value in shown.items()
        if value is True and path.startswith(("phones/", "emails/", "cards/"))
    )
    return name, contacts[:4]


def _order(shown: Mapping[str, Any]) -> Named:
    told = (shown.get("status"), shown.get("shop"), shown.get("placed_at"))
    return str(shown.get("number") or ""), tuple(str(one) for one in told if one)


def _card(shown: Mapping[str, Any]) -> Named:
    told = (shown.get("type"), shown.get("state"))
    return str(shown.get("number") or ""), tuple(str(one) for one in told if one)


def _product(shown: Mapping[str, Any]) -> Named:
    return str(shown.get("name") or shown.get("code") or ""), tuple(
        str(shown[one]) for one in ("code", "sku") if shown.get(one)
    )


_NAMED = {
    Kind.CUSTOMER: _customer,
    Kind.CARD: _card,
    Kind.PRODUCT: _product,
    Kind.ORDER: _order,
}
