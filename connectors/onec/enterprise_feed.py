"""Feed of one kind over messages of EnterpriseData, confirmed after what they brought is stored.

The cursor names the message that was handed on; the next pull, which can only come after the cursor
was stored, confirms it to 1C. What was never confirmed comes again. A confirmation that 1C does not
take (it had come already) is no harm: the next message says how far 1C has heard us.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    Cursor,
    Observed,
    Page,
    Reading,
    Rejected,
    RejectedRecord,
    TranslationFailed,
    Unsupported,
)

from .enterprise import EnterpriseData
from .translator_enterprise import DELETION, TYPES, deleted, name_of, observed
from .translator_enterprise_order import Sales
from .wire_enterprise import Message, Numbers


@dataclass(frozen=True, slots=True)
class MessageFeed:
    """Reader of one kind; see ``EntityReader``."""

    exchange: EnterpriseData
    kind: Kind
    sales: Sales

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Any]:
        """Confirm what was stored and read the next message, all of it.

        The first pull reads nothing: what comes after it is what 1C has registered for the node.
        """
        del limit
        if cursor is None:
            return Page([], json.dumps(None), has_more=True)
        stored = json.loads(cursor)
        is_heard = stored is None or await self._confirm(
            Numbers(int(stored["answer"]), int(stored["message"]))
        )
        message = await self.exchange.fetch(TYPES[self.kind] | {DELETION})
        items, rejected = self._read(message)
        numbers = message.numbers
        place = {"message": numbers.message, "answer": numbers.received + 1}
        is_new = message.total > 0
        # Of a message without objects there is nothing to confirm. Of one that repeats because the
        # confirmation was not taken, the next one waits for the next turn.
        has_more = is_new and is_heard
        return Page(items, json.dumps(place if is_new else None), has_more, rejected)

    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        """Refuse: a node's messages are no place to look things up."""
        del external_ids
        msg = "records cannot be read by id over EnterpriseData: use odata or services for that"
        raise Unsupported(msg, operation="get")

    async def _confirm(self, numbers: Numbers) -> bool:
        try:
            await self.exchange.confirm(numbers)
        except Rejected as error:
            if error.vendor_code != "Failed":
                raise
            return False
        return True

    def _read(self, message: Message) -> tuple[list[Observed[Any]], list[RejectedRecord]]:
        items: list[Observed[Any]] = []
        rejected: list[RejectedRecord] = []
        for name, tree in message.objects:
            try:
                found = (
                    deleted(self.kind, tree)
                    if name == DELETION
                    else observed(name, tree, self.sales)
                )
            except TranslationFailed as error:
                rejected.append(RejectedRecord(name_of(name, tree), error))
            else:
                items += [found] if found is not None else []
        return items, rejected
