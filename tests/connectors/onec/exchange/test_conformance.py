"""The exchange door keeps the contract: an account that 1C comes to, as the kit sees it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from connectors.onec import CONNECTOR
from gateway.canonical import Canonical, Kind, Order, ProductRef
from gateway.contract import (
    Capability,
    Change,
    Connector,
    ConnectorContext,
    ConnectorFactory,
    ExchangeDesk,
    ExchangeDoor,
    ExchangeRequest,
    Hint,
    Outcome,
    RejectedRecord,
)
from gateway.testing import ConnectorConformance, Wired, sample, wire
from gateway.testing.ports import Seeded
from tests.connectors.onec.exchange.files import catalogue, good
from tests.connectors.onec.exchange.onec import LOGIN, basic

MANIFEST = replace(
    CONNECTOR.manifest,
    capabilities=frozenset({Capability.EXCHANGE_DOOR, Capability.ORDER_WRITER}),
    write_batch={Kind.ORDER: 20},
    read_batch={},
    probes=frozenset(),
)


def _build(context: ConnectorContext[Any]) -> Connector:
    """Build an account that has a door and nothing else, with the manifest of such a one."""
    connector: Any = CONNECTOR.build(context)
    connector.manifest = MANIFEST
    made: Connector = connector
    return made


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass
class Desk:
    """The kit's desk with what was taken and not told as the contract has it."""

    kit: Any

    @property
    def spool(self) -> Path:
        """The folder."""
        spool: Path = self.kit.spool
        return spool

    async def receive(
        self, hints: Sequence[Hint], rejected: Sequence[RejectedRecord] = (), *, kind: Kind
    ) -> None:
        """Keep."""
        await self.kit.receive(hints, rejected, kind=kind)

    async def take(self, kind: Kind, *, limit: int) -> Sequence[Change[Any]]:
        """Hand out."""
        found: Sequence[Change[Any]] = await self.kit.take(kind, limit=limit)
        return found

    def taken(self, kind: Kind) -> Sequence[Change[Any]]:
        """Return what is not told yet."""
        assert kind is Kind.ORDER
        return [one for one in self.kit.taken if one.key not in self.kit.told]

    async def tell(self, outcomes: Mapping[str, Outcome[Any]]) -> None:
        """Settle."""
        await self.kit.tell(outcomes)


@dataclass
class Visitor:
    """1C, straight at the door."""

    headers: dict[str, str] = field(default_factory=dict)
    proof: str = ""

    async def hand_over(
        self, door: ExchangeDoor, desk: ExchangeDesk, records: Sequence[Seeded], *, forged: bool
    ) -> None:
        """Bring goods of these names in a whole session."""
        password = "другой" if forged else LOGIN[1]
        if not await self._log_in(door, desk, "catalog", password):
            return
        goods = [good(f"p-{n}", escape(one.text)) for n, one in enumerate(records)]
        file = catalogue(goods)
        for query, body in (
            ("mode=init", b""), ("mode=file&filename=import.xml", file),
            ("mode=import&filename=import.xml", b""),
        ):  # fmt: skip
            await self._said(door, desk, f"type=catalog&{query}", body)

    async def collect(self, door: ExchangeDoor, desk: ExchangeDesk) -> Sequence[str]:
        """Fetch orders and confirm them."""
        mine: Any = Desk(desk)
        assert await self._log_in(door, mine, "sale", LOGIN[1])
        await self._said(door, mine, "type=sale&mode=init&version=2.09")
        root = ET.fromstring(await self._said(door, mine, "type=sale&mode=query"))  # noqa: S314 - our own file
        assert await self._said(door, mine, "type=sale&mode=success") == b"success\n"
        return [document.findtext("Ид", "") for document in root.iter("Документ")]

    async def _log_in(
        self, door: ExchangeDoor, desk: ExchangeDesk, type_: str, password: str
    ) -> bool:
        self.headers = {"authorization": basic(LOGIN[0], password)}
        self.proof = ""
        told = await self._said(door, desk, f"type={type_}&mode=checkauth")
        if not told.startswith(b"success\n"):
            return False
        _, name, value, sessid, *_ = told.decode().splitlines()
        self.headers, self.proof = {"cookie": f"{name}={value}"}, sessid.partition("=")[2]
        return True

    async def _said(
        self, door: ExchangeDoor, desk: ExchangeDesk, query: str, body: bytes = b""
    ) -> bytes:
        pairs = dict(pair.split("=", 1) for pair in query.split("&"))
        asked = {**pairs, **({"sessid": self.proof} if self.proof else {})}
        request = ExchangeRequest("POST" if body else "GET", asked, self.headers, _once(body))
        reply = await door.answer(request, desk)
        if isinstance(reply.body, bytes):
            return reply.body
        return b"".join([piece async for piece in reply.body])


_FETCHED = "1C comes for its orders: nothing is ever written, and the core never tries to"
_WRITES = (
    "test_writing_tells_no_person[order]",
    "test_refusals_tell_no_secret[write order]",
    "test_calls_pass_the_account_s_budget[write order]",
    "test_a_limit_with_a_hint_is_told[write order]",
    "test_a_limit_without_a_hint_passes[write order]",
    "test_a_server_error_passes[write order]",
    "test_refused_credentials_are_told[write order]",
    "test_a_creation_makes_one_record[order]",
    "test_a_repeated_creation_finds_its_record[order]",
    "test_outcomes_keep_the_order_of_changes[order]",
    "test_a_failed_change_spares_its_neighbours[order]",
)


class TestConformance(ConnectorConformance):
    """The kit on an account with an exchange door."""

    factory = ConnectorFactory(manifest=MANIFEST, settings=CONNECTOR.settings, build=_build)
    exempt = dict.fromkeys(_WRITES, _FETCHED)
    door_brings = Kind.PRODUCT
    door_takes = Kind.ORDER

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return an order of goods that 1C can know: a row needs an id or an article."""
        whole = sample(kind, number)
        if not isinstance(whole, Order):
            return whole
        goods = ProductRef(external_id=f"A-{number}", name="Кружка «Ёлка»")
        lines = tuple(line.model_copy(update={"product": goods}) for line in whole.lines)
        return whole.model_copy(update={"lines": lines})

    @pytest.fixture
    async def connector(self) -> AsyncIterator[Wired]:
        """The connector."""
        login = {"username": LOGIN[0], "password": LOGIN[1]}
        statuses = {"N": "new", "P": "assembling", "F": "complete"}
        wired = wire(self.factory, {"exchange": {**login, "statuses": statuses}})
        yield wired
        await wired.connector.close()

    @pytest.fixture
    def seed(self) -> Visitor:
        """1C."""
        return Visitor()

    @pytest.fixture
    def faults(self) -> None:
        """None: nothing is ever called."""
