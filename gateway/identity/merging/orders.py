"""Orders: one that brings the phone of one customer and the e-mail of another says that he is both.

Nothing is merged by that: the person is asked, and until he answers both stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from gateway.canonical import Kind, normal_email, normal_phone
from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.service import WHO, Merging, Wanted
from gateway.ports import EntityRow, Tx
from gateway.sync.lookup import EMAIL, PHONE, Digester

CAUSE = "order"


@dataclass(frozen=True, slots=True)
class OrderDuplicates:
    """Looks at new orders, in the transaction that stores them."""

    digester: Digester
    merging: Merging

    def __call__(self, tx: Tx, orders: Sequence[EntityRow]) -> None:
        """Ask for the merges that these orders suggest."""
        contacts = [one for one in map(self._contacts, orders) if one is not None]
        if not contacts:
            return
        holders = tx.match(sorted({digest for pair in contacts for digest in pair}))
        ids = {name for found in holders.values() for name in found}
        rows = tx.entities(sorted(ids))
        people = {
            name for name, row in rows.items() if row.kind is Kind.CUSTOMER and not row.deleted
        }
        for phone, email in dict.fromkeys(contacts):
            found = [
                [name for name in holders.get(digest, ()) if name in people]
                for digest in (phone, email)
            ]
            if len(found[0]) != 1 or len(found[1]) != 1 or found[0] == found[1]:
                continue
            pair = [rows[found[0][0]], rows[found[1][0]]]
            survivor, absorbed = sorted(pair, key=lambda one: (one.created_at, one.id))
            with suppress(MergeRefused):
                self.merging.propose_in(tx, Wanted(survivor.id, absorbed.id, CAUSE, WHO))

    def _contacts(self, order: EntityRow) -> tuple[str, str] | None:
        phone = normal_phone(order.fields.get("contact/phone"))
        email = normal_email(order.fields.get("contact/email"))
        if not phone or not email:
            return None
        return self.digester.digest(PHONE, phone), self.digester.digest(EMAIL, email)
