"""Asking: every system that holds the person is asked once to erase him there."""

from __future__ import annotations

from gateway.canonical import Kind
from gateway.contract.operations import CUSTOMER_ERASE
from gateway.identity.erasing.people import Person
from gateway.identity.erasing.record import ErasureRecord, Outcome, There, Why
from gateway.ports import DeliveryState, OperationRow
from gateway.sync.apply import Applier
from gateway.sync.working_set import WorkingSet


def ask_systems(
    applier: Applier, work: WorkingSet, person: Person, record: ErasureRecord, erasure_id: str
) -> None:
    """Put a keyed operation for each system that can, and note the others for people."""
    doubtful = {one.account for one in person.links if one.external_id is None and one.inflight}
    for name in sorted({*person.traces.external, *doubtful}):
        customers = person.traces.external.get(name, [])
        orders = [
            one.external_id
            for one in person.links
            if one.account == name and one.kind is Kind.ORDER and one.external_id
        ]
        account = applier.accounts.get(name)
        there = There(Outcome.BY_HAND, records=len(customers))
        record.there[name] = there
        if account is None:
            there.why = Why.NOT_CONFIGURED
        elif not customers:
            there.why = Why.IN_DOUBT
        elif CUSTOMER_ERASE not in account.connector.operations:
            there.why = Why.NO_CALL
        else:
            there.outcome, there.key = Outcome.ASKED, f"erase:{erasure_id}:{name}"
            if name in doubtful:
                there.left.append(str(Why.IN_DOUBT))
            payload = {"customer_external_ids": customers, "order_external_ids": orders}
            work.tx.put_operations(
                [
                    OperationRow(
                        key=there.key, name=CUSTOMER_ERASE, account=name, state=DeliveryState.DUE,
                        due_at=work.now, payload=payload, entity_id=person.customer.id,
                        correlation_id=erasure_id,
                    )
                ]
            )  # fmt: skip
