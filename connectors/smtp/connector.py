"""Connector: one mail account, put together from client and notifier."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    AuthRejected,
    Connector,
    ConnectorContext,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Services,
    WebhookSource,
)
from gateway.contract.operations import NOTICE_SEND

from .client import SmtpClient
from .config import SmtpSettings
from .manifest import MANIFEST
from .notifier import NoticeSend, SmtpNotifier


@dataclass(slots=True)
class SmtpConnector:
    """One account."""

    client: SmtpClient
    operations: Mapping[str, OperationPerformer]
    services: Services
    manifest: Manifest = field(default=MANIFEST)
    readers: Mapping[Kind, EntityReader[Any]] = field(default_factory=dict)
    writers: Mapping[Kind, EntityWriter[Any]] = field(default_factory=dict)
    webhooks: WebhookSource | None = None

    async def probe(self) -> ProbeReport:
        """Connect and log in; sends nothing."""
        settings = self.client.settings
        try:
            await self.client.greet()
        except AuthRejected as error:
            return ProbeReport(ok=False, notes=(f"{error.operation}: {error}",))
        notes = () if settings.security != "plain" else ("security: letters go in clear text",)
        facts = {"server": f"{settings.host}:{settings.real_port}", "security": settings.security}
        return ProbeReport(ok=True, notes=notes, facts=facts)

    async def prepare(self) -> None:
        """Nothing is needed at the server."""

    async def close(self) -> None:
        """Nothing stays open between letters."""


def build(context: ConnectorContext[SmtpSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    settings = context.settings
    client = SmtpClient(settings, asyncio.Semaphore(settings.at_once))
    notifier = SmtpNotifier(client, context.clock)
    return SmtpConnector(
        client,
        operations={NOTICE_SEND: NoticeSend(notifier)},
        services=Services(notifier=notifier),
    )
