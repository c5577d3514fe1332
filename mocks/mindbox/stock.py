"""Cards, promo codes, gift cards and messages of the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mocks.mindbox.clock import write
from mocks.mindbox.reading import Json


@dataclass
class Card:
    """A discount card (section 10)."""

    number: str
    type_id: str = "base"
    type_name: str = "Базовая"
    status: str = "NotIssued"
    customer_id: int | None = None
    is_virtual: bool = False

    def as_json(self) -> Json:
        """Return the ``discountCard`` block."""
        return {
            "ids": {"number": self.number},
            "status": {"ids": {"systemName": self.status}},
            "type": {"ids": {"externalId": self.type_id}, "name": self.type_name},
        }


@dataclass
class Pool:
    """A pool of promo codes (section 17)."""

    id: int
    external_id: str
    name: str
    description: str = ""
    issue_from: datetime | None = None
    issue_till: datetime | None = None
    is_referral: bool = False
    is_personal: bool = False

    def as_json(self, *, with_id: bool = False) -> Json:
        """Return the ``pool`` block; orders name the pool's own id too."""
        ids: Json = {"mindboxId": self.id} if with_id else {}
        ids["externalId"] = self.external_id
        return {"ids": ids, "name": self.name, "description": self.description}


@dataclass
class PromoCode:
    """One code; ``used_order`` is the order that used it, None when it was redeemed without one."""

    id: int
    value: str
    pool: Pool
    available_from: datetime | None = None
    available_till: datetime | None = None
    customer_id: int | None = None
    issued: datetime | None = None
    used: datetime | None = None
    used_order: int | None = None
    used_place: str = ""
    issued_place: str = ""
    blocked: datetime | None = None

    def status(self, now: datetime) -> str:
        """Return the status of the list operation (17.2)."""
        if self.used is not None:
            return "Used"
        if self.blocked is not None:
            return "Blocked"
        if self.available_from is not None and now < self.available_from:
            return "YetNotActive"
        if self.available_till is not None and now >= self.available_till:
            return "AlreadyNotActive"
        return "Active"

    def as_json(self) -> Json:
        """Return the ``promoCode`` block, filled fields only."""
        row: Json = {
            "ids": {"mindboxId": self.id, "value": self.value},
            "pool": self.pool.as_json(),
            "isUsed": self.used is not None,
        }
        for name, moment in (
            ("availableFromDateTimeUtc", self.available_from),
            ("availableTillDateTimeUtc", self.available_till),
            ("usedDateTimeUtc", self.used),
            ("issuedDateTimeUtc", self.issued),
            ("blockedDateTimeUtc", self.blocked),
        ):
            if moment is not None:
                row[name] = write(moment)
        for name, place in (
            ("usedPointOfContact", self.used_place),
            ("issuedPointOfContact", self.issued_place),
        ):
            if place:
                row[name] = {"ids": {"externalId": place}}
        return row


@dataclass
class GiftCard:
    """A gift card (section 15); sums in kopecks."""

    number: str
    nominal: int
    left: int
    product: str = ""
    status: str = "inactive"
    order_id: int | None = None
    expires: datetime | None = None
    cvv: str = ""

    def state(self, now: datetime) -> str:
        """Return the status that a calculation shows."""
        if self.status == "blocked":
            return "blocked"
        if self.expires is not None and self.expires <= now:
            return "expired"
        if self.status == "inactive":
            return "inactive"
        return "canBeUsed" if self.left > 0 else "alreadyUsed"


@dataclass(frozen=True)
class Message:
    """A message that a scenario sent; ``code`` when it carried one."""

    at: datetime
    channel: str
    template: str
    customer_id: int
    address: str
    code: str = ""


@dataclass
class Code:
    """A confirmation or authorization code on its way to the customer (section 9)."""

    value: str
    sent: datetime
    address: str
    is_used: bool = False
