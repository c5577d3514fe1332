"""The journal explains a hostile day: what the doubles saw stands in the stories, with reasons."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.bootstrap.journal import build_journal
from gateway.canonical import Kind
from gateway.config import load
from gateway.demo.beside import VENDORS
from gateway.demo.doubles import SiteApi
from gateway.demo.run import Demo, Outcome, Wish
from gateway.demo.shop import Doubles
from gateway.demo.show import Screen
from gateway.ops.entity_view import EntityView
from gateway.ops.story import Step
from gateway.ports import EntityRow, JournalFilter, LinkRow, Span
from gateway.sync.apply import differing
from gateway.sync.merge import same
from tests.e2e.explaining import (
    CHANGED,
    Entry,
    Witness,
    kept_out,
    makings,
    names,
    unexplained,
    without_reason,
)
from tests.store.rows import NOON

WISH = Wish(customers=12, orders=24, seed=5, day_s=8.0)
SAMPLE = 10
OPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "crm": ("retailcrm", ("orders",)),
    "cdp": ("mindbox", ("Website.CreateOrder", "Website.UpdateOrder")),
    "loyalty": ("loymax", ("publicapi/v1.2/Processing/Purchases",)),
}
"""Account → its double, and how the operations about orders begin there."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A day that is over, with all that witnessed it."""

    demo: Demo
    outcome: Outcome
    foundation: Foundation
    site: SiteApi
    entries: Mapping[str, Sequence[Entry]]

    async def sample(self) -> list[EntityView]:
        """Return orders, chosen by the seed."""
        page = await self.foundation.store.read(
            lambda tx: tx.journal_page(
                JournalFilter(kind="order", event="received", outcome="created"),
                Span(most=10_000, scan=1_000_000),
            )
        )
        ids = sorted({row.entity_id for row in page.rows})
        chosen = random.Random(WISH.seed).sample(ids, SAMPLE)
        journal = build_journal(self.foundation)
        return [await journal.entity(one, steps=1000) for one in chosen]

    async def witnesses(self, view: EntityView) -> list[Witness]:
        """Return what each double saw of an order."""
        there = {copy.account: copy.external_id or "" for copy in view.copies}
        found = [
            Witness(account, [
                entry for entry in self.entries[double]
                if entry["effect"] != "none" and str(entry["op"]).startswith(ops)
                and names(entry, {there.get(account, ""), view.id})
            ])
            for account, (double, ops) in OPS.items()
        ]  # fmt: skip
        return [*found, Witness("shop", await self._at_the_site(there.get("shop", "")))]

    async def _at_the_site(self, order_id: str) -> list[Entry]:
        """Return the site's calls: an order's rows and payments have ids of their own there."""
        if not order_id:  # an order that was taken by telephone
            return []
        order = (await self.site.call("sale.order.get", {"id": int(order_id)}))["order"]
        keys = {
            "sale.order.": {order_id},
            "sale.basketitem.": {str(row["id"]) for row in order["basketItems"]},
            "sale.payment.": {str(row["id"]) for row in order["payments"]},
        }
        return [
            entry
            for entry in self.entries["bitrix"]
            if entry["effect"] in CHANGED
            and any(
                str(entry["op"]).startswith(begins) and names(entry, ids)
                for begins, ids in keys.items()
            )
        ]


@asynccontextmanager
async def a_hostile_day(folder: Path) -> AsyncIterator[Lived]:
    """Live through a short day in which everything goes wrong, until all is quiet."""
    async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
        doubles = Doubles(folder / "doubles.log", WISH.seed, VENDORS)
        run = Demo(WISH, Screen(quiet=True), folder, http, doubles)
        try:
            outcome = await run.live()
            entries = {name: (await door.journal(0))[0] for name, door in run.doors.items()}
            assert run.gateway is not None
            foundation = await lay_foundation(
                load(run.gateway.config, env=run.gateway.env), exclusive=False,
                env=run.gateway.env, log_to=io.StringIO(),
            )  # fmt: skip
            try:
                site = SiteApi(doubles.about["bitrix"]["webhook_url"], http)
                yield Lived(run, outcome, foundation, site, entries)
            finally:
                await foundation.close()
        finally:
            await run.close()


@pytest.mark.timeout(400)
async def test_the_journal_explains_a_hostile_day(tmp_path: Path) -> None:
    """An operator would read a story that is not what happened, and decide by it."""
    async with a_hostile_day(tmp_path) as day:
        assert day.outcome.is_clean, f"{day.outcome.findings}; logs in {tmp_path}"
        assert day.outcome.result["kills"] == WISH.kills
        sends = doubts = 0
        for view in await day.sample():
            assert list(without_reason(view.story)) == [], view.id
            for witness in await day.witnesses(view):
                assert unexplained(view.story, witness) == [], (view.id, witness.account)
                assert makings(witness) <= 1, (view.id, witness.account)
                sends += sum(entry["effect"] in CHANGED for entry in witness.entries)
            doubts += sum(step.outcome in {"retried", "found"} for step in view.story)
            await _each_difference_has_its_reason(day.foundation, view)
        assert sends > SAMPLE * 2, "the doubles saw next to nothing"
        assert doubts > 0, "nothing went wrong on a hostile day"


async def _each_difference_has_its_reason(foundation: Foundation, view: EntityView) -> None:
    """Prove of each change that a system made and others do not hold that the story says why."""
    entity, links = await foundation.store.read(
        lambda tx: (tx.entities([view.id])[view.id], tx.links_of([view.id])[view.id])
    )
    assert entity.kind is Kind.ORDER
    for link in links:
        for path in _own(foundation, entity, link):
            assert path in kept_out(view.story, link.account), (view.id, link.account, path)


def _own(foundation: Foundation, entity: EntityRow, link: LinkRow) -> list[str]:
    """Return the fields in which a system holds its own, and shall not be told another value."""
    account = foundation.accounts[link.account]
    if account.reader(entity.kind) is None:
        return []
    desired = account.desired(entity, link.copy)
    assert desired is None or not differing(desired.fields, link, entity), "all was quiet"
    return [
        path
        for path, value in link.known.items()
        if not same(value, entity.fields.get(path))
        and (desired is None or not same(value, desired.fields.get(path)))
    ]


def _step(number: int, event: str, outcome: str, **detail: object) -> Step:
    at = NOON + timedelta(seconds=number)
    return Step(at, "crm", event, outcome, "", detail, id=number)


def _entry(number: float, effect: str = "changed") -> Entry:
    at = (NOON + timedelta(seconds=number)).isoformat()
    return {"n": number, "at": at, "op": "orders/edit", "key": "o-1,o-2", "effect": effect}


STORY = (
    _step(2, "delivered", "created"),
    _step(4, "delivery", "retried", unknown=True),
    _step(6, "received", "unchanged", via="probe"),
    _step(9, "delivered", "sent"),
)
SEEN = (_entry(1, "created"), _entry(3), _entry(8))


def test_a_story_that_tells_all_passes() -> None:
    """The proof would fail on what is right."""
    assert unexplained(STORY, Witness("crm", SEEN)) == []
    assert names(SEEN[0], {"o-2"})
    assert not names(SEEN[0], {"o"})


@pytest.mark.parametrize("left_out", range(3))
def test_a_sending_that_nobody_saw_is_found(left_out: int) -> None:
    """The proof would pass whatever the story tells."""
    seen = [entry for place, entry in enumerate(SEEN) if place != left_out]
    found = unexplained(STORY, Witness("crm", seen))
    assert bool(found) == (left_out != 1)  # what is in doubt may not have happened


@pytest.mark.parametrize("left_out", [0, 3])
def test_a_call_that_stands_in_no_sentence_is_found(left_out: int) -> None:
    """A sending that is not written down would be what the journal is for."""
    story = [step for place, step in enumerate(STORY) if place != left_out]
    seen = [*SEEN, _entry(10)] if left_out == 3 else SEEN
    found = unexplained(story, Witness("crm", seen))
    assert bool(found) == (left_out == 3)


def test_a_second_making_is_counted() -> None:
    """A double order would hide behind a story that tells one."""
    assert makings(Witness("crm", [*SEEN, _entry(7, "created")])) == 2


def test_a_change_without_a_reason_is_found() -> None:
    """What was ignored would be ignored by the story too."""
    kept = {"field": "status", "rule": "forward", "taken": False}
    silent = _step(1, "received", "refused", fields=[kept])
    assert list(without_reason([silent])) == ["sentence 1: status was kept out without a reason"]
    said = _step(1, "received", "refused", fields=[{**kept, "why": "not_forward"}])
    assert list(without_reason([said])) == []
    assert kept_out([said], "crm") == {"status"}
    assert list(without_reason([_step(2, "received", "refused")]))
    assert list(without_reason([_step(3, "received", "swallowed")]))
