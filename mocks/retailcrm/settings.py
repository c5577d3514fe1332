"""Settings: the account, its keys and one switch per point that the vendor's sources leave open.

Defaults are the strictest for a careless caller (reference, section 26).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_origin

from mocks.retailcrm.programs import CLUB, Program
from mocks.switches import switched

ALL_SCOPES: tuple[str, ...] = tuple(
    f"{area}_{right}"
    for area in (
        "order",
        "customer",
        "store",
        "reference",
        "integration",
        "custom_fields",
        "loyalty",
        "verification",
        "payments",
        "user",
        "segment",
        "task",
        "file",
    )
    for right in ("read", "write")
    if (area, right) != ("segment", "write")
)


@dataclass(frozen=True)
class ApiKey:
    """An API key: own rate, rights and view of ``apiKey.current``. No ``sites``: every shop."""

    name: str
    value: str = field(repr=False)
    scopes: frozenset[str] = frozenset(ALL_SCOPES)
    sites: tuple[str, ...] = ("shop-ru",)


@dataclass(frozen=True)
class Shop:
    """A shop (``site``) of the account."""

    code: str
    id: int
    name: str
    currency: str = "RUB"
    country_iso: str = "RU"


@dataclass(frozen=True)
class Offer:
    """A catalogue offer that an order line may name by id, externalId or xmlId.

    Goods on promotion (``promo``) earn by the level's own size for them.
    """

    id: int
    external_id: str
    name: str
    price: float
    xml_id: str = ""
    promo: bool = False


@dataclass(frozen=True)
class FirstIds:
    """Where the account's counters start when the seed is 1."""

    customer: int = 9001
    order: int = 4501
    item: int = 7701
    payment: int = 5601
    note: int = 61
    address: int = 801
    customer_history: int = 31001
    order_history: int = 88001
    corporate_history: int = 51001
    task_history: int = 61001
    participation: int = 71
    operation: int = 615
    product: int = 210
    offer: int = 900
    group: int = 12
    property: int = 1
    file: int = 1
    task: int = 1
    link: int = 1
    corporate: int = 9501
    company: int = 301
    contact: int = 401
    check: str = "3f0c8a52-7d1e-4c55-9a3b-0d6f2b9e7a10"


DEFAULT_KEYS = (
    ApiKey("gateway", "retailcrm-gateway-key"),
    ApiKey("auditor", "retailcrm-auditor-key"),
    ApiKey("third-party", "retailcrm-third-party-key"),
)


@dataclass(frozen=True)
class RetailCrmSettings:
    """What shapes the double; ``clock`` stamps, ``ticker`` (seconds) measures rate and delay."""

    seed: int = 1
    keys: tuple[ApiKey, ...] = DEFAULT_KEYS
    shops: tuple[Shop, ...] = (Shop("shop-ru", 3, "Shop"),)
    offers: tuple[Offer, ...] = (Offer(311, "sku-1", "Mug", 900, "sku-1"),)
    users: tuple[int, ...] = (7,)
    programs: tuple[Program, ...] = (CLUB,)
    public_url: str = "https://demo.retailcrm.ru"
    first_ids: FirstIds = FirstIds()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ticker: Callable[[], float] = time.monotonic
    hosts: tuple[str, ...] = ()
    rate_limit: int = 10
    telephony_rate_limit: int = 40
    callback_timeout_s: int = 5
    sms_code: str = "1234"
    rounding_kopecks: int = 100
    retry_after: str | None = None
    combine_delay_ms: int = 1500
    history_gaps: int = 0
    time_zone: str = "Europe/Moscow"
    create_code: Literal["by_table", "always_200", "always_201"] = "by_table"
    rate_limit_answer: Literal["503_json", "503_html", "429_json", "off"] = "503_json"
    key_error_code: Literal["403", "401"] = "403"
    unknown_host: Literal["404_json", "400_json", "405_html"] = "404_json"
    strict_history: Literal["on", "allow_page_1", "off"] = "on"
    history_hidden: Literal["none", "first_page_empty", "middle_page_empty"] = "none"
    history_times: Literal["monotone", "uneven"] = "monotone"
    history_pagination: Literal["remaining", "whole_feed"] = "remaining"
    order_duplicate: Literal["400_order_exists", "400_entity_errors"] = "400_order_exists"
    customer_duplicate: Literal["400_with_id_text", "400_short_text"] = "400_with_id_text"
    upload_repeat: Literal["460", "201_empty", "200_empty"] = "460"
    upload_too_many: Literal["400", "accept"] = "400"
    fix_external_id_conflict: Literal["400_none_saved", "200_ignored"] = "400_none_saved"
    get_without_site: Literal["first_by_id", "400_site_missing"] = "first_by_id"
    unknown_offer: Literal["400_not_loaded", "free_line"] = "400_not_loaded"
    edit_items_missing: Literal["removed", "kept"] = "removed"
    edit_payments: Literal["ignored", "honoured"] = "ignored"
    edit_phones: Literal["add", "replace"] = "add"
    unknown_custom_field: Literal["400", "ignored"] = "400"
    unknown_field: Literal["400", "ignored"] = "400"
    unknown_filter: Literal["400", "ignored"] = "400"
    payment_duplicate: Literal["400", "creates_second"] = "400"
    merged_get: Literal["404_combinedTo", "404_plain"] = "404_combinedTo"
    credit_moment: Literal["status_complete", "full_paid"] = "status_complete"
    order_credit_total: Literal["planned", "booked"] = "planned"
    bonus_overcharge: Literal["400", "clamp"] = "400"
    apply_repeat: Literal["replace", "add", "400"] = "replace"
    bonus_comment: Literal["absent", "present"] = "absent"
    credit_answer_key: Literal["expireDate", "expiredDate"] = "expireDate"
    account_match: Literal["exact", "digits_only"] = "exact"
    account_create_id: Literal["present", "absent"] = "present"
    list_row_shape: Literal["full", "old"] = "full"
    cursor_end: Literal["no_key", "empty_string", "same_cursor"] = "no_key"
    personal_discount_type: Literal["personal", "loyalty_personal"] = "personal"
    next_level_sum: Literal["threshold", "remaining"] = "threshold"
    not_found_offers: Literal["list", "absent_when_empty", "object"] = "list"
    file_money: Literal["enough", "none"] = "enough"
    module_money: Literal["enough", "none"] = "enough"


RUN_TIME_SWITCHES: frozenset[str] = frozenset(one.name for one in fields(RetailCrmSettings)) - {
    "seed",
    "keys",
    "shops",
    "offers",
    "users",
    "programs",
    "first_ids",
    "clock",
    "ticker",
    "time_zone",
    "history_gaps",
}


def changed(settings: RetailCrmSettings, body: Mapping[str, Any]) -> RetailCrmSettings:
    """Return the settings with the switches of ``body`` set.

    Raises:
        ValueError: an unknown switch or value; the text lists what is accepted.
    """
    return switched(settings, body, RUN_TIME_SWITCHES, _checked)


def _checked(name: str, value: Any, hint: Any) -> Any:
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            msg = f"{name} must be one of {', '.join(get_args(hint))}"
            raise ValueError(msg)
        return value
    if hint is int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            msg = f"{name} must be a whole number, not negative"
            raise ValueError(msg)
        return value
    if name == "hosts":
        return tuple(str(one) for one in value)
    return None if value is None else str(value)


def as_json(settings: RetailCrmSettings) -> dict[str, Any]:
    """Return the switches that may be changed at run time, with their present values."""
    return {name: getattr(settings, name) for name in sorted(RUN_TIME_SWITCHES)}
