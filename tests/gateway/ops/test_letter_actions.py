"""Actions on letters: what is asked for is what is done, and nothing wider."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ops.actions import Action, ActionKind, Done
from gateway.ops.backstage import Backstage
from gateway.ops.batches import BatchView
from gateway.ops.faults import Refused
from gateway.ops.letters_actions import choice_of, group_of
from gateway.ops.rights import Face, Operator, Role
from gateway.ports import SaleProgress, Tx
from tests.gateway.ops.house import House
from tests.gateway.ops.letter_shelf import BAD, looked_at, open_ids, shelve, stage_of
from tests.store.rows import letter, sale

OLGA = Operator("olga", Role.OPERATOR, Face.API)


async def perform(stage: Backstage, kind: ActionKind, *subjects: str, **params: Any) -> Any:  # noqa: ANN401 - as executors tell
    """Perform an action and return what its executor tells."""
    done = await stage.actions.perform(OLGA, Action(kind, subjects, params))
    assert isinstance(done, Done)
    return done.result


async def test_a_group_is_what_its_parameters_say(house: House) -> None:
    """Somebody could have one group approved, and another decided."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, range(3))
        choice = await looked_at(stage)
        assert choice.as_of is not None
        params = {
            "account": "crm", "cause_code": BAD, "as_of": choice.as_of.isoformat(), "seen": 3,
        }  # fmt: skip
        for subjects in (("group:shop/*/*/*",), (*group_of(params), "l0001")):
            with pytest.raises(Refused, match="not both"):
                await perform(stage, ActionKind.LETTER_REPLAY, *subjects, **params)
        assert await open_ids(stage.letters) == {"l0000", "l0001", "l0002"}
        batch = await perform(stage, ActionKind.LETTER_REPLAY, *group_of(params), **params)
        assert isinstance(batch, BatchView)
        assert (batch.chosen, batch.done) == (3, 3)


async def test_letters_that_failed_since_the_look_are_left(house: House) -> None:
    """A page that stood open over lunch would decide about what nobody has seen."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        rows = await shelve(foundation, range(2))
        as_of = rows[0].last_at.isoformat()
        decided = await perform(
            stage, ActionKind.LETTER_DROP, "l0000", "l0001", reason="тест", as_of=as_of
        )
        assert [one.done for one in decided] == [True, False]
        assert await open_ids(stage.letters) == {"l0001"}


@pytest.mark.parametrize("reason", ["", "  ", None])
async def test_nothing_is_given_up_without_a_reason(house: House, reason: str | None) -> None:
    """Nobody could answer later why a customer never got it."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, [0])
        params = {} if reason is None else {"reason": reason}
        for kind in (ActionKind.LETTER_DROP, ActionKind.SALE_DROP):
            with pytest.raises(Refused, match="say why"):
                await perform(stage, kind, "l0000", **params)
        with pytest.raises(Refused, match="say why"):
            await perform(stage, ActionKind.UNMASK, "l0000", what="letter", **params)
        assert await open_ids(stage.letters) == {"l0000"}


async def test_a_refused_sale_is_retried(house: House) -> None:
    """Its letter would stay open beside a sale that is settled."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        row = sale("s1", progress=SaleProgress.DEAD, cause_code="PermanentError", due_at=None)
        one = letter("s1", source="sale", subject=row.id, account=row.processor)

        def work(tx: Tx) -> None:
            tx.put_sales([row])
            tx.put_dead([one])

        await foundation.store.run(work)
        (line,) = await perform(stage, ActionKind.SALE_RETRY, row.id)
        assert line.progress == "committing"
        assert (await stage.letters.show("s1")).state == "replayed"


@pytest.mark.parametrize(
    "params",
    [{"as_of": "вчера"}, {"as_of": "2026-11-30T12:00:00"}, {"seen": "много"}],
    ids=["no moment", "no zone", "no number"],
)
def test_half_a_choice_is_none(params: dict[str, str]) -> None:
    """A moment that is read wrongly would take all letters for seen."""
    with pytest.raises(Refused, match="look at the list again"):
        choice_of({"account": "crm", **params})
