"""Settings of the exchange of files, in which 1C is the caller and the gateway plays the site."""

from __future__ import annotations

from datetime import tzinfo
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from gateway.canonical import Kind, OrderStatus
from gateway.commerceml import CommerceMlMapping, Encoding, ZipLimits

from .config_part import Part

KINDS = frozenset({Kind.PRODUCT, Kind.ORDER})


class Exchange(Part):
    """How 1C logs in here, and what the ids in its files mean.

    Shape: maps go from the id (or name) in 1C's files to the canonical code; an empty one means
    that ids are codes. ``statuses`` has no such default: a status that is not named is not said.
    ``names`` are the shown names of ids in the answer to ``info``. ``brings`` are the kinds that
    are believed when 1C brings them. ``version`` is the newest form of documents that is spoken;
    from 2.10 on payments and shipments stand beside their order, as sites write them, or below it,
    as the schema does (``attached``).
    ``shipped_status`` is what a shipment of 1C makes of an order whose status it does not say.
    Units: names ending in ``_s`` seconds, in ``_bytes`` bytes; ``file_limit`` bytes of a piece.
    """

    username: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)
    cookie: str = Field(default="PHPSESSID", pattern=r"^[A-Za-z0-9_-]{1,40}$")
    session_s: int = Field(default=14400, ge=60)
    sessid: Literal["after_first_use", "always", "never"] = "after_first_use"
    zip: bool = False
    file_limit: int = Field(default=204800, ge=1024)
    most_bytes: int = Field(default=2 * 2**30, ge=1024)
    import_s: float = Field(default=15.0, gt=0)
    orders_at_once: int = Field(default=200, ge=1, le=2000)
    encoding: Encoding = Encoding.WINDOWS_1251
    byte_mark: bool = False
    version: str = Field(default="2.09", pattern=r"^2\.(0[5-9]|10)$")
    attached: Literal["beside", "below"] = "beside"
    brings: frozenset[Kind] = KINDS
    price_types: dict[str, str] = Field(default_factory=dict)
    stores: dict[str, str] = Field(default_factory=dict)
    total_store: str | None = "total"
    groups: dict[str, str] = Field(default_factory=dict)
    shops: dict[str, str] = Field(default_factory=dict)
    statuses: dict[str, OrderStatus] = Field(default_factory=dict)
    payment_methods: dict[str, str] = Field(default_factory=dict)
    payment_operations: dict[str, str] = Field(default_factory=dict)
    delivery_methods: dict[str, str] = Field(default_factory=dict)
    shipped_status: OrderStatus | None = None
    names: dict[str, str] = Field(default_factory=dict)
    product_attributes: dict[str, str] = Field(default_factory=dict)
    order_attributes: dict[str, str] = Field(default_factory=dict)
    card_requisite: str | None = None
    promo_requisite: str | None = None

    @field_validator("brings")
    @classmethod
    def _known_kinds(cls, value: frozenset[Kind]) -> frozenset[Kind]:
        if not value <= KINDS:
            msg = "brings: files of 1C bring product and order only"
            raise ValueError(msg)
        return value

    @property
    def zip_limits(self) -> ZipLimits:
        """What is unpacked at most."""
        return ZipLimits(member_bytes=self.most_bytes, total_bytes=2 * self.most_bytes)

    def mapping(self, zone: tzinfo, currency: str) -> CommerceMlMapping:
        """Return how the files of this account are read and written."""
        return CommerceMlMapping(
            zone=zone,
            currency=currency,
            price_types=self.price_types,
            stores=self.stores,
            total_store=self.total_store,
            groups=self.groups,
            shops=self.shops,
            statuses=self.statuses,
            payment_methods=self.payment_methods,
            payment_operations=self.payment_operations,
            delivery_methods=self.delivery_methods,
            product_attributes=self.product_attributes,
            order_attributes=self.order_attributes,
            card_requisite=self.card_requisite,
            promo_requisite=self.promo_requisite,
        )
