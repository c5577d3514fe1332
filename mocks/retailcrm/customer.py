"""The customer: what the API answers and the feed reports (reference, sections 6 and 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.customer_input import ADDRESS_CODES, CONTRAGENT_CODES

if TYPE_CHECKING:
    from mocks.retailcrm.feed import Facts

_CODES = {
    "firstName": "first_name",
    "lastName": "last_name",
    "patronymic": "patronymic",
    "email": "email",
    "birthday": "birthday",
    "sex": "sex",
    "vip": "vip",
    "bad": "bad",
    "photoUrl": "photo_url",
    "cumulativeDiscount": "cumulative_discount",
    "personalDiscount": "personal_discount",
    "discountCardNumber": "discount_card_number",
    "emailMarketingUnsubscribedAt": "email_marketing_unsubscribed_at",
}
_THIN = (
    "phones",
    "tags",
    "address",
    "isContact",
    "costSumm",
    "presumableSex",
    "customerSubscriptions",
)
_IN_ORDER = (
    "type",
    "id",
    "externalId",
    "isContact",
    "createdAt",
    "managerId",
    "vip",
    "bad",
    "site",
    "contragent",
    "tags",
    "marginSumm",
    "totalSumm",
    "averageSumm",
    "ordersCount",
    "customFields",
    "personalDiscount",
    "segments",
    "firstName",
    "lastName",
    "patronymic",
    "email",
    "phones",
    "address",
)

SUFFIX_DIGITS = 10


def digits(text: str) -> str:
    """Return the digits of a phone as typed."""
    return re.sub(r"\D", "", text)


def with_text(address: Mapping[str, Any]) -> dict[str, Any]:
    """Return an address without empty parts, its one-line form composed from them."""
    parts = {name: value for name, value in address.items() if value not in (None, "")}
    named = [
        parts[name]
        for name in ("index", "region", "city", "street", "building", "flat")
        if name in parts
    ]
    if named:
        parts["text"] = ", ".join(str(one) for one in named)
    return parts


@dataclass(slots=True)
class Customer:
    """A customer of one shop; one made in the UI may belong to none."""

    id: int
    site: str | None
    created_at: str
    external_id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    address: dict[str, Any] | None = None
    contragent: dict[str, Any] = field(default_factory=lambda: {"contragentType": "individual"})
    custom: dict[str, Any] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str], tuple[bool, str]] = field(default_factory=dict)
    segments: list[dict[str, Any]] = field(default_factory=list)

    def marks(self) -> Iterator[tuple[str, str]]:
        """E-mail, the last ten digits of each phone, card and browser."""
        email = self.values.get("email")
        if email:
            yield "email", email.casefold()
        for phone in self.phones:
            yield "phone", digits(phone)[-SUFFIX_DIGITS:]
        for name in ("discountCardNumber", "browserId"):
            if self.values.get(name):
                yield name, self.values[name]

    def facts(self) -> Facts:
        """Return every value that the feed reports, by its field code, but the phones."""
        values = self.values
        facts: Facts = {
            code: values[wire] for wire, code in _CODES.items() if values.get(wire) is not None
        }
        if values.get("managerId") is not None:
            facts["manager"] = {"id": values["managerId"]}
        if self.external_id is not None:
            facts["external_id"] = self.external_id
        for wire, code in ADDRESS_CODES.items():
            if self.address is not None and wire in self.address:
                facts[f"address.{code}"] = self.address[wire]
        for wire, code in CONTRAGENT_CODES.items():
            if self.contragent.get(wire) is not None:
                facts[f"contragent.{code}"] = self.contragent[wire]
        for code, value in self.custom.items():
            facts[f"custom_{code.lower()}"] = value
        if self.tags:
            facts["tags"] = list(self.tags)
        return facts

    def stub(self) -> dict[str, Any]:
        """Return the customer as an ordinary history record names it."""
        stub: dict[str, Any] = {"id": self.id}
        if self.external_id is not None:
            stub["externalId"] = self.external_id
        if self.site is not None:
            stub["site"] = self.site
        return stub

    def view(self) -> dict[str, Any]:
        """Return the customer as GET answers it (sample K3)."""
        values = self.values
        view: dict[str, Any] = {"type": "customer", "id": self.id}
        if self.external_id is not None:
            view["externalId"] = self.external_id
        view.update(isContact=values.get("isContact", False), createdAt=self.created_at)
        view.update(vip=values.get("vip") or False, bad=values.get("bad") or False)
        if self.site is not None:
            view["site"] = self.site
        view.update(
            contragent=self.contragent, tags=[{"name": tag, "attached": False} for tag in self.tags]
        )
        view.update(marginSumm=0, totalSumm=0, averageSumm=0, ordersCount=0, costSumm=0)
        view.update(
            customFields=self.custom or [], personalDiscount=values.get("personalDiscount") or 0
        )
        view["cumulativeDiscount"] = values.get("cumulativeDiscount") or 0
        view["segments"] = [dict(row) for row in self.segments]
        view.update(
            (name, value)
            for name, value in values.items()
            if value is not None and name not in view and name != "browserId"
        )
        if values.get("sex"):
            view["presumableSex"] = values["sex"]
        view["phones"] = [{"number": phone} for phone in self.phones]
        if self.address is not None:
            view["address"] = self.address
        if self.subscriptions:
            view["customerSubscriptions"] = self._subscriptions()
        return view

    def _subscriptions(self) -> list[dict[str, Any]]:
        return [
            {
                "subscription": {
                    "id": index + 1,
                    "channel": channel,
                    "code": code,
                    "name": code,
                    "active": True,
                },
                "subscribed": subscribed,
                "changedAt": changed_at,
            }
            for index, ((channel, code), (subscribed, changed_at)) in enumerate(
                self.subscriptions.items()
            )
        ]

    def snapshot(self) -> dict[str, Any]:
        """Return the thinner customer of a creation record (reference, 8.4)."""
        view = self.view()
        for name in _THIN:
            view.pop(name, None)
        return view

    def in_order(self) -> dict[str, Any]:
        """Return the customer as an order nests it (sample O1)."""
        view = self.view()
        return {name: view[name] for name in _IN_ORDER if name in view}
