"""Two processes on one PostgreSQL work on forms of one person at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from gateway.bootstrap.forms import build_forms
from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import build_gateway
from gateway.config import load
from tests.e2e.forms.stage import BONUS, Stage, open_stage, until
from tests.e2e.forms.visitor import EMAIL, PHONE, Visitor, walk


@pytest.fixture
async def shared(tmp_path: Path, postgres_schema: str) -> AsyncIterator[Stage]:
    """A stage whose store is a PostgreSQL schema; the gateway is not started yet."""
    async with open_stage(tmp_path) as made:
        text = made.config.read_text("utf-8")
        made.config.write_text(f'{text}\n[store]\nurl = {{ env = "STORE_URL" }}\n', "utf-8")
        made.env = {**made.env, "STORE_URL": postgres_schema}
        yield made


async def test_forms_of_one_person_confirmed_at_once_are_one_customer(
    shared: Stage, postgres_schema: str
) -> None:
    """Two workers would each make a customer, or each give the bonus."""
    await shared.start()
    assert shared.running is not None
    shared.running.forms.duty.walk.forms.clear()  # type: ignore[attr-defined]
    async with AsyncExitStack() as stack:
        for _ in range(3):
            visitor = Visitor(shared.url)
            stack.push_async_callback(visitor.close)
            assert await walk(visitor, shared.code, phone=PHONE, email=EMAIL) == "again"
        walks = []
        for _ in range(2):
            foundation = await lay_foundation(
                load(shared.config, env=dict(shared.env)), exclusive=False, env=dict(shared.env),
                log_to=shared.log,
            )  # fmt: skip
            stack.push_async_callback(foundation.close)
            forms = build_forms(build_gateway(foundation))
            assert forms is not None
            walks.append(asyncio.create_task(forms.duty.run()))
        with psycopg.connect(postgres_schema, autocommit=True) as connection:

            async def are_done() -> bool:
                rows = connection.execute(
                    "SELECT step, count(*) FROM form_session GROUP BY step"
                ).fetchall()
                return rows == [("done", 3)]

            await until(are_done, what="all three are done", within_s=60.0)
        for task in walks:
            task.cancel()
        await asyncio.gather(*walks, return_exceptions=True)
    await is_one_and_paid_once(shared)


async def is_one_and_paid_once(shared: Stage) -> None:
    """Look at both systems."""
    assert len(await shared.users()) == 1

    async def is_paid() -> bool:
        (member,) = await shared.members()
        return Decimal(str(member["balance"])) == BONUS

    await until(is_paid, what="the bonus is there, once")
