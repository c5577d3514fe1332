"""What operators decide about accounts is obeyed by all processes, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.running import Gateway
from gateway.contract import RateLimit
from gateway.ops.account_views import Decision
from gateway.ops.actions import Action, ActionKind, Done
from gateway.ops.faults import NotFound, Refused
from gateway.ops.rights import Face, Forbidden, Operator, Role
from gateway.ops.standing import Stand
from gateway.ports import DeliveryState
from tests.gateway.ops.house import CUSTOMER, House, eventually, hint

ANNA = Operator("anna", Role.ADMIN, Face.CONSOLE)
OLGA = Operator("olga", Role.OPERATOR, Face.CONSOLE)


@dataclass
class Elsewhere:
    """Operators at another process than the one that works."""

    foundation: Foundation
    gateway: Gateway

    async def act(
        self, kind: ActionKind, account: str = "crm", *, who: Operator = ANNA, **params: object
    ) -> object:
        """Perform an action on an account."""
        actions = build_backstage(self.foundation).actions
        done = await actions.perform(who, Action(kind, (account,), params))
        assert isinstance(done, Done)
        return done.result

    async def stand(self, account: str = "crm") -> Stand:
        """Return how an account is."""
        desk = build_backstage(self.foundation).account_desk
        return (await desk.show(account)).standing.stand

    async def obeyed(self, *, paused: bool, account: str = "crm") -> None:
        """Wait until the gateway obeys."""
        there = self.gateway.foundation.accounts[account]

        async def look() -> bool:
            return there.paused

        await eventually(look, lambda seen: seen is paused)

    async def rounds(self, count: int) -> None:
        """Wait until the gateway has gone some rounds: what it would do it has done."""
        for _ in range(count):
            before = self.gateway.engine.progress_at

            async def look() -> float:
                return self.gateway.engine.progress_at

            await eventually(look, lambda seen, before=before: seen > before)  # type: ignore[misc]

    async def waiting(self, state: DeliveryState = DeliveryState.DUE) -> int:
        """Return how many deliveries wait for the CRM."""
        counts = await self.foundation.store.read(lambda tx: tx.count_deliveries())
        return counts.get(("crm", state), 0)


@asynccontextmanager
async def elsewhere(house: House) -> AsyncIterator[Elsewhere]:
    """Run a gateway, and open its store at another process's side."""
    async with house.gateway() as gateway, house.foundation() as foundation:
        yield Elsewhere(foundation, gateway)


def told(house: House, account: str = "crm") -> list[list[str]]:
    """Return what an account was told."""
    path = house.vendor(account).path
    return list(house.vendor(account).read()["log"]) if path.exists() else []


async def test_nothing_is_sent_while_an_operator_pauses_and_all_of_it_after(house: House) -> None:
    """A shop that moves its CRM would lose the changes of that night, or disturb the move."""
    house.vendor("shop").change(
        customer={"7": CUSTOMER, "8": CUSTOMER | {"phones/+79160000000": 1}}
    )
    async with elsewhere(house) as there:
        await there.act(ActionKind.ACCOUNT_PAUSE, reason="переезд")
        await there.obeyed(paused=True)
        await hint(there.gateway, "customer", "7")
        await eventually(there.waiting, lambda count: count == 1)
        await there.rounds(5)
        assert told(house) == []
        assert await there.stand() is Stand.PAUSED
        await there.act(ActionKind.ACCOUNT_RESUME)

        async def seen() -> list[list[str]]:
            return told(house)

        assert len(await eventually(seen, bool)) == 1
        assert await there.stand() is Stand.WORKS


async def test_webhooks_of_a_paused_account_are_taken_in_and_wait(house: House) -> None:
    """A vendor would switch our webhook off, or its events would be lost."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with elsewhere(house) as there:
        await there.act(ActionKind.ACCOUNT_PAUSE, "shop")
        await there.obeyed(paused=True, account="shop")
        await hint(there.gateway, "customer", "7")
        await there.rounds(5)
        inbox = await there.foundation.store.read(lambda tx: tx.count_inbox())
        assert inbox["shop"].count == 1
        assert await there.waiting() == 0
        await there.act(ActionKind.ACCOUNT_RESUME, "shop")

        async def seen() -> list[list[str]]:
            return told(house)

        assert len(await eventually(seen, bool)) == 1


async def test_feeds_of_a_paused_account_stand_still_and_go_on(house: House) -> None:
    """A pause would be half a pause: the vendor's limit would still be used up."""
    async with elsewhere(house) as there:
        store = there.foundation.store

        async def read_at() -> object:
            found = await store.read(lambda tx: tx.checkpoint("shop", "customer"))
            return found.at if found is not None else None

        await eventually(read_at, bool)
        await there.act(ActionKind.ACCOUNT_PAUSE, "shop")
        await there.obeyed(paused=True, account="shop")
        await there.rounds(3)
        before = await read_at()
        await there.rounds(6)
        assert await read_at() == before
        await there.act(ActionKind.ACCOUNT_RESUME, "shop")
        await eventually(read_at, lambda seen: seen != before)


async def test_a_probe_that_succeeds_never_resumes_what_a_person_paused(house: House) -> None:
    """Somebody who keeps a system quiet on purpose would be overruled by a machine."""
    house.vendor("crm").change(mood="refuses")
    async with elsewhere(house) as there:
        await eventually(there.stand, lambda stand: stand is Stand.PARKED)
        await there.act(ActionKind.ACCOUNT_PAUSE)
        await there.obeyed(paused=True)
        house.vendor("crm").change(mood="ok")
        await there.rounds(5)
        states = await there.foundation.store.read(lambda tx: tx.account_states())
        assert states["crm"].parked, "a paused account was called by itself"
        found = await there.act(ActionKind.ACCOUNT_PROBE)
        assert isinstance(found, tuple)
        assert [(one.ok, one.resumed) for one in found] == [(True, True)]
        assert await there.stand() is Stand.PAUSED
        await there.rounds(3)
        assert there.gateway.foundation.accounts["crm"].rests
        await there.act(ActionKind.ACCOUNT_RESUME)
        await there.obeyed(paused=False)
        assert await there.stand() is Stand.WORKS


async def test_resuming_says_when_the_credentials_are_refused_still(house: House) -> None:
    """An operator would wait for calls that never leave."""
    house.vendor("crm").change(mood="refuses")
    async with elsewhere(house) as there:
        await eventually(there.stand, lambda stand: stand is Stand.PARKED)
        await there.act(ActionKind.ACCOUNT_PAUSE)
        said = await there.act(ActionKind.ACCOUNT_RESUME)
        assert isinstance(said, tuple)
        assert "parked" in said[0].text
        assert await there.stand() is Stand.PARKED


async def test_a_pace_is_obeyed_by_the_working_process_and_restored(house: House) -> None:
    """An operator would lower the pace, and nothing would change."""
    async with elsewhere(house) as there:
        budget = there.gateway.foundation.accounts["crm"].budget
        assert budget is not None

        async def slowed() -> RateLimit | None:
            return budget.slowed

        await there.act(ActionKind.ACCOUNT_BUDGET, calls=2, per_s=0.5)
        assert await eventually(slowed, bool) == RateLimit(2, 0.5)
        view = await build_backstage(there.foundation).account_desk.show("crm")
        assert view.spending.slowed is not None
        assert view.spending.slowed_by == "anna"
        await there.act(ActionKind.ACCOUNT_BUDGET)
        await eventually(slowed, lambda seen: seen is None)


@pytest.mark.parametrize(
    "params", [{"calls": 0}, {"calls": 1, "per_s": 0}, {"calls": 1, "per_s": 1e9}, {"calls": "ё"}]
)
async def test_a_pace_that_is_none_is_refused(house: House, params: dict[str, object]) -> None:
    """A typing error would stop an account for ever."""
    async with house.foundation() as foundation:
        actions = build_backstage(foundation).actions
        with pytest.raises(Refused, match="budget"):
            await actions.perform(ANNA, Action(ActionKind.ACCOUNT_BUDGET, ("crm",), params))


async def test_more_than_the_limit_is_refused(house: House) -> None:
    """A vendor would block the account."""
    house.edit_config(
        '[accounts.crm]\nconnector = "fake"',
        '[accounts.crm]\nconnector = "fake"\nrate = { calls = 10 }',
    )
    async with house.foundation() as foundation:
        desk = build_backstage(foundation).account_desk
        with pytest.raises(Refused, match="10 calls per second"):
            await desk.slow("crm", calls=11, seconds=1, who="anna")
        assert (await desk.slow("crm", calls=10, seconds=1, who="anna")).changed


async def test_decisions_are_written_down_with_who_and_why_and_once(house: House) -> None:
    """Nobody would know who stopped the orders."""
    async with house.foundation() as foundation:
        desk = build_backstage(foundation).account_desk
        assert (await desk.pause("crm", who="anna", reason="переезд")).changed
        again = await desk.pause("crm", who="boris", reason="тоже")
        assert again == Decision("crm", changed=False, text="it was paused before")
        assert (await desk.resume("crm", who="boris")).changed
        assert not (await desk.resume("crm", who="boris")).changed
        await desk.slow("crm", calls=1, seconds=1, who="anna")
        await desk.restore("crm", who="anna")
        await desk.probe("crm", who="olga")
        rows = await foundation.store.read(lambda tx: tx.story("", limit=50))
    assert [(row.outcome, row.detail["who"], row.detail["account"]) for row in rows] == [
        ("paused", "anna", "crm"), ("unpaused", "boris", "crm"), ("slowed", "anna", "crm"),
        ("restored", "anna", "crm"), ("probe_works", "olga", "crm"),
    ]  # fmt: skip
    assert rows[0].detail["reason"] == "переезд"


async def test_an_operator_may_probe_and_may_not_pause(house: House) -> None:
    """A right that nothing checks is none."""
    async with house.foundation() as foundation:
        actions = build_backstage(foundation).actions
        for kind in (
            ActionKind.ACCOUNT_PAUSE, ActionKind.ACCOUNT_RESUME, ActionKind.ACCOUNT_BUDGET,
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                await actions.perform(OLGA, Action(kind, ("crm",)))
        done = await actions.perform(OLGA, Action(ActionKind.ACCOUNT_PROBE, ("crm",)))
        assert isinstance(done, Done)
        with pytest.raises(NotFound, match="names crm, shop"):
            await actions.perform(OLGA, Action(ActionKind.ACCOUNT_PROBE, ("none",)))


@pytest.mark.parametrize(
    ("mood", "ok", "note"),
    [
        ("ok", True, "0 customers"), ("odd", False, "0 customers"),
        ("away", False, "does not answer"), ("refuses", False, "refuses the token"),
    ],
)  # fmt: skip
async def test_a_probe_is_remembered(house: House, mood: str, note: str, *, ok: bool) -> None:
    """The next operator would probe again, to see what the first one saw."""
    house.vendor("crm").change(mood=mood)
    async with house.foundation() as foundation:
        desk = build_backstage(foundation).account_desk
        found = await desk.probe("crm", who="olga")
        kept = (await desk.show("crm")).probe
    assert found.ok is ok
    assert kept is not None
    assert kept.ok is ok
    assert note in kept.note
