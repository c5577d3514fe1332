"""Questionnaires: what the store keeps of them, on each engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.ports import FormRow, FormStep, Tx
from gateway.store import SqlStore
from tests.store.rows import NOON

HOUR = timedelta(hours=1)


def row(number: int, step: FormStep = FormStep.EMAIL, *, minutes: float = 0) -> FormRow:
    """Return a questionnaire that is due so many minutes after noon."""
    due = NOON + timedelta(minutes=minutes)
    return FormRow(
        f"f-{number}", "club", f"token-{number}", step, "ru", NOON, NOON, due, due + HOUR, "cor",
        "c-1", 2, "away", {"values": {"last": "Ёлкина"}},
    )  # fmt: skip


async def put(store: SqlStore, *rows: FormRow) -> None:
    """Store questionnaires."""

    def work(tx: Tx) -> None:
        for one in rows:
            tx.put_form(one)

    await store.run(work)


async def test_a_questionnaire_comes_back_whole(store: SqlStore) -> None:
    """An answer would be lost between two steps."""
    await put(store, row(1), row(2))
    assert await store.read(lambda tx: tx.form_by_token("token-2")) == row(2)
    assert await store.read(lambda tx: tx.form_by_token("token-9")) is None
    changed = replace(row(1), step=FormStep.DONE, answers={}, cause="")
    await put(store, changed)
    assert await store.read(lambda tx: tx.form_rows(["f-1", "f-9"])) == {"f-1": changed}


async def test_only_what_waits_for_the_gateway_is_taken_and_once(store: SqlStore) -> None:
    """A visitor's unfinished form would be worked on, or one form by two workers."""
    await put(
        store, row(1), row(2, FormStep.CONFIRMED, minutes=5), row(3, FormStep.REWARDED, minutes=1),
        row(4, FormStep.DECLARED, minutes=90), row(5, FormStep.DONE),
    )  # fmt: skip
    now, until = NOON + timedelta(minutes=10), NOON + HOUR

    def take(tx: Tx) -> FormRow | None:
        return tx.take_form(now=now, until=until)

    taken = [await store.run(take) for _ in range(3)]
    assert [one.id if one else None for one in taken] == ["f-3", "f-2", None]
    assert taken[0] is not None
    assert taken[0].due_at == until


async def test_only_visitors_forms_expire(store: SqlStore) -> None:
    """A confirmed form would vanish while a vendor is away for days."""
    await put(store, row(1), row(2, FormStep.CONFIRMED), row(3, FormStep.DONE), row(4, minutes=600))
    late = NOON + 2 * HOUR
    assert await store.run(lambda tx: tx.purge_forms(before=late, limit=9)) == 2
    left = await store.read(lambda tx: tx.form_rows(["f-1", "f-2", "f-3", "f-4"]))
    assert sorted(left) == ["f-2", "f-4"]
    await store.run(lambda tx: tx.drop_forms(["f-4"]))
    assert await store.read(lambda tx: tx.form_rows(["f-4"])) == {}


async def test_a_bonus_is_given_by_the_first_form(store: SqlStore) -> None:
    """A second form of the same person would take the first one's place, and be paid again."""
    await store.run(lambda tx: tx.give_form("club", ["b", "a"], session_id="f-1", now=NOON))
    await store.run(lambda tx: tx.give_form("club", ["b", "c"], session_id="f-2", now=NOON))
    await store.run(lambda tx: tx.give_form("else", ["a"], session_id="f-3", now=NOON))
    found = await store.read(lambda tx: tx.form_givers("club", ["a", "b", "c", "d"]))
    assert found == {"a": "f-1", "b": "f-1", "c": "f-2"}
