"""Letters with two processes at work, and those of an older schema, on both engines."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
import sqlalchemy as sa
from alembic import command

from gateway.ops.batches import STEP, Batches, Choice
from gateway.ops.replay import Decision, Deed, Replayer
from gateway.ports import DeliveryState, Tx
from gateway.store import SqlStore, upgrade
from gateway.store.migrating import _config
from gateway.store.schema import FOLDER, made_engine, parsed
from tests.store.conftest import OpenStore
from tests.store.rows import HeldClock, customer, due, later, letter

MANY = 6 * STEP


def _batches(store: SqlStore, clock: HeldClock, name: str) -> Batches:
    ids = count()

    def new_id() -> str:
        return f"{name}-{next(ids)}"

    return Batches(store, clock, Replayer(store, clock, new_id, lambda _: None), new_id)


async def test_two_processes_decide_each_letter_once(
    url: str, open_it: OpenStore, clock: HeldClock
) -> None:
    """Two gateways at one batch would replay each letter twice, or stand in each other's way."""
    one, two = open_it(url), open_it(url)

    def seed(tx: Tx) -> None:
        keys = [f"c{n:03}" for n in range(MANY)]
        tx.put_entities([customer(key) for key in keys])
        tx.mark_due([due(key) for key in keys])
        for key in keys:
            tx.set_delivery(key, "loyalty", DeliveryState.DEAD, due_at=clock.now())
        tx.put_dead([letter(f"l{key}", subject=key) for key in keys])

    await one.run(seed)
    first, second = _batches(one, clock, "a"), _batches(two, clock, "b")
    batch = await first.begin(Choice("loyalty", as_of=later(9)), Decision(Deed.REPLAY, "olga"))
    await asyncio.gather(first.work_off(batch.id), second.work_off(batch.id))
    done = await first.show(batch.id)
    assert (done.done, done.left, bool(done.ended_at)) == (MANY, 0, True)
    counted = await one.read(lambda tx: tx.count_journal())
    assert counted["operator", "letter", "replayed"] == MANY


@pytest.mark.parametrize("held", [True, False])
def test_letters_of_an_older_program_are_told_apart(empty_url: str, *, held: bool) -> None:
    """After the upgrade nobody would see which letters are in doubt, nor when they came."""
    with made_engine(parsed(empty_url)).begin() as connection:
        config = _config(FOLDER)
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        code = "outcome_unknown" if held else "rejected"
        connection.execute(
            sa.text(
                "INSERT INTO dead_letter (id, source, subject, kind, account, state, cause_code, "
                "cause, remedy, attempts, version, first_at, last_at, correlation_id, request, "
                "answer, note) VALUES ('l1', 'delivery', 'c1', 'customer', 'crm', 'open', :code, "
                "'', '', 1, 1, '2026-03-02T12:00:00.000000+00:00', "
                "'2026-03-02T13:00:00.000000+00:00', '', :none, :none, :none)"
            ),
            {"code": code, "none": b""},
        )
    upgrade(empty_url)
    with made_engine(parsed(empty_url)).connect() as connection:
        found = connection.execute(
            sa.text("SELECT held, opened_at = first_at FROM dead_letter")
        ).one()
    assert [bool(one) for one in found] == [held, True]
