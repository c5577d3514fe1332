"""Connector of one shop or portal: its parts, its events and the check of its account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    ConnectorContext,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Services,
    WebhookSource,
)

from .config import BitrixSettings
from .manifest import MANIFEST
from .parts import parts_of
from .probe import Probe
from .subscriptions import Subscriptions
from .webhook import CRM_KINDS, EVENTS, ORDER_EVENTS, PORTAL_KINDS, BitrixWebhook


class BitrixConnector:
    """One account at a shop on 1C-Bitrix: Site Management, or at a portal of Bitrix24."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[BitrixSettings]) -> None:
        self._settings = context.settings
        self._remark = context.remark
        self._parts = parts_of(context)
        self.readers: Mapping[Kind, EntityReader[Any]] = self._parts.readers
        self.writers: Mapping[Kind, EntityWriter[Any]] = self._parts.writers
        self.operations: Mapping[str, OperationPerformer] = self._parts.operations
        self.services = Services(behaviour=self._parts.behaviour, people=self._parts.people)
        self.webhooks: WebhookSource | None = _webhook(context.settings)

    async def probe(self) -> ProbeReport:
        """Check the way in, its scopes, the site extension, the filters and the mapped codes.

        Raises: ``Unavailable`` and ``RateLimited``; what an operator must mend is in the report.
        """
        return await Probe(self._parts.rest, self._parts.exchange, self._settings).run()

    async def prepare(self) -> None:
        """Bind the events of an application, and read the ids of the order properties.

        An event that the portal does not have is left out: polling finds what it would tell.
        """
        rest, oauth = self._parts.rest, self._settings.oauth
        if rest is None:
            return
        if oauth is not None and oauth.handler is not None:
            events = Subscriptions(rest.client, oauth.handler)
            lacking = await events.ensure(_events(self._settings))
            if lacking:
                self._remark("events.lacking", {"events": lacking})
        if self._settings.reads_orders_by_rest:
            await rest.order_writer.properties()

    async def close(self) -> None:
        """Release connections; may be called twice."""
        if self._parts.rest is not None:
            await self._parts.rest.client.close()
        if self._parts.exchange is not None:
            await self._parts.exchange.close()


def _webhook(settings: BitrixSettings) -> WebhookSource | None:
    """Return the reader of events; without a token nobody could prove where they come from."""
    token = settings.application_token
    if token is None:
        return None
    secret = token.get_secret_value().strip()
    deaf_to = frozenset(() if settings.reads_orders_by_rest else {Kind.ORDER})
    if settings.flavour == "bitrix24":
        return BitrixWebhook(secret, settings.origin, deaf_to, PORTAL_KINDS)
    return BitrixWebhook(secret, settings.origin, deaf_to)


def _events(settings: BitrixSettings) -> Collection[str]:
    """Return the events that an application of this account binds."""
    if settings.flavour == "site":
        return EVENTS
    return (*CRM_KINDS, *(sorted(ORDER_EVENTS) if settings.reads_orders_by_rest else ()))
