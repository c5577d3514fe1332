"""Hiding places: a shop with planted data, and the search through all that it leaves behind."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from gateway.bootstrap.foundation import Foundation
from gateway.bus.envelope import encode
from gateway.cli import main
from gateway.config import Config
from gateway.ports import DeadLetter, DeliveryRow, DeliveryState, JournalRow, Tx
from mocks.bitrix.app import BitrixSettings
from mocks.retailcrm.app import RetailCrmSettings
from mocks.retailcrm.settings import DEFAULT_KEYS, ApiKey
from tests.e2e import planted
from tests.e2e.planted import traces
from tests.e2e.world import SHOP, World, open_world

FORM: dict[str, Any] = {
    "last_name": planted.LAST,
    "name": planted.FIRST,
    "second_name": planted.PATRONYMIC,
    "birthday": planted.BIRTH,
    "phone": planted.PHONE,
    "email": planted.EMAIL,
}
CRM_FORM: dict[str, Any] = {
    "lastName": planted.CRM_LAST,
    "firstName": planted.CRM_FIRST,
    "phones": [{"number": planted.CRM_PHONE}],
    "email": planted.CRM_EMAIL,
    "address": {"text": planted.ADDRESS},
}
ECHO = f"{planted.LAST} {planted.FIRST}, {planted.PHONE}, {planted.EMAIL}, {planted.CARD}"
HTML = f"<html><body><h1>Error</h1><pre>{ECHO} {planted.API_KEY}</pre></body></html>"


@dataclass(slots=True)
class Shop:
    """A running shop and the answers that its HTTP door gave."""

    world: World
    folder: Path
    answers: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, **content: Any) -> int:
        """Call the door; keep what it answered, headers included."""
        answer = await self.world.http.request(method, f"{self.world.url}{path}", **content)
        self.answers.append(f"{answer.headers!r}\n{answer.text}")
        return answer.status_code

    async def register(self) -> int:
        """Let the planted buyer register at the site, with a card."""
        answer = await self.world.site.act("customer.register", **FORM)
        await self.world.site.act("card.put", number=planted.CARD, user_id=answer["id"])
        return int(answer["id"])

    async def order(self, user: int) -> str:
        """Let him order, with address, comment and card; return the number."""
        answer = await self.world.site.act(
            "order.place", customer_id=user, comment=planted.COMMENT, card=planted.CARD,
            items=[{"product_id": 501, "name": "Мёд липовый", "quantity": 2, "price": "450.00"}],
            properties={"ADDRESS": planted.ADDRESS}, payments=[{"pay_system_id": 2}],
        )  # fmt: skip
        return str(answer["account_number"])

    async def break_calls(self, which: str, *rules: Mapping[str, Any]) -> None:
        """Let a vendor's API fail in these ways."""
        door = self.world.site if which == SHOP else self.world.crm
        await door.post("faults", {"seed": 1, "rules": list(rules)})

    async def fired(self, which: str) -> bool:
        """Tell whether a planned failure came about."""
        door = self.world.site if which == SHOP else self.world.crm
        answer = await self.world.http.get(f"{door.url}/__mock__/faults")
        return bool(answer.json()["fired"])


def open_planted(
    folder: Path,
    before: Callable[[Foundation], None] = lambda _: None,
    change: Callable[[Config], Config] = lambda config: config,
) -> AbstractAsyncContextManager[World]:
    """Open a shop whose secrets are planted."""
    return open_world(
        folder,
        site=BitrixSettings(
            change_hold_s=0.2,
            code=planted.WEBHOOK_CODE,
            application_token=planted.WEBHOOK_TOKEN,
        ),
        crm=RetailCrmSettings(keys=(ApiKey("gateway", planted.API_KEY), *DEFAULT_KEYS[1:])),
        before=before,
        change=change,
    )


async def assert_nothing_leaked(shop: Shop) -> None:
    """Look into every place; the failure names place and value, and shows neither."""
    world = shop.world
    for path in ("/metrics", "/healthz", "/readyz", "/openapi.json"):
        await shop.ask("GET", path)
    with sqlite3.connect(f"file:{shop.folder / 'data' / 'gateway.db'}?mode=ro", uri=True) as base:
        entities = [key for (key,) in base.execute("SELECT id FROM entity")]
    base.close()
    seen = partial(people_see, entities=entities)
    stories, letters, deliveries = await world.gateway.foundation.store.read(seen)
    assert stories, "nothing happened, so nothing could leak"
    assert world.wakes, "nobody was woken, so nothing could leak on the bus"
    places: dict[str, list[str | bytes]] = {
        "log": list(world.log.getvalue().splitlines()),
        "journal": [repr(asdict(row)) for row in stories],
        "letter": [repr(asdict(one) | {"request": None}) for one in letters],
        "repr": [repr(one) for one in (*stories, *letters, *deliveries)],
        "delivery": [repr(asdict(row)) for row in deliveries],
        "wake": [repr(asdict(wake)) for wake in world.wakes],
        "envelope": [encode(wake) for wake in world.wakes],
        "answer": list(shop.answers),
        "screen": await on_screen(world, asked(letters)),
    }
    for file in sorted((shop.folder / "data").rglob("*")):
        places[f"file {file.name}"] = [file.read_bytes()]
    leaked = {
        place: sorted({name for content in contents for name in traces(content)})
        for place, contents in places.items()
    }
    found = {place: names for place, names in leaked.items() if names}
    assert not found, f"leaked: {found}"


def people_see(
    tx: Tx, entities: Sequence[str]
) -> tuple[list[JournalRow], list[DeadLetter], list[DeliveryRow]]:
    """Read all that operators' programs read, beside the sealed payloads."""
    deliveries = [row for rows in tx.deliveries_of(entities).values() for row in rows]
    stories = [row for entity in entities for row in tx.story(entity, limit=1000)]
    letters = [
        letter
        for state in ("open", "replayed", "dropped")
        for letter in tx.dead_letters(state=state, account=None, limit=1000)
    ]
    return stories, letters, deliveries


async def on_screen(world: World, commands: Sequence[Sequence[str]]) -> list[str | bytes]:
    """Run operators' commands beside the running gateway and return what they print."""
    before = dict(os.environ)
    os.environ.update(world.env)
    try:
        return [
            await asyncio.to_thread(_screen, [*command, "--config", str(world.config)])
            for command in commands
        ]
    finally:
        os.environ.clear()
        os.environ.update(before)


def asked(letters: Sequence[DeadLetter]) -> list[list[str]]:
    """Return what operators ask, without ``--unmask``."""
    return [
        ["check"], ["due"], ["due", "--json"], ["dead", "list"], ["dead", "list", "--json"],
        *(["dead", "show", letter.id, "--who", "olga"] for letter in letters[:2]),
        *(["dead", "show", letter.id, "--who", "olga", "--json"] for letter in letters[:2]),
        ["journal", "show", planted.PHONE, "--who", "olga"],
        ["journal", "show", planted.CRM_EMAIL, "--who", "olga", "--json"],
        ["journal", "show", planted.CARD, "--who", "olga"],
    ]  # fmt: skip


def _screen(command: Sequence[str]) -> str:
    """Run one command in this process and return all that it prints."""
    screen = io.StringIO()
    with redirect_stdout(screen), redirect_stderr(screen), suppress(SystemExit):
        main(command)
    assert screen.getvalue(), f"`gateway {command[0]}` prints nothing"
    assert "No such" not in screen.getvalue(), "the command is called wrongly"
    return screen.getvalue()


def status(status: int, body: object, *, path: str, times: int | None = None) -> dict[str, Any]:
    """Return the rule by which a vendor answers this to calls of ``path``."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return {
        "kind": "status", "status": status, "body": text, "content_type": kind, "path": path,
        "times": times,
    }  # fmt: skip


async def letters_of(world: World) -> list[DeadLetter]:
    """Return the open letters."""
    return list(
        await world.gateway.foundation.store.read(
            lambda tx: tx.dead_letters(state="open", account=None, limit=10)
        )
    )


async def failed_of(world: World) -> list[DeliveryRow]:
    """Return what the site was told in vain."""
    rows = await world.gateway.foundation.store.read(
        lambda tx: tx.list_deliveries(states=list(DeliveryState), account=SHOP, limit=10)
    )
    return [row for row in rows if row.cause]
