"""Pages of the console, one module for each subject."""

from __future__ import annotations

from gateway.console.frame import Open
from gateway.console.pages import (
    accounts,
    alerts,
    approvals,
    due,
    entry,
    journal,
    letters,
    letters_deciding,
    merges,
    overview,
    people,
    reports,
    reviews,
)
from gateway.console.visit import Page

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *accounts.PAGES,
    *due.PAGES,
    *journal.PAGES,
    *letters.PAGES,
    *letters_deciding.PAGES,
    *letters.LAST,
    *alerts.PAGES,
    *merges.PAGES,
    *reviews.PAGES,
    *people.PAGES,
    *reports.PAGES,
    *approvals.PAGES,
    *entry.PAGES,
)
DOORS: tuple[Open, ...] = entry.DOORS
