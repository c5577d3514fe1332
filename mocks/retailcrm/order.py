"""The order: what the API answers and the feed reports (reference, sections 8 and 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.customer_input import ADDRESS_CODES
from mocks.retailcrm.item import Item
from mocks.retailcrm.order_bonuses import OrderBonuses
from mocks.retailcrm.order_input import CODED
from mocks.retailcrm.payment import Payment
from mocks.retailcrm.pricing import exact
from mocks.retailcrm.shapes import plain

if TYPE_CHECKING:
    from mocks.retailcrm.corporate import Corporate
    from mocks.retailcrm.customer import Customer
    from mocks.retailcrm.feed import Facts

_SCALARS = {
    "number": "number",
    "statusComment": "status_comment",
    "countryIso": "country",
    "lastName": "last_name",
    "firstName": "first_name",
    "patronymic": "patronymic",
    "phone": "phone",
    "additionalPhone": "additional_phone",
    "email": "email",
    "call": "call",
    "expired": "expired",
    "customerComment": "customer_comment",
    "managerComment": "manager_comment",
    "discountManualAmount": "discount_manual_amount",
    "discountManualPercent": "discount_manual_percent",
    "shipmentDate": "shipment_date",
    "shipped": "shipped",
    "mark": "mark",
    "weight": "weight",
    "length": "length",
    "width": "width",
    "height": "height",
    "privilegeType": "privilege_type",
    "dialogId": "dialog_id",
}
EVENT = "loyaltyEventDiscountId"
PATCHED = (
    "source",
    "marketplace",
    "company",
    "markDatetime",
    *_SCALARS,
    *CODED,
    "managerId",
    EVENT,
    "applyRound",
)
_SEEN = ("number", "externalId", "orderType", "orderMethod", "privilegeType", "countryIso")
_PLACED = {
    *_SEEN,
    EVENT,
    "applyRound",
    "status",
    "statusUpdatedAt",
    "markDatetime",
    "shipped",
    "call",
    "expired",
}


@dataclass(slots=True)
class Order:
    """An order of one shop."""

    id: int
    site: str | None
    created_at: str
    currency: str
    from_api: bool
    external_id: str | None = None
    customer_id: int | None = None
    firm: Corporate | None = None
    values: dict[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    payments: dict[int, Payment] = field(default_factory=dict)
    delivery: dict[str, Any] = field(default_factory=dict)
    contragent: dict[str, Any] = field(default_factory=lambda: {"contragentType": "individual"})
    custom: dict[str, Any] = field(default_factory=dict)
    status_updated_at: str = ""
    full_paid_at: str | None = None
    summ: float | int = 0
    total: float | int = 0
    prepaid: float | int = 0
    personal_percent: float | int = 0
    bonuses: OrderBonuses = field(default_factory=OrderBonuses)
    links: list[dict[str, Any]] = field(default_factory=list)

    def marks(self) -> Iterator[tuple[str, str]]:
        """Number, customer and e-mail."""
        yield "number", str(self.values["number"])
        if self.customer_id is not None:
            yield "customer", str(self.customer_id)
        if self.values.get("email"):
            yield "email", self.values["email"].casefold()

    def facts(self) -> Facts:
        """Return every value of the order itself that the feed reports, by its field code."""
        values = self.values
        facts: Facts = {"status": {"code": values["status"]}, "created_at": self.created_at}
        facts.update(
            (code, values[wire]) for wire, code in _SCALARS.items() if values.get(wire) is not None
        )
        for wire, code in (
            ("orderType", "order_type"),
            ("orderMethod", "order_method"),
            ("shipmentStore", "shipment_store"),
        ):
            if values.get(wire) is not None:
                facts[code] = {"code": values[wire]}
        if values.get("managerId") is not None:
            facts["manager"] = {"id": values["managerId"]}
        if self.firm is not None:
            facts["customer"] = {"id": self.firm.id}
            facts["contact"] = {"id": self.customer_id}
            if values.get("company"):
                facts["company"] = {"id": values["company"]["id"]}
        elif self.customer_id is not None:
            facts["customer"] = {"id": self.customer_id}
        facts.update(self._delivery_facts())
        facts.update((f"custom_{code.lower()}", value) for code, value in self.custom.items())
        if self.external_id is not None:
            facts["external_id"] = self.external_id
        if self.full_paid_at is not None:
            facts["full_paid_at"] = self.full_paid_at
        return facts

    def _delivery_facts(self) -> Iterator[tuple[str, Any]]:
        delivery = self.delivery
        if delivery.get("code"):
            yield "delivery_type", {"code": delivery["code"]}
        if (delivery.get("service") or {}).get("code"):
            yield "delivery_service", {"code": delivery["service"]["code"]}
        for wire, code in (
            ("date", "date"),
            ("time", "time"),
            ("cost", "cost"),
            ("netCost", "net_cost"),
        ):
            if delivery.get(wire) is not None:
                yield f"delivery_{code}", delivery[wire]
        for wire, code in ADDRESS_CODES.items():
            if wire in delivery["address"]:
                yield f"delivery_address.{code}", delivery["address"][wire]
        data = delivery.get("data") or {}
        for wire, code in (
            ("status", "status"),
            ("trackNumber", "track_number"),
            ("courier", "courier"),
        ):
            if data.get(wire) is not None:
                yield f"integration_delivery_data.{code}", data[wire]

    def stub(self) -> dict[str, Any]:
        """Return the order as an ordinary history record names it, with its present status."""
        stub: dict[str, Any] = {"id": self.id}
        if self.external_id is not None:
            stub["externalId"] = self.external_id
        if self.values.get("managerId") is not None:
            stub["managerId"] = self.values["managerId"]
        stub.update(site=self.site, status=self.values["status"])
        return stub

    def view(self, customer: Customer | None) -> dict[str, Any]:
        """Return the order as GET answers it (sample O7): payments as a map by id."""
        view = self.snapshot()
        view.update(self.parties(customer))
        view["payments"] = {str(one.id): one.view() for one in self.payments.values()}
        return view

    def parties(self, customer: Customer | None) -> dict[str, Any]:
        """Return customer and contact; the contact of a person is the person."""
        person = {} if customer is None else {"contact": customer.in_order()}
        if self.firm is not None:
            return {"customer": self.firm.in_order(), **person}
        return {"customer": person["contact"], **person} if person else {}

    def snapshot(self) -> dict[str, Any]:
        """Return the order without its customer: payments as a list, absent when none."""
        values = self.values
        view: dict[str, Any] = {
            "slug": self.id,
            **self.bonus_totals(),
            "id": self.id,
            "number": values["number"],
            "externalId": self.external_id,
            **{name: values.get(name) for name in _SEEN[2:]},
            "createdAt": self.created_at,
            "statusUpdatedAt": self.status_updated_at,
            **self._sums(),
            "markDatetime": values.get("markDatetime") or self.created_at,
            **{name: value for name, value in values.items() if name not in _PLACED},
            "call": values.get("call") or False,
            "expired": values.get("expired") or False,
            "contragent": self.contragent,
            "delivery": self.delivery,
            "site": self.site,
            "status": values["status"],
            "items": [item.view() for item in self.items],
            "payments": [one.view() for one in self.payments.values()] or None,
            "fromApi": self.from_api,
            "shipped": values.get("shipped") or False,
            "customFields": self.custom or [],
            "fullPaidAt": self.full_paid_at,
            "links": self.links or None,
        }
        return {name: value for name, value in view.items() if value is not None}

    def _sums(self) -> dict[str, Any]:
        return {
            "summ": self.summ,
            "currency": self.currency,
            "totalSumm": self.total,
            "prepaySum": self.prepaid,
            "purchaseSumm": self._purchase(),
            **self.bonuses.view(),
            "personalDiscountPercent": self.personal_percent or None,
        }

    def bonus_totals(self) -> dict[str, Any]:
        """Return the earned and the spent bonuses of the order."""
        credit = sum((exact(item.bonuses_credit) for item in self.items), exact(0))
        charge = sum((exact(item.bonuses_charge) for item in self.items), exact(0))
        return {"bonusesCreditTotal": plain(credit), "bonusesChargeTotal": plain(charge)}

    def _purchase(self) -> float | int:
        costs = [(item.values.get("purchasePrice"), item.values["quantity"]) for item in self.items]
        return plain(sum((exact(price) * exact(count) for price, count in costs), exact(0)))
