"""The canonical connector keeps the contract: it has no vendor, only messages."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import connectors.canonical
from connectors.canonical import CONNECTOR
from gateway.canonical import Kind
from gateway.contract import WebhookRequest
from gateway.testing import ConnectorConformance, Wired, exemptions, wire

SECRET = "s3cret-of-the-source"


class Source:
    """A system that speaks the canonical model."""

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return a signed message about a record."""
        assert not unknown
        body = {"kind": str(kind), "id": external_id, "version": 3, "entity": {"number": "А-7"}}
        content = json.dumps(body).encode()
        secret = "forged" if forged else SECRET
        signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        return WebhookRequest(content, {"x-gateway-signature": signature})


class TestConformance(ConnectorConformance):
    """The kit on messages."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.canonical.__file__).with_name("quality.toml"))

    @pytest.fixture
    async def connector(self) -> AsyncIterator[Wired]:
        """The connector; it is never called, so there is no double."""
        wired = wire(CONNECTOR, {"secret": SECRET})
        yield wired
        await wired.connector.close()

    @pytest.fixture
    def seed(self) -> Source:
        """The source."""
        return Source()
