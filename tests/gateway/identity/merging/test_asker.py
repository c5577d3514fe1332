"""Writing to people by itself: whom, how many, when, and once each, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.contract import TillBusy
from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.service import Wanted
from gateway.ports import MergeState, PairState
from tests.gateway.identity.merging.asked import EMAIL, PHONE, Asked
from tests.gateway.identity.merging.people import person

HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def asked() -> Iterator[Asked]:
    """A shop that asks; it is noon."""
    made = Asked()
    yield made
    made.world.close()


def people(asked: Asked, number: int) -> list[tuple[str, str]]:
    """Let so many persons have two records each, which the rules take for one."""
    pairs = []
    for one in range(number):
        left = asked.shop.create(person("Алёна", phone=f"+791612300{one:02}"))
        right = asked.crm.create(person("Алена", email=f"a{one}@example.ru"))
        asked.world.settle_down()
        links = asked.world.links("shop")[left], asked.world.links("crm")[right]
        pairs.append((links[0].entity_id, links[1].entity_id))
        asked.proposed(*pairs[-1])
    return pairs


async def test_a_proposed_pair_is_asked_once_for_ever(asked: Asked) -> None:
    """A person would get the same message with every round, or after every scan."""
    pair = asked.twice()
    asked.proposed(*pair)
    assert await asked.asker().round() == 2
    assert [len(asked.post.texts(to)) for to in (PHONE, EMAIL)] == [1, 1]
    assert asked.outcomes(pair[0]) == ["asked", "told", "told"]
    assert await asked.asker().round() == 0
    asked.clock.move(4 * DAY)
    assert await asked.merging("sms", "email").lapse() == 1
    assert asked.outcomes(pair[0])[-1] == "lapsed"
    asked.proposed(*pair)
    assert await asked.asker().round() == 0
    assert len(asked.post.sent) == 2


@pytest.mark.parametrize(
    ("state", "messages"),
    [(PairState.SAME, 2), (PairState.OPEN, 0), (PairState.DIFFERENT, 0), (PairState.DENIED, 0)],
)
async def test_only_what_is_taken_for_one_is_asked(
    asked: Asked, state: PairState, messages: int
) -> None:
    """A person would be asked about what an operator has denied, or is looking at."""
    asked.proposed(*asked.twice(), state)
    assert await asked.asker().round() == messages


async def test_a_day_has_its_number(asked: Asked) -> None:
    """Thousands of messages would go out at once, and cost what they cost."""
    people(asked, 5)
    asker = asked.asker(ask_day=2, ask_from=0, ask_until=24)
    assert await asker.round() == 4
    assert await asker.round() == 0
    asked.clock.move(DAY)
    assert await asker.round() == 4
    asked.clock.move(DAY)
    assert await asker.round() == 2


async def test_nobody_is_written_to_at_night(asked: Asked) -> None:
    """A telephone would ring at three."""
    asked.proposed(*asked.twice())
    asker = asked.asker(ask_from=9, ask_until=12)
    assert await asker.round() == 0
    asked.clock.move(21 * HOUR)
    assert await asker.round() == 2


async def test_what_an_order_asked_for_is_told_too(asked: Asked) -> None:
    """The merge of an order would wait for codes that nobody sends."""
    pair = asked.twice()
    merging = asked.merging("sms", "email")
    made = await merging.propose(Wanted(*pair, "order", "gateway"))
    assert await asked.asker().round() == 0
    asked.clock.move(61)
    assert await asked.asker().round() == 2
    told = asked.world.store.now(lambda tx: tx.person_merge(made.id))
    assert told is not None
    assert (told.until - asked.clock.now()).total_seconds() == 3600.0


async def test_a_person_is_asked_one_question_at_a_time(asked: Asked) -> None:
    """Three records of one person would be two pairs of messages at once."""
    one, other = asked.twice()
    third = asked.crm.create(person("Алёна", email="third@example.ru"))
    asked.world.settle_down()
    last = asked.world.links("crm")[third].entity_id
    asked.proposed(one, other)
    asked.proposed(one, last)
    assert await asked.asker().round() == 2
    asked.clock.move(61)
    assert await asked.asker().round() == 0
    (row,) = asked.world.store.now(lambda tx: tx.merges(state=MergeState.ASKED, limit=5))
    await asked.merging().refuse(row.id, who="olga", reason="нет")
    asked.clock.move(DAY)
    assert await asked.asker().round() == 2


async def test_a_vendor_that_is_away_is_tried_again(asked: Asked) -> None:
    """A message would be lost, or one of two go twice."""
    asked.proposed(*asked.twice())
    asked.post.fails = 1
    assert await asked.asker().round() == 0
    assert asked.post.sent == []
    assert await asked.asker().round() == 2
    assert len(asked.post.sent) == 2


async def test_a_phone_that_takes_nothing_is_told_and_left(asked: Asked) -> None:
    """It would be tried every minute, at the shop's expense, and nobody would know."""
    pair = asked.twice()
    asked.proposed(*pair)
    asked.post.refuses = PHONE
    assert await asked.asker().round() == 1
    assert "unreachable" in asked.outcomes(pair[0])
    asked.post.refuses = ""
    assert await asked.asker().round() == 0


async def test_what_an_operator_could_not_send_goes_once(asked: Asked) -> None:
    """His second try and the gateway's own would be two messages."""
    pair = asked.twice()
    asked.post.fails = 1
    with pytest.raises(TillBusy):
        await asked.ask(pair)
    await asked.ask(pair)
    assert await asked.asker().round() == 0
    assert [len(asked.post.texts(to)) for to in (PHONE, EMAIL)] == [1, 1]


async def test_an_asking_that_is_over_is_asked_anew(asked: Asked) -> None:
    """Codes would go out for an asking that takes no answer any more."""
    pair = asked.twice()
    row = await asked.ask(pair)
    asked.clock.move(HOUR)
    late = asked.world.store.now(lambda tx: tx.person_merge(row.id))
    assert late is not None
    with pytest.raises(MergeRefused, match="in time"):
        await asked.asking().write(late, giver="olga")
    again = await asked.ask(pair)
    assert again.id != row.id
    assert asked.state(row) is MergeState.REFUSED


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 8))
async def test_killed_anywhere_nobody_is_written_to_twice(
    asked: Asked, step: int, *, after: bool
) -> None:
    """A restart would send everything again, or forget whom it had begun with."""
    asked.proposed(*asked.twice())
    asked.mortal.dies_in, asked.mortal.after = step, after
    died = await asked.died(asked.asker().round())
    asked.clock.move(61)
    await asked.asker().round()
    sent = [len(asked.post.texts(to)) for to in (PHONE, EMAIL)]
    assert died
    assert all(number <= 1 for number in sent)
    # What was claimed and not seen to leave is left to a person; nothing else is missing.
    points = asked.world.store.now(
        lambda tx: tx.untold_merge_points(now=asked.clock.now(), limit=5)
    )
    assert points == []
    assert len(asked.world.store.now(lambda tx: tx.merges(state=MergeState.ASKED, limit=5))) == 1
    assert sum(sent) >= 1
