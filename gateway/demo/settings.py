"""Settings of the demo's shop: the gateway's configuration and the doubles' faults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.demo.beside import BESIDE, ERP_NODE
from gateway.demo.day import products
from gateway.demo.staff import staff

_TOO_MANY = 429
FAULTS = ("none", "normal", "hostile")
_CONFIG = """\
data_dir = "{data_dir}"

[http]
port = {port}

[store]
{store}

[bus]
url = {{ env = "DEMO_BUS_URL" }}
prefix = "{prefix}"

[sync]
lease_s = 10.0
relay_s = 0.5
silent_s = 2.0
probe_s = 5.0
retry_first_s = 0.5
retry_cap_s = 15.0
circuit_pause_s = 1.0
circuit_cap_s = 4.0

[ownership]
priority = {priority}

[ownership.customer]
"*" = "newest"

[ownership.order]
"*" = "newest"
status = "forward"
manager_comment = "owner:crm"
customer_comment = "owner:shop"

[accounts.shop]
connector = "bitrix"
reads = ["customer", "order"]
creates = ["customer", "card"]
updates = ["customer", "order", "card"]
poll_s = 1.0
timeout_s = 3.0

[accounts.shop.settings]
url = {{ env = "DEMO_SHOP_URL" }}
application_token = {{ env = "DEMO_SHOP_TOKEN" }}
{shop_settings}

[accounts.crm]
connector = "retailcrm"
reads = ["customer", "order"]
creates = ["customer", "order"]
updates = ["customer", "order"]
poll_s = 1.5
timeout_s = 3.0

[accounts.crm.settings]
url = "{crm_url}"
api_key = {{ env = "DEMO_CRM_KEY" }}
site = "{crm_site}"
{crm_settings}
"""
POINTS_FIELD = "UF_LOYALTY_POINTS"
_SHOP_SETTINGS = """\
statuses = { N = "new", A = "approval", S = "assembling", D = "delivery", F = "complete" }
pay_systems = { 1 = "cash", 2 = "card" }
default_pay_system = 2
deliveries = { 2 = "pickup", 3 = "courier" }
default_delivery = 3
anonymous_user_ids = [2]
order_overlap_s = 5.0
balances = { loymax = { available = "UF_LOYALTY_POINTS" } }
"""
_CRM_SETTINGS = """\
edits_at_once = 2
"""


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """Where the gateway keeps its truth and its wake-ups. Without URLs: embedded."""

    store_url: str = ""
    bus_url: str = "memory://"


def write_config(
    folder: Path, *, about: Mapping[str, Any], port: int, prefix: str, where: Infrastructure
) -> tuple[Path, dict[str, str]]:
    """Write the shop's ``gateway.toml``; return it and the environment that holds its secrets.

    ``about`` tells of the doubles: site and CRM, and those beside them that there are.
    """
    env = {
        "DEMO_SHOP_URL": about["bitrix"]["webhook_url"],
        "DEMO_SHOP_TOKEN": about["bitrix"]["application_token"],
        "DEMO_CRM_KEY": about["retailcrm"]["api_key"],
        "DEMO_BUS_URL": where.bus_url,
    }
    if where.store_url:
        env["DEMO_STORE_URL"] = where.store_url
    others = [account(about[name]) for name, account in BESIDE.items() if name in about]
    for other in others:
        env |= other.env
    text = _CONFIG.format(
        data_dir=folder / "data",
        port=port,
        store='url = { env = "DEMO_STORE_URL" }' if where.store_url else "",
        prefix=prefix,
        crm_url=about["retailcrm"]["url"],
        crm_site=about["retailcrm"]["site"],
        shop_settings=_SHOP_SETTINGS,
        crm_settings=_CRM_SETTINGS,
        priority=json.dumps(["crm", "shop", *(other.name for other in others)]),
    )
    path = folder / "gateway.toml"
    more = [*(other.text for other in others), staff()]
    path.write_text(text + "".join(more), encoding="utf-8")
    return path, env


def site_seed() -> dict[str, Any]:
    """Return what the site holds before the day."""
    return {
        "statuses": [
            {"id": "A", "name": "Согласован"},
            {"id": "S", "name": "Комплектуется"},
            {"id": "D", "name": "Доставляется"},
        ],
        "products": [
            {"id": key, "name": name, "xml_id": str(key), "base_price": float(price),
             "quantity": 100000}
            for key, name, price in products()
        ],
        "coupons": [
            {"code": code, "discount_id": 15, "type": "many", "max_use": 0}
            for code in ("ВЕСНА-10", "SPRING-5", "ЁЛКА-2026")
        ],
    }  # fmt: skip


def crm_seed() -> dict[str, Any]:
    """Return what the CRM holds before the day."""
    return {
        "offers": [
            {"id": key, "externalId": str(key), "xmlId": str(key), "name": name,
             "price": float(price)}
            for key, name, price in products()
        ]
    }  # fmt: skip


def erp_seed() -> dict[str, Any]:
    """Return what 1C holds before the day: a node of the exchange plan for the gateway."""
    node = {"Ref_Key": ERP_NODE, "Code": "CARDS", "Description": "Карты"}
    return {"rows": {"ExchangePlan_Шлюз": [node]}}


def plastic(cards: Iterable[str]) -> dict[str, Any]:
    """Return the plastic cards that CDP and loyalty know before the day; nobody has them yet."""
    return {"cards": [{"number": number} for number in cards]}


def event_target(port: int) -> dict[str, Any]:
    """Return the site's outgoing webhook."""
    return {"url": f"http://127.0.0.1:{port}/hooks/shop", "delay_s": 0.1, "timeout_s": 3.0}


def event_faults(level: str, seed: int) -> dict[str, Any]:
    """Return what happens to the site's events on their way."""
    share = {"none": 0.0, "normal": 0.3, "hostile": 1.0}[level]
    return {
        "seed": seed,
        "duplicate_probability": 0.2 * share,
        "drop_probability": 0.08 * share,
        "reorder_probability": 0.25 * share,
        "reorder_max_s": 1.5,
    }


def call_faults(level: str, seed: int, vendor: str = "", *, outage: bool = False) -> dict[str, Any]:
    """Return a fault plan of a double's API; ``outage`` is a vendor that is away.

    The CDP's 429 asks for a minute of rest whatever its header says; a day of seconds has none.
    """
    if outage:
        return {"seed": seed, "rules": [{"kind": "status", "status": 503, "probability": 1.0}]}
    share = {"none": 0.0, "normal": 0.3, "hostile": 1.0}[level]
    kinds: list[tuple[str, float, dict[str, Any]]] = [
        ("status", 0.02, {"status": 503, "retry_after": "1"}),
        ("status", 0.01, {"status": _TOO_MANY, "retry_after": "1"}),
        ("status", 0.01, {"status": 502, "body": "<html>Bad gateway</html>",
                          "content_type": "text/html"}),
        ("cut_before", 0.015, {}),
        ("cut_after", 0.03, {}),
        ("hang_before", 0.003, {}),
        ("hang_after", 0.004, {}),
        ("delay", 0.05, {"delay_s": 0.3}),
    ]  # fmt: skip
    rules = [
        {"kind": kind, "probability": chance * share, **more}
        for kind, chance, more in kinds
        if vendor != "mindbox" or more.get("status") != _TOO_MANY
    ]
    return {"seed": seed, "rules": rules if share else []}
