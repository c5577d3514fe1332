"""Declaring: what systems said and what the person said become one customer, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from gateway.canonical import Customer, Kind
from gateway.contract import Observed, StaleWrite
from gateway.identity.matching.neighbours import Neighbours
from gateway.identity.merging.service import Merging, Wanted
from gateway.identity.questionnaire.answers import opened
from gateway.identity.questionnaire.declaration import Said, declared
from gateway.identity.questionnaire.form import FORM, Digests, Form, moved, sentence
from gateway.identity.questionnaire.kin import Kin
from gateway.identity.questionnaire.person import Person, person_of
from gateway.identity.questionnaire.seek import Sought
from gateway.ports import EntityRow, FormRow, FormStep, Tx, Wake
from gateway.sync.apply import Applier
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import EMAIL, PHONE
from gateway.sync.merge import EVERYWHERE
from gateway.sync.working_set import WorkingSet

_JUST_BEFORE = timedelta(microseconds=1)


@dataclass(slots=True)
class Made:
    """What became of it. ``several``: customers of ours that must be joined first."""

    wakes: list[Wake] = field(default_factory=list)
    several: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaring:
    """Makes or changes the customer of a confirmed form."""

    form: Form
    applier: Applier
    digests: Digests
    neighbours: Neighbours
    merging: Merging | None = None

    def run(
        self, tx: Tx, row: FormRow, sought: Sequence[Sought], *, is_member: bool
    ) -> Made | None:
        """Merge all and take the form further; ``None`` when somebody else did.

        Forms of one person wait for each other. Raises ``StaleWrite`` when a record was read by
        somebody else meanwhile: which reading is newer, nobody knows.
        """
        answers = opened(row.answers)
        digests = self.digests.of(answers.phone, answers.email)
        tx.lock_keys(sorted(digests))
        fresh = tx.form_rows([row.id]).get(row.id)
        if fresh is None or fresh.step is not FormStep.CONFIRMED:
            return None
        work = self.applier.working_set(tx)
        kin = Kin.of(answers, self.neighbours.graph)
        sought = [one.of(kin.is_foreign) for one in sought]
        person = person_of(work, sought, kin, digests)
        if person.several:
            return Made(several=person.several)
        sought = [_led(work, person.entity_id, one) for one in sought]
        said = self._said(fresh, sought, is_member=is_member)
        entity_id = person.entity_id or self.applier.new_id(Kind.CUSTOMER)
        self._observe(work, fresh, entity_id, sought, said.at)
        entity = work.entities.get(entity_id)
        before = cast("Customer", entity.entity) if entity is not None else None
        customer = declared(self.form.section, answers, said, before)
        observed = Observed(external_id=fresh.id, entity=customer, changed_at=said.at)
        item = Incoming(
            FORM, Kind.CUSTOMER, observed, None, fresh.correlation_id, f"{FORM}:{fresh.form}"
        )
        self.applier.declare(work, entity_id, item)
        done = moved(
            fresh, work.now, step=FormStep.DECLARED, entity_id=entity_id, attempts=fresh.attempts
        )
        tx.put_form(done)
        told = _story(done, person, sought, is_member=is_member)
        work.journal.append(sentence(done, work.now, "declared", told))
        wakes = work.flush(self.applier.digester)
        wakes += self._second_records(tx, fresh, entity_id, sought, said.at)
        for sort, value in ((PHONE, answers.phone), (EMAIL, answers.email)):
            self.neighbours.prove(tx, entity_id, sort, value, source=FORM)
        return Made(wakes)

    def _second_records(
        self,
        tx: Tx,
        row: FormRow,
        entity_id: str,
        sought: Sequence[Sought],
        confirmed_at: datetime,
    ) -> list[Wake]:
        """Let further records of his at one system be his, so that they become no second customer.

        Each is a customer for the moment of this transaction, joined with him before it ends.
        """
        if self.merging is None:
            return []
        work = self.applier.working_set(tx)
        incoming = [
            self._incoming(one, record, row, confirmed_at)
            for one in sought
            for record in one.his
            if not tx.links(one.account, Kind.CUSTOMER, [record.external_id])
        ]
        self.applier.merge(work, incoming)
        wakes = work.flush(self.applier.digester)
        for item in incoming:
            ids = [item.observed.external_id]
            for link in tx.links(item.account, Kind.CUSTOMER, ids).values():
                wish = Wanted(entity_id, link.entity_id, FORM, f"{FORM}:{row.form}", vouched=True)
                wakes += self.merging.join_in(tx, wish)
        return wakes

    def _said(self, row: FormRow, sought: Sequence[Sought], *, is_member: bool) -> Said:
        is_known = is_member or any(one.record is not None for one in sought)
        return Said(
            form=self.form.name,
            session_id=row.id,
            at=datetime.fromisoformat(row.answers["confirmed_at"]),
            texts=row.answers["texts"],
            is_new=not is_known,
            is_email_free=not any(one.is_email_taken for one in sought),
        )

    def _observe(
        self,
        work: WorkingSet,
        row: FormRow,
        entity_id: str,
        sought: Sequence[Sought],
        confirmed_at: datetime,
    ) -> None:
        """Merge the records that were found, as this customer's.

        A record without a time of its own was as it is before the person confirmed the answers.
        """
        incoming = []
        for one in sought:
            link = work.links.get((entity_id, one.account))
            if one.record is None:
                continue
            has_other = link is not None and link.external_id not in (
                None, one.record.external_id,
            )  # fmt: skip
            if has_other:
                continue
            record = replace(one.record, key=entity_id)
            incoming.append(self._incoming(one, record, row, confirmed_at))
        if incoming and entity_id not in work.entities:
            _begin(work, entity_id)
        if self.applier.merge(work, incoming).reread:
            msg = "a record was read by somebody else at the same time"
            raise StaleWrite(msg, operation="people/find")

    def _incoming(
        self, one: Sought, record: Observed[Any], row: FormRow, confirmed_at: datetime
    ) -> Incoming:
        """Return a record to be merged, not younger than the answers unless it says so."""
        record = replace(record, changed_at=record.changed_at or confirmed_at - _JUST_BEFORE)
        event = f"{FORM}:{row.form}"
        return Incoming(one.account, Kind.CUSTOMER, record, one.mark, row.correlation_id, event)


def _led(work: WorkingSet, entity_id: str, one: Sought) -> Sought:
    """Let the record that the customer is linked to be the best of an account's."""
    link = work.links.get((entity_id, one.account))
    return one.led_by(link.external_id if link is not None else None)


def _begin(work: WorkingSet, entity_id: str) -> None:
    """Begin a customer of whom nothing is known yet, for records to be bound to."""
    origins = {EVERYWHERE: (FORM, work.now.isoformat())}
    work.put_entity(EntityRow(entity_id, Kind.CUSTOMER, 0, {}, origins, work.now, work.now))


def _story(
    row: FormRow, person: Person, sought: Sequence[Sought], *, is_member: bool
) -> dict[str, object]:
    names = [one.account for one in sought]
    found = [one.account for one in sought if one.record is not None]
    others = {one.account: list(one.others) for one in sought if one.others}
    return {
        "found_at": [*found, *(["house"] if is_member else [])],
        "missing_at": [name for name in names if name not in found],
        "matched_by": person.how,
        "sent_at": row.created_at.isoformat(),
        "email_confirmed_at": row.answers.get("email_confirmed_at", ""),
        "phone_confirmed_at": row.answers.get("confirmed_at", ""),
        "consents": sorted(row.answers["consents"]),
        **({"duplicates": others} if others else {}),
    }
