"""Belongings: the orders and cards of a customer, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from gateway.ports import EntityRow
from gateway.store.columns import COUNT
from gateway.store.entities import ENTITY_SHOWN, EntityPart
from gateway.store.statement import Dialect, Executable, param, statement
from gateway.store.tables import entity

PAST = "~"
"""A text that sorts behind every id."""


@statement("entity of customer")
def _belongings(_: Dialect) -> Executable:
    found = sa.select(*ENTITY_SHOWN).where(
        entity.c.customer_id == param("customer_id"),
        entity.c.kind == param("kind"),
        entity.c.id < param("before"),
    )
    return found.order_by(entity.c.id.desc()).limit(param("most", COUNT))


class BelongingPart(EntityPart):
    """Entities, also by whom they belong to; see ``gateway.ports.JournalTx``."""

    def belongings(
        self, customer_id: str, *, kind: str, before: str | None, most: int
    ) -> Sequence[EntityRow]:
        """Entities of a customer; ids sort by the time of their making."""
        about = {"customer_id": customer_id, "kind": kind, "before": before or PAST, "most": most}
        return [self._entity(row) for row in self._session.all(_belongings, **about)]
