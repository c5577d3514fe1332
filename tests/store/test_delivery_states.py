"""The delivery's state machine against a simple model, by random histories (on SQLite)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.ports import DeliveryRow, DeliveryState
from gateway.store import Sealer
from gateway.store.session import SqliteSession
from gateway.store.tables import delivery
from gateway.store.transaction import SqlTx
from tests.store.rows import HeldClock, due, later, settled

S = DeliveryState
ENTITIES = st.sampled_from(["c1", "c2", "c3"])
HOLDERS = st.sampled_from(["a", "b"])
SECONDS = st.integers(0, 40)
ENDS = st.sampled_from([S.DONE, S.RETRY, S.WAITING, S.HELD, S.DEAD])
CLAIMABLE = {S.DUE, S.RETRY, S.WAITING}
LEASE_S = 30


@dataclass(frozen=True)
class Life:
    """What the model knows beside the row."""

    row: DeliveryRow
    holder: str = ""
    leased_until: float = 0


class Deliveries(RuleBasedStateMachine):
    """Random claims, ends, changes and hands on three deliveries."""

    def __init__(self) -> None:
        super().__init__()
        self.raw = sqlite3.connect(":memory:", isolation_level=None)
        self.raw.execute(str(CreateTable(delivery).compile(dialect=dialect.dialect())))
        for index in delivery.indexes:
            self.raw.execute(str(CreateIndex(index).compile(dialect=dialect.dialect())))
        self.clock = HeldClock()
        self.tx = SqlTx(
            SqliteSession(self.raw), sealer=Sealer([bytes(32)]), clock=self.clock, stamp=str
        )
        self.now = 0
        self.lives: dict[str, Life] = {}

    def teardown(self) -> None:
        """Close the database of this history."""
        self.raw.close()

    @rule(entity=ENTITIES)
    def change(self, entity: str) -> None:
        """A newer snapshot makes the delivery due."""
        new = due(entity, due_at=later(self.now))
        self.tx.mark_due([new])
        self.model_change(new)

    def model_change(self, new: DeliveryRow) -> None:
        """What a newer snapshot does to the model's row."""
        entity = new.entity_id
        life = self.lives.get(entity)
        if life is None:
            self.lives[entity] = Life(new)
        elif life.row.state is S.SENDING:
            self._set(entity, again=True)
        elif life.row.state in {S.DONE, S.DEAD}:
            kept: dict[str, Any] = {
                "unknown": life.row.unknown,
                "sent_version": life.row.sent_version,
            }
            self.lives[entity] = Life(replace(new, **kept))
        elif life.row.state is S.DUE:
            self._set(entity, due_at=min(life.row.due_at, new.due_at), correlation_id="c-1")

    @rule(entity=ENTITIES, holder=HOLDERS)
    def start(self, entity: str, holder: str) -> None:
        """A newer snapshot is sent by whoever merged it, unless somebody has the row."""
        new = due(entity, due_at=later(self.now))
        found = self.tx.start([new], holder=holder, until=later(self.now + LEASE_S))
        self.model_change(new)
        row = self.lives[entity].row
        if row.state is not S.DUE:
            is_its_own = row.state is S.SENDING and self.lives[entity].holder == holder
            assert [one.entity_id for one in found] == [entity] * is_its_own
            return
        taken = replace(row, state=S.SENDING)
        self.lives[entity] = Life(taken, holder, self.now + LEASE_S)
        assert list(found) == [taken]

    @rule(entities=st.lists(ENTITIES, min_size=1, unique=True), holder=HOLDERS)
    def claim(self, entities: list[str], holder: str) -> None:
        """Take what is due."""
        expected = []
        for entity in entities:
            life = self.lives.get(entity)
            if life is None:
                continue
            lost = life.row.state is S.SENDING and life.leased_until <= self.now
            if lost or (life.row.state in CLAIMABLE and life.row.due_at <= later(self.now)):
                before = replace(life.row, unknown=life.row.unknown or lost)
                expected.append(before)
                taken = replace(before, state=S.SENDING, again=False)
                self.lives[entity] = Life(taken, holder, self.now + LEASE_S)
        until = later(self.now + LEASE_S)
        found = self.tx.claim("loyalty", entities, now=later(self.now), holder=holder, until=until)
        assert list(found) == expected

    @rule(
        entity=ENTITIES,
        holder=HOLDERS,
        end=ENDS,
        pause=SECONDS,
        unknown=st.booleans(),
        version=st.integers(0, 3),
    )
    def end(
        self,
        entity: str,
        holder: str,
        *,
        end: DeliveryState,
        pause: int,
        unknown: bool,
        version: int,
    ) -> None:
        """End an attempt, as the holder or as somebody who lost the row."""
        waits_for = "c9" if end is S.WAITING else None
        at = later(self.now + pause)
        outcome = settled(
            entity,
            end,
            due_at=at,
            unknown=unknown,
            waits_for=waits_for,
            cause="x",
            sent_version=version,
        )
        ended = self.tx.settle([outcome], holder=holder)
        life = self.lives.get(entity)
        mine = life is not None and life.row.state is S.SENDING and life.holder == holder
        assert list(ended) == ([entity] if mine else [])
        if life is None or not mine:
            return
        rerun = life.row.again and end in {S.DONE, S.DEAD}
        changes: dict[str, Any] = {
            "state": end,
            "due_at": at,
            "attempts": 1,
            "waits_for": waits_for,
            "cause": "x",
        }
        if rerun:
            changes |= {"state": S.DUE, "due_at": later(self.now), "attempts": 0, "cause": ""}
        known = version or life.row.sent_version
        self._set(entity, again=False, unknown=unknown, sent_version=known, **changes)

    @rule(entity=ENTITIES, state=st.sampled_from([S.DUE, S.HELD, S.DEAD]))
    def by_hand(self, entity: str, state: DeliveryState) -> None:
        """An operator sets the state."""
        life = self.lives.get(entity)
        free = life is not None and life.row.state is not S.SENDING
        at = later(self.now)
        assert self.tx.set_delivery(entity, "loyalty", state, due_at=at) is free
        if free:
            self._set(entity, state=state, due_at=at, attempts=0, waits_for=None)

    @precondition(lambda self: any(life.row.state is S.WAITING for life in self.lives.values()))
    @rule()
    def wake(self) -> None:
        """The entity that others wait for is done."""
        expected = [
            entity
            for entity, life in sorted(self.lives.items())
            if life.row.state is S.WAITING and life.row.waits_for == "c9"
        ]
        woken = self.tx.wake_waiting("loyalty", ["c9"], now=later(self.now))
        assert [entity for entity, _ in woken] == expected
        for entity in expected:
            self._set(entity, state=S.DUE, due_at=later(self.now), waits_for=None)

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        """Time goes on."""
        self.now += seconds
        self.clock.move(seconds)

    @invariant()
    def rows_are_as_modelled(self) -> None:
        """Each stored row equals the model's."""
        found = self.tx.deliveries_of(["c1", "c2", "c3"])
        assert {entity: rows[0] for entity, rows in found.items()} == {
            entity: life.row for entity, life in self.lives.items()
        }

    @invariant()
    def the_relay_finds_all_that_can_be_claimed(self) -> None:
        """What a claim would take is never overlooked."""
        found = self.tx.due_deliveries(now=later(self.now), silent_since=later(self.now), limit=9)
        assert {row.entity_id for row in found} == {
            entity
            for entity, life in self.lives.items()
            if (life.row.state in CLAIMABLE and life.row.due_at <= later(self.now))
            or (life.row.state is S.SENDING and life.leased_until <= self.now)
        }

    def _set(self, entity: str, **changes: Any) -> None:
        life = self.lives[entity]
        self.lives[entity] = replace(life, row=replace(life.row, **changes))


def test_any_history_leaves_the_rows_that_the_model_says() -> None:
    """A rare order of events would leave a delivery stuck, doubled or forgotten."""
    run_state_machine_as_test(
        Deliveries, settings=settings(max_examples=60, stateful_step_count=30, deadline=None)
    )
