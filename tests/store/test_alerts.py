"""Alerts in the store: one that is not over of each kind, each turn once, figures as they are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.contract import StoreError
from gateway.ports import (
    AlertRow,
    AlertState,
    DeliveryRow,
    DeliveryState,
    Heard,
    InboxRow,
    JournalRow,
    NoteRow,
    NoteState,
    SilenceRow,
)
from gateway.store import SqlStore, alert_facts, alerts
from gateway.store.schema import made_engine, parsed
from gateway.store.statement import SqliteDialect, Statement
from tests.store.rows import NAME, NOON, HeldClock, in_order, later, letter
from tests.stores import upgrade


def row(alert_id: str = "a1", **more: Any) -> AlertRow:
    """Return an alert that is on."""
    values: dict[str, Any] = {
        "id": alert_id, "rule": "lag", "subject": "crm", "state": AlertState.ON, "since": NOON,
        "seen_at": NOON, "bad_at": later(5), "began_at": later(1),
        "value": {"minutes": 31, "limit": 30.0, "balance": "12,50 ₽"},
    }  # fmt: skip
    return AlertRow(**(values | more))


def note(alert_id: str = "a1", turn: str = "began", address: str = "ops", **more: Any) -> NoteRow:
    """Return a note that waits."""
    return NoteRow(alert_id, turn, address, NoteState.WAITING, NOON, **more)


async def test_an_alert_is_read_as_it_was_put(store: SqlStore) -> None:
    """Its end would be told with other figures, or to somebody who never heard of it."""
    told = row(told_at=later(2), reminded=2, flaps=1, clear_at=later(9))
    await store.run(in_order(lambda tx: tx.put_alerts([row()]), lambda tx: tx.put_alerts([told])))
    assert list(await store.read(lambda tx: tx.alerts_open())) == [told]
    assert await store.read(lambda tx: tx.alerts_by_id(["a1", "?"])) == {"a1": told}


async def test_two_of_one_kind_are_never_on(store: SqlStore) -> None:
    """Two processes that saw the same would both tell it."""
    await store.run(lambda tx: tx.put_alerts([row()]))
    with pytest.raises(StoreError):
        await store.run(lambda tx: tx.put_alerts([row("a2")]))
    over = row(state=AlertState.OVER, ended_at=later(60))
    await store.run(lambda tx: tx.put_alerts([over]))
    await store.run(lambda tx: tx.put_alerts([row("a2")]))
    assert [one.id for one in await store.read(lambda tx: tx.alerts_open())] == ["a2"]


async def test_history_is_read_page_by_page(store: SqlStore) -> None:
    """An operator would see an alert twice or never."""
    rows = [row(f"a{number}", state=AlertState.OVER, ended_at=later(number)) for number in range(5)]
    await store.run(lambda tx: tx.put_alerts(rows))
    first = await store.read(lambda tx: tx.alerts_over(limit=3))
    rest = await store.read(lambda tx: tx.alerts_over(before=first[-1].id, limit=3))
    assert [one.id for one in [*first, *rest]] == ["a4", "a3", "a2", "a1", "a0"]


async def test_a_turn_is_noted_once(store: SqlStore) -> None:
    """A look that was cut off after its commit and done again would tell it twice."""
    await store.run(lambda tx: tx.put_notes([note(), note(address="boss")]))
    sent = replace(note(), state=NoteState.SENT, message="m1", attempts=2, cause="")
    await store.run(lambda tx: tx.settle_notes([sent]))
    await store.run(lambda tx: tx.put_notes([note(), note(turn="over")]))
    left = await store.read(lambda tx: tx.open_notes())
    assert [(one.address, one.turn) for one in left] == [("boss", "began"), ("ops", "over")]
    assert sent in await store.read(lambda tx: tx.notes_of(["a1"]))


async def test_a_silence_hides_who_and_why(store: SqlStore) -> None:
    """What a person typed stands in the database in clear."""
    made = SilenceRow("s1", "lag", "", NOON, later(60), NAME, f"звонит {NAME}")
    await store.run(lambda tx: tx.put_silence(made))
    assert list(await store.read(lambda tx: tx.silences(at=later(59)))) == [made]
    assert list(await store.read(lambda tx: tx.silences(at=later(60)))) == []


async def test_old_alerts_go_with_their_notes(store: SqlStore) -> None:
    """The table grows for ever, or an alert that is on is forgotten."""
    old = row("a1", state=AlertState.OVER, ended_at=NOON)
    await store.run(
        in_order(
            lambda tx: tx.put_alerts([old, row("a2", subject="shop")]),
            lambda tx: tx.put_notes([note("a1"), note("a2")]),
        )
    )
    assert await store.run(lambda tx: tx.purge_alerts(before=later(1), limit=10)) == 1
    assert [one.alert_id for one in await store.read(lambda tx: tx.open_notes())] == ["a2"]


async def test_the_oldest_of_what_waits_is_found(store: SqlStore) -> None:
    """An account would be behind for hours with nobody told, or one that is not be called so."""

    def delivery(number: int, account: str, state: DeliveryState, seconds: float) -> DeliveryRow:
        return DeliveryRow(f"c-{number}", Kind.CUSTOMER, account, state, later(seconds))

    due = [
        delivery(1, "crm", DeliveryState.DUE, 50), delivery(2, "crm", DeliveryState.DUE, 20),
        delivery(3, "shop", DeliveryState.DUE, 70),
    ]  # fmt: skip
    hint = InboxRow("i1", "shop", Kind.ORDER, "7", "t", "changed", later(10), "")
    await store.run(in_order(lambda tx: tx.mark_due(due), lambda tx: tx.receive([hint])))
    assert await store.read(lambda tx: tx.alert_overdue()) == {"crm": later(20), "shop": later(70)}
    assert await store.read(lambda tx: tx.alert_unread(now=later(100))) == {"shop": later(10)}


async def test_letters_are_counted_by_when_they_were_opened(
    store: SqlStore, clock: HeldClock
) -> None:
    """Old letters would be called new ones for ever."""
    stale, fresh = letter("l1", subject="c-1"), letter("l2", subject="c-2")
    await store.run(lambda tx: tx.put_dead([stale]))
    clock.move(90)
    await store.run(lambda tx: tx.put_dead([replace(stale, last_at=later(90)), fresh]))
    found = await store.read(lambda tx: tx.alert_letters(since=later(60)))
    assert found == {fresh.account: 1}


async def test_what_was_heard_is_counted_between_two_moments(store: SqlStore) -> None:
    """A silent vendor would be taken for a busy one."""

    def sentence(seconds: float, event: str, outcome: str, count: int = 1) -> JournalRow:
        at = later(seconds)
        return JournalRow(at, "", Kind.ORDER, "shop", event, outcome, "", {}, count)

    rows = [
        sentence(0, "received", "created"), sentence(10, "received", "merged", 3),
        sentence(20, "received", "merged"), sentence(20, "delivered", "created"),
        sentence(30, "cards.guessing", "began"), sentence(99, "received", "merged"),
    ]  # fmt: skip
    await store.run(lambda tx: tx.write_journal(rows))
    found = await store.read(lambda tx: tx.alert_heard(since=later(0), until=later(50)))
    assert sorted(found, key=lambda one: one.event) == [
        Heard("shop", "cards.guessing", "began", later(30), 1),
        Heard("shop", "received", "merged", later(20), 4),
    ]
    assert await store.read(lambda tx: tx.alert_journal_begins()) == later(0)


def _plan(url: str, made: Statement) -> str:
    """Return how SQLite would run a statement; it plans the same with any values."""
    compiled = SqliteDialect().compiled(made)
    text = re.sub(r":(\w+)", "5", compiled.text)
    with made_engine(parsed(url)).connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").fetchall()
    return " ".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize(
    ("made", "index"),
    [
        (alert_facts.OVERDUE, "ix_delivery_due"),
        (alert_facts.UNREAD, "ix_inbox_due"),
        (alert_facts.LETTERS, "ix_dead_letter_opened_at"),
        (alert_facts.HEARD, "ix_journal_at"),
        (alert_facts.BEGINS, "ix_journal_at"),
        (alerts.OPEN, "uq_alert_open"),
        (alerts.OPEN_NOTES, "ix_alert_note_open"),
        (alerts.SILENCES, "ix_alert_silence_until"),
    ],
)
def test_a_look_reads_little(made: Statement, index: str, tmp_path: Path) -> None:
    """A look every few seconds would read all that was ever received."""
    url = f"sqlite:///{tmp_path / 'plans.db'}"
    upgrade(url)
    assert index in _plan(url, made)
