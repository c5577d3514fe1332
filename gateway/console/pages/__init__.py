"""Pages of the console, one module for each subject."""

from __future__ import annotations

from gateway.console.frame import Open
from gateway.console.pages import (
    approvals,
    entry,
    letters,
    letters_deciding,
    merges,
    reports,
)
from gateway.console.visit import Page

PAGES: tuple[Page, ...] = (
    *letters.PAGES,
    *letters_deciding.PAGES,
    *letters.LAST,
    *merges.PAGES,
    *reports.PAGES,
    *approvals.PAGES,
    *entry.PAGES,
)
DOORS: tuple[Open, ...] = entry.DOORS
