"""Check of an account: what the portal can do, and whether it agrees with the settings."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.commerceml import read_dictionaries
from gateway.contract import ConfigInvalid, ConnectorError, ProbeReport

from .client import BitrixClient
from .config import BitrixSettings
from .exchange_client import ExchangeClient
from .parts import Rest

CONTRACT = 1
_USED = ("gateway.user.list", "gateway.change.list")
_ORDERS = ("sale.order.list", "sale.order.update")
_CONTACTS = ("crm.contact.list", "crm.contact.update", "crm.duplicate.findbycomm")
_PRICES = ("catalog.price.list", "catalog.price.update", "catalog.product.update")
# Bitrix24 has these, Site Management mostly not (the table at the reference's head).
_ABILITIES = {"crm": "crm.contact.list", "users": "user.get", "catalog": "catalog.price.list"}


@dataclass(slots=True)
class Probe:
    """One check; changes nothing."""

    rest: Rest | None
    exchange: ExchangeClient | None
    settings: BitrixSettings
    _facts: dict[str, str] = field(default_factory=dict)

    async def run(self) -> ProbeReport:
        """Return the report.

        Raises: ``Unavailable`` and ``RateLimited``; what an operator must mend is in the report.
        """
        notes: list[str] = []
        try:
            if self.rest is not None:
                await self._rest(self.rest, notes)
            notes += await self._unknown_words()
        except (ConnectorError, ConfigInvalid) as error:
            if isinstance(error, ConnectorError) and not _is_operators(error):
                raise
            operation = error.operation if isinstance(error, ConnectorError) else ""
            notes.append(f"{operation}: {error}" if operation else str(error))
        return ProbeReport(ok=not notes, notes=tuple(notes), facts=self._facts)

    async def _rest(self, rest: Rest, notes: list[str]) -> None:
        """Add notes as they are found: what was found before a refusal is told, too."""
        await rest.client.call("profile")
        notes += await self._lacking_methods(rest.client)
        await self._detect(rest.client)
        if self.settings.flavour == "site":
            notes += await self._extension(rest.client)
        if self.settings.reads_orders_by_rest:
            await rest.orders.prove_filter()
            notes += await self._unknown_codes(rest.client)

    async def _extension(self, client: BitrixClient) -> list[str]:
        """Ask the site extension what it is."""
        info = await client.call("gateway.info")
        self._facts |= {
            "module": str(info.get("module", "")),
            "contract": str(info.get("contract", "")),
            "time_zone": str(info.get("timezone", "")),
            "currency": str(info.get("currency", "")),
        }
        return self._disagreements(info)

    async def _detect(self, client: BitrixClient) -> None:
        """Note the scopes and what else the portal could do."""
        scopes = await client.call("scope")
        if isinstance(scopes, list):
            self._facts["scopes"] = ",".join(sorted(str(one) for one in scopes))
        for ability, method in _ABILITIES.items():
            found = await client.call("method.get", {"name": method})
            self._facts[ability] = "yes" if found.get("isAvailable") else "no"

    async def _lacking_methods(self, client: BitrixClient) -> list[str]:
        notes: list[str] = []
        for name in self._methods():
            found = await client.call("method.get", {"name": name})
            scope = name.partition(".")[0]
            if not found.get("isExisting"):
                notes.append(f"{name}: the shop does not have it: install the module {scope}")
            elif not found.get("isAvailable"):
                notes.append(f"{name}: give the webhook the scope {scope}")
        return notes

    def _methods(self) -> tuple[str, ...]:
        """Return methods that this account cannot do without."""
        by_rest = _ORDERS if self.settings.reads_orders_by_rest else ()
        prices = _PRICES if self.settings.products == "rest" else ()
        return (*by_rest, *(_USED if self.settings.flavour == "site" else _CONTACTS), *prices)

    async def _unknown_words(self) -> list[str]:
        """Log in to the exchange, and compare its dictionaries with the mapped ids."""
        client, settings = self.exchange, self.settings
        if client is None:
            return []
        if settings.products == "exchange":
            await client.begin("catalog")
            self._facts["exchange"] = "catalog"
        if settings.orders != "exchange":
            return []
        session = await client.begin("sale")
        self._facts["exchange"] = f"sale {session.version or 'old protocol'}"
        words = read_dictionaries(io.BytesIO(await client.dictionaries(session)))
        compared = (
            ("statuses", settings.statuses, words.statuses),
            ("pay_systems", settings.pay_systems, words.payments),
            ("deliveries", settings.deliveries, words.deliveries),
        )
        return [
            f"{name}.{id_}: the exchange has no such id"
            for name, mapped, there in compared
            for id_ in map(str, mapped)
            if id_ not in there
        ]

    def _disagreements(self, info: Mapping[str, Any]) -> list[str]:
        """Compare what the extension says of itself with the account."""
        notes: list[str] = []
        settings = self.settings
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

    async def _unknown_codes(self, client: BitrixClient) -> list[str]:
        """Compare mapped status codes with the shop's own."""
        answer = await client.call(
            "sale.status.list", {"filter": {"type": "O"}, "order": {"sort": "ASC"}}
        )
        there = {str(row["id"]) for row in answer.get("statuses", ())}
        mapped = set(self.settings.statuses)
        return [
            f"statuses.{code}: the shop has no such order status" for code in sorted(mapped - there)
        ]


def _is_operators(error: ConnectorError) -> bool:
    """Tell whether the operator must act, so that the report says it instead of an exception."""
    return error.blame.value == "operator"
