"""Probe: is the account what the configuration says? Harmless calls only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import Missing, ProbeReport

from .client_account import AccountClient
from .client_loyalty import LoyaltyClient
from .codes import Books, CodeMap, books
from .config import RetailCrmSettings
from .module import Module

SCOPES = (
    "order_read",
    "order_write",
    "customer_read",
    "customer_write",
    "reference_read",
    "custom_fields_read",
    "custom_fields_write",
)
"""Rights that the connector's calls need; ``payments_write`` is asked for where it exists."""

LOYALTY_SCOPES = ("loyalty_read", "loyalty_write", "verification_read", "verification_write")
STORE_SCOPES = ("store_write",)
MODULE_SCOPES = ("integration_read", "integration_write")


@dataclass(slots=True)
class Probe:
    """Compares one account with its configuration."""

    client: AccountClient
    settings: RetailCrmSettings
    loyalty: LoyaltyClient
    module: Module | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    async def report(self) -> ProbeReport:
        """Ask for the key's rights, the account's settings and its reference books."""
        if self.module is not None:
            await self._module(self.module)
        if not self.faults:
            self._rights(await self.client.credentials())
        if self.faults:
            return ProbeReport(ok=False, notes=tuple(self.faults))
        zone = await self._zone()
        await self._site()
        await self._codes()
        await self._fields()
        await self._programme()
        facts = {"site": self.settings.site, "time_zone": zone}
        notes = (*self.faults, *self.notes)
        return ProbeReport(ok=not self.faults, notes=notes, facts=facts)

    def _rights(self, told: Mapping[str, Any]) -> None:
        absent = [
            scope for scope in scopes(self.settings) if scope not in (told.get("scopes") or [])
        ]
        if absent:
            self.faults.append(f"api_key: give it the rights {', '.join(absent)}")
        sites = told.get("sitesAvailable")
        if told.get("siteAccess") == "access_selective" and self.settings.site not in (sites or []):
            self.faults.append("api_key: give it access to the shop named by `site`")

    async def _zone(self) -> str:
        told = (await self.client.settings()).get("timezone") or {}
        zone = str(told.get("value") if isinstance(told, Mapping) else told)
        if zone != self.settings.time_zone:
            self.faults.append(f"time_zone: the account is set to {zone}, write that")
        return zone

    async def _site(self) -> None:
        shop = (await self.client.reference("sites", "sites")).get(self.settings.site)
        if shop is None:
            self.faults.append("site: the account has no shop of this code")
        elif shop.get("currency") not in (None, self.settings.currency):
            self.faults.append(f"currency: the shop sells in {shop['currency']}, write that")

    async def _codes(self) -> None:
        maps = books(self.settings)
        for book, key, codes in (
            ("statuses", "statuses", _written(maps.statuses)),
            ("payment-types", "paymentTypes", _written(maps.payment_types)),
            ("payment-statuses", "paymentStatuses", _written(maps.payment_statuses)),
            ("delivery-types", "deliveryTypes", _written(maps.delivery_types)),
            ("order-methods", "orderMethods", self._order_methods(maps)),
            ("price-types", "priceTypes", {*self.settings.store.price_types.values()}),
            ("stores", "stores", {*self.settings.store.stores.values()}),
        ):
            if codes:
                await self._book(book, key, codes)

    def _order_methods(self, maps: Books) -> set[str]:
        loyalty = self.settings.loyalty
        method = loyalty.order_method if loyalty is not None else None
        return _written(maps.order_methods) | ({method} if method else set())

    async def _module(self, module: Module) -> None:
        """Learn whether the administrator lets the module work."""
        known = await module.read()
        if known is None:
            self.notes.append(f"module {module.settings.code} is absent and will be registered")
        elif module.calls.switch.is_off:
            self.faults.append("module: it is switched off in the CRM, switch it on there")

    async def _programme(self) -> None:
        loyalty = self.settings.loyalty
        if loyalty is None:
            return
        try:
            found = await self.loyalty.programme(loyalty.programme)
        except Missing:
            self.faults.append("loyalty.programme: the account has no programme of this id")
            return
        if found.get("currency") not in (None, self.settings.currency):
            self.faults.append("loyalty.programme: it counts in another currency")
        if found.get("active") is False or found.get("blocked") is True:
            self.notes.append("loyalty.programme: it is stopped in the CRM")

    async def _book(self, book: str, key: str, codes: Iterable[str]) -> None:
        rows = await self.client.reference(book, key)
        absent = sorted(code for code in codes if code not in rows)
        if absent:
            name = book.replace("-", "_")
            self.faults.append(f"{name}: the account has no {', '.join(absent)}")
        idle = sorted(code for code in codes if code in rows and rows[code].get("active") is False)
        if idle:
            self.notes.append(f"{book}: switched off at the vendor: {', '.join(idle)}")

    async def _fields(self) -> None:
        for entity, codes in field_codes(self.settings).items():
            if codes:
                absent = codes - await self.client.custom_field_codes(entity)
                self.notes.extend(
                    f"custom field {code} of {entity} is absent and will be made"
                    for code in sorted(absent)
                )


def _written(codes: CodeMap[str]) -> set[str]:
    """Return the vendor's codes that the connector may write."""
    meanings = {*codes.meanings.values(), *codes.preferred}
    written = {code for meaning in meanings if (code := codes.code(meaning)) is not None}
    return written | ({codes.fallback} if codes.fallback else set())


def field_codes(settings: RetailCrmSettings) -> dict[str, set[str]]:
    """Return the custom fields that the configuration names, by the vendor's kind of entity."""
    order = {*settings.order_fields.named().values(), *settings.order_attributes.values()}
    loyalty = settings.loyalty
    member = set(loyalty.member_attributes.values()) if loyalty is not None else set()
    return {
        "order": order,
        "customer": set(settings.customer_attributes.values()),
        "loyalty_account": member,
    }


def scopes(settings: RetailCrmSettings) -> tuple[str, ...]:
    """Return the rights that the configured parts need."""
    wanted: tuple[str, ...] = SCOPES
    if settings.loyalty is not None:
        wanted += LOYALTY_SCOPES
    if settings.store.price_types or settings.store.stores:
        wanted += STORE_SCOPES
    return wanted + MODULE_SCOPES if settings.module is not None else wanted
