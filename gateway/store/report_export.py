"""Facts as other programs read them: pages of the views."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Statement, param
from gateway.store.tables_reports import VIEWS


def _paging(what: str, columns: Sequence[str]) -> Statement:
    view = sa.table(
        f"report_{what}",
        *(sa.column(name, MOMENT if name == "at" else None) for name in columns),
    )

    def page(_: Dialect) -> Executable:
        found = sa.select(*view.c).where(view.c.id > param("after"))
        return found.order_by(view.c.id).limit(param("limit", COUNT))

    return Statement(f"report_{what} page", page)


_PAGES = {what: _paging(what, columns) for what, columns in VIEWS.items()}


class FactExportPart(Part):
    """See ``gateway.ports.reports.FactExportTx``."""

    def fact_columns(self, what: str) -> Sequence[str]:
        """Names of the columns."""
        return VIEWS[what]

    def fact_rows(self, what: str, *, after: str, limit: int) -> Sequence[tuple[object, ...]]:
        """A page."""
        return self._session.all(_PAGES[what], after=after, limit=limit)
