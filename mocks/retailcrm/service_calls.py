"""Handlers of the service methods (reference, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.retailcrm.call import Answer, Call

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account


def versions(call: Call) -> Answer:
    """GET /api/api-versions (4)."""
    del call
    return Answer({"success": True, "versions": ["3.0", "4.0", "5.0"]})


def credentials(call: Call) -> Answer:
    """GET /api/credentials: scopes, and the shops unless the key sees all (4)."""
    body = {
        "success": True,
        "scopes": sorted(call.key.scopes),
        "credentials": ["/api/orders", "/api/orders/create"],
    }
    if not call.key.sites:
        return Answer({**body, "siteAccess": "access_full"})
    return Answer(
        {**body, "siteAccess": "access_selective", "sitesAvailable": list(call.key.sites)}
    )


def system_info(call: Call) -> Answer:
    """GET /api/system-info (4)."""
    return Answer(
        {
            "success": True,
            "systemVersion": "8.7.71",
            "publicUrl": call.account.settings.public_url,
            "technicalUrl": "https://demo.retailcrm.io",
        }
    )


def settings(call: Call) -> Answer:
    """GET settings: snake_case here (4)."""
    return Answer({"success": True, "settings": shown_settings(call.account)})


def shown_settings(account: Account) -> dict[str, Any]:
    """Return the settings as the method and the callback show them."""
    shop = next(iter(account.shops.values()))
    shown = {
        "default_currency": shop.currency,
        "system_language": "ru",
        "timezone": account.settings.time_zone,
    }
    updated = account.settings_updated_at
    return {name: {"value": value, "updated_at": updated} for name, value in shown.items()}


def statistic(call: Call) -> Answer:
    """GET statistic/update: accepted, does nothing here (4)."""
    del call
    return Answer({"success": True})
