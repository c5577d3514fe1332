"""Fault injection: scripted failures between a vendor's double and its caller.

The middleware sits around the whole application, so a handler never knows that its answer was
swallowed: what it
committed stays committed, which is the one thing that a client cannot see and must survive.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FaultKind = Literal["status", "delay", "cut_before", "cut_after", "hang_before", "hang_after"]

SIDE_DOOR_PREFIX = "/__mock__/"
HANG_LIMIT_S = 120.0

_STATUS_MIN, _STATUS_MAX = 100, 599


class FaultInvalid(ValueError):
    """A fault rule that the plan refuses; the text names the field and what is accepted."""


@dataclass(frozen=True)
class FaultRule:
    """One scripted failure.

    ``path`` is a regular expression searched in the URL path (empty: every path), ``method`` the
    only method that it fails (empty: all). ``times`` bounds the firings, None is unlimited.
    ``status``, ``body``, ``content_type`` and ``retry_after`` shape the answer of kind ``status``;
    ``delay_s`` is the wait of kind ``delay``.
    """

    kind: FaultKind
    path: str = ""
    method: str = ""
    probability: float = 1.0
    times: int | None = None
    status: int = 503
    body: str = ""
    content_type: str = "application/json"
    retry_after: str | None = None
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a rule that could never do what it says."""
        if self.kind not in get_args(FaultKind):
            msg = f"kind must be one of {', '.join(get_args(FaultKind))}"
            raise FaultInvalid(msg)
        try:
            re.compile(self.path)
        except re.error as error:
            msg = f"path must be a regular expression: {error}"
            raise FaultInvalid(msg) from error
        if not 0.0 <= self.probability <= 1.0:
            msg = "probability must lie between 0 and 1"
            raise FaultInvalid(msg)
        if not _STATUS_MIN <= self.status <= _STATUS_MAX:
            msg = "status must be an HTTP status code"
            raise FaultInvalid(msg)
        if self.delay_s < 0 or (self.times is not None and self.times < 0):
            msg = "delay_s and times must not be negative"
            raise FaultInvalid(msg)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> FaultRule:
        """Build a rule from the side door's JSON.

        Raises:
            FaultInvalid: unknown key, missing ``kind`` or a value out of range.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(row) - known)
        if unknown:
            msg = f"unknown fault field {unknown[0]}; known are {', '.join(sorted(known))}"
            raise FaultInvalid(msg)
        if "kind" not in row:
            msg = "kind is missing from the fault rule"
            raise FaultInvalid(msg)
        try:
            return cls(**row)
        except TypeError as error:
            msg = f"a fault field has the wrong type: {error}"
            raise FaultInvalid(msg) from error


class FaultPlan:
    """The rules in force, the seeded chance that fires them, and the tally of what fired."""

    def __init__(self, rules: Sequence[FaultRule] = (), *, seed: int = 0) -> None:
        """Start with ``rules``; an empty plan never interferes."""
        self.rules: tuple[FaultRule, ...] = ()
        self.fired: Counter[str] = Counter()
        self._left: list[int | None] = []
        self._chance = random.Random(seed)  # noqa: S311 - repeatable faults, no secret depends on them
        self.set_rules(rules, seed=seed)

    def set_rules(self, rules: Sequence[FaultRule], *, seed: int = 0) -> None:
        """Replace the plan: new rules, the random restarted from ``seed``, the tally cleared."""
        self.rules = tuple(rules)
        self._left = [rule.times for rule in self.rules]
        self._chance = random.Random(seed)  # noqa: S311 - repeatable faults, no secret depends on them
        self.fired = Counter()

    def decide(self, path: str, method: str = "") -> FaultRule | None:
        """Return the first rule that fires for a call and count it, or None."""
        for index, rule in enumerate(self.rules):
            left = self._left[index]
            if left == 0 or not re.search(rule.path, path):
                continue
            if rule.method not in {"", method}:
                continue
            if rule.probability < 1.0 and self._chance.random() >= rule.probability:
                continue
            if left is not None:
                self._left[index] = left - 1
            self.fired[rule.kind] += 1
            return rule
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the plan as the side door shows it: the rules and how often each kind fired."""
        return {"rules": [asdict(rule) for rule in self.rules], "fired": dict(self.fired)}


class FaultMiddleware:
    """ASGI middleware that applies a plan to every request but those of the side door."""

    def __init__(self, app: Application, plan: FaultPlan) -> None:
        """Wrap ``app``; ``plan`` may be changed at any time."""
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request, or fail it the way that the plan says."""
        if (
            scope["type"] != "http"
            or scope["path"].startswith(SIDE_DOOR_PREFIX)
            or not self._plan.rules
        ):
            await self._app(scope, receive, send)
            return
        rule = self._plan.decide(scope["path"], scope["method"])
        if rule is None:
            await self._app(scope, receive, send)
        elif rule.kind == "status":
            await _answer(rule, receive, send)
        elif rule.kind == "delay":
            await asyncio.sleep(rule.delay_s)
            await self._app(scope, receive, send)
        else:
            await self._break(rule, scope, receive, send)

    async def _break(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the handler or not, then cut the connection or leave it silent."""
        body = await _read_body(receive)
        if rule.kind in {"cut_after", "hang_after"}:
            await self._app(scope, _replay(body, receive), _swallow)
        if rule.kind.startswith("hang"):
            await _wait_for_disconnect(receive)
        await _cut(send)


async def _answer(rule: FaultRule, receive: Receive, send: Send) -> None:
    await _read_body(receive)
    body = rule.body.encode()
    headers = [
        (b"content-type", rule.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    if rule.retry_after is not None:
        headers.append((b"retry-after", rule.retry_after.encode()))
    await send({"type": "http.response.start", "status": rule.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send) -> None:
    """Promise a body and return without it: the server then closes the socket on the client."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}
    )


async def _swallow(message: Message) -> None:
    """Drop one message of an answer that nobody shall see."""
    del message


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the handler the body that was read before it ran, then what the connection says."""
    waiting = [True]

    async def _receive() -> Message:
        if waiting[0]:
            waiting[0] = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return _receive


async def _wait_for_disconnect(receive: Receive) -> None:
    """Stay silent until the client gives up, at most ``HANG_LIMIT_S``."""
    try:
        async with asyncio.timeout(HANG_LIMIT_S):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
