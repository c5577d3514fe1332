"""Connector of one shop: readers, writers, operations, webhook and the check of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    NO_SERVICES,
    ConfigInvalid,
    ConnectorContext,
    ConnectorError,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    WebhookSource,
)
from gateway.contract.operations import PROMO_ISSUE

from .cards import CardDirectory
from .client import BitrixClient
from .config import BitrixSettings
from .coupons import PromoIssue
from .customers import CustomerDirectory
from .manifest import MANIFEST
from .order_writer import OrderWriter
from .orders import OrderReader, OwnVersions
from .webhook import BitrixWebhook

CONTRACT = 1
_METHODS = ("sale.order.list", "sale.order.update", "gateway.user.list", "gateway.change.list")


class BitrixConnector:
    """One account at a shop on 1C-Bitrix: Site Management."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[BitrixSettings]) -> None:
        settings = context.settings
        http = context.http(settings.url.get_secret_value().rstrip("/"))
        self._client = BitrixClient(http, context.clock, batch_limit=settings.batch_commands)
        self._settings = settings
        own = OwnVersions()
        self._customers = CustomerDirectory(self._client, settings)
        self._orders = OrderReader(self._client, settings, context.clock, own)
        self._order_writer = OrderWriter(self._client, settings, own)
        cards = CardDirectory(self._client, settings)
        self.readers: Mapping[Kind, EntityReader[Any]] = {
            Kind.CUSTOMER: self._customers,
            Kind.CARD: cards,
            Kind.ORDER: self._orders,
        }
        self.writers: Mapping[Kind, EntityWriter[Any]] = {
            Kind.CUSTOMER: self._customers,
            Kind.CARD: cards,
            Kind.ORDER: self._order_writer,
        }
        self.operations: Mapping[str, OperationPerformer] = {
            PROMO_ISSUE: PromoIssue(self._client, settings.origin)
        }
        token = settings.application_token
        self.services = NO_SERVICES
        self.webhooks: WebhookSource | None = None
        if token is not None:
            self.webhooks = BitrixWebhook(token.get_secret_value().strip(), settings.origin)

    async def probe(self) -> ProbeReport:
        """Check the webhook, its scopes, the site extension, the filters and the mapped codes.

        Raises: ``Unavailable`` and ``RateLimited``; what an operator must mend is in the report.
        """
        notes: list[str] = []
        facts: dict[str, str] = {}
        try:
            await self._client.call("profile")
            notes += await self._lacking_methods()
            info = await self._client.call("gateway.info")
            facts = {
                "module": str(info.get("module", "")),
                "contract": str(info.get("contract", "")),
                "time_zone": str(info.get("timezone", "")),
                "currency": str(info.get("currency", "")),
            }
            notes += self._disagreements(info)
            await self._orders.prove_filter()
            notes += await self._unknown_codes()
        except (ConnectorError, ConfigInvalid) as error:
            if isinstance(error, ConnectorError) and not _is_operators(error):
                raise
            operation = error.operation if isinstance(error, ConnectorError) else ""
            notes.append(f"{operation}: {error}" if operation else str(error))
        return ProbeReport(ok=not notes, notes=tuple(notes), facts=facts)

    async def prepare(self) -> None:
        """Read the ids of the order properties, which every edit of an order needs."""
        await self._order_writer.properties()

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self._client.close()

    async def _lacking_methods(self) -> list[str]:
        notes: list[str] = []
        for name in _METHODS:
            found = await self._client.call("method.get", {"name": name})
            scope = name.partition(".")[0]
            if not found.get("isExisting"):
                notes.append(f"{name}: the shop does not have it: install the module {scope}")
            elif not found.get("isAvailable"):
                notes.append(f"{name}: give the webhook the scope {scope}")
        return notes

    def _disagreements(self, info: Mapping[str, Any]) -> list[str]:
        """Compare what the extension says of itself with the account."""
        notes: list[str] = []
        settings = self._settings
        contract = str(info.get("contract", ""))
        if contract != str(CONTRACT):
            notes.append(f"site extension: contract {contract}, this connector speaks {CONTRACT}")
        needed = {"user", "change"}
        needed |= {"card"} if settings.reads_cards else set()
        needed |= {"coupon"} if settings.reads_coupons else set()
        lacking = sorted(needed - {str(name) for name in info.get("features", ())})
        notes += [f"site extension: the feature {name} is switched off" for name in lacking]
        sites = [str(lid) for lid in info.get("siteIds", ())]
        notes += [
            f"site {lid}: the shop has no such site"
            for lid in sorted({settings.site_id, *settings.shops} - set(sites))
        ]
        if info.get("currency") not in {None, settings.currency}:
            notes.append(f"currency: the shop's is {info['currency']}, not {settings.currency}")
        if info.get("timezone") not in {None, settings.time_zone}:
            notes.append(f"time_zone: the shop's is {info['timezone']}, not {settings.time_zone}")
        return notes

    async def _unknown_codes(self) -> list[str]:
        """Compare mapped status codes with the shop's own."""
        answer = await self._client.call(
            "sale.status.list", {"filter": {"type": "O"}, "order": {"sort": "ASC"}}
        )
        there = {str(row["id"]) for row in answer.get("statuses", ())}
        mapped = set(self._settings.statuses)
        return [
            f"statuses.{code}: the shop has no such order status" for code in sorted(mapped - there)
        ]


def _is_operators(error: ConnectorError) -> bool:
    """Tell whether the operator must act, so that the report says it instead of an exception."""
    return error.blame.value == "operator"
