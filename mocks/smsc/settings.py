"""Settings of the double: credentials, prices, and switches that the side door changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mocks.switches import switched

SWITCHES = frozenset({"latency_s", "is_address_blocked", "undeliverable", "forbidden_words"})


@dataclass(frozen=True)
class SmscSettings:
    """One account.

    ``undeliverable`` are phones that cannot be reached, ``forbidden_words`` make a text forbidden,
    ``senders`` are the approved names. Units: ``price`` per SMS part in roubles.
    """

    seed: int = 1
    login: str = "shop"
    password: str = "smsc-double-password"
    api_key: str = "smsc-double-key"
    senders: tuple[str, ...] = ("SHOP", "SMSC.ru")
    price: Decimal = Decimal("3.10")
    balance: Decimal = Decimal("1000.00")
    latency_s: float = 0.0
    is_address_blocked: bool = False
    undeliverable: tuple[str, ...] = ()
    forbidden_words: tuple[str, ...] = ()


def changed(settings: SmscSettings, body: Mapping[str, Any]) -> SmscSettings:
    """Return the settings with switches set. Raises ``ValueError``."""
    return switched(settings, body, SWITCHES, _checked)


def _checked(name: str, value: Any, hint: Any) -> Any:
    if hint is float and isinstance(value, int | float) and value >= 0:
        return float(value)
    if hint is bool and isinstance(value, bool):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    msg = f"{name}: wrong type"
    raise ValueError(msg)
