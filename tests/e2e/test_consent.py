"""Consent from end to end: what is withdrawn at the site ends in the CRM too, and stays proved."""

from __future__ import annotations

from typing import Any

from gateway.canonical import Kind
from tests.e2e import planted
from tests.e2e.hiding import Shop
from tests.e2e.world import SHOP, until


async def _says(shop: Shop, user: int, *, granted: bool, at: str) -> None:
    """Let the person say yes or no to letters at the site."""
    said = {
        "type": "mailing:email",
        "granted": "Y" if granted else "N",
        "at": at,
        "textVersion": "2026-01",
        "source": "site",
    }
    params = {
        "id": user,
        "idempotencyKey": f"consent-{user}-{granted}",
        "origin": "site",
        "fields": {"consents": [said]},
    }
    await shop.world.site_api.call("gateway.user.update", params)


async def _subscribed(shop: Shop) -> bool | None:
    customer: dict[str, Any] | None = await shop.world.crm_customer(planted.EMAIL.lower())
    rows = (customer or {}).get("customerSubscriptions") or []
    return rows[0]["subscribed"] if rows else None


async def test_a_withdrawal_spreads_to_every_system(shop: Shop) -> None:
    """P8: a letter after a withdrawal is a fine, whichever system has sent it."""
    world = shop.world
    user = await shop.register()
    await _says(shop, user, granted=True, at="2026-03-01T12:00:00+03:00")

    async def is_on() -> bool:
        return await _subscribed(shop) is True

    async def is_off() -> bool:
        return await _subscribed(shop) is False

    await until(is_on, what="the CRM may write letters")
    await _says(shop, user, granted=False, at="2026-03-02T12:00:00+03:00")
    await until(is_off, what="the CRM may not write letters any more")
    await world.quiet()
    link = await world.link(SHOP, Kind.CUSTOMER, user)
    assert link is not None
    rows = await world.gateway.foundation.store.read(lambda tx: tx.entities([link.entity_id]))
    fields = rows[link.entity_id].fields
    kept = {path: value for path, value in fields.items() if path.startswith("consents/")}
    assert set(kept.values()) >= {False, "2026-01", "site"}
    assert await _subscribed(shop) is False
