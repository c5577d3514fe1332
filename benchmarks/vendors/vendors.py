"""Vendors: what each allows by its own page, how its double keeps that, and the account on it.

The limits are the vendors' published ones, not the manifests': a manifest that promises itself more
shows as refusals, one that asks for less as a small share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.vendors import people
from gateway.canonical import Kind
from gateway.contract import RateLimit

Told = Mapping[str, Any]
_TAIL = "-2222-11ee-8c3a-00155d010203"
_SESSIONS = 5


@dataclass(frozen=True, slots=True)
class Vendor:
    """One row of the table.

    Shape: ``settings`` makes the account's settings of what the double says of itself; ``seed``
    makes what the double loads of people's numbers; ``switches`` make the double keep the limit,
    and ``unlimited`` make one that keeps it by itself let it go.
    ``limit`` is the vendor's, ``rate`` what an operator sets for the account where the manifest has
    none. With ``by_operation`` the limit counts each operation alone; ``sessions`` is a limit of
    calls at the same time. ``bulk`` names calls that carry several records; one with the name of a
    phase before it is a bulk call there only. ``single_edits`` says that an edit is a call of its
    own. ``more`` are other kinds that are read, with what the double loads of them.
    """

    name: str
    connector: str
    settings: Callable[[Told], Told]
    seed: Callable[[Sequence[int]], Told]
    switches: Told = field(default_factory=dict)
    unlimited: Told = field(default_factory=dict)
    limit: RateLimit | None = None
    rate: RateLimit | None = None
    by_operation: bool = False
    sessions: int = 0
    bulk: frozenset[str] = frozenset()
    single_edits: bool = False
    more: Mapping[Kind, Callable[[Sequence[int]], Told]] = field(default_factory=dict)


def _retailcrm(told: Told) -> Told:
    return {
        "url": told["url"],
        "api_key": told["api_key"],
        "site": told["site"],
        "first_load": "all",
    }


def _bitrix(told: Told) -> Told:
    return {
        "url": told["webhook_url"],
        "anonymous_user_ids": [2],
        "customers_full_load": True,
    }


def _mindbox(told: Told) -> Told:
    return {
        "url": told["url"],
        "endpoint_id": told["endpoint_id"],
        "secret_key": told["secret_key"],
        "first_load": "all",
        "export_lag_s": 0,
        "operations": {
            "export_customers": "Website.ExportCustomers",
            "export_merges": "Website.GetCustomerMerges",
        },
    }


def _loymax(told: Told) -> Told:
    application = told["applications"][0]
    return {
        "url": told["url"],
        "username": told["operator_login"],
        "password": told["operator_password"],
        "application": {
            "client_id": application["client_id"],
            "client_secret": application["client_secret"],
            "redirect_uri": "https://gateway.example.ru/",
        },
        "first_load": "all",
    }


def _onec(told: Told) -> Told:
    user, password = next(iter(told["users"].items()))
    return {
        "url": told["base_url"],
        "username": user,
        "password": password,
        "odata": {
            "first_load": "all",
            "at_once": _SESSIONS,
            "phone_kind": f"ab000001{_TAIL}",
            "email_kind": f"ab000002{_TAIL}",
            "card_kind": f"cccc0001{_TAIL}",
            "bonus_programme": f"bb900001{_TAIL}",
        },
    }


VENDORS: tuple[Vendor, ...] = (
    Vendor(
        "retailcrm",
        "retailcrm",
        _retailcrm,
        people.retailcrm,
        switches={"rate_limit_answer": "503_json", "rate_limit": 10},
        unlimited={"rate_limit_answer": "off"},
        limit=RateLimit(calls=10, per_s=1.0),
        bulk=frozenset({"customers", "customers/upload", "customers/fix-external-ids"}),
        single_edits=True,
    ),
    Vendor(
        "bitrix",
        "bitrix",
        _bitrix,
        people.bitrix,
        bulk=frozenset({"batch", "gateway.user.list"}),
    ),
    Vendor(
        "bitrix-cloud",
        "bitrix",
        _bitrix,
        people.bitrix,
        switches={"rate_limit": True, "bucket_size": 50, "bucket_leak_per_s": 2.0},
        limit=RateLimit(calls=2, per_s=1.0),
        rate=RateLimit(calls=2, per_s=1.0),
        bulk=frozenset({"batch", "gateway.user.list"}),
    ),
    Vendor(
        "mindbox",
        "mindbox",
        _mindbox,
        people.mindbox,
        switches={"operation_limit_per_min": 8000, "bulk_limit_per_hour": 60},
        limit=RateLimit(calls=8000, per_s=60.0),
        by_operation=True,
        bulk=frozenset({"export file"}),
    ),
    Vendor("loymax", "loymax", _loymax, people.loymax, bulk=frozenset({"users/search"})),
    Vendor(
        "onec",
        "onec",
        _onec,
        people.onec,
        # A call that takes no time would never meet another one.
        switches={"session_limit": _SESSIONS, "call_delay_s": 0.02},
        sessions=_SESSIONS,
        bulk=frozenset(
            {"pull Catalog_Партнеры", "Catalog_КартыЛояльности", "Catalog_Номенклатура"}
        ),
        more={Kind.CARD: people.onec_cards, Kind.PRODUCT: people.onec_products},
    ),
)
