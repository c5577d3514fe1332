"""What waits, page by page; what is hurried; when everything is done again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.canonical import Kind
from gateway.ops.account_actions import Hurried
from gateway.ops.actions import Action, ActionKind, Done
from gateway.ops.due_pages import DueItem, DuePages
from gateway.ops.faults import NotFound, Refused
from gateway.ops.rights import Face, Operator, Role
from gateway.ops.tally import Tally
from gateway.ports import DeliveryRow, DeliveryState, OperationRow, Settlement
from tests.gateway.contract.fakes import FakeLog
from tests.gateway.ops.house import House, eventually

OLGA = Operator("olga", Role.OPERATOR, Face.CONSOLE)


def pages(foundation: Foundation) -> DuePages:
    """Return the service."""
    return build_backstage(foundation).due_pages


async def failing(foundation: Foundation, count: int) -> None:
    """Let deliveries to the CRM fail; every third for a cause of its own."""
    store, now = foundation.store, foundation.clock.now()
    ids = [f"c-{number:02}" for number in range(count)]
    rows = [DeliveryRow(one, Kind.CUSTOMER, "crm", DeliveryState.DUE, now) for one in ids]
    await store.run(lambda tx: tx.mark_due(rows))
    await store.run(lambda tx: tx.claim("crm", ids, now=now, holder="me", until=now))
    ends = [
        Settlement(
            one, "crm", DeliveryState.RETRY, now + timedelta(hours=1), 3,
            cause_code="LOCKED" if number % 3 == 0 else "Unavailable",
            cause="занято", remedy="wait", first_failed_at=now,
        )
        for number, one in enumerate(ids)
    ]  # fmt: skip
    await store.run(lambda tx: tx.settle(ends, holder="me"))


async def all_pages(foundation: Foundation, state: str) -> Sequence[DueItem]:
    """Walk from page to page."""
    found: list[DueItem] = []
    after = ""
    while True:
        page = await pages(foundation).page("crm", state, after=after, limit=4)
        found += page.items
        after = page.next
        if not after:
            return found


async def test_pages_hold_all_that_waits_with_when_and_why(house: House) -> None:
    """An operator would see the first hundred of ten thousand, and think that was all."""
    async with house.foundation() as foundation:
        await failing(foundation, 13)
        found = await all_pages(foundation, "retry")
    assert [one.id for one in found] == [f"c-{number:02}" for number in range(13)]
    one = found[0]
    assert (one.cause_code, one.cause, one.attempts, one.what) == (
        "LOCKED", "занято", 3, "delivery",
    )  # fmt: skip
    assert one.next_at is not None
    assert one.next_at > one.since


async def test_operations_wait_in_pages_of_their_own(house: House) -> None:
    """Bonuses that wait would be nowhere."""
    async with house.foundation() as foundation:
        now = foundation.clock.now()
        rows = [
            OperationRow(f"o-{n}", "bonus.accrue", "crm", DeliveryState.DUE, now, {"card": "1"})
            for n in range(6)
        ]
        await foundation.store.run(lambda tx: tx.put_operations(rows))
        found = await all_pages(foundation, "operation")
    assert [(one.what, one.id, one.kind) for one in found] == [
        ("operation", f"o-{n}", "bonus.accrue") for n in range(6)
    ]


@pytest.mark.parametrize(("state", "after"), [("none", ""), ("due", "nonsense"), ("done", "")])
async def test_a_page_that_is_none_is_refused(house: House, state: str, after: str) -> None:
    """A mistyped address would show an empty list, which looks like good news."""
    async with house.foundation() as foundation:
        with pytest.raises(Refused):
            await pages(foundation).page("crm", state, after=after)


@pytest.mark.parametrize(
    ("ids", "params", "hurried"),
    [
        ((), {}, 7), ((), {"cause_code": "LOCKED"}, 3), (("c-01", "c-02", "none"), {}, 2),
        (("c-01",), {"cause_code": "LOCKED"}, 0),
    ],
)  # fmt: skip
async def test_retries_are_hurried_one_or_a_group_and_it_is_written_down(
    house: House, ids: tuple[str, ...], params: dict[str, str], hurried: int
) -> None:
    """A vendor that is back would be waited for, or the wrong ones be hurried."""
    async with house.foundation() as foundation:
        await failing(foundation, 7)
        actions = build_backstage(foundation).actions
        done = await actions.perform(
            OLGA, Action(ActionKind.DUE_HURRY, ids, {"account": "crm", **params})
        )
        assert done == Done(Hurried("crm", hurried, 0))
        now = foundation.clock.now()
        waiting = await all_pages(foundation, "retry")
        rows = await foundation.store.read(lambda tx: tx.story("", limit=9))
    assert sum(one.next_at is not None and one.next_at <= now for one in waiting) == hurried
    assert [(row.detail["who"], row.detail["deliveries"]) for row in rows] == (
        [("olga", hurried)] if hurried else []
    )


async def test_hurrying_for_an_unknown_account_is_refused(house: House) -> None:
    """A typing error would look like a success."""
    async with house.foundation() as foundation:
        actions = build_backstage(foundation).actions
        with pytest.raises(NotFound):
            await actions.perform(OLGA, Action(ActionKind.DUE_HURRY, (), {"account": "crn"}))


async def test_schedules_tell_last_and_next_and_why_not(house: House) -> None:
    """A feed that stands still would be noticed by the customers."""
    async with house.gateway() as gateway:
        foundation = gateway.foundation
        duty = Tally(
            foundation.store, foundation.config.retention, foundation.clock, FakeLog(), "me"
        )
        await duty.count_when_mine()
        service = pages(foundation)

        async def look() -> dict[tuple[str, str], object]:
            return {(one.account, one.name): one for one in await service.schedules()}

        found = await eventually(
            look, lambda seen: seen["crm", "order"].last_at  # type: ignore[attr-defined]
        )  # fmt: skip
        assert set(found) == {
            ("crm", "customer"), ("crm", "order"), ("shop", "customer"), ("shop", "order"),
            ("", "retention"), ("", "tally"), ("", "alerts"),
        }  # fmt: skip
        schedules = await service.schedules()
        by_name = {one.name: one for one in schedules if one.what == "duty"}
        assert by_name["retention"].last_at is None
        tally = by_name["tally"]
        assert tally.last_at is not None
        assert tally.next_at == tally.last_at + timedelta(seconds=tally.every_s)
        await build_backstage(foundation).account_desk.pause("crm", who="anna", reason="")
        resting = [one for one in await service.schedules() if one.account == "crm"]
    assert [(one.next_at, one.rests) for one in resting] == [(None, "paused by anna")] * 2
