"""Switches of the programme: a table that only grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gateway.ports import SwitchRow
from gateway.store.columns import COUNT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables_sales import switch

GIVEN = shape(switch, "feature", "scope", "name", "is_on", "since", "at", "sealed")
SHOWN = [switch.c.id, *(switch.c[name] for name in GIVEN)]
SEALED = "switch.sealed"
LOCK = 7_205_759_404
"""Number of the advisory lock under which one process at a time turns a switch on PostgreSQL."""


@statement("switch lock")
def _lock(_: Dialect) -> Executable:
    """Wait for turns under way: who reads up to an id must not miss a smaller one; PostgreSQL."""
    return sa.select(sa.func.pg_advisory_xact_lock(sa.literal_column(str(LOCK))))


@statement("switch turn")
def _turn(d: Dialect) -> Executable:
    return d.insert(switch, GIVEN).returning(switch.c.id)


@statement("switch turns")
def _turns(_: Dialect) -> Executable:
    return sa.select(*SHOWN).where(switch.c.id > param("after", COUNT)).order_by(switch.c.id)


class SwitchPart(Part):
    """See ``gateway.ports.SwitchTx``."""

    def turn(self, row: SwitchRow) -> int:
        """Append a turn; return its id."""
        if not self._session.serial:
            self._session.all(_lock)
        ((number,),) = self._session.each(_turn, [self._switch_record(row)])
        return int(number)

    def turns(self, *, after: int = 0) -> Sequence[SwitchRow]:
        """All turns after that id."""
        return [self._switch(row) for row in self._session.all(_turns, after=after)]

    def _switch_record(self, row: SwitchRow) -> dict[str, Any]:
        sealed = self._sealer.seal(SEALED, [row.who, row.reason])
        given = {name: getattr(row, name) for name in ("feature", "scope", "name", "since", "at")}
        return given | {"is_on": row.on, "sealed": sealed}

    def _switch(self, row: tuple[Any, ...]) -> SwitchRow:
        number, feature, scope, name, on, since, at, sealed = row
        who, reason = self._sealer.open(SEALED, sealed)
        return SwitchRow(
            feature, scope, name, on=on, since=since, at=at, who=who, reason=reason, id=number
        )
