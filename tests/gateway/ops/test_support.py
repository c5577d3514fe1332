"""The support desk in Slack: signed, allowed, masked, written down, and in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from gateway.bootstrap.running import Gateway
from gateway.bootstrap.support import build_support
from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    Kind,
)
from gateway.cli.processes import door_of
from gateway.contract import HistoryPage, Member, MemberKey, Unavailable
from gateway.ingress.app import build_http
from gateway.ops.support import SupportDesk
from gateway.ports import JournalRow, Tx
from mocks.serving import serve
from mocks.slack.app import SlackSettings
from mocks.slack.app import build_app as build_slack
from tests.gateway.ops.house import (
    CUSTOMER,
    EMAIL,
    FIRST,
    LAST,
    ORDER,
    PHONE,
    House,
    eventually,
    hint,
)

USER, ROOM = "U0ANNA", "C0SUPPORT"
_SLACK = """
[accounts.slack]
connector = "slack"
[accounts.slack.settings]
signing_secret = {{ file = "slack.secret" }}
users = ["{user}"]
{more}
"""


@dataclass
class Processor:
    """Keeps points of one person. ``mood`` is ``ok``, ``away`` or ``hangs``."""

    mood: str = "ok"
    accounts: Sequence[BonusAccount] = ()
    postings: Sequence[BonusOperation] = ()
    asked: list[MemberKey] = field(default_factory=list)

    async def identify(self, key: MemberKey) -> Member | None:
        """Return the person."""
        self.asked.append(key)
        if self.mood == "away":
            msg = "it does not answer"
            raise Unavailable(msg, operation="identify")
        if self.mood == "hangs":
            await asyncio.Event().wait()
        return Member("m-1", Customer(bonuses=tuple(self.accounts)))

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return the postings."""
        assert (external_id, cursor) == ("m-1", None)
        return HistoryPage(self.postings[:limit])


@dataclass
class Desk:
    """A gateway's door as Slack sees it."""

    gateway: Gateway
    slack: httpx.AsyncClient
    door: httpx.AsyncClient
    processor: Processor

    async def ask(self, command: str, text: str, **more: str) -> tuple[int, dict[str, Any]]:
        """Type a command; return status and answer."""
        asked = {"user_id": USER, "channel_id": ROOM, "command": command, "text": text, **more}
        made = (await self.slack.post("/__mock__/act", json={"action": "slash", **asked})).json()
        answer = await self.door.post(
            "/support/slack", content=made["body"], headers=made["headers"]
        )
        return answer.status_code, answer.json() if answer.content else {}

    async def text(self, command: str, text: str, **more: str) -> str:
        """Return all that an answer shows."""
        status, told = await self.ask(command, text, **more)
        assert status == 200
        assert told["response_type"] == "ephemeral"
        blocks = [block["text"]["text"] for block in told.get("blocks", [])]
        return "\n".join([told["text"], *blocks])

    async def deeds(self) -> list[JournalRow]:
        """Return what was written down about questions."""
        store = self.gateway.foundation.store
        found = list(await store.read(lambda tx: tx.story("", limit=99)))
        rows = await store.read(lambda tx: tx.match([]))
        assert rows == {}
        for entity in await self._entities():
            found += await store.read(lambda tx, one=entity: tx.story(one, limit=99))  # type: ignore[misc]  # bound now
        return [row for row in found if row.event == "support"]

    async def bind(self) -> None:
        """Let the order be the customer's, as a vendor that names buyers would."""
        base, ids = self.gateway.foundation, await self._entities()

        def work(tx: Tx) -> None:
            rows = {row.kind: row for row in tx.entities(ids).values()}
            order = rows[Kind.ORDER]
            fields = {**order.fields, "customer_id": rows[Kind.CUSTOMER].id}
            tx.put_entities([replace(order, version=order.version + 1, fields=fields)])
            tx.put_matches({order.id: base.applier.digester.of_entity(Kind.ORDER, fields)})

        await base.store.run(work)

    async def _entities(self) -> Sequence[str]:
        base = self.gateway.foundation
        digests = base.applier.digester.of_query(PHONE) + base.applier.digester.of_query("А-1025")
        found: Mapping[str, Sequence[str]] = await base.store.read(lambda tx: tx.match(digests))
        return [one for ids in found.values() for one in ids]


@asynccontextmanager
async def desk(house: House, *, more: str = "") -> AsyncIterator[Desk]:
    """Run a gateway that knows one customer with one order, and Slack before its door."""
    (house.folder / "slack.secret").write_text(SlackSettings().signing_secret, "utf-8")
    text = house.config.read_text("utf-8") + _SLACK.format(user=USER, more=more)
    house.config.write_text(text, "utf-8")
    house.vendor("shop").change(
        customer={"7": CUSTOMER}, order={"12": {**ORDER, "placed_at": "2026-11-01T10:00:00+00:00"}}
    )
    async with serve(build_slack(SlackSettings())) as url, house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        await hint(gateway, "order", "12")
        processor = Processor()
        made = build_support(gateway.foundation)
        assert isinstance(made, SupportDesk)
        door = replace(
            door_of(gateway, works=True),
            support=replace(made, processors={"points": processor}),  # type: ignore[dict-item]  # as far as it is asked
        )
        transport = httpx.ASGITransport(build_http(door))
        async with (
            httpx.AsyncClient(base_url=url, trust_env=False) as slack,
            httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client,
        ):
            there = Desk(gateway, slack, client, processor)

            async def known() -> bool:
                ids = await there._entities()  # noqa: SLF001 - the test's own
                return len(ids) > 1

            await eventually(known, bool)
            await there.bind()
            yield there


def _points(number: str) -> BonusPoints:
    return BonusPoints(points=Decimal(number))


async def test_a_customer_is_found_by_phone_and_masked(house: House) -> None:
    """The desk would ask the customer who they are, or a foreign cloud would know it."""
    async with desk(house) as there:
        clock = there.gateway.foundation.clock
        there.processor.accounts = [
            BonusAccount(programme="points", available=_points("120.5"), pending=_points("30"))
        ]
        there.processor.postings = [
            BonusOperation(
                id="p1", kind=BonusOperationKind.ACCRUE, points=_points("30"), at=clock.now(),
                active_from=clock.now() + timedelta(days=3), order_number="А-1025",
            )
        ]  # fmt: skip
        text = await there.text("/customer", "8 (916) 123-45-67")
        assert there.processor.asked == [MemberKey(phone=PHONE)]
        for part in (
            "points: доступно 120.5, неактивно 30", "станут доступны 30 (заказ А-1025)",
            "+7916***4567", "А-1025 · 01.11.2026 · new · 1980.00 RUB",
        ):  # fmt: skip
            assert part in text
        for secret in (PHONE, EMAIL, FIRST, LAST):
            assert secret not in text
        (deed,) = [row for row in await there.deeds() if row.outcome == "shown"]
        assert deed.detail["who"] == f"slack:{USER}"
        assert deed.detail["place"] == ROOM
        assert "916" not in json.dumps(dict(deed.detail))


async def test_an_order_is_found_with_what_it_earned(house: House) -> None:
    """A customer asks where the points are, and nobody could say."""
    async with desk(house) as there:
        there.processor.postings = [
            BonusOperation(
                id="p1", kind=BonusOperationKind.ACCRUE, points=_points("59.4"),
                at=there.gateway.foundation.clock.now(), order_number="А-1025",
            ),
            BonusOperation(
                id="p2", kind=BonusOperationKind.ACCRUE, points=_points("7"),
                at=there.gateway.foundation.clock.now(), order_number="А-1",
            ),
        ]  # fmt: skip
        text = await there.text("/order", "а-1025")
        for part in ("заказ А-1025", "1980.00 RUB", "начислено 59.4", "А***"):
            assert part in text


async def test_what_is_shown_in_clear_is_configured(house: House) -> None:
    """A shop whose desk may see names would have to do without, or all would."""
    async with desk(house, more='shows = ["name", "phones"]') as there:
        text = await there.text("/customer", EMAIL)
        assert f"{LAST} {FIRST}" in text
        assert PHONE in text
        assert EMAIL not in text


async def test_who_may_not_ask_is_told_so_and_written_down(house: House) -> None:
    """Nobody would know who tried."""
    async with desk(house) as there:
        text = await there.text("/customer", PHONE, user_id="U0EVE")
        assert "нельзя" in text
        assert there.processor.asked == []
        (deed,) = await there.deeds()
        assert (deed.outcome, deed.detail["who"]) == ("refused", "slack:U0EVE")


async def test_nothing_found_is_said_and_written_down(house: House) -> None:
    """Somebody who tries phones one by one would leave no trace."""
    async with desk(house) as there:
        assert "Ничего не найдено" in await there.text("/customer", "+79990000000")
        (deed,) = await there.deeds()
        assert deed.outcome == "nothing"


async def test_a_processor_that_is_away_does_not_keep_the_desk_waiting(house: House) -> None:
    """Slack would show an error after three seconds."""
    async with desk(house) as there:
        for mood in ("away", "hangs"):
            there.processor.mood = mood
            text = await there.text("/customer", PHONE)
            assert "points не отвечает" in text
            assert "+7916***4567" in text


async def test_the_door_is_shut_to_who_proves_nothing(house: House) -> None:
    """Anybody on the internet could look customers up."""
    async with desk(house) as there:
        form = {"command": "/customer", "text": PHONE, "user_id": USER}
        for path, status in (
            ("/support/slack", 401), ("/support/crm", 404), ("/support/moon", 404),
        ):  # fmt: skip
            answer = await there.door.post(path, data=form)
            assert answer.status_code == status
            assert "916" not in answer.text
        assert await there.deeds() == []
        assert PHONE not in house.log.getvalue()
        assert (await there.ask("/weather", "x"))[0] == 404
