"""Search: all that is sealed is looked through page by page, and what is the person's is emptied.

His operations and letters are emptied whole, whatever else names him loses the words that do. What
is being sent at this moment is come back to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.contract.operations import CUSTOMER_ERASE
from gateway.identity.erasing.record import ErasureRecord
from gateway.identity.erasing.traces import Traces
from gateway.ports import DeliveryState, SaleProgress, SealedRow, Tx

PAGE = 500
OPERATION, LETTER, SALE, FORM = "operation", "dead_letter", "sale", "form_session"
ERASE = "erase:"
"""What the keys of the operations of erasures begin with."""
_ABOUT = ("entity_id", "subject", "survivor", "absorbed", "customer_id")
_RUNNING = frozenset({"confirmed", "declared", "rewarded"})
"""Steps of a questionnaire that go on by themselves: they end in seconds."""
SETTLED = frozenset({SaleProgress.COMMITTED, SaleProgress.CANCELLED, SaleProgress.DEAD})
"""How far a sale is that nothing of its buyer is needed for any more."""


def search_page(tx: Tx, record: ErasureRecord, traces: Traces) -> bool:
    """Search the next page and note how far it is; True when all was searched to the end."""
    places = list(tx.sealed_places())
    place = record.place or places[0]
    rows = tx.sealed_page(place, after=record.after, limit=PAGE)
    his = [row for row in rows if not _is_ours(place, row) and is_his(row, traces)]
    free = [row for row in his if not _is_busy(place, row)]
    record.busy += len(his) - len(free)
    changed = [(row, _emptied(place, row, traces)) for row in free]
    tx.put_sealed(place, [new for old, new in changed if new.values != old.values])
    record.count(place, sum(new.values != old.values for old, new in changed))
    if place == OPERATION:
        tx.end_operations([row.key for row in free])
    elif place == LETTER:
        tx.empty_letters([row.key for row in free])
    if len(rows) == PAGE:
        record.place, record.after = place, rows[-1].key
        return False
    return _next_place(record, places, place)


def _next_place(record: ErasureRecord, places: Sequence[str], place: str) -> bool:
    """Go on to the next table, or begin anew where something was busy."""
    record.after = ""
    if place != places[-1]:
        record.place = places[places.index(place) + 1]
        return False
    record.place = ""
    is_over = record.busy == 0
    record.busy = 0
    return is_over


def is_his(row: SealedRow, traces: Traces) -> bool:
    """Tell whether a row is about the person, or names him inside."""
    if any(row.texts.get(name) in traces.ids for name in _ABOUT):
        return True
    return traces.are_in(row.values, row.texts.get("account", row.texts.get("processor", "")))


def _is_ours(place: str, row: SealedRow) -> bool:
    """Tell whether it is about an erasure itself: those must go on."""
    if place == OPERATION:
        return row.texts["name"] == CUSTOMER_ERASE
    return place == LETTER and row.texts["subject"].startswith(ERASE)


def _is_busy(place: str, row: SealedRow) -> bool:
    if place == OPERATION:
        return row.texts["state"] == DeliveryState.SENDING
    if place == FORM:
        return row.texts["step"] in _RUNNING
    return place == SALE and row.texts["progress"] not in SETTLED


def _emptied(place: str, row: SealedRow, traces: Traces) -> SealedRow:
    if place == OPERATION:
        return replace(row, values={name: {} for name in row.values})
    if place == LETTER:
        return replace(row, values={"request": {}, "answer": {}, "note": ""})
    values: Mapping[str, object] = {
        name: traces.without(value) for name, value in row.values.items()
    }
    if place == SALE:
        # How he was named goes, also by his id at the processor: it is nobody's sale from now on.
        content = {k: v for k, v in row.values["content"].items() if k != "member"}
        values = {**values, "content": traces.without(content)}
    return replace(row, values=values)
