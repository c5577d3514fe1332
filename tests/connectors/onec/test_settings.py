"""Settings of an account: what cannot work is refused before the start."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.onec.config import OneCSettings

URL = "https://1c.example.ru/ut"
EXCHANGE = {"username": "u", "password": "p"}
CARDS = {"loyalty": "LoyaltyExchange.1cws"}
NODE = {"card": {"code": "GW", "peer": "УТ"}}
PUSHES = {"secret": "s"}
TILL = {"t": {"password": "s3cret"}}
REFUSED = [
    pytest.param({"odata": {}}, "url: the address", id="odata without an address"),
    pytest.param({"soap": CARDS}, "url: the address", id="soap without an address"),
    pytest.param({"url": URL, "exchange": EXCHANGE, "odata": {}}, "account of their own", id="two"),
    pytest.param({"exchange": EXCHANGE, "pushes": PUSHES}, "account of their own", id="pushes"),
    pytest.param({"url": URL, "odata": {}, "soap": CARDS}, "read the same kind", id="cards twice"),
    pytest.param(
        {"url": URL, "odata": {}, "soap": {"nodes": NODE}}, "read the same kind", id="node"
    ),
    pytest.param(
        {"url": URL, "soap": {**CARDS, "nodes": NODE}}, "read the same kind", id="service and node"
    ),
    pytest.param(
        {"url": URL, "soap": CARDS, "services": {"loyalty": "loyalty"}}, "read the same kind",
        id="soap and http",
    ),
    pytest.param({"exchange": {**EXCHANGE, "password": ""}}, "password", id="no password"),
    pytest.param({"exchange": {**EXCHANGE, "version": "3.1"}}, "version", id="version"),
    pytest.param({"exchange": {**EXCHANGE, "brings": ["card"]}}, "brings: files of 1C", id="kind"),
    pytest.param(
        {"url": URL, "soap": {"nodes": {"product": NODE["card"]}}}, "nodes: card, customer",
        id="orders",
    ),
    pytest.param({"url": URL, "services": {"routes": {}}}, "routes: Accrue", id="routes"),
    pytest.param({"pushes": {}}, "pushes: set secret", id="no proof"),
    pytest.param({"till": {"users": TILL}}, "name the service", id="till without a service"),
    pytest.param({"till": {"users": {}, "discountservice": {}}}, "users", id="till of nobody"),
    pytest.param(
        {"till": {"users": {"Касса": TILL["t"]}, "discountservice": {}}}, "users", id="till's name"
    ),
    pytest.param(
        {"till": {"users": {"t": {"password": ""}}, "discountservice": {}}}, "password",
        id="till without a password",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("told", "reason"), REFUSED)
def test_settings_that_cannot_work_are_refused(told: dict[str, Any], reason: str) -> None:
    """A mistake shows at the first message, in the night."""
    with pytest.raises(ValidationError, match=reason) as caught:
        OneCSettings.model_validate(told)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "told",
    [
        {"exchange": EXCHANGE},
        {"exchange": EXCHANGE, "till": {"users": TILL, "loyaltyservice": {}}},
        {"url": URL, "odata": {}, "pushes": PUSHES},
        {"url": URL, "soap": {**CARDS, "nodes": {"customer": NODE["card"]}}, "pushes": PUSHES},
        {"url": URL, "odata": {}, "soap": {}, "services": {}},
    ],
    ids=["exchange", "exchange and tills", "odata and pushes", "soap", "bare sections"],
)
def test_settings_that_go_together(told: dict[str, Any]) -> None:
    """Ways that do not meet are refused together."""
    assert OneCSettings.model_validate(told).zone.key == "Europe/Moscow"
