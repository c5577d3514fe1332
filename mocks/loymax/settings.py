"""Settings: the installation, its applications and one switch per open point of the reference.

Defaults are those of its section 13.2; where it gives none, the strictest for a careless caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_origin

from mocks.loymax.clock import Clock
from mocks.switches import switched


@dataclass(frozen=True)
class Application:
    """An OAuth application; without a grant its processing calls fail (2.4)."""

    client_id: str
    secret: str = field(repr=False)
    device: str = "WEB-1"
    is_granted: bool = True


@dataclass(frozen=True)
class Device:
    """A cash register with its own login of the XML protocol (9)."""

    code: str
    login: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class LifeTime:
    """A lifetime definition of bonuses; minutes, None is for ever (7.6)."""

    id: int
    activation_min: int = 0
    expiration_min: int | None = None


@dataclass(frozen=True)
class FirstIds:
    """Where the counters start when the seed is 1."""

    person: int = 5012
    card: int = 456
    purchase: int = 77001
    transaction: int = 880121
    deposit: int = 9001
    coupon: int = 71
    value: int = 3001


DEFAULT_ACTIONS = (
    ("AcceptTenderOffer", "Required"),
    ("ChangePhone", "Required"),
    ("Questions", "Required"),
    ("ChangeEmail", "Custom"),
    ("AcceptSubscriptionsConfirm", "Custom"),
    ("PasswordRequired", "Required"),
)


@dataclass(frozen=True)
class LoymaxSettings:
    """Everything that may be set differently on an installation.

    ``version_profile`` refuses the other profile's paths with 404 unless it is ``both``; lifetimes
    and lags are in seconds; ``unconfirmed_lifetime_s`` 0 never cancels a hanging purchase;
    ``payment_code_over`` is the write-off sum from which a code is asked for
    (0: never) and ``payment_day_limit`` what a person may write off in a day (0: no limit).
    """

    seed: int = 1
    operator_login: str = "gateway"
    operator_password: str = field(default="operator-secret", repr=False)
    applications: tuple[Application, ...] = (
        Application("shop-app", "app-secret"),
        Application("shop-app-2", "app-secret-2", is_granted=False),
    )
    devices: tuple[Device, ...] = (
        Device("WEB-1", "web-1", "web-secret"),
        Device("till-1", "till-1", "secret"),
    )
    life_times: tuple[LifeTime, ...] = (LifeTime(7), LifeTime(8, 14 * 1440, 365 * 1440))
    pay_types: tuple[str, ...] = ("Cash", "Card", "Gift1C")
    sc_login: str = "sc-user"
    sc_password: str = field(default="sc-secret", repr=False)
    first_ids: FirstIds = FirstIds()
    read_clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    actions: tuple[tuple[str, str], ...] = DEFAULT_ACTIONS
    version_profile: Literal["both", "legacy", "v1.2"] = "both"
    two_factor: Literal["off", "on"] = "off"
    password_required: Literal["on", "off"] = "on"
    refresh_rotation: Literal["dies", "lives"] = "dies"
    login_token_s: int = 3600
    flow_token_s: int = 86400
    refresh_token_s: int = 30 * 86400
    login_attempts: int = 10
    code_attempts: int = 5
    code_lifetime_s: int = 300
    code_sends: int = 5
    ip_attempts: int = 100
    block_min: int = 30
    scope_check: Literal["on", "off"] = "on"
    virtual_cards: Literal["on_demand", "for_all", "off"] = "on_demand"
    virtual_card_limit: int = 1
    main_card_limit: int = 5
    processing_error_style: Literal["code", "state"] = "code"
    repeat_operation: Literal["reject", "replay"] = "reject"
    refund_needs_confirm: Literal["yes", "no"] = "yes"
    refund_negative_type: Literal["SuppressNegative", "AllowNegative"] = "SuppressNegative"
    refund_operation_type: Literal["Normal", "BonusFirst"] = "Normal"
    accrual_base: Literal["after_payment", "full"] = "after_payment"
    payment_code_over: int = 0
    payment_day_limit: int = 0
    unconfirmed_lifetime_s: int = 0
    deposit_answer: Literal["int", "object"] = "int"
    deposit_polls: int = 1
    deposit_delay_s: int = 2
    history_lag_s: int = 0
    one_call_registration: Literal["off", "on"] = "off"
    sc_rate_limit: int = 1000

    def clock(self) -> Clock:
        """Return a fresh clock over the reader of the settings."""
        return Clock(self.read_clock)


_FIXED = frozenset(
    {
        "seed",
        "operator_login",
        "operator_password",
        "applications",
        "devices",
        "life_times",
        "pay_types",
        "sc_login",
        "sc_password",
        "first_ids",
        "read_clock",
    }
)
RUN_TIME_SWITCHES: frozenset[str] = frozenset(one.name for one in fields(LoymaxSettings)) - _FIXED


def changed(settings: LoymaxSettings, body: Mapping[str, Any]) -> LoymaxSettings:
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
    if name == "actions":
        return tuple((str(action), str(state)) for action, state in value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        msg = f"{name} must be a whole number, not negative"
        raise ValueError(msg)
    return value


def as_json(settings: LoymaxSettings) -> dict[str, Any]:
    """Return the switches that may be changed at run time, with their present values."""
    return {name: getattr(settings, name) for name in sorted(RUN_TIME_SWITCHES)}
