"""A vendor in a JSON file, and a connector to it, for tests of what stands above the core.

The file is the vendor's whole state, so that a test and a gateway in another process see the same.
It is found like any third party's connector: by an entry point in a ``dist-info`` folder.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from gateway.canonical import Kind
from gateway.canonical.paths import MODELS, folded, known, spoken
from gateway.contract import (
    NO_SERVICES,
    AuthRejected,
    Capability,
    Change,
    Connector,
    ConnectorContext,
    ConnectorFactory,
    EntityReader,
    EntityWriter,
    Failed,
    Hint,
    Manifest,
    Observed,
    OperationPerformer,
    Outcome,
    Page,
    ProbeReport,
    Reading,
    Rejected,
    RejectedRecord,
    TranslationFailed,
    Unavailable,
    WebhookRefused,
    WebhookRequest,
    WebhookSource,
    Written,
    body_digest,
    same_secret,
)

SECRET = "s3cr3t-of-the-vendor"


class Settings(BaseModel):
    """The account's own settings; ``state`` is the vendor's file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    state: Path
    token: SecretStr


MANIFEST = Manifest(
    key="fake",
    vendor="Vendor in a file",
    api_version="1",
    capabilities=frozenset({Capability.CUSTOMER_READER, Capability.CUSTOMER_WRITER}),
    documented=date(2026, 11, 1),
    write_batch={Kind.CUSTOMER: 10, Kind.ORDER: 10},
    read_batch={Kind.CUSTOMER: 10, Kind.ORDER: 10},
    probes=frozenset({Kind.CUSTOMER, Kind.ORDER}),
)


class Vendor:
    """The file. ``mood`` is ``ok``, ``away``, ``refuses``, ``odd`` or ``hangs``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        """Return the state; raises what its mood says."""
        state: dict[str, Any] = {"mood": "ok", "customer": {}, "order": {}, "log": []}
        if self.path.exists():
            state |= json.loads(self.path.read_text("utf-8"))
        if state["mood"] == "away":
            msg = "the vendor does not answer"
            raise Unavailable(msg, operation="read")
        if state["mood"] == "refuses":
            msg = "the vendor refuses the token"
            raise AuthRejected(msg, operation="read", http_status=401)
        return state

    def change(self, **values: Any) -> None:
        """Change the state, whatever its mood."""
        state = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        text = json.dumps({**state, **values}, ensure_ascii=False)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(self.path)


class Room:
    """Reader and writer of one kind."""

    def __init__(self, vendor: Vendor, kind: Kind) -> None:
        self.vendor = vendor
        self.kind = kind

    async def pull(self, cursor: str | None, *, limit: int) -> Page[Any]:
        """Return an empty page: these tests hint. A hanging vendor never answers."""
        if self.vendor.read()["mood"] == "hangs":
            await asyncio.Event().wait()
        return Page([], cursor or "0", has_more=False)

    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        """Read records; one with ``broken`` cannot be translated."""
        rows = self.vendor.read()[self.kind]
        items, rejected = [], []
        for external_id in external_ids:
            fields = rows.get(external_id)
            if fields is None:
                continue
            if "broken" in fields:
                error = TranslationFailed("this status is not mapped", path="status")
                rejected.append(RejectedRecord(external_id, error))
                continue
            items.append(Observed(external_id, folded(MODELS[self.kind], fields)))
        return Reading(items, [one for one in external_ids if one not in rows], rejected)

    def held(self, entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
        """Hold everything."""
        del known
        return entity

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Write; a name with a digit is refused for good, unless the vendor became lenient."""
        state = self.vendor.read()
        outcomes: list[Outcome[Any]] = []
        for change in changes:
            fields = known(spoken(change.entity))
            has_digit = any(char.isdigit() for char in str(fields.get("name/first", "")))
            if has_digit and not state.get("lenient"):
                refusal = Rejected(
                    "name: digits are not allowed", operation="write", vendor_code="BAD_NAME"
                )
                outcomes.append(Failed(refusal))
                continue
            external_id = change.external_id or f"made-{change.key}"
            state[self.kind][external_id] = fields
            state["log"].append([self.kind, external_id])
            outcomes.append(Written(external_id, created=change.external_id is None))
        self.vendor.change(**state)
        return outcomes

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find what was created for our keys."""
        rows = self.vendor.read()[self.kind]
        return {key: f"made-{key}" for key in keys if f"made-{key}" in rows}


class Webhooks:
    """Reads ``{"token": …, "kind": …, "id": …}``."""

    def __init__(self, token: str) -> None:
        self.token = token

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and parse."""
        try:
            call = json.loads(request.body or b"{}") | dict(request.query)
        except ValueError:
            msg = "the body is no JSON"
            raise WebhookRefused(msg, status=400) from None
        if call.get("id") == "bug":
            msg = f"a bug that quotes {call.get('quote')}"
            raise RuntimeError(msg)
        if not same_secret(call.get("token"), self.token):
            msg = f"token {call.get('token')} is wrong"
            raise WebhookRefused(msg)
        if "id" not in call:
            return []
        token = call.get("event") or body_digest(request.body)
        return [Hint(Kind(call["kind"]), call["id"], token, "changed")]


class FakeConnector:
    """The connector of one account."""

    def __init__(self, context: ConnectorContext[Settings]) -> None:
        self.manifest = MANIFEST
        self.vendor = Vendor(context.settings.state)
        kinds: tuple[Kind, ...] = (Kind.CUSTOMER, Kind.CARD, Kind.ORDER)
        rooms = {kind: Room(self.vendor, kind) for kind in kinds}
        self.readers: Mapping[Kind, EntityReader[Any]] = rooms
        self.writers: Mapping[Kind, EntityWriter[Any]] = rooms
        self.operations: Mapping[str, OperationPerformer] = {}
        self.services = NO_SERVICES
        self.webhooks: WebhookSource | None = Webhooks(context.settings.token.get_secret_value())

    async def probe(self) -> ProbeReport:
        """Read the file."""
        state = self.vendor.read()
        note = f"{len(state['customer'])} customers"
        return ProbeReport(ok=state["mood"] != "odd", notes=(note,))

    async def prepare(self) -> None:
        """Need nothing."""

    async def close(self) -> None:
        """Hold nothing."""


def build(context: ConnectorContext[Any]) -> Connector:
    """Build the connector."""
    return FakeConnector(context)


CONNECTOR = ConnectorFactory(MANIFEST, Settings, build)
