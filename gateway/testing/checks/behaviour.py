"""Checks of behaviour: what visitors do is told from now on, and under one name for ever."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.contract import BehaviourSource, Capability, Happening
from gateway.testing.claims import claim
from gateway.testing.marks import needs
from gateway.testing.ports import BehaviourSeeder
from gateway.testing.subject import Subject
from gateway.testing.wired import Wired

per_source = needs(Capability.BEHAVIOUR_SOURCE)
_PAGES = 20


class BehaviourChecks(Subject):
    """What ``BehaviourSource`` promises."""

    @per_source
    async def test_behaviour_is_told_from_now_on(
        self, connector: Wired, seed: BehaviourSeeder
    ) -> None:
        """A CDP that is connected today would be told all baskets of last year."""
        source = _source(connector)
        await seed.behave(1)
        first = await source.happened(None, limit=self.page)
        claim(not first.events, "the first look tells what happened before")
        await seed.behave(2)
        told, _ = await _all(source, first.cursor, self.page)
        claim(len(told) == 1, f"after one happening {len(told)} are told")

    @per_source
    async def test_a_happening_keeps_its_name(
        self, connector: Wired, seed: BehaviourSeeder
    ) -> None:
        """A page that is read again would be told as other happenings."""
        source = _source(connector)
        start = (await source.happened(None, limit=self.page)).cursor
        for number in (1, 2):
            await seed.behave(number)
        told, after = await _all(source, start, self.page)
        again, _ = await _all(source, start, self.page)
        ids = [one.event.id for one in told]
        claim(len(set(ids)) == len(ids) > 1, "two happenings have no names of their own")
        claim(told == again, "what is read again is told otherwise")
        later, _ = await _all(source, after, self.page)
        claim(not later, "what is behind the cursor is told again")


def _source(wired: Wired) -> BehaviourSource:
    source = wired.connector.services.behaviour
    if source is None:
        msg = "BEHAVIOUR_SOURCE is declared and services.behaviour is None"
        raise AssertionError(msg)
    return source


async def _all(source: BehaviourSource, cursor: str, limit: int) -> tuple[Sequence[Happening], str]:
    """Return all that happened after a cursor, and the cursor behind it."""
    found: list[Happening] = []
    for _ in range(_PAGES):
        page = await source.happened(cursor, limit=limit)
        found += page.events
        cursor = page.cursor
        if not page.has_more:
            return found, cursor
    msg = "the feed of behaviour does not end"
    raise AssertionError(msg)
