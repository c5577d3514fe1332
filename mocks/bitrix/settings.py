"""Settings of the double.

Credentials, rights, limits and the switches of chapter 11 of the vendor reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from mocks.bitrix.application import AppSettings
from mocks.bitrix.exchange.settings import ExchangeSettings

GATEWAY_FEATURES = ("user", "coupon", "account", "card", "basket", "subscription", "change")
DEFAULT_EVENTS = (
    "ONSALEORDERSAVED",
    "ONSALEBEFOREORDERDELETE",
    "ONGATEWAYUSERSAVE",
    "ONGATEWAYUSERDELETE",
    "ONGATEWAYUSERMERGE",
    "ONGATEWAYCOUPONUSE",
    "ONGATEWAYACCOUNTCHANGE",
    "ONGATEWAYCARDSAVE",
    "ONGATEWAYBASKETSAVE",
    "ONGATEWAYSUBSCRIPTIONSAVE",
)


@dataclass(frozen=True)
class EventFaults:
    """What the vendor's queue service does to an event on its way (switch S12).

    ``reorder_probability`` holds an event back by up to ``reorder_max_s`` seconds, so that later
    ones overtake it.
    """

    seed: int = 0
    duplicate_probability: float = 0.0
    drop_probability: float = 0.0
    reorder_probability: float = 0.0
    reorder_max_s: float = 2.0

    def __post_init__(self) -> None:
        """Refuse chances outside 0..1 and a negative hold."""
        for name in ("duplicate_probability", "drop_probability", "reorder_probability"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                msg = f"{name} must lie between 0 and 1"
                raise ValueError(msg)
        if self.reorder_max_s < 0:
            msg = "reorder_max_s must not be negative"
            raise ValueError(msg)


@dataclass(frozen=True)
class EventTarget:
    """The outgoing webhook that the administrator made.

    One handler for the chosen events (reference 1.10). ``delivery`` says how the extension's own
    events travel: ``queue`` (the vendor's) or ``direct`` (10.13), then with the pauses
    ``direct_delays_s`` between attempts, the last one repeated, for ``direct_limit_s``.
    """

    url: str = ""
    events: tuple[str, ...] = DEFAULT_EVENTS
    handler_id: int = 14
    delay_s: float = 1.0
    timeout_s: float = 10.0
    concurrency: int = 4
    delivery: str = "queue"
    direct_delays_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0, 3600.0)
    direct_limit_s: float = 259200.0


@dataclass(frozen=True)
class BitrixSettings:
    """Everything that a site of this vendor may have set differently.

    Defaults are those of the reference.

    ``sale_rights``: W write, R read, D none. ``auth_status`` is switch S1: ``core`` or ``docs``.
    ``rate_limit`` turns on
    the cloud's leaky bucket (reference 1.5). ``change_hold_s`` is the age below which the change
    log holds rows back.
    ``price_sets_custom`` is S5, ``basket_update_needs_quantity`` S6, ``paid_moves_to_p`` S13,
    ``cancel_shipped_refused`` S14, ``order_deleted_event`` S15 (``save``, ``delete`` or ``never``).
    ``flavour`` is ``site`` (Site Management) or ``bitrix24``, which has ``crm.*`` and ``user.*``;
    ``intranet`` gives a site ``user.*`` too. ``operating_limit_s`` is the operating time that a
    method may use while ``rate_limit`` is on, ``operating_extra_s`` what each call costs beside its
    real time. ``app_info_webhook`` is S3 (``denied`` or ``scope``), ``error_codes`` S4 (``mixed``,
    ``strings``, ``numbers``), ``filter_offset`` S7 (``instant`` or ``cut``), ``filter_no_order`` S8
    (``carts``, ``none``, ``all``), ``total_uncounted`` S9 (``mixed`` or ``absent``),
    ``missing_reference`` S11 (``empty`` or ``text``), ``https_required`` S19, ``escaped`` and
    ``empty_maps`` (``[]`` or ``{}``) S21, ``warn_every`` S22: every n-th save answers 400, 0 never.
    ``write_s`` is how long a write of the extension runs, during which its key is in progress;
    ``features`` are those that the extension was installed with. ``moved_to`` is the new address of
    a renamed portal: the old one answers 302 (1.1).
    """

    seed: int = 1
    user_id: int = 1
    code: str = "wh0a1b2c3d4e5f6g"
    scopes: tuple[str, ...] = ("sale", "catalog", "pay_system", "delivery", "gateway")
    domain: str = "shop.example.ru"
    member_id: str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    application_token: str = "abcdefabcdefabcdefabcdefabcdef12"
    sale_rights: str = "W"
    extension_installed: bool = True
    utc_offset_h: int = 3
    currency: str = "RUB"
    anonymous_user_id: int = 2
    auth_status: str = "core"
    rate_limit: bool = False
    bucket_size: int = 50
    bucket_leak_per_s: float = 2.0
    change_hold_s: float = 2.0
    price_sets_custom: bool = True
    basket_update_needs_quantity: bool = True
    paid_moves_to_p: bool = False
    cancel_shipped_refused: bool = True
    order_deleted_event: str = "save"
    flavour: str = "site"
    intranet: bool = False
    operating_limit_s: float = 480.0
    operating_extra_s: float = 0.0
    app_info_webhook: str = "denied"
    error_codes: str = "mixed"
    filter_offset: str = "instant"
    filter_no_order: str = "carts"
    total_uncounted: str = "mixed"
    missing_reference: str = "empty"
    https_required: bool = False
    escaped: bool = False
    empty_maps: str = "[]"
    warn_every: int = 0
    write_s: float = 0.0
    features: tuple[str, ...] = GATEWAY_FEATURES
    moved_to: str = ""
    app: AppSettings = field(default_factory=AppSettings)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    target: EventTarget = field(default_factory=EventTarget)
    event_faults: EventFaults = field(default_factory=EventFaults)

    def has_method(self, name: str, scope: str) -> bool:
        """Tell whether a method exists here: its scope, and the extension's feature (10.10)."""
        if scope != "gateway" or not self.has_scope(scope):
            return self.has_scope(scope)
        feature = {"order": "coupon"}.get(name.split(".")[1], name.split(".")[1])
        return feature in {"info", "operation"} or feature in self.features

    def has_scope(self, scope: str) -> bool:
        """Tell whether the product carries the methods of a scope (the table at the head)."""
        if scope == "crm":
            return self.flavour == "bitrix24"
        if scope == "user":
            return self.flavour == "bitrix24" or self.intranet
        return scope != "gateway" or self.extension_installed


PARTIAL = ("target", "event_faults", "app", "exchange")
RUN_TIME = (
    "scopes", "sale_rights", "extension_installed", "auth_status", "rate_limit", "bucket_size",
    "bucket_leak_per_s",
    "change_hold_s", "price_sets_custom", "basket_update_needs_quantity", "paid_moves_to_p",
    "cancel_shipped_refused",
    "order_deleted_event", "application_token", "flavour", "intranet", "operating_limit_s",
    "operating_extra_s", "app_info_webhook", "error_codes", "filter_offset", "filter_no_order",
    "total_uncounted", "missing_reference", "https_required", "escaped", "empty_maps", "warn_every",
    "write_s", "features", "moved_to",
)  # fmt: skip


def with_changes(settings: BitrixSettings, changes: Mapping[str, Any]) -> BitrixSettings:
    """Return the settings with the side door's changes applied.

    Those of ``PARTIAL`` are partial objects, everything else is one of ``RUN_TIME``.

    Raises:
        ValueError: an unknown key, or a value that makes no sense; the text names it.
    """
    plain: dict[str, Any] = {}
    for key, value in changes.items():
        if key in PARTIAL:
            current = getattr(settings, key)
            known = {item.name for item in fields(current)}
            unknown = sorted(set(value) - known)
            if unknown:
                msg = f"unknown setting {key}.{unknown[0]}; known are {', '.join(sorted(known))}"
                raise ValueError(msg)
            plain[key] = replace(current, **{name: _tupled(item) for name, item in value.items()})
        elif key in RUN_TIME:
            plain[key] = _tupled(value)
        else:
            msg = f"unknown setting {key}; known are {', '.join((*PARTIAL, *RUN_TIME))}"
            raise ValueError(msg)
    return replace(settings, **plain)


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
