"""Beside: the accounts of 1C, CDP and loyalty processing beside the site and the CRM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ERP_NODE = "9d0000aa-2222-11ee-8c3a-00155d010203"
_ERP_USER = "Шлюз"
_ERP = """
[accounts.erp]
connector = "onec"
reads = ["card"]
poll_s = 1.0
timeout_s = 5.0

[accounts.erp.settings]
url = "{erp_url}"
username = "Шлюз"
password = {{ env = "DEMO_ERP_PASSWORD" }}

[accounts.erp.settings.odata]
nodes = {{ card = {{ plan = "Шлюз", id = "{erp_node}" }} }}
"""
_CDP = """
[accounts.cdp]
connector = "mindbox"
creates = ["customer", "order"]
updates = ["customer", "order"]
timeout_s = 3.0

[accounts.cdp.settings]
url = "{cdp_url}"
endpoint_id = "{cdp_endpoint}"
secret_key = {{ env = "DEMO_CDP_KEY" }}
"""
_LOYALTY = """
[accounts.loyalty]
connector = "loymax"
reads = ["customer"]
creates = ["customer", "order"]
updates = ["customer", "order"]
poll_s = 2.0
timeout_s = 3.0

[accounts.loyalty.settings]
url = "{loyalty_url}"
username = "{loyalty_user}"
password = {{ env = "DEMO_LOYALTY_PASSWORD" }}
currency_code = "Currency1"
poll_overlap_s = 2.0
sends_coupons = false
reads_cards = false
consents = {{}}

[accounts.loyalty.settings.application]
client_id = "{loyalty_app}"
client_secret = {{ env = "DEMO_LOYALTY_SECRET" }}
redirect_uri = "https://shop.example.ru/callback"
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """An account: its name, its part of ``gateway.toml``, and the secrets that this names."""

    name: str
    text: str
    env: Mapping[str, str]


def _erp(about: Mapping[str, Any]) -> Beside:
    text = _ERP.format(erp_url=about["base_url"], erp_node=ERP_NODE)
    return Beside("erp", text, {"DEMO_ERP_PASSWORD": about["users"][_ERP_USER]})


def _loyalty(about: Mapping[str, Any]) -> Beside:
    application = about["applications"][0]
    text = _LOYALTY.format(
        loyalty_url=about["url"],
        loyalty_user=about["operator_login"],
        loyalty_app=application["client_id"],
    )
    env = {
        "DEMO_LOYALTY_PASSWORD": about["operator_password"],
        "DEMO_LOYALTY_SECRET": application["client_secret"],
    }
    return Beside("loyalty", text, env)


def _cdp(about: Mapping[str, Any]) -> Beside:
    text = _CDP.format(cdp_url=about["url"], cdp_endpoint=about["endpoint_id"])
    return Beside("cdp", text, {"DEMO_CDP_KEY": about["secret_key"]})


BESIDE: Mapping[str, Callable[[Mapping[str, Any]], Beside]] = {
    "onec": _erp,
    "loymax": _loyalty,
    "mindbox": _cdp,
}
"""By the double's name, in the order of their priority."""

VENDORS = ("bitrix", "retailcrm", *BESIDE)
"""The doubles of the demo: the shop and the CRM, and who is beside them."""
