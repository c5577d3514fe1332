"""Navigation: the pages of the menu, in its order; one that is not there is left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu. ``text`` is the English key."""

    path: str
    text: str


NAV = (
    Entry("/", "Overview"),
    Entry("/search", "Search"),
    Entry("/live", "Live log"),
    Entry("/dead", "Letters"),
    Entry("/due", "Due"),
    Entry("/accounts", "Accounts"),
    Entry("/alerts", "Alerts"),
    Entry("/reviews", "Same person?"),
    Entry("/merges", "Merges"),
    Entry("/erasures", "Erasures"),
    Entry("/reports", "Reports"),
    Entry("/approvals", "Approvals"),
    Entry("/audit", "Audit"),
)
