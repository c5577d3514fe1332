"""Settings of the application that is installed on the site (reference 1.8, 1.10)."""

from __future__ import annotations

from dataclasses import dataclass

DAY_S = 86400


@dataclass(frozen=True)
class AppSettings:
    """One OAuth application and what the vendor's authorization server does for it.

    ``handler_hosts`` are the hosts that the application may name as handlers; empty means any.
    ``refresh_grace_s`` is switch S2, ``bearer`` S10, ``offline_license_error`` S20. ``features``
    are the codes that ``feature.get`` answers with ``Y``. ``event_url`` is the handler of the
    installation events; ``event_refresh_token`` puts a refresh token into every event (S12).
    """

    client_id: str = "app.1"
    client_secret: str = "s"
    scopes: tuple[str, ...] = ("sale", "catalog", "pay_system", "delivery", "gateway")
    url: str = "https://gw.example.ru/app"
    event_url: str = ""
    event_refresh_token: bool = False
    application_token: str = "0f0e0d0c0b0a09080706050403020100"
    status: str = "L"
    is_installed: bool = True
    is_admin: bool = True
    is_paid: bool = True
    handler_hosts: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    access_token_s: int = 3600
    refresh_token_s: int = 180 * DAY_S
    code_s: int = 30
    refresh_grace_s: int = 0
    bearer: bool = False
    offline_license_error: bool = False
