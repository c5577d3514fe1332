"""Connector: one SMSC.ru account, put together from client and notifier."""

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
    HttpClient,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Services,
    WebhookSource,
)
from gateway.contract.operations import NOTICE_SEND

from .client import SmscClient
from .config import SmscSettings
from .manifest import MANIFEST
from .notifier import NoticeSend, SmscNotifier


@dataclass(slots=True)
class SmscConnector:
    """One account."""

    http: HttpClient
    client: SmscClient
    settings: SmscSettings
    operations: Mapping[str, OperationPerformer]
    services: Services
    manifest: Manifest = field(default=MANIFEST)
    readers: Mapping[Kind, EntityReader[Any]] = field(default_factory=dict)
    writers: Mapping[Kind, EntityWriter[Any]] = field(default_factory=dict)
    webhooks: WebhookSource | None = None

    async def probe(self) -> ProbeReport:
        """Check login and balance; changes nothing."""
        try:
            told = await self.client.balance()
        except AuthRejected as error:
            return ProbeReport(ok=False, notes=(f"{error.operation}: {error}",))
        left = told.balance + (told.credit or 0)
        facts = {"balance": f"{told.balance} {told.currency}".strip()}
        if left <= self.settings.balance_floor:
            note = "balance_floor: the account holds no more than that: top it up"
            return ProbeReport(ok=left > 0, notes=(note,), facts=facts, runs_low=True)
        notes = ("test: messages are priced and not sent",) if self.settings.test else ()
        return ProbeReport(ok=True, notes=notes, facts=facts)

    async def prepare(self) -> None:
        """Nothing is needed at the vendor."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()


def build(context: ConnectorContext[SmscSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    settings = context.settings
    http = context.http(settings.url.rstrip("/"))
    client = SmscClient(http, settings, asyncio.Semaphore(settings.at_once))
    notifier = SmscNotifier(client, settings, context.log)
    return SmscConnector(
        http,
        client,
        settings,
        operations={NOTICE_SEND: NoticeSend(notifier)},
        services=Services(notifier=notifier),
    )
