"""No order of blocks, write-offs, repeats, deaths and restarts spends a point twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract import Stage as Progress

from .ledger import Ledger
from .stage import CARD, USER, Stage, vera

TILLS = (USER, "till-2")
DONE = "Бонусы успешно списаны"
ROOT = "hs/loyaltyservice"
STEPS = st.one_of(
    st.tuples(st.sampled_from(["block", "find", "unlock"]), st.sampled_from(TILLS), st.just("")),
    st.tuples(
        st.sampled_from(["spend", "again"]),
        st.sampled_from(TILLS),
        st.sampled_from(["10", "40.50", "200", "400"]),
    ),
    st.tuples(st.just("cut"), st.just(USER), st.sampled_from(["reserve", "commit", "cancel"])),
    st.tuples(
        st.sampled_from(["restart", "expire", "later", "away", "back"]), st.just(USER), st.just("")
    ),
)
METHODS = {"block": "getclientbonuses", "find": "findclientcard", "unlock": "unlockclientbonuses"}


async def act(stage: Stage, step: tuple[str, str, str], open_: dict[tuple[str, str], bool]) -> None:
    """Do one step; prove what must be so after a write-off."""
    what, till, word = step
    query = f"ClientCardID={CARD}&BlockBonuses=1"
    if what in METHODS:
        verb = "POST" if what == "unlock" else "GET"
        await tolerant(stage, verb, METHODS[what], query, till)
        if what != "unlock":
            open_.clear()
    elif what in {"spend", "again"}:
        before = stage.person.balance
        text = await tolerant(
            stage, "POST", "writeoffclientbonuses", f"{query}&BonusesCount={word}", till
        )
        if open_.get((till, word)):
            assert stage.person.balance == before, "a repeat was written again"
        if text == DONE:
            open_[till, word] = True
            assert spent(stage, till, Decimal(word)), "a till was told of what was not written"
    elif what == "cut":
        stage.ledger.cut[word] = [RuntimeError("killed")]
    elif what == "restart":
        stage.restart()
    elif what == "expire":
        stage.ledger.expire()
    elif what == "later":
        stage.clock.pass_by(minutes=20)
    else:
        stage.ledger.away = what == "away"


async def tolerant(stage: Stage, verb: str, method: str, query: str, till: str) -> str:
    """Call; a gateway that dies in the middle is started again."""
    try:
        _, text = await stage.direct(verb, f"{ROOT}/{method}/", query=query, user=till)
    except RuntimeError:
        stage.restart()
        return "died"
    return text


def spent(stage: Stage, till: str, points: Decimal) -> bool:
    """Tell whether a till's write-off stands in the books."""
    done = {Progress.COMMITTED, Progress.ACCEPTED}
    return any(
        name == till and row.stage in done and row.points == points
        for (name, _), row in stage.ledger.rows.items()
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_points_are_conserved(steps: Sequence[tuple[str, str, str]]) -> None:
    """A customer pays twice, pays what he has not, or his points stay blocked."""

    async def run() -> None:
        stage = Stage(Ledger([vera()]))
        open_: dict[tuple[str, str], bool] = {}
        for step in steps:
            await act(stage, step, open_)
            rows = stage.ledger.rows.values()
            done = [one for one in rows if one.stage in {Progress.COMMITTED, Progress.ACCEPTED}]
            assert stage.person.balance == 350 - sum(one.points for one in done)
            assert stage.person.balance >= stage.ledger.held(stage.person) >= 0
        stage.ledger.away = False
        stage.ledger.cut.clear()
        for till in TILLS:
            await act(stage, ("unlock", till, ""), open_)
        left = [one for one in stage.ledger.rows.items() if one[1].stage is Progress.RESERVED]
        assert all(".w" in name for (_, name), _ in left), "a block outlived its unlock"
        stage.ledger.expire()
        assert stage.ledger.held(stage.person) == 0

    asyncio.run(run())
