"""Rewarding: a form's bonus, once per person, written down before anything is sent.

A person is the customer, those who were absorbed by him, the phone and the e-mail: whoever of them
had the bonus before has it for all. The operation's key is made of form and customer, so that the
processor, too, knows a repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from gateway.canonical import BonusOperationKind, Customer
from gateway.contract import Clock, Operation
from gateway.contract.operations import BONUS_POST, BonusPosting
from gateway.identity.questionnaire.answers import opened
from gateway.identity.questionnaire.form import Digests, Form, moved, sentence
from gateway.identity.questionnaire.outside import Inside, Reward
from gateway.ports import EntityRow, FormRow, FormStep, Store, Tx
from gateway.sync.absorbed import one_person, survivors
from gateway.sync.operate import Operations

GIVEN, BEFORE, INCOMPLETE, NONE = "given", "given_before", "incomplete", "none"


@dataclass(frozen=True, slots=True)
class Rewarding:
    """Gives the bonus of one form."""

    form: Form
    operations: Operations
    digests: Digests
    inside: Inside | None

    def at_vendor(self, tx: Tx, row: FormRow, now: datetime) -> None:
        """Decide, submit the posting, and take the form further, in one transaction."""
        fresh = self._claimed(tx, row)
        account = self.form.processor
        if fresh is None or account is None:
            return
        person = survivors(tx, [fresh.entity_id]).get(fresh.entity_id, fresh.entity_id)
        link = tx.links_at(account.name, [person]).get(person)
        if link is None or link.external_id is None:
            return
        outcome = self._decided(tx, fresh, now)
        if outcome == GIVEN:
            section = self.form.section
            posting = BonusPosting(
                customer_external_id=link.external_id,
                kind=BonusOperationKind.ACCRUE,
                points=section.bonus,
                reason=section.bonus_reason,
                expires_at=now + timedelta(days=section.bonus_days) if section.bonus_days else None,
            )
            payload = posting.model_dump(mode="json", exclude_unset=True)
            operation = Operation(self._key(fresh), BONUS_POST, payload)
            self.operations.submit(
                tx, account.name, [operation],
                correlation_id=fresh.correlation_id, entity_id=fresh.entity_id,
            )  # fmt: skip
        self._rewarded(tx, fresh, outcome, now)

    async def inside_the_gateway(self, store: Store, row: FormRow, clock: Clock) -> None:
        """The same where the gateway keeps the points: each call has its effect once."""
        if self.inside is None:
            return
        entity = await store.read(lambda tx: _person(tx, row))
        member_id = await self.inside.enrol(cast("Customer", entity.entity), key=row.id)
        section = self.form.section

        def decide(tx: Tx) -> str:
            fresh = self._claimed(tx, row)
            return self._decided(tx, fresh, clock.now()) if fresh is not None else ""

        outcome = await store.run(decide)
        if outcome == GIVEN:
            reward = Reward(self._key(row), section.bonus, section.bonus_reason, section.bonus_days)
            await self.inside.reward(member_id, reward)

        def further(tx: Tx) -> None:
            fresh = self._claimed(tx, row)
            if fresh is not None and outcome:
                self._rewarded(tx, fresh, outcome, clock.now())

        await store.run(further)

    def _key(self, row: FormRow) -> str:
        return f"form:{row.form}:{row.entity_id}"

    def _persons(self, row: FormRow) -> Sequence[str]:
        answers = opened(row.answers)
        return sorted([row.entity_id, *self.digests.of(answers.phone, answers.email)])

    def _claimed(self, tx: Tx, row: FormRow) -> FormRow | None:
        """Hold the person against other forms of his; ``None`` when this one is further."""
        tx.lock_keys(sorted(f"form-bonus:{row.form}:{one}" for one in self._persons(row)))
        fresh = tx.form_rows([row.id]).get(row.id)
        return fresh if fresh is not None and fresh.step is FormStep.DECLARED else None

    def _decided(self, tx: Tx, row: FormRow, now: datetime) -> str:
        """Decide, and write down to whom it is given."""
        if not self.form.section.bonus:
            return NONE
        persons = self._persons(row)
        ever = sorted({*persons, *one_person(tx, row.entity_id)})
        givers = set(tx.form_givers(row.form, ever).values())
        if givers - {row.id}:
            return BEFORE
        if not opened(row.answers).is_complete:
            return INCOMPLETE
        tx.give_form(row.form, persons, session_id=row.id, now=now)
        return GIVEN

    def _rewarded(self, tx: Tx, row: FormRow, outcome: str, now: datetime) -> None:
        done = moved(row, now, step=FormStep.REWARDED)
        tx.put_form(done)
        told = {
            "bonus": outcome,
            "processor": self.form.processor_name,
            **({"key": self._key(row)} if outcome == GIVEN else {}),
        }
        tx.write_journal([sentence(done, now, "rewarded", told)])


def _person(tx: Tx, row: FormRow) -> EntityRow:
    """Return the customer of a form as he is now, also when he was absorbed meanwhile."""
    person = survivors(tx, [row.entity_id]).get(row.entity_id, row.entity_id)
    return tx.entities([person])[person]
