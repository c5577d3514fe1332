"""Desk: serves the visitor: takes the answers, sends the codes, checks them.

Whatever a visitor sees depends on what he typed and on his codes alone, never on whether a system
knows the phone or the e-mail: nobody is looked up before both are confirmed. A code is good for the
questionnaire that asked for it, since the questionnaire's id is the codes' caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gateway.contract import Caller, Clock, CodePurpose, MemberKey, TillBusy, TillRefused
from gateway.identity.questionnaire.answers import Answers, Problem, opened, problem_of, read
from gateway.identity.questionnaire.declaration import shown
from gateway.identity.questionnaire.form import Form, moved, sentence
from gateway.identity.questionnaire.outside import Codes, Limits, Visitor
from gateway.ports import OF_VISITOR, FormRow, FormStep, Store, Tx

ID = "f-"
CODE_S = 8.0
"""Seconds for which a visitor waits for codes to be sent or checked."""
WHOLE = "*"
LIMITED = "code-limited"
FORGOTTEN = 20
"""Expired questionnaires that are deleted with each new one: more than come."""


class Said(StrEnum):
    """What a visitor is told beside the page of his step."""

    SENT = "sent"
    WRONG = "wrong"
    LIMITED = "limited"
    UNSENT = "unsent"
    UNDELIVERABLE = "undeliverable"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a browser's questionnaire stands. Shape: ``answers`` while the visitor is awaited."""

    step: FormStep | None = None
    answers: Answers | None = field(default=None, repr=False)
    was_sent: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The outcome of what a visitor did. Units: ``wait_s`` seconds."""

    said: Said = Said.NOTHING
    problems: tuple[Problem, ...] = ()
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Desk:
    """One per process.

    ``token`` is the digest of what a browser keeps; ``woken`` wakes the walk; ``today`` is the
    day where the shop is.
    """

    form: Form
    store: Store
    codes: Codes
    sends: Limits
    checks: Limits
    clock: Clock
    new_id: Callable[[], str]
    woken: Callable[[], None]
    today: Callable[[], date]

    async def look(self, token: str) -> Sight:
        """Return where the questionnaire stands; nothing for none, or one whose time is over."""
        row = await self.store.read(lambda tx: self._live(tx, token))
        return self._sight(row)

    def check(self, name: str, value: str, visitor: Visitor) -> str | None:
        """Return what is wrong with a field that is being typed; ``None`` for too often asked."""
        keys = {"address": visitor.address, "whole": WHOLE}
        if self.checks.admit(keys, self.clock.monotonic()) is not None:
            return None
        return problem_of(self.form.section, name, value, today=self.today())

    async def submit(
        self, token: str, typed: Mapping[str, str], language: str, visitor: Visitor
    ) -> Told:
        """Take the answers, and send the code that is next. Raises ``StoreError``."""
        keys = {"address": visitor.address, "whole": WHOLE}
        refused = self.sends.admit(keys, self.clock.monotonic())
        if refused is not None:
            return Told(Said.LIMITED, wait_s=refused.wait_s)
        answers, problems = read(self.form.section, typed, today=self.today())
        if answers is None:
            return Told(problems=tuple(problems))
        row = await self.store.run(lambda tx: self._taken(tx, token, answers, language))
        if row is None or _sent(row):
            return Told()
        return await self._send(row, visitor)

    async def resend(self, token: str, visitor: Visitor) -> Told:
        """Send the code of the step again."""
        row = await self.store.read(lambda tx: self._live(tx, token))
        if row is None or row.step not in OF_VISITOR:
            return Told()
        return await self._send(row, visitor, again=True)

    async def confirm(self, token: str, step: FormStep, code: str, visitor: Visitor) -> Told:
        """Check a code of a step; the right one takes the form further and sends the next code.

        A code for a step that is over, of another tab or of the page before, does nothing.
        """
        row = await self.store.read(lambda tx: self._live(tx, token))
        if row is None or row.step is not step or step not in OF_VISITOR:
            return Told()
        to, purpose = _to(row)
        try:
            is_right = await self.codes.confirm(
                self._caller(row, visitor), to, code, purpose=purpose
            )
        except TillBusy as error:
            return Told(Said.LIMITED, wait_s=error.retry_after_s)
        if not is_right:
            return Told(Said.WRONG)
        further = await self.store.run(lambda tx: self._further(tx, row))
        if further is None:
            return Told()
        if further.step is FormStep.PHONE:
            return await self._send(further, visitor)
        self.woken()
        return Told()

    async def again(self, token: str) -> None:
        """Forget a form that waits for nobody but its visitor, or is done."""

        def work(tx: Tx) -> None:
            row = self._live(tx, token)
            if row is not None and row.step in {*OF_VISITOR, FormStep.DONE}:
                tx.drop_forms([row.id])

        await self.store.run(work)

    def _live(self, tx: Tx, token: str) -> FormRow | None:
        row = tx.form_by_token(token)
        if row is None or row.form != self.form.name:
            return None
        is_over = row.step in OF_VISITOR and row.expires_at <= self.clock.now()
        return None if is_over else row

    def _sight(self, row: FormRow | None) -> Sight:
        if row is None:
            return Sight()
        answers = opened(row.answers) if row.step in OF_VISITOR else None
        return Sight(row.step, answers, _sent(row))

    def _taken(self, tx: Tx, token: str, answers: Answers, language: str) -> FormRow | None:
        """Store the answers; ``None`` when the form is further than its visitor thinks.

        Whoever sends it twice, or from two tabs, has one questionnaire: the later answers count,
        and an e-mail that stays the same stays confirmed.
        """
        tx.lock_keys([f"form-token:{token}"])
        now, old = self.clock.now(), tx.form_by_token(token)
        tx.purge_forms(before=now, limit=FORGOTTEN)
        if old is not None and old.step not in OF_VISITOR:
            return None
        sealed = {**answers.sealed(), "texts": shown(self.form.section, language)}
        expires = now + timedelta(seconds=self.form.section.session_s)
        if old is None or old.expires_at <= now or old.form != self.form.name:
            row = FormRow(
                id=f"{ID}{self.new_id()}",
                form=self.form.name,
                token=token,
                step=FormStep.EMAIL,
                language=language,
                created_at=now,
                changed_at=now,
                due_at=now,
                expires_at=expires,
                correlation_id=self.new_id(),
                answers=sealed,
            )
            if old is not None:
                tx.drop_forms([old.id])
        else:
            row = self._changed(old, answers, sealed, language)
        tx.put_form(row)
        tx.write_journal([sentence(row, now, "sent" if old is None else "changed")])
        return row

    def _changed(
        self, old: FormRow, answers: Answers, sealed: dict[str, Any], language: str
    ) -> FormRow:
        before, now = opened(old.answers), self.clock.now()
        same_email = before.email == answers.email
        kept = ["email_confirmed_at"] if same_email else []
        if same_email and (old.step is FormStep.EMAIL or before.phone == answers.phone):
            kept.append("told")  # the code that is on its way is still the right one
        told = {name: old.answers[name] for name in kept if name in old.answers}
        step = old.step if same_email else FormStep.EMAIL
        return moved(old, now, step=step, language=language, answers={**sealed, **told})

    async def _send(self, row: FormRow, visitor: Visitor, *, again: bool = False) -> Told:
        to, purpose = _to(row)
        try:
            await self.codes.send(self._caller(row, visitor), to, purpose=purpose)
        except TillBusy as error:
            rows = await self.store.read(lambda tx: tx.form_rows([row.id]))
            fresh = rows.get(row.id)
            if fresh is not None and (fresh.step is not row.step or _sent(fresh)) and not again:
                return Told()  # sent twice at once: the other one has sent the code
            said = Said.LIMITED if error.code == LIMITED else Said.UNSENT
            return Told(said, wait_s=error.retry_after_s)
        except TillRefused:
            return Told(Said.UNDELIVERABLE)
        await self.store.run(lambda tx: self._noted(tx, row))
        return Told(Said.SENT)

    def _noted(self, tx: Tx, row: FormRow) -> None:
        """Note that the code of this step is on its way."""
        tx.lock_keys([f"form-token:{row.token}"])
        fresh, now = tx.form_rows([row.id]).get(row.id), self.clock.now()
        if fresh is None or fresh.step is not row.step or _to(fresh) != _to(row):
            return
        tx.put_form(replace(fresh, answers={**fresh.answers, "told": str(row.step)}))
        tx.write_journal([sentence(fresh, now, f"{row.step}_code_sent")])

    def _further(self, tx: Tx, row: FormRow) -> FormRow | None:
        """Take the form over the step whose code was right; ``None`` when it changed meanwhile."""
        tx.lock_keys([f"form-token:{row.token}"])
        fresh, now = tx.form_rows([row.id]).get(row.id), self.clock.now()
        if fresh is None or fresh.step is not row.step or _to(fresh) != _to(row):
            return None
        name, step = ("confirmed_at", FormStep.CONFIRMED)
        if row.step is FormStep.EMAIL:
            name, step = "email_confirmed_at", FormStep.PHONE
        made = moved(fresh, now, step=step, answers={**fresh.answers, name: now.isoformat()})
        tx.put_form(made)
        tx.write_journal([sentence(made, now, f"{row.step}_confirmed")])
        return made

    def _caller(self, row: FormRow, visitor: Visitor) -> Caller:
        return Caller(
            name=row.id, shop=row.form, deadline_s=CODE_S, scopes=frozenset(),
            visitor=visitor.address,
        )  # fmt: skip


def _to(row: FormRow) -> tuple[MemberKey, CodePurpose]:
    """Return to whom the code of a step goes."""
    if row.step is FormStep.EMAIL:
        return MemberKey(email=row.answers["email"]), CodePurpose.EMAIL
    return MemberKey(phone=row.answers["phone"]), CodePurpose.PHONE


def _sent(row: FormRow) -> bool:
    """Tell whether the code of this step is on its way."""
    return row.answers.get("told") == str(row.step)
