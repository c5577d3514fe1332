"""Pages of the console, one module for each subject."""

from __future__ import annotations

from gateway.console.frame import Open
from gateway.console.pages import (
    accounts,
    approvals,
    due,
    entry,
    merges,
    overview,
    reports,
)
from gateway.console.visit import Page

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *accounts.PAGES,
    *due.PAGES,
    *merges.PAGES,
    *reports.PAGES,
    *approvals.PAGES,
    *entry.PAGES,
)
DOORS: tuple[Open, ...] = entry.DOORS
