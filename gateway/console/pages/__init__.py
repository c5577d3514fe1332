"""Pages of the console, one module for each subject."""

from __future__ import annotations

from gateway.console.frame import Open
from gateway.console.pages import approvals, entry
from gateway.console.visit import Page

PAGES: tuple[Page, ...] = (*entry.PAGES, *approvals.PAGES)
DOORS: tuple[Open, ...] = entry.DOORS
