"""Walk: what becomes of a form after both codes, step by step.

Each step is a transaction that finds the form at the step before it, so a step that was cut off is
taken again and one that was taken twice has its effect once: whoever comes second finds the form
further. What is asked of systems between the transactions changes nothing there. The customer is
made at site and processor by deliveries, the points are given by a keyed operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.contract import Clock, ConnectorError, Log, MemberKey, StoreError, Unavailable
from gateway.identity.matching.neighbours import Neighbours
from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.service import Merging, Wanted
from gateway.identity.questionnaire.answers import opened
from gateway.identity.questionnaire.declaring import Declaring
from gateway.identity.questionnaire.form import FORM, Digests, Form, moved, sentence
from gateway.identity.questionnaire.outside import Inside
from gateway.identity.questionnaire.rewarding import Rewarding
from gateway.identity.questionnaire.seek import seek
from gateway.ports import DeliveryState, FormRow, FormStep, Store, Tx, Wake
from gateway.sync.absorbed import survivors
from gateway.sync.apply import Applier
from gateway.sync.operate import Operations
from gateway.sync.policy import RetryPolicy

LOOKS = 6
"""So often a system that refuses is asked anew who this is; then people have its letter."""
FORGOTTEN = 500
"""Forms that are deleted at once, so that no transaction is long."""
KEPT_S = 86_400.0
"""Seconds for which a browser is shown that its form is done."""

_FOR_PEOPLE = frozenset({DeliveryState.DEAD, DeliveryState.HELD})
TWO_CUSTOMERS, REFUSED, ON_THE_WAY, AWAY = "two_customers", "refused", "on_the_way", "away"


@dataclass(frozen=True, slots=True)
class Walk:
    """Takes forms further. ``wake`` hears of deliveries that became due.

    Units: ``lease_s`` seconds after which a form is taken up again whose worker was cut off.
    """

    forms: Mapping[str, Form]
    store: Store
    applier: Applier
    operations: Operations
    digests: Digests
    neighbours: Neighbours
    policy: RetryPolicy
    clock: Clock
    log: Log
    draw: Callable[[], float]
    wake: Callable[[Sequence[Wake]], None]
    lease_s: float = 15.0
    inside: Inside | None = None
    merging: Merging | None = None

    async def once(self) -> bool:
        """Take the form that waits longest one step further; False when none is due."""
        now = self.clock.now()
        until = now + timedelta(seconds=self.lease_s)
        row = await self.store.run(lambda tx: tx.take_form(now=now, until=until))
        if row is None:
            return False
        form = self.forms.get(row.form)
        if form is None:  # it was taken out of the configuration: it waits for its return
            return True
        try:
            await self._step(form, row)
        except ConnectorError as error:
            await self._postpone(row, type(error).__name__, asked_s=error.retry_after_s)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one form must not stop the others
            self.log.warning("forms.failed", form=row.form, error=type(error).__name__)
            await self._postpone(row, "failed")
        return True

    async def forget(self) -> int:
        """Delete forms that their visitors did not finish in time, and old ones that are done."""
        now = self.clock.now()
        return await self.store.run(lambda tx: tx.purge_forms(before=now, limit=FORGOTTEN))

    async def _step(self, form: Form, row: FormRow) -> None:
        match row.step:
            case FormStep.CONFIRMED:
                await self._declare(form, row)
            case FormStep.DECLARED:
                await self._reward(form, row)
            case FormStep.REWARDED:
                await self._finish(form, row)
            case FormStep.EMAIL | FormStep.PHONE | FormStep.DONE:  # nobody takes these
                return

    async def _declare(self, form: Form, row: FormRow) -> None:
        answers = opened(row.answers)
        sought = []
        for account in form.accounts:
            if account.rests:
                msg = "the account rests"
                raise Unavailable(msg, operation="people/find", retry_after_s=5.0)
            sought.append(await seek(self.store, account, answers.phone, answers.email))
        member = await self._member_inside(form, answers.phone, answers.email)
        declaring = Declaring(form, self.applier, self.digests, self.neighbours, self.merging)
        made = await self.store.run(
            lambda tx: declaring.run(tx, row, sought, is_member=member is not None)
        )
        if made is None:
            return
        self.wake(made.wakes)
        if made.several:
            await self._join(row, made.several)
            await self._postpone(row, TWO_CUSTOMERS, customers=list(made.several))

    async def _join(self, row: FormRow, several: Sequence[str]) -> None:
        """Let two customers be one: the person has just confirmed a contact of each by a code.

        What a careful shop would not join (two confirmed phones that differ) people decide about.
        """
        phone, _ = self.digests.of(opened(row.answers).phone, "")
        has_phone = (await self.store.read(lambda tx: tx.match([phone]))).get(phone, ())
        survivor = next((one for one in several if one in has_phone), several[0])
        for absorbed in several:
            if self.merging is None or absorbed == survivor:
                continue
            wanted = Wanted(survivor, absorbed, FORM, f"{FORM}:{row.form}", vouched=True)
            try:
                await self.merging.propose(wanted)
            except MergeRefused as error:
                self.log.info("forms.not_joined", form=row.form, cause=type(error).__name__)

    async def _member_inside(self, form: Form, phone: str, email: str) -> str | None:
        if form.processor is not None or self.inside is None:
            return None
        found = await self.inside.identify(MemberKey(phone=phone))
        return found or await self.inside.identify(MemberKey(email=email))

    async def _reward(self, form: Form, row: FormRow) -> None:
        rewarding = Rewarding(form, self.operations, self.digests, self.inside)
        if form.processor is None:
            await rewarding.inside_the_gateway(self.store, row, self.clock)
            return
        name = form.processor.name
        state = await self.store.read(lambda tx: _held(tx, row.entity_id, name))
        if state:
            await self._wait(row, state)
            return
        await self.store.run(lambda tx: rewarding.at_vendor(tx, row, self.clock.now()))

    async def _finish(self, form: Form, row: FormRow) -> None:
        def work(tx: Tx) -> str:
            fresh, now = tx.form_rows([row.id]).get(row.id), self.clock.now()
            if fresh is None or fresh.step is not FormStep.REWARDED:
                return ""
            states = [_held(tx, row.entity_id, one.name) for one in form.accounts]
            open_ones = [state for state in states if state]
            if open_ones:
                return REFUSED if REFUSED in open_ones else ON_THE_WAY
            kept = now + timedelta(seconds=KEPT_S)
            done = moved(fresh, now, step=FormStep.DONE, answers={}, expires_at=kept)
            tx.put_form(done)
            tx.write_journal([sentence(done, now, "done")])
            return ""

        state = await self.store.run(work)
        if state:
            await self._wait(row, state)

    async def _wait(self, row: FormRow, state: str) -> None:
        """Wait for a delivery; who was refused is looked up again, as he may be there by now."""
        again = FormStep.CONFIRMED if state == REFUSED and row.attempts < LOOKS else None
        await self._postpone(row, state, step=again)

    async def _postpone(
        self,
        row: FormRow,
        cause: str,
        *,
        asked_s: float | None = None,
        step: FormStep | None = None,
        customers: Sequence[str] = (),
    ) -> None:
        attempts = row.attempts + 1
        delay_s = self.policy.delay_s(attempts, draw=self.draw, asked_s=asked_s)

        def work(tx: Tx) -> None:
            fresh, now = tx.form_rows([row.id]).get(row.id), self.clock.now()
            if fresh is None or fresh.step is not row.step:
                return
            due = now + timedelta(seconds=delay_s)
            tx.put_form(
                replace(fresh, step=step or fresh.step, due_at=due, attempts=attempts, cause=cause)
            )
            if cause != row.cause:
                told: dict[str, object] = {"cause": cause, "step": str(row.step)}
                if customers:
                    told["customers"] = list(customers)
                tx.write_journal([sentence(fresh, now, "waits", told)])

        await self.store.run(work)


def _held(tx: Tx, entity_id: str, account: str) -> str:
    """Return why an account does not hold the customer as he is now, empty when it does."""
    entity_id = survivors(tx, [entity_id]).get(entity_id, entity_id)
    link = tx.links_at(account, [entity_id]).get(entity_id)
    rows = [
        row for row in tx.deliveries_of([entity_id]).get(entity_id, ()) if row.account == account
    ]
    if any(row.state in _FOR_PEOPLE for row in rows):
        return REFUSED
    if link is None or link.external_id is None:
        return ON_THE_WAY
    return ON_THE_WAY if any(row.state is not DeliveryState.DONE for row in rows) else ""
