"""Buyers by the CommerceML exchange: customers as far as their orders show them (reference 3.4).

The exchange has no list of customers and cannot be asked for one. The core reads buyers whom it
does not know between the pull of their orders and the storing of that page: then they are in the
page that was pulled last, and after a cut the site gives the same page again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.canonical import Customer
from gateway.commerceml import CommerceMlMapping, CommerceMlReader
from gateway.contract import Cursor, Observed, Page, Reading, RejectedRecord, Unsupported

from .config import BitrixSettings

_OWN_ID = re.compile(r"([1-9]\d*)#")
_CURSOR = "with their orders"
# A user's external id is any text, so that one like ``7`` must not be taken for the user 7.
_MARKED = "xml:"


@dataclass(slots=True)
class ExchangeBuyers:
    """Reader of customers. Keeps those of one page, which the next one replaces."""

    mapping: CommerceMlMapping
    settings: BitrixSettings
    _shown: dict[str, Observed[Customer]] = field(default_factory=dict, repr=False)

    def show(self, content: bytes) -> None:
        """Take the buyers of a page; of one who has several orders in it the last says most."""
        self._shown = {}
        for record in CommerceMlReader(self.mapping).customers(io.BytesIO(content)):
            if isinstance(record, RejectedRecord):
                continue
            name = self._id_of(record.external_id)
            if name is not None:
                self._shown[name] = replace(record, external_id=name)

    def named(self, said: str | None) -> str | None:
        """Return the id of an order's buyer; ``None`` for one who is anonymous or unreadable."""
        name = self._id_of(said) if said else None
        return name if name in self._shown else None

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Customer]:
        """Return nothing: buyers come with their orders."""
        del limit
        return Page([], cursor or _CURSOR, has_more=False)

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Return buyers of the page that was pulled last.

        Raises ``Unsupported`` for anybody else.
        """
        if not set(external_ids) <= set(self._shown):
            msg = "the exchange shows buyers with their orders and cannot be asked for one"
            raise Unsupported(msg, operation="1c_exchange.sale.query")
        return Reading([self._shown[one] for one in external_ids])

    def _id_of(self, said: str) -> str | None:
        """Return the shop's number of a user, or his external id, marked (reference 3.4)."""
        own, exchange = _OWN_ID.match(said), self.settings.exchange
        if own is not None:
            return None if int(own[1]) in self.settings.anonymous_user_ids else own[1]
        if exchange is not None and said in exchange.anonymous_xml_ids:
            return None
        return f"{_MARKED}{said}"
