"""Asking: every system that holds the person is asked once to erase him there."""

from __future__ import annotations

from gateway.canonical import Kind
from gateway.contract.operations import CUSTOMER_ERASE
from gateway.identity.erasing.people import Person
from gateway.identity.erasing.record import ErasureRecord, Outcome, There, Why
from gateway.identity.erasing.search import ERASE
from gateway.ports import DeliveryState, OperationRow
from gateway.sync.apply import Applier
from gateway.sync.working_set import WorkingSet


def planned(applier: Applier, person: Person) -> dict[str, There]:
    """Return what is to be done at each system that holds him, or may; changes nothing."""
    doubtful = {one.account for one in person.links if one.external_id is None and one.inflight}
    found: dict[str, There] = {}
    for name in sorted({*person.traces.external, *doubtful}):
        customers = person.traces.external.get(name, [])
        account = applier.accounts.get(name)
        there = found[name] = There(Outcome.BY_HAND, records=len(customers))
        if name in doubtful:
            there.left.append(str(Why.IN_DOUBT))
        if account is None:
            there.why = Why.NOT_CONFIGURED
        elif not customers:
            there.why = Why.IN_DOUBT
        elif CUSTOMER_ERASE not in account.connector.operations:
            there.why = Why.NO_CALL
        else:
            there.outcome = Outcome.ASKED
    return found


def ask_systems(
    applier: Applier, work: WorkingSet, person: Person, record: ErasureRecord, erasure_id: str
) -> None:
    """Put a keyed operation for each system that can, and note the others for people."""
    record.there = planned(applier, person)
    for name, there in record.there.items():
        if there.outcome != Outcome.ASKED:
            continue
        there.key = f"{ERASE}{erasure_id}:{name}"
        orders = [
            one.external_id
            for one in person.links
            if one.account == name and one.kind is Kind.ORDER and one.external_id
        ]
        payload = {
            "customer_external_ids": person.traces.external[name],
            "order_external_ids": orders,
        }
        work.tx.put_operations(
            [
                OperationRow(
                    key=there.key, name=CUSTOMER_ERASE, account=name, state=DeliveryState.DUE,
                    due_at=work.now, payload=payload, entity_id=person.customer.id,
                    correlation_id=erasure_id,
                )
            ]
        )  # fmt: skip
