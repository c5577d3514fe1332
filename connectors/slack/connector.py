"""Connector: one Slack app, put together from client, notifier and support chat."""

from __future__ import annotations

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

from .client import SlackClient
from .config import SlackSettings
from .manifest import MANIFEST
from .notifier import NoticeSend, SlackNotifier
from .signature import Prover
from .support import SlackSupport


@dataclass(slots=True)
class SlackConnector:
    """One app."""

    client: SlackClient
    operations: Mapping[str, OperationPerformer]
    services: Services
    manifest: Manifest = field(default=MANIFEST)
    readers: Mapping[Kind, EntityReader[Any]] = field(default_factory=dict)
    writers: Mapping[Kind, EntityWriter[Any]] = field(default_factory=dict)
    webhooks: WebhookSource | None = None

    async def probe(self) -> ProbeReport:
        """Check the token; posts nothing."""
        settings = self.client.settings
        if settings.token is None:
            seen = "a webhook" if settings.webhook is not None else "no token"
            return ProbeReport(ok=True, notes=(f"{seen}: it is proved by a message only",))
        try:
            await self.client.prove()
        except AuthRejected as error:
            return ProbeReport(ok=False, notes=(f"{error.operation}: {error}",))
        asked = "may ask" if settings.signing_secret is not None else "no signing_secret"
        return ProbeReport(ok=True, facts={"support desk": asked})

    async def prepare(self) -> None:
        """Nothing is needed at the vendor."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.client.http.close()
        if self.client.hook is not None:
            await self.client.hook.close()


def build(context: ConnectorContext[SlackSettings]) -> Connector:
    """Build the connector of an app; does no I/O."""
    settings = context.settings
    webhook, secret = settings.webhook, settings.signing_secret
    hook: HttpClient | None = None
    if webhook is not None:
        hook = context.http(webhook.get_secret_value())
    client = SlackClient(context.http(settings.url.rstrip("/")), settings, hook)
    sends = settings.token is not None or hook is not None
    notifier = SlackNotifier(client) if sends else None
    support = None
    if secret is not None:
        support = SlackSupport(settings, Prover(secret.get_secret_value(), context.clock))
    return SlackConnector(
        client,
        operations={} if notifier is None else {NOTICE_SEND: NoticeSend(notifier)},
        services=Services(notifier=notifier, support=support),
    )
