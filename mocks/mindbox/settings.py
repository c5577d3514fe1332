"""Settings: the project's configuration and one switch per unconfirmed point (section 32)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class BalanceType:
    """A points account; a fractional one keeps hundredths of a point."""

    system_name: str
    name: str
    is_integer: bool = True


@dataclass(frozen=True)
class FirstIds:
    """Where the project's counters start when the seed is 1."""

    customer: int = 500123
    order: int = 81234
    action: int = 991002
    product: int = 301
    promo_code: int = 7001
    pool: int = 12
    promotion: int = 201


DEFAULT_STATUSES: Mapping[str, str] = {
    "CheckedOut": "checkedOut",
    "Paid": "paid",
    "Delivered": "delivered",
    "Cancelled": "cancelled",
    "Returned": "returned",
    "Sr10CheckedOut": "checkedOut",
    "Sr10Paid": "paid",
    "SR10Return": "returned",
    "SR10Cancel": "cancelled",
}


@dataclass(frozen=True)
class MindboxSettings:
    """What shapes the double; ``clock`` stamps everything."""

    seed: int = 1
    endpoints: Mapping[str, str] = field(
        default_factory=lambda: {
            "Demo.Website": "demo-key",
            "Demo.Pos": "demo-pos-key",
            "Demo.Import": "demo-import-key",
        }
    )
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    first_ids: FirstIds = FirstIds()
    balance_types: tuple[BalanceType, ...] = (BalanceType("MainPoints", "Основной счёт"),)
    statuses: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_STATUSES))
    operations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operation_prefixes: tuple[str, ...] = (
        "Website",
        "Offline",
        "Mobile",
        "Frontol",
        "LoyaltyWebsite",
    )
    customer_id_keys: tuple[str, ...] = ("websiteId", "bitrixId", "retailcrmId", "gatewayId")
    order_id_keys: tuple[str, ...] = (
        "websiteOrder",
        "BitrixOrder",
        "offlineTransactionId",
        "tmpOrder",
        "gatewayOrder",
    )
    product_id_keys: tuple[str, ...] = ("website", "system1c", "gateway")
    brands: tuple[str, ...] = ("DemoBrand",)
    accrual_delay_days: int = 14
    accrual_life_days: int = 365
    points_percent_limit: int = 100
    code_life_s: int = 300
    async_delay_s: float = 0.05
    list_lag_s: int = 300
    export_polls: int = 1
    export_part_rows: int = 1_000_000
    export_transfer: Literal["gzip_encoding", "gzip_file"] = "gzip_encoding"
    extra_key_probability: float = 0.1
    operation_limit_per_min: int = 8000
    bulk_limit_per_hour: int = 60
    bulk_max_bytes: int = 200 * 1024 * 1024
    lost_path_limit: int = 30
    webhook_timeout_s: float = 30.0
    webhook_retry_gap_s: float = 120.0
    webhooks: tuple[Mapping[str, Any], ...] = ()
    register_duplicate: Literal["alreadyExists", "validationError"] = "alreadyExists"
    wrong_auth_code: Literal["validationError", "notFoundStatus"] = "validationError"
    order_saved_status: Literal["Processed", "CreatedUpdated"] = "Processed"
    price_changed_place: Literal["order", "envelope"] = "order"
    split_error: Literal["priceChanged", "validation", "protocol400"] = "priceChanged"
    legacy_transaction: Literal["off", "beginCreatesOrder", "classic"] = "off"
    unknown_field: Literal["ignore", "protocol400"] = "ignore"
    unknown_operation: Literal["protocol400", "http404"] = "protocol400"
    sync_key_on_non_order: Literal["ignored", "deduplicated"] = "ignored"
    transaction_key_ttl: int | None = None
    key_after_failure: Literal["reusable", "burned"] = "reusable"
    balance_vocabulary: Literal["both", "short", "valueSuffix"] = "both"
    order_id_suffix: Literal["suffixId", "plain"] = "suffixId"
    spend_over_balance: Literal["lower", "validationError"] = "lower"
    coupon_on_return: Literal["keepUsed", "release"] = "keepUsed"
    phone_in_answer: Literal["number", "string"] = "number"
    cancel_unknown_line: Literal["protocol400", "validationError"] = "protocol400"
    bulk_answer: Literal["success", "empty"] = "success"
    degraded: Literal["off", "personal", "all", "points"] = "off"
    merged_ids: Literal["forward", "gone"] = "forward"


_FIXED = frozenset({"seed", "clock", "first_ids", "endpoints", "balance_types"})
RUN_TIME_SWITCHES = frozenset(one.name for one in fields(MindboxSettings)) - _FIXED


def changed(settings: MindboxSettings, body: Mapping[str, Any]) -> MindboxSettings:
    """Return the settings with the switches of ``body`` set; names as in section 32 or with ``_``.

    Raises:
        ValueError: an unknown switch or value; the text lists what is accepted.
    """
    hints = get_type_hints(MindboxSettings)
    values: dict[str, Any] = {}
    for given, value in body.items():
        name = re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), given)
        if name not in RUN_TIME_SWITCHES:
            known = ", ".join(sorted(RUN_TIME_SWITCHES))
            msg = f"no switch is called {given}; known are {known}"
            raise ValueError(msg)
        values[name] = _checked(name, value, hints[name])
    return replace(settings, **values)


def _checked(name: str, value: Any, hint: Any) -> Any:
    if name == "transaction_key_ttl":
        return None if value in (None, "forever") else _whole(name, value)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            msg = f"{name} must be one of {', '.join(get_args(hint))}"
            raise ValueError(msg)
        return value
    if hint is int:
        return _whole(name, value)
    if hint is float:
        return float(value)
    if get_origin(hint) is tuple:
        return tuple(value)
    return dict(value)


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        msg = f"{name} must be a whole number, not negative"
        raise ValueError(msg)
    return value


def as_json(settings: MindboxSettings) -> dict[str, Any]:
    """Return the switches that may be changed at run time, with their present values."""
    return {name: getattr(settings, name) for name in sorted(RUN_TIME_SWITCHES)}
