"""Status book: order statuses that the account made itself, resolved by their group.

Retailers add statuses freely; their group tells the stage. The book is read when a code turns up
that the configuration does not map, and again at most every few minutes while one stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gateway.contract import Clock

from .client_account import AccountClient
from .codes import books
from .config import RetailCrmSettings
from .translator_order import OrderTranslator

_ASK_AGAIN_S = 300.0


@dataclass(slots=True)
class StatusBook:
    """Gives the order translator that knows the codes of the rows at hand."""

    client: AccountClient
    settings: RetailCrmSettings
    clock: Clock
    translator: OrderTranslator = field(init=False)
    _asked_at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self.translator = OrderTranslator(self.settings, books(self.settings))

    async def knowing(self, codes: Iterable[str]) -> OrderTranslator:
        """Return the translator, after reading the vendor's book if a code is unknown."""
        statuses = self.translator.books.statuses
        if all(statuses.meaning(code) is not None for code in codes):
            return self.translator
        if self.clock.monotonic() - self._asked_at >= _ASK_AGAIN_S:
            rows = await self.client.reference("statuses", "statuses")
            self._asked_at = self.clock.monotonic()
            groups = {
                code: str(self.settings.status_groups[str(row.get("group"))])
                for code, row in rows.items()
                if str(row.get("group")) in self.settings.status_groups
            }
            known = self.translator.books
            self.translator = OrderTranslator(
                self.settings, replace(known, statuses=known.statuses.with_groups(groups))
            )
        return self.translator
