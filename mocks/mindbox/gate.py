"""The gate before every operation: path, endpoint, key, limits, format (sections 2 to 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocks.mindbox import wire
from mocks.mindbox.bulk import Imports
from mocks.mindbox.call import Call, Operation
from mocks.mindbox.errors import (
    FORBIDDEN,
    NOT_FOUND,
    TOO_MANY,
    UNAUTHORIZED,
    NoSuchPath,
    ProtocolRefused,
)
from mocks.mindbox.keys import REPEATED, KeyStore, read_key
from mocks.mindbox.known_fields import check_fields
from mocks.mindbox.limits import Limits
from mocks.mindbox.project import Project
from mocks.mindbox.reading import node, rows
from mocks.mindbox.registry import Registry
from mocks.mindbox.runner import Outcome, Runner
from mocks.sidedoor import Journal

_KEY_FORMS = (
    re.compile(r"SecretKey\s+(?P<key>\S+)\s*"),
    re.compile(r'Mindbox\s+secretKey="(?P<key>[^"]*)"\s*'),
)
_ACCEPTED: Mapping[str, Any] = {"status": "Success"}


@dataclass(frozen=True)
class Sent:
    """A request, as far as the interface reads it; ``mode`` empty: no such path."""

    mode: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str = ""
    base_url: str = ""


@dataclass(frozen=True)
class Given:
    """A response."""

    status: int
    body: bytes
    content_type: str = wire.JSON_TYPE


class Gate:
    """Lets a call through to its step or refuses it the vendor's way; writes the journal."""

    def __init__(self, project: Project, journal: Journal, runner: Runner, keys: KeyStore) -> None:
        """Watch over one project."""
        self._project = project
        self._journal = journal
        self._runner = runner
        self._keys = keys
        self._limits = Limits(project)
        self.registry = Registry()
        self.imports = Imports(project, runner)

    def handle(self, sent: Sent) -> Given:
        """Answer one request."""
        name = sent.query.get("operation", "")
        accept = sent.headers.get("accept", "")
        try:
            self._check_path(sent)
            outcome = self._bulk(sent) if sent.mode == "bulk" else self._call(sent)
        except ProtocolRefused as refusal:
            body = refusal.body(self._project.guid())
            outcome = Outcome(refusal.status, body, "refused")
        except NoSuchPath:
            self._note(sent, name, Outcome(NOT_FOUND, {}, "refused"))
            return Given(NOT_FOUND, b"", "text/plain")
        self._note(sent, name, outcome)
        if not outcome.body:
            return Given(outcome.status, b"")
        content, kind = wire.encode(self._with_extra(outcome.body), accept)
        return Given(outcome.status, content, kind)

    def _check_path(self, sent: Sent) -> None:
        if self._limits.is_blocked(sent.address):
            msg = "Too many requests"
            raise ProtocolRefused(msg, TOO_MANY)
        if not sent.mode:
            self._limits.lost_path(sent.address)
            raise NoSuchPath

    def _call(self, sent: Sent) -> Outcome:
        endpoint = self._endpoint(sent)
        operation = self._operation(sent.query.get("operation", ""))
        self._authorize(sent, endpoint, needs_secret=operation.needs_secret)
        self._limits.operation(endpoint, operation.name)
        key = read_key(sent.query.get("transactionId", ""))
        device = sent.query.get("deviceUUID", "")
        if operation.needs_device and not device:
            msg = "deviceUUID: не передан обязательный параметр"
            raise ProtocolRefused(msg)
        if sent.mode == "async" and operation.is_sync_only:
            msg = f"Операция {operation.name} может быть вызвана только синхронно"
            raise ProtocolRefused(msg)
        body = wire.decode(sent.body, sent.headers.get("content-type", ""))
        if self._project.settings.unknown_field == "protocol400":
            check_fields(body)
        if operation.kind == "order.calculate":
            self._limits.calculation(len(rows(node(body, "order"), "lines")))
        call = Call(self._project, operation, body, device, sent.base_url)
        if sent.mode == "async":
            self._runner.put(call, key)
            return Outcome(200, _ACCEPTED, "accepted")
        return self._runner.sync(call, key)

    def _bulk(self, sent: Sent) -> Outcome:
        endpoint = self._endpoint(sent)
        self._authorize(sent, endpoint, needs_secret=True)
        key = read_key(sent.query.get("transactionId", ""))
        if key and self._keys.is_spent(key):
            return Outcome(200, REPEATED, "unchanged")
        job = self.imports.prepare(sent.query, sent.headers, sent.body)
        self._limits.bulk()
        self.imports.accept(job)
        self._keys.spend(key, is_done=True)
        is_empty = self._project.settings.bulk_answer == "empty"
        return Outcome(200, {} if is_empty else _ACCEPTED, "accepted", str(job.id))

    def _endpoint(self, sent: Sent) -> str:
        found = sent.query.get("endpointId", "")
        if not found:
            msg = "endpointId: не передан обязательный параметр"
            raise ProtocolRefused(msg)
        if found not in self._project.settings.endpoints:
            msg = f"endpointId: точка интеграции {found} не найдена"
            raise ProtocolRefused(msg)
        return found

    def _operation(self, name: str) -> Operation:
        if not name:
            msg = "operation: не передан обязательный параметр"
            raise ProtocolRefused(msg)
        found = self.registry.find(name, self._project.settings)
        if found is not None:
            return found
        if self._project.settings.unknown_operation == "http404":
            raise NoSuchPath
        msg = f"operation: операция {name} не найдена"
        raise ProtocolRefused(msg)

    def _authorize(self, sent: Sent, endpoint: str, *, needs_secret: bool) -> None:
        """Check the key in either of the two header forms; a key belongs to one endpoint."""
        header = sent.headers.get("authorization", "")
        if not header:
            if not needs_secret:
                return
            msg = "Не передан секретный ключ"
            raise ProtocolRefused(msg, UNAUTHORIZED)
        forms = (form.fullmatch(header) for form in _KEY_FORMS)
        found = next((match["key"] for match in forms if match is not None), None)
        if found != self._project.settings.endpoints[endpoint]:
            msg = "Неверный секретный ключ"
            raise ProtocolRefused(msg, FORBIDDEN)

    def _with_extra(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add a key that no client knows: new fields may appear at any time (2.4)."""
        probability = self._project.settings.extra_key_probability
        is_plain = body.get("status") != "Success" or not probability
        if is_plain or self._project.chance.random() >= probability:
            return body
        return {**body, "processingInfo": {"version": self._project.chance.randrange(1, 9)}}

    def _note(self, sent: Sent, name: str, outcome: Outcome) -> None:
        path = f"/v3/operations/{sent.mode}" if sent.mode else "(unknown path)"
        self._journal.write(
            "POST", path, op=name, key=outcome.key, status=outcome.status, effect=outcome.effect
        )
