"""Api: how a till calls the gateway: one call, one patience, and a meter of what came of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import orjson

PREFIX = "/pos/v1"


class NoAnswer(Exception):
    """The gateway was not reached, did not answer in time, or said that it cannot now.

    A till does not know whether it was heard, so it repeats the same call with the same key.
    """


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Shape: ``key`` is empty for what only reads; ``path`` as after the prefix."""

    name: str
    path: str
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    key: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Units: ``seconds`` that the till waited."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether the gateway did what was asked, or as much of it as could be done."""
        return self.status == HTTPStatus.OK

    @property
    def stage(self) -> str:
        """How far a sale or return came; empty where the answer is of something else."""
        return str(self.body.get("stage") or "")

    @property
    def problem(self) -> str:
        """Why it was refused: the code of the problem."""
        return str(self.body.get("type") or self.status).rpartition(":")[2]


@dataclass(slots=True)
class Meter:
    """What became of the calls. Shape: ``degraded`` by reason. Units: ``seconds`` of answers."""

    asked: int = 0
    unanswered: int = 0
    degraded: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)

    def answer(self, call: Call, reply: Reply) -> None:
        """Count an answer."""
        self.seconds[call.name].append(reply.seconds)
        if not reply.is_good:
            self.refused[f"{call.name}: {reply.problem}"] += 1
        elif reply.body.get("degraded"):
            self.degraded[str(reply.body["degraded"].get("reason"))] += 1
        elif reply.stage in {"unavailable", "accepted"}:
            self.degraded[reply.stage] += 1

    def quantile(self, share: float) -> float:
        """Return the seconds within which that share of the answers came."""
        every = sorted(one for answers in self.seconds.values() for one in answers)
        return every[min(int(len(every) * share), len(every) - 1)] if every else 0.0


@dataclass(slots=True)
class TillApi:
    """A till's line to the gateway. Units: ``patience_s`` seconds that it waits for an answer."""

    http: httpx.AsyncClient
    url: str
    key: str = field(repr=False)
    patience_s: float = 2.0
    meter: Meter = field(default_factory=Meter)

    async def ask(self, call: Call) -> Reply:
        """Call once. Raises ``NoAnswer``."""
        self.meter.asked += 1
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.patience_s):
                reply = await self._sent(call, began)
        except (TimeoutError, httpx.HTTPError, orjson.JSONDecodeError) as error:
            self.meter.unanswered += 1
            raise NoAnswer(type(error).__name__) from error
        if reply.status in _CANNOT_NOW:
            self.meter.unanswered += 1
            raise NoAnswer(reply.problem)
        self.meter.answer(call, reply)
        return reply

    async def _sent(self, call: Call, began: float) -> Reply:
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if call.key:
            headers["Idempotency-Key"] = call.key
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = orjson.dumps(call.body)
        answer = await self.http.request(
            call.method, f"{self.url}{PREFIX}{call.path}", content=content, headers=headers
        )
        body = orjson.loads(answer.content)
        told = body if isinstance(body, dict) else {}
        return Reply(answer.status_code, told, time.monotonic() - began)


_CANNOT_NOW = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers after which a till repeats the same call later."""
