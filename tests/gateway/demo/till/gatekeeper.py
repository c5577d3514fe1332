"""Gatekeeper: a scripted gateway that keeps each step once, and loses answers as it is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

Answer = dict[str, Any]
_DOWN, _CUT = "the gateway is down", "the answer is lost"


@dataclass(slots=True)
class Gatekeeper:
    """What a till met.

    Shape: ``effects`` are the receipts and returns that were kept, in order; ``losing`` is the
    share of calls whose answer is lost, half of them before and half after their effect; the first
    ``away`` calls meet a gateway that is down.
    """

    chance: random.Random
    losing: float = 0.0
    away: int = 0
    stage: str = "committed"
    calls: int = 0
    effects: list[str] = field(default_factory=list)
    reserved: dict[str, str] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    bodies: dict[str, bytes] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        """Return the way to it."""
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.calls <= self.away:
            raise httpx.ConnectError(_DOWN, request=request)
        lost = self.chance.random() < self.losing
        if lost and self.chance.random() < 0.5:
            raise httpx.ReadError(_CUT, request=request)
        answer = self._answer(request)
        if lost:
            raise httpx.ReadError(_CUT, request=request)
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/pos/v1")
        self.paths.append(path)
        key = request.headers.get("idempotency-key", "")
        if key:
            self.keys.append(key)
            if self.bodies.setdefault(key, request.content) != request.content:
                return _problem("key-reused")
        body = orjson.loads(request.content) if request.content else {}
        return httpx.Response(200, content=orjson.dumps(self._told(path, body)))

    def _told(self, path: str, body: Answer) -> Answer:
        parts = path.strip("/").split("/")
        if parts[0] == "receipts":
            return {"results": [self._taken(one) for one in body["receipts"]]}
        if parts[0] == "returns":
            return {"id": parts[1], "stage": self._keep(parts[1])}
        if parts[0] == "sales":
            return {"id": parts[1], **self._sale(parts[1], parts[2], body)}
        return {"degraded": None}

    def _sale(self, name: str, step: str, body: Answer) -> Answer:
        if step == "reserve":
            self.reserved[name] = body["points"]
            return {"stage": "reserved", "points_spent": body["points"]}
        if step == "cancel":
            self.given_up.add(name)
            return {"stage": "cancelled"}
        return {"stage": self._keep(name)}

    def _taken(self, receipt: Answer) -> Answer:
        return {"taken": True, "deal": {"stage": self._keep(receipt["id"])}, "problem": None}

    def _keep(self, name: str) -> str:
        if name not in self.effects:
            self.effects.append(name)
        return self.stage


def _problem(code: str) -> httpx.Response:
    return httpx.Response(422, json={"type": f"urn:gateway:problem:{code}"})
