"""Asked: a shop that asks a person by SMS and e-mail, its page, and the messages that went out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI

from gateway.bootstrap.merging import gates_of
from gateway.canonical import Kind
from gateway.config import CodeSendsSection, CodesSection, MergePageSection, MergeSection
from gateway.contract import Notice, NoticeChannel, Rejected, TransientError
from gateway.identity.merging.answering import Answering
from gateway.identity.merging.asker import Asker
from gateway.identity.merging.asking import Asking
from gateway.identity.merging.service import Wanted
from gateway.ingress.forms.merges import MergePart
from gateway.ingress.forms.pages import form_pages
from gateway.ingress.forms.part import FormsPart
from gateway.ingress.problems import answer_problems
from gateway.loyalty.alarm import Alarm, Watch
from gateway.loyalty.codes import Chance, OwnCodes
from gateway.loyalty.limits import Window
from gateway.ports import MergeRow, MergeState, PairRow, PairState
from gateway.telemetry import Metrics
from tests.gateway.identity.merging.people import EMAIL, PHONE, People
from tests.gateway.identity.questionnaire.world import Died, MortalStore
from tests.gateway.sync.stepping import SilentLog

URL = "https://club.example.ru"
PLENTY = 1_000_000
_CODE = re.compile(r"\b\d{6}\b")
_LINK = re.compile(r"https?://[^/\s]+(/forms/merge/\S+)")
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
_TITLE = re.compile(r"<h1>(.*?)</h1>")
_SAID = re.compile(r'<p class="said [a-z]*" role="[a-z]+">(.*?)</p>')


@dataclass
class Post:
    """Sends nothing and remembers all.

    ``fails``: so many messages are surely not taken; ``refuses``: whom nothing can be sent to.
    """

    channels: frozenset[NoticeChannel] = frozenset(NoticeChannel)
    sent: list[Notice] = field(default_factory=list)
    fails: int = 0
    refuses: str = ""

    async def send(self, notice: Notice, *, key: str) -> str:
        """Keep a message."""
        if self.fails:
            self.fails -= 1
            msg = "the vendor is away"
            raise TransientError(msg)
        if notice.to == self.refuses:
            msg = "no such phone"
            raise Rejected(msg)
        self.sent.append(notice)
        return key

    def texts(self, to: str) -> list[str]:
        """Return what somebody got, the oldest first."""
        return [one.text for one in self.sent if one.to == to]

    def code(self, to: str) -> str:
        """Return the newest code that somebody got."""
        found = _CODE.search(self.texts(to)[-1])
        assert found is not None
        return found[0]

    def path(self, to: str) -> str:
        """Return the address of the page in the newest message."""
        found = _LINK.search(self.texts(to)[-1])
        assert found is not None, self.texts(to)[-1]
        return found[1]


@dataclass
class Tab:
    """A tab of a browser without scripts."""

    http: httpx.AsyncClient
    path: str
    page: str = ""
    status: int = 0
    csrf: str = ""

    async def open(self) -> Tab:
        """Open the page."""
        return self._shown(await self.http.get(self.path))

    async def send(self, step: str, **typed: str) -> Tab:
        """Send a form of the page, and follow where it leads."""
        body = {"csrf": self.csrf, "step": step, **typed}
        answer = await self.http.post(self.path, data=body)
        if answer.status_code == httpx.codes.SEE_OTHER:
            answer = await self.http.get(answer.headers["location"])
        return self._shown(answer)

    def _shown(self, answer: httpx.Response) -> Tab:
        self.page, self.status = answer.text, answer.status_code
        found = _CSRF.search(self.page)
        self.csrf = found[1] if found else self.csrf
        return self

    @property
    def title(self) -> str:
        """The page's heading."""
        found = _TITLE.search(self.page)
        return found[1] if found else ""

    @property
    def said(self) -> str:
        """What the page tells beside it."""
        found = _SAID.search(self.page)
        return found[1] if found else ""


class Asked(People):
    """The world of ``People`` whose shop asks persons. ``more`` changes ``[merge.page]``."""

    def __init__(self, *, sends: dict[str, int] | None = None, **more: Any) -> None:
        self.mortal: MortalStore
        super().__init__(self._mortal)
        self.post, self.page = Post(), MergePageSection.model_validate({"url": URL, **more})
        self._codes_made = count(100_000)
        self._sends = dict.fromkeys(
            ("recipient_hour", "recipient_day", "till_minute", "address_hour", "whole_minute"),
            PLENTY,
        ) | (sends or {})
        self.codes = self._codes()
        self.answering = self._answering()

    def _mortal(self, clock: Any) -> MortalStore:  # noqa: ANN401 - the held clock
        self.mortal = MortalStore(clock)
        return self.mortal

    def asking(self) -> Asking:
        """Return the asking of a new process."""
        merging = self.merging("sms", "email")
        store, secret = self.world.store, b"a secret of tests"
        return Asking(store, self.clock, merging, self.codes, secret, self.page.url)

    def asker(self, **more: Any) -> Asker:
        """Return what writes by itself, in a new process; ``more`` changes ``[merge]``."""
        section = MergeSection.model_validate({"ask": "proposed", **more})
        log = SilentLog()
        return Asker(self.world.store, self.clock, self.asking(), section, UTC, log)

    async def ask(self, pair: tuple[str, str]) -> MergeRow:
        """Ask for a merge as an operator does; both messages go out."""
        asking = self.asking()
        row = await asking.merging.propose(Wanted(*pair, "operator", "olga"))
        await asking.write(row, giver="olga")
        return row

    def proposed(self, one: str, other: str, state: PairState = PairState.PROPOSED) -> PairRow:
        """Let the rules find that two are one person."""
        pair = (one, other) if one < other else (other, one)
        now = self.clock.now()
        row = PairRow(pair, state, "score", 1100, {}, now, now, "rules")
        self.world.store.now(lambda tx: tx.put_pairs([row]))
        return row

    def pair(self, one: str, other: str) -> PairRow:
        """Return what stands about two."""
        (row,) = self.world.store.now(lambda tx: tx.pairs_of([one, other]))
        return row

    def state(self, row: MergeRow) -> MergeState:
        """Return how far a merge is."""
        found = self.world.store.now(lambda tx: tx.person_merge(row.id))
        assert found is not None
        return found.state

    def outcomes(self, entity_id: str) -> list[str]:
        """Return what somebody's story tells of merges, the oldest first."""
        return [one.outcome for one in self.steps(entity_id) if one.event == "merge"]

    def app(self) -> FastAPI:
        """Return the real pages."""
        merges = MergePart(self.answering, self.page, SilentLog())
        app = FastAPI()
        app.include_router(form_pages(FormsPart({}, b"a secret of pages", SilentLog(), merges)))
        answer_problems(app)
        return app

    @asynccontextmanager
    async def browser(self, *, language: str = "ru") -> AsyncIterator[httpx.AsyncClient]:
        """Return a browser before them."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app()), base_url=URL,
            headers={"Accept-Language": language},
        ) as client:  # fmt: skip
            yield client

    async def died(self, work: Any) -> bool:  # noqa: ANN401 - any coroutine
        """Do something in a process that may die of it; tell whether it did."""
        try:
            await work
        except Died:
            self.mortal.dies_in = 0
            self.codes = self._codes()
            return True
        return False

    def _answering(self) -> Answering:
        return Answering(self.world.store, self.clock, self.asking(), *gates_of(self.page))

    def _codes(self) -> OwnCodes:
        section = CodesSection(
            mode="own", sms="sms", email="mail", floor_ms=0, sends=CodeSendsSection(**self._sends)
        )
        store, log, watch = self.world.store, SilentLog(), Watch(Window(PLENTY, 1.0))
        alarm = Alarm("codes", Kind.CUSTOMER, watch, store, self.clock, log, Metrics().tills)
        chance = Chance(lambda _: next(self._codes_made), lambda: f"r-{next(self._codes_made)}")
        ways = dict.fromkeys(NoticeChannel, self.post)
        return OwnCodes(section, ways, store, self.clock, chance, b"codes of tests", alarm)


__all__ = ["EMAIL", "PHONE", "Asked", "Tab"]
