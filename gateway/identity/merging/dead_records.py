"""Dead records: a customer whose record a vendor joined into one of another customer's.

Whatever were told to the dead record would be refused there, or be written into the other one. So
nothing is told to that account about him until somebody says whether the two are one.
"""

from __future__ import annotations

from gateway.canonical import Kind
from gateway.identity.matching.record import VENDOR_MERGED
from gateway.identity.merging.join import held_there, make_due, refuse_busy
from gateway.ports import (
    MERGED_THERE,
    DeliveryRow,
    DeliveryState,
    LinkRow,
    PairRow,
    Settlement,
    Tx,
    VendorMergeRow,
    Wake,
)
from gateway.sync.apply import Applier
from gateway.sync.letters import letter_of

HOLDER = "identity"
_CAUSE = "The record {gone} there was joined into {into}, which is another customer's here."
_REMEDY = (
    "Say whether the two are one: `gateway merge`, or `gateway identity decide` with `different`, "
    "which makes him a record of his own there."
)


def hold(tx: Tx, applier: Applier, row: VendorMergeRow, gone: LinkRow, letter_id: str) -> None:
    """Tell an account nothing more about whoever has its dead record. Raises ``MergeBusy``."""
    work = applier.working_set(tx)
    work.load([gone.entity_id])
    entity = work.entities.get(gone.entity_id)
    known = tx.deliveries_of([gone.entity_id]).get(gone.entity_id, ())
    if entity is None or entity.deleted or gone.account in held_there(known):
        return
    refuse_busy(tx, work, [entity.id])
    tx.set_delivery(entity.id, gone.account, DeliveryState.DUE, due_at=work.now)
    due = DeliveryRow(entity.id, Kind.CUSTOMER, gone.account, DeliveryState.DUE, work.now)
    (claimed,) = tx.start([due], holder=HOLDER, until=work.now)
    end = Settlement(
        entity_id=entity.id, account=gone.account, state=DeliveryState.HELD, due_at=work.now,
        attempts=claimed.attempts, cause_code=MERGED_THERE,
        cause=_CAUSE.format(gone=row.gone, into=row.into_id), remedy=_REMEDY,
        first_failed_at=claimed.first_failed_at or work.now, sent_version=claimed.sent_version,
    )  # fmt: skip
    tx.settle([end], holder=HOLDER)
    tx.put_dead([letter_of(letter_id, work.now, claimed, end, version=entity.version)])
    told = {"gone": row.gone, "into": row.into_id}
    work.tell((entity.id, Kind.CUSTOMER), gone.account, "delivery", "merged_there", "", **told)
    work.flush(applier.digester)


def part_from(tx: Tx, applier: Applier, row: PairRow) -> list[Wake]:
    """Forget the dead records of two persons: where an account makes customers, one is made anew.

    A record about which a telling is in doubt stays, and what is held with it.
    """
    work = applier.working_set(tx)
    work.load(list(row.pair))
    for code, _, word, _ in row.findings.get("supports", ()):
        if code != VENDOR_MERGED:
            continue
        link = tx.links(word["account"], Kind.CUSTOMER, [word["gone"]]).get(word["gone"])
        if link is not None and link.entity_id in row.pair and not link.inflight:
            tx.drop_link(link.entity_id, link.account)
            work.links.pop((link.entity_id, link.account), None)
            make_due(applier, work, link.entity_id, "")
    return work.flush(applier.digester)
