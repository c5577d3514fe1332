"""Sight: what stands in the store about everybody, read by links and rows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusOperationKind, Kind
from gateway.canonical.paths import known
from gateway.contract import Operation
from gateway.contract.operations import BONUS_POST, BonusPosting
from gateway.ports import EntityRow, Tx
from gateway.sync.absorbed import survivors
from gateway.sync.incoming import Incoming
from tests.gateway.identity.questionnaire.world import FormWorld

EARNED = 10
"""Points that an order brings."""


def taken_in(tx: Tx, *, world: FormWorld, item: Incoming) -> str:
    """Take an order in, and let its buyer earn, in one transaction.

    Returns the key of the posting, ``""`` for a buyer whom the processor does not have.
    """
    world.applier.apply(tx, [item])
    link = tx.links("shop", Kind.ORDER, [item.observed.external_id])
    (row,) = tx.entities([one.entity_id for one in link.values()]).values()
    buyer = str(row.fields.get("customer_id") or "")
    member = tx.links_at("points", [buyer]).get(buyer)
    if member is None or not member.external_id:
        return ""
    posting = BonusPosting(
        customer_external_id=member.external_id, kind=BonusOperationKind.ACCRUE,
        points=Decimal(EARNED), reason="order",
    )  # fmt: skip
    payload = posting.model_dump(mode="json", exclude_unset=True)
    earned = Operation(f"order:{row.id}", BONUS_POST, payload)
    world.operations().submit(tx, "points", [earned], correlation_id="o")
    return earned.key


@dataclass
class Sight:
    """Looks at a world. A record is an account's name and an id there."""

    world: FormWorld

    def linked(self) -> dict[tuple[str, str], str]:
        """Return whose link each record has, absorbed customers' too."""
        return {
            (name, one): row.entity_id
            for name in self.world.vendors
            for one, row in self.world.links(name).items()
        }

    def accounts_known(self) -> set[str]:
        """Return the accounts at the shop of which the gateway has read."""
        return {one for where, one in self.linked() if where == "shop"}

    def owners(self) -> dict[tuple[str, str], str]:
        """Return who each record is now."""
        linked = self.linked()
        now = self.now(linked.values())
        return {ref: now.get(one, one) for ref, one in linked.items()}

    def now(self, ids: Iterable[str]) -> dict[str, str]:
        """Return who absorbed customers are now."""
        wanted = list(ids)
        return self.world.store.now(lambda tx: survivors(tx, wanted))

    def living(self) -> list[str]:
        """Return the customers who have a record, in order."""
        found = self._rows(set(self.owners().values()))
        return sorted(one for one, row in found.items() if not row.deleted)

    def orders(self, numbers: Iterable[str]) -> dict[str, list[str]]:
        """Return the owners of each order that is there, by its number; ``""`` for nobody."""
        wanted = list(numbers)
        links = self.world.store.now(lambda tx: tx.links("shop", Kind.ORDER, wanted))
        rows = self._rows(one.entity_id for one in links.values())
        owned: dict[str, list[str]] = {number: [] for number in wanted}
        for row in {**rows, **self._belongings()}.values():
            owned.setdefault(str(row.fields["number"]), []).append(
                str(row.fields.get("customer_id") or "")
            )
        return owned

    def balances(self) -> Counter[str]:
        """Return the points of each customer: of all records at the processor that are his."""
        owners, found = self.owners(), Counter[str]()
        for payload in self.world.ledger.booked.values():
            who = owners["points", str(payload["customer_external_id"])]
            found[who] += int(Decimal(str(payload["points"])))
        return found

    def state(self, numbers: Iterable[str]) -> dict[str, Any]:
        """Return everything that a merge may touch, to be compared."""
        rows = self._rows(self.linked().values())
        return {
            "rows": {
                one: (row.deleted, known(row.fields), dict(row.origins))
                for one, row in rows.items()
            },
            "links": self.linked(),
            "orders": self.orders(numbers),
            "points": dict(self.balances()),
        }

    def _belongings(self) -> dict[str, EntityRow]:
        everybody = set(self.linked().values())

        def read(tx: Tx) -> dict[str, EntityRow]:
            return {
                row.id: row
                for one in sorted(everybody)
                for row in tx.belongings(one, kind=str(Kind.ORDER), before=None, most=999)
            }

        return self.world.store.now(read)

    def _rows(self, ids: Iterable[str]) -> dict[str, EntityRow]:
        wanted = sorted(set(ids))
        return dict(self.world.store.now(lambda tx: tx.entities(wanted)))
