"""Handlers of the service methods (reference, section 4)."""

from __future__ import annotations

from mocks.retailcrm.call import Answer, Call

_UPDATED = "2026-01-10 09:00:00"


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
    del call
    return Answer(
        {
            "success": True,
            "systemVersion": "8.7.71",
            "publicUrl": "https://demo.retailcrm.ru",
            "technicalUrl": "https://demo.retailcrm.io",
        }
    )


def settings(call: Call) -> Answer:
    """GET settings: snake_case here (4)."""
    shop = next(iter(call.account.shops.values()))
    shown = {
        "default_currency": shop.currency,
        "system_language": "ru",
        "timezone": call.account.settings.time_zone,
    }
    return Answer(
        {
            "success": True,
            "settings": {
                name: {"value": value, "updated_at": _UPDATED} for name, value in shown.items()
            },
        }
    )


def statistic(call: Call) -> Answer:
    """GET statistic/update: accepted, does nothing here (4)."""
    del call
    return Answer({"success": True})
