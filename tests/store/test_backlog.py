"""What waits, counted and page by page; what operators decided stays apart from what is found."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.ports import (
    AccountState,
    DeliveryRow,
    DeliveryState,
    Hurry,
    InboxState,
    Pause,
    Place,
    Probe,
    Slowed,
    Waiting,
)
from gateway.store import SqlStore
from tests.store.rows import (
    NOON,
    due,
    hint,
    in_order,
    later,
    letter,
    operation,
    settled,
)

PAUSE = Pause(NOON, "ольга", "переезд склада")
PROBE = Probe(NOON, ok=False, note="ключ не подошёл")
SLOWED = Slowed(2, 0.5, NOON, "olga")


async def test_the_inbox_is_counted_by_account_without_what_is_done(store: SqlStore) -> None:
    """A backlog would look like all that ever came, or miss what is being worked on."""
    rows = [hint("a", received_at=later(5)), hint("b"), hint("c"), hint("d", account="crm")]
    await store.run(lambda tx: tx.receive(rows))
    await store.run(lambda tx: tx.take_inbox(["b", "c"], holder="me", until=later(60)))
    await store.run(lambda tx: tx.finish_inbox(["c"], state=InboxState.DONE, now=NOON))
    assert await store.read(lambda tx: tx.count_inbox()) == {
        "shop": Waiting(2, NOON), "crm": Waiting(1, NOON),
    }  # fmt: skip


async def test_letters_are_counted_by_cause_with_the_newest(store: SqlStore) -> None:
    """The overview would show last week's trouble as today's."""
    await store.run(
        lambda tx: tx.put_dead(
            [
                letter("l1", subject="c1"),
                letter("l2", subject="c2", last_at=later(60)),
                letter("l3", subject="c3", cause_code="other"),
            ]
        )
    )
    await store.run(lambda tx: tx.close_dead("delivery", "c3", "loyalty", state="dropped"))
    code = letter("x").cause_code
    found = await store.read(lambda tx: tx.count_letters())
    assert found == {("loyalty", code): Waiting(2, later(60))}


async def test_operations_are_counted_until_they_end(store: SqlStore) -> None:
    """What waits to be done once would be invisible."""
    await store.run(lambda tx: tx.put_operations([operation("o1"), operation("o2")]))
    account = operation("o1").account
    [taken] = await store.run(
        lambda tx: tx.claim_operations(account, now=NOON, holder="me", until=later(60), limit=1)
    )
    counted = await store.read(lambda tx: tx.count_operations())
    assert counted == {(account, "due"): 1, (account, "sending"): 1}
    page = await store.read(lambda tx: tx.page_operations(account, after=None, limit=9))
    assert [one.key for one in page] == ["o1", "o2"]
    assert taken.key == "o1"
    assert all(one.payload == {} for one in page)
    behind = Place(page[0].due_at, "o1")
    rest = await store.read(lambda tx: tx.page_operations(account, after=behind, limit=9))
    assert [one.key for one in rest] == ["o2"]


async def test_pages_meet_each_row_once_also_at_equal_times(store: SqlStore) -> None:
    """Rows at the border of a page would be shown twice or never."""
    rows = [due(f"c{number:02}", due_at=later(number // 5)) for number in range(23)]
    await store.run(lambda tx: tx.mark_due([*rows, due("c99", account="crm")]))

    async def page(after: Place | None) -> Sequence[DeliveryRow]:
        return await store.read(
            lambda tx: tx.page_deliveries("loyalty", DeliveryState.DUE, after=after, limit=4)
        )

    seen: list[str] = []
    found = await page(None)
    while found:
        seen += [row.entity_id for row in found]
        found = await page(Place(found[-1].due_at, found[-1].entity_id))
    assert seen == [row.entity_id for row in rows]


async def test_the_oldest_of_an_account_and_state_is_found(store: SqlStore) -> None:
    """The lag would be that of another account, or of what is done."""
    rows = [due("c1", due_at=later(9)), due("c2", due_at=later(5)), due("c3", account="crm")]
    await store.run(lambda tx: tx.mark_due(rows))
    found = await store.read(lambda tx: tx.oldest_delivery("loyalty", DeliveryState.DUE))
    assert found == rows[1]
    assert await store.read(lambda tx: tx.oldest_delivery("loyalty", DeliveryState.DEAD)) is None


async def _failed(store: SqlStore) -> None:
    """Three deliveries that are tried again in an hour, for two causes; one that is dead."""
    names = ["c1", "c2", "c3", "c4"]
    await store.run(lambda tx: tx.mark_due([due(name) for name in names]))
    await store.run(lambda tx: tx.claim("loyalty", names, now=NOON, holder="me", until=later(60)))
    ends = [
        settled("c1", state=DeliveryState.RETRY, due_at=later(3600), cause_code="Unavailable"),
        settled("c2", state=DeliveryState.RETRY, due_at=later(3600), cause_code="LOCKED"),
        settled("c3", state=DeliveryState.RETRY, due_at=later(3600), cause_code="Unavailable"),
        settled("c4", state=DeliveryState.DEAD, due_at=later(3600), cause_code="Unavailable"),
    ]
    await store.run(lambda tx: tx.settle(ends, holder="me"))


async def test_retries_are_hurried_by_cause_by_id_or_all(store: SqlStore) -> None:
    """An operator who knows that the vendor is back would wait for an hour."""
    await _failed(store)
    choices = [
        (Hurry("loyalty", cause_code="LOCKED"), ["c2"]),
        (Hurry("loyalty", ids=("c1", "c2", "c4", "none")), ["c1"]),
        (Hurry("crm"), []),
        (Hurry("loyalty"), ["c3"]),
        (Hurry("loyalty"), []),
    ]

    async def hurry(choice: Hurry) -> Sequence[str]:
        return await store.run(lambda tx: tx.hurry_deliveries(choice, now=NOON, limit=9))

    for choice, hurried in choices:
        assert await hurry(choice) == hurried
    listed = await store.read(
        lambda tx: tx.page_deliveries("loyalty", DeliveryState.RETRY, after=None, limit=9)
    )
    assert [row.due_at for row in listed] == [NOON] * 3


async def test_hurried_operations_keep_their_tries(store: SqlStore) -> None:
    """A hurried operation that failed ten times would look like a fresh one."""
    row = operation("o1", state=DeliveryState.RETRY, due_at=later(3600), attempts=10)
    await store.run(lambda tx: tx.put_operations([row]))
    found = await store.run(lambda tx: tx.hurry_operations(Hurry(row.account), now=NOON, limit=9))
    assert found == ["o1"]
    [now] = await store.read(lambda tx: tx.page_operations(row.account, after=None, limit=9))
    assert (now.due_at, now.attempts) == (NOON, 10)


async def test_what_processes_find_leaves_what_operators_decided(store: SqlStore) -> None:
    """A probe that succeeds would resume what a person had paused."""
    await store.run(
        in_order(
            lambda tx: tx.put_pause("crm", PAUSE),
            lambda tx: tx.put_slowed("crm", SLOWED),
            lambda tx: tx.put_unprepared("crm", "no rights"),
            lambda tx: tx.put_probe("crm", PROBE),
        )
    )

    async def put(state: AccountState) -> AccountState:
        await store.run(lambda tx: tx.put_account_state(state))
        return (await store.read(lambda tx: tx.account_states()))["crm"]

    for state in (AccountState("crm", parked=True, reason="key", since=NOON), AccountState("crm")):
        found = await put(state)
        assert (found.parked, found.reason) == (state.parked, state.reason)
        assert (found.paused, found.slowed, found.unprepared) == (PAUSE, SLOWED, "no rights")
        assert found.probe == PROBE


async def test_what_operators_decide_leaves_what_processes_found(store: SqlStore) -> None:
    """Resuming a paused account would let refused credentials be tried again and again."""
    parked = AccountState("crm", parked=True, reason="key", since=NOON, failures=3)
    await store.run(lambda tx: tx.put_account_state(parked))
    await store.run(
        in_order(lambda tx: tx.put_pause("crm", PAUSE), lambda tx: tx.put_slowed("crm", SLOWED))
    )
    await store.run(
        in_order(
            lambda tx: tx.put_pause("crm", None),
            lambda tx: tx.put_slowed("crm", None),
            lambda tx: tx.put_unprepared("crm", ""),
        )
    )
    assert (await store.read(lambda tx: tx.account_states()))["crm"] == parked


async def test_leases_are_listed_for_people(store: SqlStore) -> None:
    """Nobody could tell when a duty was last done."""
    await store.run(lambda tx: tx.lease("tally", holder="me", now=NOON, until=later(60)))
    assert await store.read(lambda tx: tx.leases()) == {"tally": later(60)}
