"""Words of a site's exchange files: its ids and the canonical codes (reference 3.4-3.7)."""

from __future__ import annotations

from gateway.commerceml import CommerceMlMapping

from .config import BitrixSettings


def mapping_of(settings: BitrixSettings) -> CommerceMlMapping:
    """Return how the files are read and written: by the same ids as the shop's REST."""
    exchange = settings.exchange
    # Of several codes with one meaning the first is written, so the wanted one goes before.
    wanted = {code: status for status, code in settings.status_codes.items()}
    return CommerceMlMapping(
        zone=settings.zone(),
        currency=settings.currency,
        shops=settings.shops,
        statuses={**wanted, **settings.statuses},
        payment_methods={str(id_): code for id_, code in settings.pay_systems.items()},
        delivery_methods={str(id_): code for id_, code in settings.deliveries.items()},
        price_types=exchange.price_types if exchange else {},
        stores=exchange.stores if exchange else {},
        groups=exchange.groups if exchange else {},
        total_store=exchange.total_store if exchange else None,
    )
