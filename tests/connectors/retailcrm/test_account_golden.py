"""Golden exchanges about the account (27.3, 27.5, 27.6): programme, store, module, callbacks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.canonical import Kind, Money, Price, Product, Stock
from gateway.contract import (
    AuthRejected,
    Change,
    Failed,
    Missing,
    Rejected,
    WebhookRequest,
    Written,
)

from .golden import LEVEL, PAGES
from .scripted import Answer, Vendor

CLIENT_ID = "c1-secret-of-the-gateway"
MODULE = {
    "code": "gateway-c1",
    "integration_code": "gateway",
    "name": "Gateway",
    "base_url": "https://gw.example.com/",
    "client_id": CLIENT_ID,
}
M1: dict[str, Any] = {
    "code": "gateway-c1",
    "integrationCode": "gateway",
    "active": True,
    "name": "Gateway",
    "clientId": CLIENT_ID,
    "baseUrl": "https://gw.example.com/",
    "actions": {"activity": "/hooks/crm", "settings": "/hooks/crm"},
}
M2: Answer = (
    200,
    {
        "success": True,
        "integrationModule": {**M1, "freeze": False, "native": False, "availableCountries": []},
    },
)
M2_UNKNOWN: Answer = (400, {"success": False, "errorMsg": "Errors in the input parameters"})
FIELDS: Answer = (
    200,
    {"customFields": [{"code": "promo_code"}, {"code": "card_number"}], "pagination": PAGES},
)
EDIT = "integration-modules/gateway-c1/edit"
BOOKS = {
    "statuses": "statuses",
    "payment-types": "paymentTypes",
    "payment-statuses": "paymentStatuses",
    "delivery-types": "deliveryTypes",
}
NO_MONEY: Answer = (
    400,
    {
        "success": False,
        "errorMsg": "Failed to activate module",
        "errors": ["Your account has insufficient funds to activate integration module"],
    },
)


def _vendor(*answers: Answer, edit: Answer = (201, {"success": True, "info": []})) -> Vendor:
    return Vendor(
        {
            "integration-modules/gateway-c1": list(answers),
            EDIT: [edit],
            "custom-fields": [FIELDS],
            "customers": [(200, {"customers": [], "pagination": {}})],
        }
    )


async def test_m1_m2_the_module_is_registered() -> None:
    """M1: the whole module, once; M2: one that is there as wanted is left alone."""
    vendor = _vendor(M2_UNKNOWN, M2)
    connector = vendor.connector(module=MODULE)
    await connector.prepare()
    await connector.prepare()
    assert vendor.form(f"POST {EDIT}")["integrationModule"] == M1
    assert [call for call, _ in vendor.asked].count(f"POST {EDIT}") == 1


async def test_m1_without_money_is_refused() -> None:
    """M1, last answer: the operator must pay before the module works."""
    vendor = _vendor(M2_UNKNOWN, edit=NO_MONEY)
    with pytest.raises(Rejected):
        await vendor.connector(module=MODULE).prepare()


def _form(**fields: str) -> WebhookRequest:
    return WebhookRequest(urlencode({"clientId": CLIENT_ID, **fields}).encode())


async def test_m3_the_module_is_switched_off() -> None:
    """M3: nothing is called until an activity says otherwise."""
    vendor = _vendor(M2)
    connector = vendor.connector(module=MODULE)
    hooks = connector.webhooks
    assert hooks is not None
    told = {"systemUrl": "https://demo.retailcrm.ru"}
    assert hooks.receive(_form(activity='{"active":false,"freeze":false}', **told)) == []
    with pytest.raises(AuthRejected):
        await connector.writers[Kind.CUSTOMER].find(["c-1"])
    assert hooks.receive(_form(activity='{"active":true,"freeze":false}', **told)) == []
    assert await connector.writers[Kind.CUSTOMER].find(["c-1"]) == {}
    # The account answers to another address than the configured one: people must correct it.
    assert vendor.remarks == [
        ("module_activity", {"active": False, "moved": True}),
        ("module_activity", {"active": True, "moved": True}),
    ]


async def test_m4_settings_are_read() -> None:
    """M4: a changed zone would make wrong times; it is noted for people, and gives no hints."""
    vendor = _vendor(M2)
    hooks = vendor.connector(module=MODULE).webhooks
    assert hooks is not None
    zone = '{"timezone":{"value":"Asia/Omsk","updated_at":"2026-03-09 12:00:00"}}'
    assert hooks.receive(_form(settings=zone)) == []
    assert vendor.remarks == [("settings_changed", {"differs": "timezone"})]


@pytest.mark.parametrize("programme", [{"active": True}, {"active": False}], ids=["L1", "stopped"])
async def test_l1_l2_the_programme_is_known(programme: dict[str, Any]) -> None:
    """A stopped programme must be told by the check of the configuration."""
    told = {"levels": [LEVEL], "blocked": False, "currency": "RUB", "id": 2, "name": "Club"}
    scopes = [
        f"{area}_{right}"
        for area in ("order", "customer", "reference", "custom_fields", "loyalty", "verification")
        for right in ("read", "write")
    ]
    rows: dict[str, Any] = {
        "statuses": {
            one: {"code": one}
            for one in ("new", "client-confirmed", "assembling", "delivering", "complete")
        }
        | {"cancel-other": {"code": "cancel-other"}},
        "payment-types": {
            one: {"code": one}
            for one in ("cash", "bank-card", "bank-transfer", "credit", "e-money")
        },
        "payment-statuses": {one: {"code": one} for one in ("not-paid", "paid")},
        "delivery-types": {one: {"code": one} for one in ("courier", "self-delivery")},
    }
    answers: dict[str, list[Answer]] = {
        "/api/credentials": [(200, {"success": True, "scopes": scopes})],
        "settings": [(200, {"settings": {"timezone": {"value": "Europe/Moscow"}}})],
        "reference/sites": [(200, {"sites": {"shop-ru": {"code": "shop-ru"}}})],
        "custom-fields": [
            (200, {"customFields": [{"code": "promo_code"}, {"code": "card_number"}]})
        ],
        "loyalty/loyalties/2": [(200, {"success": True, "loyalty": {**told, **programme}})],
    }
    answers |= {f"reference/{book}": [(200, {BOOKS[book]: row})] for book, row in rows.items()}
    vendor = Vendor(answers)
    report = await vendor.connector().probe()
    assert report.ok
    stopped = ("loyalty.programme: it is stopped in the CRM",)
    assert report.notes == (() if programme["active"] else stopped)


async def test_t2_t4_prices_and_stock() -> None:
    """T2, T4: partly found is a success of those that were found."""
    vendor = Vendor(
        {
            "store/inventories/upload": [
                (200, {"processedOffersCount": 1, "notFoundOffers": [{"externalId": "sku-9"}]})
            ],
            "store/prices/upload": [(200, {"processedOffersCount": 1, "notFoundOffers": []})],
        }
    )
    writer = vendor.connector(
        store={"price_types": {"retail": "base"}, "stores": {"main": "main"}}
    ).writers[Kind.PRODUCT]
    first = Product(
        code="sku-1",
        prices=(Price(type="retail", amount=Money.of(900)),),
        stock=(Stock(store="main", quantity=Decimal(5)),),
    )
    other = Product(code="sku-9", stock=(Stock(store="main", quantity=Decimal(1)),))
    whole = frozenset(Product.model_fields)
    told, lost = await writer.write([Change("p-1", first, whole), Change("p-9", other, whole)])
    assert told == Written("sku-1")
    assert isinstance(lost, Failed)
    assert isinstance(lost.error, Missing)
    assert vendor.form("POST store/inventories/upload")["offers"] == [
        {"externalId": "sku-1", "stores": [{"code": "main", "available": 5}]},
        {"externalId": "sku-9", "stores": [{"code": "main", "available": 1}]},
    ]
    assert vendor.form("POST store/prices/upload")["prices"] == [
        {"externalId": "sku-1", "site": "shop-ru", "prices": [{"code": "base", "price": 900.0}]}
    ]
