"""Sessions and approvals: what a cookie opens, and who decided first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from gateway.ports import ApprovalRow, ApprovalState, SessionRow, Tx
from gateway.store import SqlStore

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SESSION = SessionRow("d1", "olga", "operator", "token", NOW, NOW, NOW + HOUR)
APPROVAL = ApprovalRow(
    "a1", "letter.drop", ApprovalState.ASKED, "olga", NOW, NOW + HOUR, ("l1",), {"reason": "Ёж"}
)


async def test_a_session_is_found_prolonged_and_ended(store: SqlStore) -> None:
    """A session that was ended must not come back by being seen once more."""
    await store.run(lambda tx: tx.put_session(SESSION))
    assert await store.read(lambda tx: tx.session("d1")) == SESSION
    assert await store.read(lambda tx: tx.session("d2")) is None
    seen = replace(SESSION, seen_at=NOW + HOUR, until=NOW + 2 * HOUR)
    assert await store.run(
        lambda tx: tx.prolong_session("d1", seen_at=seen.seen_at, until=seen.until)
    )
    assert await store.read(lambda tx: tx.session("d1")) == seen
    assert await store.run(lambda tx: tx.end_sessions(digest="d1")) == 1
    assert not await store.run(lambda tx: tx.prolong_session("d1", seen_at=NOW, until=NOW))
    assert await store.read(lambda tx: tx.session("d1")) is None


def put(tx: Tx, *, row: SessionRow) -> None:
    """Put a session."""
    tx.put_session(row)


async def test_all_sessions_of_a_name_end_and_old_ones_are_purged(store: SqlStore) -> None:
    """Somebody who has left the shop would stay in the console."""
    rows = [
        replace(SESSION, digest=f"d{n}", name="olga" if n < 2 else "boris", until=NOW + n * HOUR)
        for n in range(4)
    ]
    for row in rows:
        await store.run(partial(put, row=row))
    assert await store.run(lambda tx: tx.end_sessions(name="olga")) == 2
    before = NOW + 2.5 * HOUR
    assert await store.run(lambda tx: tx.purge_sessions(before=before, limit=10)) == 1
    assert await store.read(lambda tx: tx.session("d3")) == rows[3]


async def test_of_two_decisions_the_first_counts(store: SqlStore) -> None:
    """A refusal would be overwritten by a later approval."""
    await store.run(lambda tx: tx.ask_approval(APPROVAL))
    later = replace(APPROVAL, id="a2", asked_at=NOW + HOUR)
    await store.run(lambda tx: tx.ask_approval(later))
    found = await store.read(lambda tx: tx.approvals(state=ApprovalState.ASKED, limit=10))
    assert list(found) == [later, APPROVAL]
    assert await store.run(
        lambda tx: tx.decide_approval("a1", state=ApprovalState.REFUSED, who="boris", now=NOW)
    )
    assert not await store.run(
        lambda tx: tx.decide_approval("a1", state=ApprovalState.APPROVED, who="anna", now=NOW)
    )
    row = await store.read(lambda tx: tx.approval("a1"))
    assert row == replace(APPROVAL, state=ApprovalState.REFUSED, decided_by="boris", decided_at=NOW)
    assert await store.read(lambda tx: tx.approval("a3")) is None
