"""Actions: rights, second persons, and what is written down of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from gateway.contract import Clock
from gateway.ids import SystemClock, sortable_id
from gateway.ops.actions import NEEDED, Action, ActionKind, Actions, Asked, Done, Executor
from gateway.ops.approvals import Approvals
from gateway.ops.faults import NotFound, Refused
from gateway.ops.rights import ROLE_RIGHTS, Face, Forbidden, Operator, Right, Role
from gateway.ports import ApprovalState, Store
from tests.gateway.ops.house import House

VERA = Operator("vera", Role.VIEWER, Face.CONSOLE)
OLGA = Operator("olga", Role.OPERATOR, Face.CONSOLE)
BORIS = Operator("boris", Role.OPERATOR, Face.API)
ANNA = Operator("anna", Role.ADMIN, Face.CONSOLE)
DROP = Action(ActionKind.LETTER_DROP, ("letter-1",), {"reason": "заказ отменён"})
LOOK = Action(ActionKind.UNMASK, ("c-1",), {"reason": "звонок покупателя"})


@dataclass
class Desk:
    """Actions over a store, whose executors only note who does what."""

    store: Store
    clock: Clock
    approve: frozenset[ActionKind] = frozenset()
    done: list[tuple[str, Action]] = field(default_factory=list)
    later: timedelta = timedelta()

    @property
    def actions(self) -> Actions:
        """The actions, as a process would make them anew."""

        async def note(who: str, action: Action) -> str:
            self.done.append((who, action))
            return "result"

        async def missing(who: str, action: Action) -> str:
            del who, action
            msg = "no such letter"
            raise NotFound(msg)

        executors: Mapping[ActionKind, Executor] = {
            **dict.fromkeys(ActionKind, note), ActionKind.LETTER_EDIT: missing
        }  # fmt: skip
        approvals = Approvals(self.store, self.clock, sortable_id)
        return Actions(self.store, self.clock, approvals, executors, self.approve)

    async def audit(self) -> list[tuple[str, str, str]]:
        """Return what was written down: outcome, action, who."""
        rows = await self.store.read(lambda tx: tx.story("", limit=100))
        return [
            (row.outcome, row.detail["action"], row.detail["who"])
            for row in rows
            if row.event == "action"
        ]


@asynccontextmanager
async def desk(house: House, *approve: ActionKind) -> AsyncIterator[Desk]:
    """Open a desk on a house's store."""
    async with house.foundation() as foundation:
        yield Desk(foundation.store, SystemClock(), frozenset(approve))


def test_every_action_needs_a_right_and_each_role_has_those_before_it() -> None:
    """An action that nobody thought of would be everybody's."""
    assert set(NEEDED) == set(ActionKind)
    assert Right.SEE not in NEEDED.values()
    assert ROLE_RIGHTS[Role.VIEWER] < ROLE_RIGHTS[Role.OPERATOR] < ROLE_RIGHTS[Role.ADMIN]
    assert ROLE_RIGHTS[Role.ADMIN] == set(Right)


@pytest.mark.parametrize("operator", [VERA, OLGA, ANNA], ids=lambda one: one.role)
@pytest.mark.parametrize("kind", ActionKind)
async def test_who_lacks_the_right_does_nothing_and_is_written_down(
    house: House, operator: Operator, kind: ActionKind
) -> None:
    """A viewer could do what an operator can."""
    async with desk(house) as made:
        action = Action(kind, ("x",))
        if operator.may(NEEDED[kind]):
            if kind is not ActionKind.LETTER_EDIT:
                assert await made.actions.perform(operator, action) == Done("result")
            return
        with pytest.raises(Forbidden):
            await made.actions.perform(operator, action)
        assert made.done == []
        assert await made.audit() == [("forbidden", str(kind), operator.name)]


async def test_what_fails_is_written_down(house: House) -> None:
    """An operator who tries and fails leaves a trace too."""
    async with desk(house) as made:
        with pytest.raises(NotFound):
            await made.actions.perform(OLGA, Action(ActionKind.LETTER_EDIT, ("letter-1",)))
        assert await made.audit() == [("failed", "letter.edit", "olga")]


async def test_a_second_person_approves_and_then_it_happens(house: House) -> None:
    """One pair of eyes would be enough after all."""
    async with desk(house, ActionKind.LETTER_DROP) as made:
        asked = await made.actions.perform(OLGA, DROP)
        assert isinstance(asked, Asked)
        assert made.done == []
        again = await made.actions.perform(OLGA, DROP)
        assert again == asked  # a double click asks once
        with pytest.raises(Refused, match="second person"):
            await made.actions.approved(OLGA, asked.approval_id)
        with pytest.raises(Forbidden):
            await made.actions.approved(VERA, asked.approval_id)
        assert made.done == []
        assert await made.actions.approved(BORIS, asked.approval_id) == Done("result")
        assert made.done == [("olga, approved by boris", DROP)]
        with pytest.raises(Refused, match="already by boris"):
            await made.actions.approved(ANNA, asked.approval_id)
        assert len(made.done) == 1
        assert [one[::2] for one in await made.audit()] == [
            ("asked", "olga"), ("asked", "olga"), ("forbidden", "vera"), ("approved", "boris"),
        ]  # fmt: skip


async def test_what_is_refused_or_taken_back_never_happens(house: House) -> None:
    """A refusal would only be an opinion."""
    async with desk(house, ActionKind.LETTER_DROP) as made:
        asked = await made.actions.perform(OLGA, DROP)
        assert isinstance(asked, Asked)
        await made.actions.refused(BORIS, asked.approval_id)
        with pytest.raises(Refused):
            await made.actions.approved(ANNA, asked.approval_id)
        other = await made.actions.perform(OLGA, DROP)
        assert isinstance(other, Asked)
        assert other != asked
        await made.actions.refused(OLGA, other.approval_id)
        states = {
            state: [one.id for one in await made.actions.approvals.list(state=state)]
            for state in ApprovalState
        }
        assert states == {
            ApprovalState.ASKED: [], ApprovalState.APPROVED: [],
            ApprovalState.REFUSED: [asked.approval_id],
            ApprovalState.WITHDRAWN: [other.approval_id],
        }  # fmt: skip
        assert made.done == []


async def test_an_approval_that_comes_too_late_does_nothing(house: House) -> None:
    """A letter of last month would be dropped as if it were today's."""
    async with desk(house, ActionKind.LETTER_DROP) as made:
        actions = made.actions
        brief = Actions(
            actions.store, actions.clock, actions.approvals, actions.executors, actions.approve,
            approval_s=0.0,
        )  # fmt: skip
        asked = await brief.perform(OLGA, DROP)
        assert isinstance(asked, Asked)
        with pytest.raises(Refused, match="in time"):
            await brief.approved(BORIS, asked.approval_id)
        assert await brief.approvals.list() == ()


async def test_an_approved_look_is_for_the_eyes_of_whoever_asked(house: House) -> None:
    """The approver would see what the one who asked needs."""
    async with desk(house, ActionKind.UNMASK) as made:
        asked = await made.actions.perform(OLGA, LOOK)
        assert isinstance(asked, Asked)
        assert await made.actions.approved(BORIS, asked.approval_id) == Done(None)
        assert made.done == []
        assert await made.actions.perform(OLGA, LOOK) == Done("result")
        assert made.done == [("olga, approved by boris", LOOK)]
        other = Action(ActionKind.UNMASK, ("c-2",), LOOK.params)
        assert isinstance(await made.actions.perform(OLGA, other), Asked)
        assert isinstance(await made.actions.perform(ANNA, LOOK), Asked)


async def test_what_waits_is_sealed_in_the_store(house: House) -> None:
    """An edit that waits holds a customer's new name."""
    async with desk(house, ActionKind.LETTER_DROP) as made:
        await made.actions.perform(OLGA, DROP)
    raw = (house.folder / "data" / "gateway.db").read_bytes()
    assert "заказ отменён".encode() not in raw
