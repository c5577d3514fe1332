"""Past orders: told by imports, which start no letters to people who bought long ago.

An order is told once it is *shown*: until then it is in doubt, and looked at again and again. So
nothing that an import refused passes for told, and no edit overtakes a file that is still to be
processed: the edit of an order that is shown is an ordinary one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from gateway.canonical import Order
from gateway.contract import (
    Change,
    Clock,
    ConnectorError,
    Exists,
    Failed,
    Outcome,
    Rejected,
    TransientError,
    Written,
    side_by_side,
)

from .client import MindboxClient
from .imports import OPERATION, TAKEN, OrderImports, Parcel, deferred
from .orders import OrderWriter, look
from .translator_past import PastTranslator

_NO_KEY_S = 60.0
"""The key is given by the next telling of the customer, which is on its way."""


@dataclass(frozen=True, slots=True)
class PastOrders:
    """Writer of orders that were placed before the account's ``history_before``."""

    client: MindboxClient
    translator: PastTranslator
    imports: OrderImports
    clock: Clock

    def takes(self, change: Change[Order]) -> bool:
        """Tell whether a change is an import's: of the past, of somebody, and not shown yet.

        An order of nobody starts no letter, and an import has nothing to say of whose it is.
        """
        is_of_somebody = bool(change.customer_key or change.customer_external_id)
        is_new = change.known is None and change.external_id in (None, change.key)
        return is_new and is_of_somebody and self.translator.is_past(change.entity)

    async def write(self, changes: Sequence[Change[Order]]) -> list[Outcome[Order]]:
        """Look at each order, and send those that are not there in the next file."""
        at_once = self.client.settings.at_once
        found = await side_by_side(changes, self._look, at_once=at_once)
        parcels = [one for one in found if isinstance(one, Parcel)]
        errors = dict(
            zip((one.key for one in parcels), await self.imports.put(parcels), strict=True)
        )
        return [Failed(errors[one.key]) if isinstance(one, Parcel) else one for one in found]

    async def _look(self, change: Change[Order]) -> Outcome[Order] | Parcel:
        try:
            return await self._decided(change)
        except ConnectorError as error:
            return Failed(error)

    async def _decided(self, change: Change[Order]) -> Outcome[Order] | Parcel:
        parcel = Parcel(change.key, self.translator.rows(change))
        if not change.customer_key:
            msg = (
                "the buyer's record there does not carry our key yet, by which an import names him"
            )
            raise TransientError(msg, operation=OPERATION, retry_after_s=_NO_KEY_S)
        if self.imports.waits(change.key):
            return parcel
        self.imports.check(change.key)
        shown = await look(self.client, change.key)
        if shown is None:
            return self._missing(change.key) or parcel
        self.imports.forget(change.key)
        is_same = self.translator.is_shown(change.entity, shown)
        if not is_same and change.external_id is None:
            return Exists(change.key)
        if not is_same:
            body = self.translator.orders.body(change)
            await self.client.sync(self.client.names.update_order, body, repeatable=True)
        return Written(change.key, created=change.external_id is None)

    def _missing(self, key: str) -> Outcome[Order] | None:
        """Say what to think of an order that is not shown; ``None`` to send it."""
        sent, settings = self.imports.sent(key), self.client.settings
        if sent is None:
            return None
        age_s = self.clock.monotonic() - sent.at
        if sent.taken and age_s >= settings.history_patience_s:
            self.imports.forget(key)
            msg = "an import was taken, and did not make the order: see its errors in the admin"
            return Failed(Rejected(msg, operation=OPERATION, vendor_code="not_imported"))
        if sent.taken or age_s < settings.history_look_s:
            return Failed(deferred(TAKEN, settings.history_look_s))
        self.imports.forget(key)
        return None


@dataclass(frozen=True, slots=True)
class OrdersByAge:
    """Writer of all orders of an account whose past is told by imports."""

    present: OrderWriter
    past: PastOrders

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what the vendor would hold; see ``EntityWriter.held``."""
        return self.past.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Tell present orders at once, and let past ones leave by imports."""
        imported = [self.past.takes(one) for one in changes]
        told = await asyncio.gather(
            self.present.write(list(compress(changes, [not one for one in imported]))),
            self.past.write(list(compress(changes, imported))),
        )
        present, past = (iter(side) for side in told)
        return [next(past if is_past else present) for is_past in imported]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        return await self.present.find(keys)
