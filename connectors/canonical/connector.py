"""Connector of one source of canonical messages: it is never called, it only speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from gateway.canonical import Kind
from gateway.contract import (
    NO_SERVICES,
    ConnectorContext,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    WebhookSource,
)

from .manifest import MANIFEST
from .messages import CanonicalMessages


class CanonicalSettings(BaseModel):
    """One source. Shape: ``secret`` signs calls over HTTP; a queue needs none."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secret: SecretStr | None = Field(default=None)


class CanonicalConnector:
    """One account that sends its records by itself."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[CanonicalSettings]) -> None:
        secret = context.settings.secret
        self.readers: Mapping[Kind, EntityReader[Any]] = {}
        self.writers: Mapping[Kind, EntityWriter[Any]] = {}
        self.operations: Mapping[str, OperationPerformer] = {}
        self.services = NO_SERVICES
        self.webhooks: WebhookSource | None = CanonicalMessages(
            secret.get_secret_value().strip() if secret is not None else ""
        )

    async def probe(self) -> ProbeReport:
        """Nothing can be asked: this source only speaks."""
        return ProbeReport(ok=True, notes=(), facts={})

    async def prepare(self) -> None:
        """Nothing is needed there."""

    async def close(self) -> None:
        """Nothing is open."""
