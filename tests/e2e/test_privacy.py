"""The privacy promise: personal data and secrets live at the vendors and sealed in the store.

Each test lets planted values pass through the gateway in one way, and then looks for them in all
places where they must not be: logs, journal, letters, wake-ups, metrics, answers, the operators'
screens, and every byte of the data folder.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import Foundation
from gateway.bus.envelope import encode
from gateway.canonical import Kind
from gateway.cli import main
from gateway.contract import Change, Hint, Outcome, Reading, WebhookRequest
from gateway.ports import DeadLetter, DeliveryRow, DeliveryState, JournalRow, Tx
from mocks.bitrix.app import BitrixSettings
from mocks.retailcrm.app import RetailCrmSettings
from mocks.retailcrm.settings import DEFAULT_KEYS, ApiKey
from tests.e2e import planted
from tests.e2e.planted import traces
from tests.e2e.world import CRM, SHOP, World, log_events, open_world, until

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


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose secrets are planted."""
    async with _open(tmp_path) as world:
        yield Shop(world, tmp_path)


def _open(folder: Path, before: Callable[[Foundation], None] = lambda _: None) -> Any:  # noqa: ANN401 - a context manager
    return open_world(
        folder,
        site=BitrixSettings(
            change_hold_s=0.2,
            code=planted.WEBHOOK_CODE,
            application_token=planted.WEBHOOK_TOKEN,
        ),
        crm=RetailCrmSettings(keys=(ApiKey("gateway", planted.API_KEY), *DEFAULT_KEYS[1:])),
        before=before,
    )


async def assert_nothing_leaked(shop: Shop) -> None:
    """Look into every place; the failure names place and value, and shows neither."""
    world = shop.world
    for path in ("/metrics", "/healthz", "/readyz", "/openapi.json"):
        await shop.ask("GET", path)
    stories, letters, deliveries = await world.gateway.foundation.store.read(_people_see)
    assert stories
    assert world.wakes
    places: dict[str, list[str | bytes]] = {
        "log": list(world.log.getvalue().splitlines()),
        "journal": [repr(asdict(row)) for row in stories],
        "letter": [repr(asdict(one) | {"request": None}) for one in letters],
        "repr": [repr(one) for one in (*stories, *letters, *deliveries)],
        "delivery": [repr(asdict(row)) for row in deliveries],
        "wake": [repr(asdict(wake)) for wake in world.wakes],
        "envelope": [encode(wake) for wake in world.wakes],
        "answer": list(shop.answers),
        "screen": await _on_screen(world, _asked(letters)),
    }
    for file in sorted((shop.folder / "data").rglob("*")):
        places[f"file {file.name}"] = [file.read_bytes()]
    leaked = {
        place: sorted({name for content in contents for name in traces(content)})
        for place, contents in places.items()
    }
    assert {place: names for place, names in leaked.items() if names} == {}


def _people_see(tx: Tx) -> tuple[list[JournalRow], list[DeadLetter], list[DeliveryRow]]:
    """Read all that operators' programs read, beside the sealed payloads."""
    deliveries = list(tx.list_deliveries(states=list(DeliveryState), account=None, limit=1000))
    entities = {row.entity_id for row in deliveries} | {""}
    stories = [row for entity in entities for row in tx.story(entity, limit=1000)]
    letters = [
        letter
        for state in ("open", "replayed", "dropped")
        for letter in tx.dead_letters(state=state, account=None, limit=1000)
    ]
    return stories, letters, deliveries


async def _on_screen(world: World, commands: Sequence[Sequence[str]]) -> list[str | bytes]:
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


def _asked(letters: Sequence[DeadLetter]) -> list[list[str]]:
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
    assert "No such" not in screen.getvalue()
    return screen.getvalue()


async def test_nothing_leaks_while_all_goes_well(shop: Shop) -> None:
    """P8: the quiet days make most of the log; a name in every line would be there for ever."""
    world = shop.world
    user = await shop.register()
    number = await shop.order(user)
    await world.crm.act("customer.create", customer=CRM_FORM)
    order = await until(lambda: world.crm_order(number), what="the order is in the CRM")
    await until(
        lambda: world.site_user(planted.CRM_EMAIL), what="the CRM's customer is at the site"
    )
    await world.crm.act("order.edit", number=number, order={"managerComment": planted.COMMENT})
    await world.site.act("customer.edit", id=user, fields={"phone": planted.OTHER_PHONE})
    await world.quiet()
    assert order["customerComment"] == planted.COMMENT
    assert order["customFields"]["card_number"] == planted.CARD
    customer = await world.crm_customer(planted.EMAIL.lower())
    assert customer is not None
    assert customer["lastName"] == planted.LAST
    await assert_nothing_leaked(shop)


async def test_the_store_itself_can_be_read_and_holds_the_data(shop: Shop) -> None:
    """Were nothing stored, or somewhere else, the search in the file would prove nothing."""
    user = await shop.register()
    link = await until(
        lambda: shop.world.link(SHOP, Kind.CUSTOMER, user), what="the customer is stored"
    )
    assert planted.LAST in repr(dict(link.known))
    folder = shop.folder / "data"
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    assert link.entity_id.encode() in content
    with sqlite3.connect(f"file:{folder / 'gateway.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT sealed FROM link").fetchall()
    database.close()
    assert rows
    assert [traces(sealed) for (sealed,) in rows] == [[]] * len(rows)


async def test_the_screens_would_show_the_data_without_their_mask(shop: Shop) -> None:
    """Were the screens empty for another reason, their silence would prove nothing."""
    user = await shop.register()
    await until(lambda: shop.world.crm_customer(planted.EMAIL.lower()), what="he is in the CRM")
    link = await shop.world.link(SHOP, Kind.CUSTOMER, user)
    assert link is not None
    asked = ["journal", "show", link.entity_id, "--who", "olga"]
    masked = await _on_screen(shop.world, [asked])
    unmasked = await _on_screen(shop.world, [[*asked, "--unmask"]])
    assert link.entity_id in str(masked[0])
    assert traces(masked[0]) == []
    assert {"last name", "first name", "e-mail", "phone", "card"} <= set(traces(unmasked[0]))


CRM_REFUSES = {
    "success": False,
    "errorMsg": f"Errors in the entity format: {ECHO}",
    "errors": {
        "phones[0].number": f"{planted.PHONE} is not a phone",
        planted.PHONE: "is refused",
        "lastName": f'Value "{planted.LAST}" is not valid',
    },
}
CRM_REFUSES_IN_WORDS = {
    "success": False,
    "errorMsg": ECHO,
    "errors": [f"{planted.EMAIL}: is taken", f"{planted.PHONE}: wrong", ECHO],
}
SHOP_REFUSES = {"error": "GW_ARGUMENT", "error_description": f"phone: {ECHO}"}


def _status(status: int, body: object, *, path: str, times: int | None = None) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return {
        "kind": "status", "status": status, "body": text, "content_type": kind, "path": path,
        "times": times,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(CRM_REFUSES, id="by field"),
        pytest.param(CRM_REFUSES_IN_WORDS, id="in words"),
    ],
)
async def test_nothing_leaks_when_the_crm_refuses_and_repeats_the_value(
    shop: Shop, body: Mapping[str, Any]
) -> None:
    """Vendors quote what they refuse; the quotation must not become our cause or log line."""
    await shop.break_calls(CRM, _status(400, body, path="(create|upload|edit)$"))
    user = await shop.register()
    await shop.order(user)
    await until(lambda: _letters(shop.world), what="the refusal is a letter")
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_the_site_refuses_and_repeats_the_value(shop: Shop) -> None:
    """The same for the site, whose refusals come inside a batch or alone."""
    await shop.break_calls(SHOP, _status(400, SHOP_REFUSES, path="gateway.user.add|batch"))
    await shop.world.crm.act("customer.create", customer=CRM_FORM)
    await until(lambda: shop.fired(SHOP), what="the site refused")
    await until(lambda: _failed(shop.world), what="the refusal is stored")
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_vendors_answer_with_a_page_of_html(shop: Shop) -> None:
    """A debug page of the vendor's shows its variables; it must stay unread."""
    await shop.break_calls(CRM, _status(500, HTML, path="upload|create|edit|history", times=4))
    await shop.break_calls(SHOP, _status(502, HTML, path="batch|gateway", times=4))
    user = await shop.register()
    number = await shop.order(user)
    await until(lambda: shop.fired(CRM), what="the CRM failed")
    await until(lambda: shop.world.crm_order(number), what="the order is in the CRM at last")
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_connections_are_cut(shop: Shop) -> None:
    """The libraries' errors name the address that was called, and it may hold the secret."""
    cut = [
        {"kind": "cut_after", "path": "upload|create|batch|edit", "times": 3},
        {"kind": "cut_before", "path": "history|gateway|list", "times": 3},
    ]
    for which in (SHOP, CRM):
        await shop.break_calls(which, *cut)
    user = await shop.register()
    number = await shop.order(user)
    await until(lambda: shop.fired(CRM), what="the CRM cut a connection")
    await until(lambda: shop.fired(SHOP), what="the site cut a connection")
    await until(lambda: shop.world.crm_order(number), what="the order is in the CRM at last")
    assert await shop.world.crm_customer(planted.EMAIL.lower())
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_a_record_cannot_be_translated(shop: Shop) -> None:
    """An unreadable record is shown to people by its path; its content stays where it was."""
    await shop.order(await shop.register())
    await shop.world.quiet()
    made = await shop.world.crm.act("customer.create", customer=CRM_FORM)
    row = {"id": made["id"], "phones": planted.CRM_PHONE, "firstName": {"first": planted.CRM_FIRST},
           "email": planted.CRM_EMAIL, "birthday": planted.CRM_LAST, "site": "shop-ru"}  # fmt: skip
    body = {
        "success": True,
        "pagination": {"limit": 100, "totalCount": 1, "currentPage": 1, "totalPageCount": 1},
        "customers": [row],
    }
    await shop.break_calls(CRM, _status(200, body, path="/customers$"))
    letters = await until(lambda: _letters(shop.world), what="the record is a letter")
    assert letters[0].cause_code == "translation_failed"
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_at_the_door(shop: Shop) -> None:
    """Whoever knocks wrongly must not find his words in our log, nor ours in his answer."""
    user = await shop.register()
    await until(lambda: shop.world.link(SHOP, Kind.CUSTOMER, user), what="the event came in")
    form = {
        "event": "ONGATEWAYUSERSAVE",
        "data[FIELDS][ID]": str(user),
        "data[FIELDS][PHONE]": planted.PHONE,
        "auth[application_token]": "wrong-" + planted.API_KEY,
    }
    good = {**form, "auth[application_token]": planted.WEBHOOK_TOKEN}
    assert await shop.ask("POST", "/hooks/shop", data=form) == 403
    assert await shop.ask("POST", "/hooks/shop", data={**good, "data[FIELDS][ID]": ECHO}) == 400
    assert await shop.ask("POST", "/hooks/shop", content=ECHO.encode("cp1251")) in {400, 403}
    assert await shop.ask("GET", "/hooks/shop", params={"phone": planted.PHONE}) in {400, 403}
    assert await shop.ask("POST", "/hooks/crm", data=form) == 404
    assert await shop.ask("POST", f"/hooks/{planted.FIRST}", data=form) == 404
    assert await shop.ask("DELETE", "/hooks/shop", params={"token": planted.API_KEY}) == 405
    assert await shop.ask("GET", f"/{planted.EMAIL}/{planted.PHONE}") == 404
    for spoken in (planted.PHONE, planted.EMAIL, planted.CARD):
        headers = {"X-Correlation-ID": spoken}
        assert await shop.ask("POST", "/hooks/shop", data=form, headers=headers) == 403
    assert log_events(shop.world, "hook.refused")
    await assert_nothing_leaked(shop)


class _Broken:
    """A part of a connector with a bug: its exception quotes the record."""

    def __init__(self, inner: Any, times: int) -> None:  # noqa: ANN401 - any part of a connector
        self._inner = inner
        self._left = times
        self.raised = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        return getattr(self._inner, name)

    def trip(self) -> None:
        """Raise as long as the bug lasts."""
        if self._left:
            self._left -= 1
            self.raised += 1
            msg = f"cannot read {ECHO} with {planted.API_KEY}"
            raise ValueError(msg) from KeyError(planted.PHONE)


class _BrokenWriter(_Broken):
    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        self.trip()
        outcomes: Sequence[Outcome[Any]] = await self._inner.write(changes)
        return outcomes


class _BrokenReader(_Broken):
    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        self.trip()
        reading: Reading[Any] = await self._inner.get(external_ids)
        return reading

    async def pull(self, cursor: str | None, *, limit: int) -> Any:  # noqa: ANN401 - a page
        if cursor is not None:
            self.trip()
        return await self._inner.pull(cursor, limit=limit)


class _BrokenWebhook(_Broken):
    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        self.trip()
        hints: Sequence[Hint] = self._inner.receive(request)
        return hints


async def test_nothing_leaks_when_a_connector_has_a_bug(tmp_path: Path) -> None:
    """A bug's exception holds whatever the code had in hand; type and place are all we may tell."""
    broken: list[_Broken] = []

    def spoil(foundation: Foundation) -> None:
        shop, crm = (foundation.accounts[name].connector for name in (SHOP, CRM))
        broken.extend(
            [
                _BrokenWriter(crm.writers[Kind.CUSTOMER], 10),
                _BrokenReader(shop.readers[Kind.CUSTOMER], 2),
                _BrokenWebhook(shop.webhooks, 2),
            ]
        )
        crm.writers[Kind.CUSTOMER] = broken[0]  # type: ignore[index]
        shop.readers[Kind.CUSTOMER] = broken[1]  # type: ignore[index]
        shop.webhooks = broken[2]  # type: ignore[misc]

    async with _open(tmp_path, spoil) as world:
        shop = Shop(world, tmp_path)
        form = {"event": "ONGATEWAYUSERSAVE", "phone": planted.PHONE}
        for _ in range(2):
            assert await shop.ask("POST", "/hooks/shop", data=form) == 500
        await shop.register()
        await until(lambda: _letters(world), what="the bug is a letter", within_s=20.0)
        assert all(part.raised for part in broken)
        assert log_events(world, "http.failed")
        assert log_events(world, "deliver.unexplained")
        await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_keys_are_refused(shop: Shop) -> None:
    """A parked account tells the operator which key to renew, and not what it is."""
    refused = {"success": False, "errorMsg": f'Wrong "apiKey" value {planted.API_KEY}.'}
    await shop.break_calls(CRM, _status(403, refused, path=""))
    expired = {"error": "INVALID_CREDENTIALS", "error_description": planted.WEBHOOK_CODE}
    user = await shop.register()
    await until(lambda: shop.world.link(SHOP, Kind.CUSTOMER, user), what="the event came in")
    await shop.break_calls(SHOP, _status(401, expired, path=""))

    async def parked() -> bool:
        states = await shop.world.gateway.foundation.store.read(lambda tx: tx.account_states())
        return {name for name, state in states.items() if state.parked} == {SHOP, CRM}

    await until(parked, what="both accounts are parked")
    await assert_nothing_leaked(shop)


async def _letters(world: World) -> list[DeadLetter]:
    return list(
        await world.gateway.foundation.store.read(
            lambda tx: tx.dead_letters(state="open", account=None, limit=10)
        )
    )


async def _failed(world: World) -> list[DeliveryRow]:
    rows = await world.gateway.foundation.store.read(
        lambda tx: tx.list_deliveries(states=list(DeliveryState), account=SHOP, limit=10)
    )
    return [row for row in rows if row.cause]
