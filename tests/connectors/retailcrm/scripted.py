"""Scripted vendor: answers that were written down once, and the requests that they answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from gateway.contract import Connector
from tests.gateway.contract.fakes import FakeLog

from .conftest import built, own_settings
from .members import OWN

Answer = tuple[int, Mapping[str, Any]]


@dataclass
class Vendor:
    """Answers in order by path; what is asked more often is answered with the last again."""

    answers: dict[str, list[Answer]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    remarks: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        told = request.content.decode() or request.url.query.decode()
        path = request.url.path.removeprefix("/api/v5/")
        self.asked.append((f"{request.method} {path}", dict(parse_qsl(told))))
        answers = self.answers[path]
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return httpx.Response(status, content=json.dumps(body).encode())

    def connector(self, **own: Any) -> Connector:
        """Return a connector that speaks to this vendor."""
        settings = own_settings("http://crm.test", **{**OWN, **own})
        return built(
            settings,
            log=FakeLog(),
            transport=httpx.MockTransport(self),
            remark=lambda event, detail: self.remarks.append((event, detail)),
        )

    def form(self, call: str) -> dict[str, Any]:
        """Return the fields of the first such call; JSON ones as objects."""
        fields = next(fields for one, fields in self.asked if one == call)
        return {
            name: json.loads(text) if text[:1] in "{[" else text for name, text in fields.items()
        }
