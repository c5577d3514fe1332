"""Settings of one shop account; refused as a whole before anything is called."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from gateway.canonical import OrderStatus

from .config_access import OAuthSettings
from .config_goods import CatalogSettings, ExchangeSettings

_WEBHOOK_URL = re.compile(r"https?://[^/\s?#@]+(?:/[^\s?#]*)?/rest/[^/\s?#]+/[^/\s?#]+/?")

Codes = tuple[str, ...]
UserField = Annotated[str, Field(pattern=r"^UF_[A-Z0-9_]{1,50}$")]


class OrderProperties(BaseModel):
    """Codes of the order properties that carry canonical fields, the preferred one first.

    Payer types may have different codes for one meaning, so each meaning takes several. An empty
    list means that this shop does not have it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Codes = ("FIO", "CONTACT_PERSON")
    phone: Codes = ("PHONE",)
    email: Codes = ("EMAIL",)
    address: Codes = ("ADDRESS",)
    card: Codes = ("LOYALTY_CARD",)
    promo_codes: Codes = ("PROMO_CODE",)


class BalanceFields(BaseModel):
    """User fields in which the account page of the shop finds a programme's balance and tier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    available: UserField | None = None
    pending: UserField | None = None
    tier: UserField | None = None


class BitrixSettings(BaseModel):
    """One shop on 1C-Bitrix: Site Management, reached by an inbound webhook or an application.

    Shape: ``url`` is the whole webhook address with user and code, which is a secret; ``oauth`` is
    an application in its place. ``application_token`` is the one of the outgoing webhook, of the
    application and of the site extension.
    ``statuses`` maps the shop's status codes to canonical ones, ``status_codes`` names the code to
    send where several share a meaning. ``pay_systems`` and ``deliveries`` map the shop's ids to
    canonical codes; the first id of a code is the one that is sent. ``shops`` maps site ids.
    ``customer_attributes`` maps canonical codes to user fields, ``order_attributes`` to order
    properties. ``balances`` names the user fields of each programme's points, which are written
    for the shop to show and never read back. ``batch_commands`` bounds the commands of one call,
    for a shop that saves slowly.
    ``orders_from``, ``customers_full_load`` and ``cards_full_load`` ask for a first load.

    Without ``url`` and ``oauth`` the account has the ``exchange`` alone: orders with
    their buyers, and goods.
    ``flavour`` ``bitrix24`` is a portal, whose customers are contacts of its CRM.
    ``orders`` and ``products`` say which way these go; the exchange is that of 1C with the site.
    Orders go by REST at a shop and not at all at a portal, unless it is said.
    ``account_currency`` is that of the inner accounts that hold points, ``currency`` without it.

    Units: ``order_overlap_s`` in seconds, the longest time that a save may take to become visible.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: SecretStr | None = None
    oauth: OAuthSettings | None = None
    application_token: SecretStr | None = None
    origin: str = Field(default="gateway", pattern=r"^[a-z0-9_-]{1,32}$")
    time_zone: str = "Europe/Moscow"
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    account_currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    site_id: str = Field(default="s1", pattern=r"^[A-Za-z0-9]{1,2}$")
    shops: dict[str, str] = Field(default_factory=dict)
    person_type_id: int = Field(default=1, ge=1)
    anonymous_user_ids: frozenset[int] = frozenset()

    statuses: dict[str, OrderStatus] = Field(
        default_factory=lambda: {
            "N": OrderStatus.NEW,
            "P": OrderStatus.ASSEMBLING,
            "F": OrderStatus.COMPLETE,
        }
    )
    status_codes: dict[OrderStatus, str] = Field(default_factory=dict)
    on_cancel_paid: Literal["refuse", "return"] = "refuse"
    pay_systems: dict[int, str] = Field(default_factory=dict)
    default_pay_system: int | None = None
    deliveries: dict[int, str] = Field(default_factory=dict)
    default_delivery: int | None = None
    product_key: Literal["id", "xml_id"] = "id"

    flavour: Literal["site", "bitrix24"] = "site"
    orders: Literal["none", "rest", "exchange"] | None = None
    products: Literal["none", "rest", "exchange"] = "none"
    catalog: CatalogSettings = CatalogSettings()
    exchange: ExchangeSettings | None = None

    properties: OrderProperties = OrderProperties()
    order_attributes: dict[str, str] = Field(default_factory=dict)
    customer_attributes: dict[str, UserField] = Field(default_factory=dict)
    tier_field: UserField | None = None
    balances: dict[str, BalanceFields] = Field(default_factory=dict)

    reads_cards: bool = True
    reads_coupons: bool = True
    batch_commands: int = Field(default=50, ge=1, le=50)
    order_overlap_s: float = Field(default=60.0, ge=0, le=3600)
    orders_from: AwareDatetime | None = None
    customers_full_load: bool = False
    cards_full_load: bool = False

    @field_validator("url")
    @classmethod
    def _is_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        if not _WEBHOOK_URL.fullmatch(value.get_secret_value().strip()):
            msg = "must be the inbound webhook's whole address: https://HOST/rest/USER/CODE/"
            raise ValueError(msg)
        return SecretStr(value.get_secret_value().strip())

    @field_validator("application_token")
    @classmethod
    def _is_not_empty(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            msg = "must not be empty: copy it from the outgoing webhook, or leave the key out"
            raise ValueError(msg)
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = "must be a time zone of the IANA list, such as Europe/Moscow"
            raise ValueError(msg) from error
        return value

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if self.url is not None and self.oauth is not None:
            msg = "give url (an inbound webhook) or oauth (an application): one of the two"
            raise ValueError(msg)
        if self.speaks_rest:
            return self
        if self.exchange is None:
            msg = "give url (an inbound webhook), oauth (an application), or exchange alone"
            raise ValueError(msg)
        for name, way in (("orders", self.orders or "rest"), ("products", self.products)):
            if way == "rest":
                msg = f"{name}: without url or oauth there is the exchange only: exchange or none"
                raise ValueError(msg)
        if (self.orders, self.products) == ("none", "none"):
            msg = "orders: an account of the exchange alone needs orders or products by exchange"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _has_an_exchange_where_one_is_used(self) -> Self:
        if self.exchange is None and "exchange" in (self.orders, self.products):
            msg = "exchange: orders or products go by the exchange, so its address is needed"
            raise ValueError(msg)
        if self.flavour == "bitrix24" and "exchange" in (self.orders, self.products):
            msg = "flavour: a portal has no exchange of 1C, use `rest` for orders and products"
            raise ValueError(msg)
        if self.shows_buyers and self.speaks_rest:
            msg = "exchange.reads_buyers: with url or oauth customers are users: take the key out"
            raise ValueError(msg)
        if self.shows_buyers and self.orders != "exchange":
            msg = "exchange.reads_buyers: buyers come with orders: set orders to exchange"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for status, code in self.status_codes.items():
            if self.statuses.get(code) is not status:
                msg = f"status_codes.{status}: the code must be mapped to {status} in statuses"
                raise ValueError(msg)
        if not self.statuses or OrderStatus.NEW not in self.statuses.values():
            msg = "statuses: map at least one code to new"
            raise ValueError(msg)
        cancelled = [code for code, s in self.statuses.items() if s is OrderStatus.CANCELLED]
        if cancelled:
            msg = f"statuses.{cancelled[0]}: a cancellation is a flag of the order, not a status"
            raise ValueError(msg)
        return self._shares_no_field()

    def _shares_no_field(self) -> Self:
        """Refuse a user field with two meanings: each telling would undo the other."""
        names = [*self.customer_attributes.values(), self.tier_field]
        for fields in self.balances.values():
            names += [fields.available, fields.pending, fields.tier]
        given = [name for name in names if name is not None]
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            msg = f"{twice[0]}: one user field cannot have two meanings"
            raise ValueError(msg)
        return self

    @property
    def speaks_rest(self) -> bool:
        """Tell whether there is a way in beside the exchange."""
        return self.url is not None or self.oauth is not None

    @property
    def shows_buyers(self) -> bool:
        """Tell whether the buyers of the exchange's orders are customers."""
        return self.exchange is not None and self.exchange.reads_buyers

    @property
    def reads_orders_by_rest(self) -> bool:
        """Tell whether the account speaks ``sale.*``."""
        return self.orders == "rest" or (self.orders is None and self.flavour == "site")

    @property
    def asks_for_coupons(self) -> bool:
        """Tell whether the site extension knows which promo codes an order used."""
        return self.flavour == "site" and self.reads_coupons

    def rest_address(self) -> str:
        """Return the address to which methods are relative; a webhook's is a secret."""
        if self.oauth is not None:
            return f"{self.oauth.portal.rstrip('/')}/rest"
        return self.url.get_secret_value().rstrip("/") if self.url is not None else ""

    def product_id(self, by_id: str | None, by_guid: str | None) -> str | None:
        """Return the id by which all systems know a product; the other stands in for it."""
        return (by_guid or by_id) if self.product_key == "xml_id" else (by_id or by_guid)

    def zone(self) -> tzinfo:
        """Return the shop's time zone, in which times without an offset are read."""
        return ZoneInfo(self.time_zone)
