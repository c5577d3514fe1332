"""Actions: the one way in which operators change anything or look behind the mask.

Whoever asks must have the right; where the configuration wants a second person, the action waits
for one. What was refused is written down here; what was done is written down by its executor, in
the transaction of its effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Clock, GatewayError
from gateway.ops.approvals import Approvals
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ops.rights import Forbidden, Operator, Right
from gateway.ports import ApprovalRow, ApprovalState, Store


class ActionKind(StrEnum):
    """What can be asked for."""

    ACCOUNT_BUDGET = "account.budget"
    ACCOUNT_PAUSE = "account.pause"
    ACCOUNT_PROBE = "account.probe"
    ACCOUNT_RESUME = "account.resume"
    ALERT_SILENCE = "alert.silence"
    ALERT_TEST = "alert.test"
    DUE_HURRY = "due.hurry"
    LETTER_DROP = "letter.drop"
    LETTER_EDIT = "letter.edit"
    LETTER_REPLAY = "letter.replay"
    MERGE_ASK = "merge.ask"
    MERGE_REFUSE = "merge.refuse"
    MERGE_UNDO = "merge.undo"
    MERGE_VOUCH = "merge.vouch"
    PERSON_ERASE = "person.erase"
    PERSON_ERASE_AGAIN = "person.erase_again"
    PERSON_ERASED_BY_HAND = "person.erased_by_hand"
    PERSON_EXPORT = "person.export"
    REVIEW_DECIDE = "review.decide"
    SALE_DROP = "sale.drop"
    SALE_RETRY = "sale.retry"
    UNMASK = "unmask"


NEEDED: Mapping[ActionKind, Right] = {
    ActionKind.ACCOUNT_BUDGET: Right.STEER,
    ActionKind.ACCOUNT_PAUSE: Right.STEER,
    ActionKind.ACCOUNT_PROBE: Right.ACT,
    ActionKind.ACCOUNT_RESUME: Right.STEER,
    ActionKind.ALERT_SILENCE: Right.STEER,
    ActionKind.ALERT_TEST: Right.STEER,
    ActionKind.DUE_HURRY: Right.ACT,
    ActionKind.LETTER_DROP: Right.GIVE_UP,
    ActionKind.LETTER_EDIT: Right.MEND,
    ActionKind.LETTER_REPLAY: Right.ACT,
    ActionKind.MERGE_ASK: Right.DECIDE,
    ActionKind.MERGE_REFUSE: Right.DECIDE,
    ActionKind.MERGE_UNDO: Right.DECIDE,
    ActionKind.MERGE_VOUCH: Right.DECIDE,
    ActionKind.PERSON_ERASE: Right.DECIDE,
    ActionKind.PERSON_ERASE_AGAIN: Right.DECIDE,
    ActionKind.PERSON_ERASED_BY_HAND: Right.DECIDE,
    ActionKind.PERSON_EXPORT: Right.UNMASK,
    ActionKind.REVIEW_DECIDE: Right.DECIDE,
    ActionKind.SALE_DROP: Right.GIVE_UP,
    ActionKind.SALE_RETRY: Right.ACT,
    ActionKind.UNMASK: Right.UNMASK,
}
_LOOKS = frozenset({ActionKind.PERSON_EXPORT, ActionKind.UNMASK})
"""Actions whose result is for the eyes of whoever asked: an approval lets him look."""


@dataclass(frozen=True, slots=True)
class Action:
    """What an operator asks for.

    Shape: ``subjects`` are ids that tell nothing about a person; ``params`` are JSON values, and
    may be personal.
    """

    kind: ActionKind
    subjects: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """It was done. ``result`` is what its executor tells."""

    result: object


@dataclass(frozen=True, slots=True)
class Asked:
    """It waits for a second person."""

    approval_id: str


Executor = Callable[[str, Action], Awaitable[object]]
"""Does an action in the name of somebody; see the module's text. Raises ``GatewayError``."""


@dataclass(frozen=True, slots=True)
class Actions:
    """Performs actions. ``approve`` are the kinds that need a second person."""

    store: Store
    clock: Clock
    approvals: Approvals
    executors: Mapping[ActionKind, Executor]
    approve: frozenset[ActionKind] = frozenset()
    approval_s: float = 86_400.0

    async def perform(self, operator: Operator, action: Action) -> Done | Asked:
        """Do it, or ask for a second person. Raises ``Forbidden`` and what the executor raises."""
        await self._require(operator, action)
        if action.kind not in self.approve:
            return Done(await self._execute(operator.name, action))
        if action.kind in _LOOKS:
            granted = await self.approvals.granted(
                operator.name, str(action.kind), action.subjects, now=self.clock.now()
            )
            if granted is not None:
                who = f"{operator.name}, approved by {granted.decided_by}"
                return Done(await self._execute(who, action))
        until = self.clock.now() + timedelta(seconds=self.approval_s)
        asked = await self.approvals.ask(
            operator.name, str(action.kind), action.subjects, action.params, until=until
        )
        await self._note(operator, action, "asked")
        return Asked(asked.id)

    async def approved(self, operator: Operator, approval_id: str) -> Done:
        """Approve what somebody else asked for, which does it.

        It is done first and closed afterwards: after a crash in between it still waits, and doing
        an action again has no second effect. Raises ``Forbidden``, ``NotFound``, ``Refused``.
        """
        row = await self._waiting(approval_id)
        action = Action(ActionKind(row.action), row.subjects, row.params)
        await self._require(operator, action)
        if row.asked_by == operator.name:
            msg = "whoever asked cannot approve it: a second person must"
            raise Refused(msg)
        result: object = None
        if action.kind not in _LOOKS:
            who = f"{row.asked_by}, approved by {operator.name}"
            result = await self._execute(who, action)
        await self.approvals.close(row, ApprovalState.APPROVED, operator.name)
        await self._note(operator, action, "approved", asked_by=row.asked_by)
        return Done(result)

    async def refused(self, operator: Operator, approval_id: str) -> None:
        """Refuse what somebody asked for, or take one's own back. Raises as ``approved`` does."""
        row = await self._waiting(approval_id)
        action = Action(ActionKind(row.action), row.subjects, row.params)
        is_own = row.asked_by == operator.name
        if not is_own:
            await self._require(operator, action)
        state = ApprovalState.WITHDRAWN if is_own else ApprovalState.REFUSED
        await self.approvals.close(row, state, operator.name)
        await self._note(operator, action, str(state), asked_by=row.asked_by)

    async def _waiting(self, approval_id: str) -> ApprovalRow:
        row = await self.approvals.get(approval_id)
        if row is None:
            msg = f"no approval {approval_id}: look at the list again"
            raise NotFound(msg)
        if row.state is not ApprovalState.ASKED:
            msg = f"it was {row.state} already by {row.decided_by}"
            raise Refused(msg)
        if row.until <= self.clock.now():
            msg = "nobody approved it in time: ask for it again"
            raise Refused(msg)
        return row

    async def _require(self, operator: Operator, action: Action) -> None:
        right = NEEDED[action.kind]
        if not operator.may(right):
            await self._note(operator, action, "forbidden")
            raise Forbidden(operator, right)

    async def _execute(self, who: str, action: Action) -> object:
        try:
            return await self.executors[action.kind](who, action)
        except GatewayError as error:
            await self._write(who, action, "failed", cause=type(error).__name__)
            raise

    async def _note(self, operator: Operator, action: Action, outcome: str, **more: str) -> None:
        face, role = str(operator.face), str(operator.role)
        await self._write(operator.name, action, outcome, face=face, role=role, **more)

    async def _write(self, who: str, action: Action, outcome: str, **more: str) -> None:
        now, about = self.clock.now(), ("", Kind.CUSTOMER)
        row = deed(
            now, about, event="action", outcome=outcome, who=who,
            action=str(action.kind), subjects=list(action.subjects[:20]), **more,
        )  # fmt: skip
        await self.store.run(lambda tx: tx.write_journal([row]))
