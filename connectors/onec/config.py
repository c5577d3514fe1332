"""Settings of one 1C base: how it is reached, what it is, and what its own references mean."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.canonical import Kind, OrderStatus

from .config_exchange import Exchange
from .config_part import Part
from .config_services import HttpServices, Pushes, Soap
from .config_till import Till
from .layout import LAYOUTS, Layout

_GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class Node(Part):
    """A node of an exchange plan. One node has one consumer, so each kind has its own."""

    plan: str = Field(default="Шлюз", min_length=1)
    id: str = Field(pattern=_GUID)


class CardKind(Part):
    """What a kind of cards means: its canonical code and the discount that it gives."""

    type: str
    discount_percent: Decimal | None = None


def _statuses() -> dict[str, OrderStatus]:
    return {
        "НеСогласован": OrderStatus.NEW,
        "КОбеспечению": OrderStatus.ASSEMBLING,
        "КОтгрузке": OrderStatus.DELIVERY,
        "Закрыт": OrderStatus.COMPLETE,
    }


def _preferred() -> dict[OrderStatus, str]:
    return {
        OrderStatus.NEW: "НеСогласован",
        OrderStatus.APPROVAL: "НеСогласован",
        OrderStatus.ASSEMBLING: "КОбеспечению",
        OrderStatus.DELIVERY: "КОтгрузке",
        OrderStatus.COMPLETE: "Закрыт",
    }


class OData(Part):
    """The standard interface of a base.

    Shape: maps of references go from the base's own reference to the canonical code. ``layout``
    overrides single names of the configuration.
    """

    configuration: Literal["ut11", "retail2"] = "ut11"
    layout: dict[str, Any] = Field(default_factory=dict)
    nodes: dict[Kind, Node] = Field(default_factory=dict)
    first_load: Literal["from_now", "all"] = "from_now"
    page: int = Field(default=200, ge=1, le=1000)
    at_once: int = Field(default=2, ge=1, le=5)
    product_code: Literal["reference", "code", "article"] = "reference"
    organization: str | None = Field(default=None, pattern=_GUID)
    warehouse: str | None = Field(default=None, pattern=_GUID)
    agreement: str | None = Field(default=None, pattern=_GUID)
    phone_kind: str | None = Field(default=None, pattern=_GUID)
    email_kind: str | None = Field(default=None, pattern=_GUID)
    card_kind: str | None = Field(default=None, pattern=_GUID)
    card_kinds: dict[str, CardKind] = Field(default_factory=dict)
    bonus_programme: str | None = Field(default=None, pattern=_GUID)
    programme: str = "onec"
    price_kinds: dict[str, str] = Field(default_factory=dict)
    stores: dict[str, str] = Field(default_factory=dict)
    vat_rates: dict[str, Decimal] = Field(default_factory=dict)
    statuses: dict[str, OrderStatus] = Field(default_factory=_statuses)
    preferred_statuses: dict[OrderStatus, str] = Field(default_factory=_preferred)
    posts_orders: bool = True
    reads_receipts: bool = True
    sends_if_match: bool = True

    @field_validator("layout")
    @classmethod
    def _known_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        Layout.model_validate(value)
        return value

    @property
    def names(self) -> Layout:
        """The names of this base."""
        base = LAYOUTS[self.configuration]
        return Layout.model_validate({**base.model_dump(), **self.layout})


class OneCSettings(Part):
    """One base of 1C:Enterprise.

    Shape: ``url`` is the address of the publication. ``time_zone`` is that of the base: its moments
    have no zone. Units: names ending in ``_s`` are seconds.
    """

    url: str | None = Field(default=None, pattern=r"^https?://[^?#\s]+$")
    username: str = ""
    password: SecretStr = SecretStr("")
    time_zone: str = "Europe/Moscow"
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    odata: OData | None = None
    exchange: Exchange | None = None
    soap: Soap | None = None
    services: HttpServices | None = None
    pushes: Pushes | None = None
    till: Till | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            msg = "time_zone: no such zone; write it as Europe/Moscow"
            raise ValueError(msg) from error
        return value

    @model_validator(mode="after")
    def _has_a_way(self) -> OneCSettings:
        called = {"odata": self.odata, "soap": self.soap, "services": self.services}
        ways = [name for name, section in called.items() if section is not None]
        if ways and self.url is None:
            msg = f"url: the address of the publication is needed for {ways[0]}"
            raise ValueError(msg)
        if self.exchange is not None and (ways or self.pushes):
            msg = "exchange: 1C comes for its orders here; give other ways an account of their own"
            raise ValueError(msg)
        readers = [self.odata, *self._services_with_cards()]
        if sum(one is not None for one in readers) > 1 or (self.odata and self._nodes()):
            msg = "odata, soap and services: two of them read the same kind; keep one of them"
            raise ValueError(msg)
        return self

    def _nodes(self) -> bool:
        return self.soap is not None and bool(self.soap.nodes)

    def _services_with_cards(self) -> list[object]:
        found: list[object] = []
        if self.soap is not None:
            found += [self.soap.loyalty, self.soap.nodes.get(Kind.CARD)]
        if self.services is not None:
            found.append(self.services.loyalty)
        return found

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the base."""
        return ZoneInfo(self.time_zone)
