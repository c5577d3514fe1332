"""A gateway that is killed between any two steps: one customer, one bonus, both systems agree."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.e2e.forms.stage import BONUS, Stage, open_stage, until
from tests.e2e.forms.visitor import ANNA, EMAIL, PHONE, Visitor

UP_S, ROUNDS = 60.0, 40
ROOT = Path(__file__).parents[3]
# Which commit kills the process, and what is lost by it; the stepped machine dies at all others.
POINTS = [
    ("Desk.confirm", 1, "after"),  # the e-mail is confirmed, no SMS was sent
    ("Walk._declare", 1, "after"),  # the customer is there, nobody was told
    ("Settler.settle", 1, "before"),  # one system has made him, and we do not know it
    ("Operations._settle", 1, "before"),  # the bonus was given, and we do not know it
]
HOUSE_POINTS = [("House.write", 3, "after")]  # the bonus was given, and is not noted


@dataclass
class Life:
    """A gateway process."""

    process: asyncio.subprocess.Process
    url: str

    async def ended(self) -> None:
        """Wait until the process has died of its own."""
        async with asyncio.timeout(UP_S):
            await self.process.wait()


@asynccontextmanager
async def life(stage: Stage, *arguments: str) -> AsyncIterator[Life]:
    """Start a gateway process; it is killed at the end if it still lives."""
    program = ["tests.e2e.forms.dying", str(stage.config), *arguments]
    if not arguments:
        program = ["gateway", "run", "--config", str(stage.config)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *program, cwd=ROOT, env={**os.environ, **stage.env},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    drained: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(UP_S):
            port = 0
            while not port and (line := await process.stderr.readline()):
                told = json.loads(line) if line.startswith(b"{") else {}
                port = told.get("port", 0) if told.get("event") == "run.started" else 0
        assert port, "the gateway did not come up"
        drained = asyncio.create_task(process.stderr.read())
        yield Life(process, f"http://127.0.0.1:{port}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if drained is not None:
            await drained


async def go_on(visitor: Visitor, stage: Stage) -> None:
    """Do what the page asks for, as a person does who opens it again after a fault."""
    step = await visitor.open()
    for _ in range(ROUNDS):
        match step:
            case "answers":
                step = await visitor.answer(ANNA)
            case "email" | "phone":
                to = EMAIL if step == "email" else PHONE
                if not await stage.sent(step):
                    await visitor.resend()
                before = step
                step = await visitor.send(code=await stage.code(step, to))
                if step == before:  # the code was used up before the fault
                    await visitor.resend()
            case "again":
                return
            case _:
                raise AssertionError(visitor.page)
    msg = f"still at {step}"
    raise AssertionError(msg)


def rows(stage: Stage, statement: str) -> list[str]:
    """Return a column of the store's file."""
    with closing(sqlite3.connect(stage.folder / "data" / "gateway.db")) as file:
        return [str(row[0]) for row in file.execute(statement)]


async def all_is_done(stage: Stage) -> bool:
    """Tell whether nothing is left to do."""
    steps = rows(stage, "SELECT step FROM form_session")
    operations = rows(stage, "SELECT state FROM operation")
    return steps == ["done"] and set(operations) <= {"done"}


async def dies_and_ends(stage: Stage, point: tuple[str, int, str]) -> None:
    """Walk through with a death at a point, start again, and go on to the end."""
    name, count, when = point
    async with AsyncExitStack() as stack:
        visitor = Visitor("")
        stack.push_async_callback(visitor.close)
        async with life(stage, name, str(count), when) as first:
            visitor.base = first.url
            with suppress(httpx.HTTPError):  # the process died while it was asked
                await go_on(visitor, stage)
            await first.ended()
            assert first.process.returncode == -signal.SIGKILL
        async with life(stage) as second:
            visitor.base = second.url
            await go_on(visitor, stage)
            await until(lambda: all_is_done(stage), what="all is done", within_s=40.0)


@pytest.mark.parametrize("point", POINTS, ids=lambda one: "-".join(map(str, one)))
async def test_a_death_leaves_one_customer_and_one_bonus(
    stage: Stage, point: tuple[str, int, str]
) -> None:
    """A crash would cost a customer, make a second one, or pay twice."""
    await dies_and_ends(stage, point)
    (user,) = await stage.users()
    (member,) = await stage.members()
    assert (user["phone"], user["email"]) == (PHONE, EMAIL)
    assert (f"+{member['phone']}", member["email"]) == (PHONE, EMAIL)
    assert user["lastName"] == member["answers"]["LastName"] == ANNA["last"]
    assert Decimal(str(member["balance"])) == BONUS
    (entity,) = set(rows(stage, "SELECT entity_id FROM link"))
    assert rows(stage, "SELECT entity_id FROM form_session") == [entity]


@pytest.mark.parametrize("point", HOUSE_POINTS, ids=lambda one: "-".join(map(str, one)))
async def test_a_death_leaves_one_member_of_the_programme_inside(
    tmp_path: Path, point: tuple[str, int, str]
) -> None:
    """The same where the gateway keeps the points itself."""
    async with open_stage(tmp_path, processor="house") as stage:
        await dies_and_ends(stage, point)
        assert len(await stage.users()) == 1
        assert len(rows(stage, "SELECT id FROM house_member")) == 1
        await stage.start(works=False)
        (member,) = rows(stage, "SELECT id FROM house_member")
        lots = await stage.read(lambda tx: tx.house_lots(member))
        assert sum(one.points for one in lots) == BONUS
