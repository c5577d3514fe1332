"""Search: from what a person has in hand to the entities that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.canonical import Kind
from gateway.ports import Tx
from gateway.sync.lookup import Digester

_CANONICAL_ID = re.compile(r"[co]-[0-9a-z]{22}")
_GAPS = re.compile(r"[\s\-]")


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
