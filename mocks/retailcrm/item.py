"""The order line: input, view, facts, and how an edit composes the lines (reference, 9.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.refusals import order_not_loaded
from mocks.retailcrm.shapes import Rows, Shape

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.feed import Facts
    from mocks.retailcrm.settings import Offer

_LOCATORS = ("id", "externalId", "xmlId")
OFFER = Shape(
    {"id": shapes.whole, "externalId": shapes.text, "xmlId": shapes.text},
    frozenset(
        {"displayName", "name", "article", "vatRate", "barcode", "unit", "properties", "quantity"}
    ),
)
ITEM = Shape(
    {
        **dict.fromkeys(("externalId", "productName", "vatRate", "status", "comment"), shapes.text),
        **dict.fromkeys(
            ("initialPrice", "quantity", "purchasePrice", "discountManualPercent"), shapes.amount
        ),
        **dict.fromkeys(("id", "ordering"), shapes.whole),
        **dict.fromkeys(("properties", "markingCodes"), shapes.anything),
        "discountManualAmount": shapes.number,
        "externalIds": Rows(Shape({"code": shapes.text, "value": shapes.text})),
        "offer": OFFER,
        "priceType": Shape({"code": shapes.text}),
        "createdAt": shapes.moment,
    },
    frozenset(
        {
            "discountTotal",
            "discounts",
            "prices",
            "bonusesChargeTotal",
            "bonusesCreditTotal",
            "isCanceled",
            "order",
        }
    ),
)


@dataclass(slots=True)
class Item:
    """A line of an order; discounts, prices, sums and bonuses are computed.

    ``earns`` is what the line will earn, ``bonuses_credit`` what the API shows of it.
    """

    id: int
    created_at: str
    values: dict[str, Any]
    offer: Offer | None = None
    canceled: bool = False
    discounts: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    discount_total: float | int = 0
    summ: float | int = 0
    bonuses_charge: float | int = 0
    bonuses_credit: float | int = 0
    earns: float | int = 0

    def facts(self) -> Facts:
        """Return what the feed reports of a line, by the code after ``order_product.``."""
        values = self.values
        return {
            "initial_price": values["initialPrice"],
            "quantity": values["quantity"],
            "status": {"code": values["status"]},
            "vat_rate": values["vatRate"],
            "discount": values.get("discountManualAmount") or 0,
            "discount_percent": values.get("discountManualPercent") or 0,
            "bonuses_charge": self.bonuses_charge,
            "discount_total": self.discount_total,
            "summ": self.summ,
        }

    def stub(self) -> dict[str, Any]:
        """Return the line as a history record names it."""
        stub: dict[str, Any] = {"id": self.id}
        if self.values.get("externalIds"):
            stub["externalIds"] = self.values["externalIds"]
        offer = self.offer_view()
        stub["offer"] = {name: offer[name] for name in _LOCATORS if name in offer}
        return stub

    def offer_view(self) -> dict[str, Any]:
        """Return the offer of the line; a free line has a name only."""
        if self.offer is None:
            name = self.values.get("productName") or ""
            return {"displayName": name, **(self.values.get("offer") or {}), "name": name}
        return {
            "displayName": self.offer.name,
            "id": self.offer.id,
            "externalId": self.offer.external_id,
            "xmlId": self.offer.xml_id or self.offer.external_id,
            "name": self.offer.name,
            "unit": {"code": "pc", "name": "Штука", "sym": "шт."},
        }

    def view(self) -> dict[str, Any]:
        """Return the line as an order shows it (sample O1)."""
        values = self.values
        view: dict[str, Any] = {"markingCodes": values.get("markingCodes") or [], "id": self.id}
        if values.get("externalIds"):
            view["externalIds"] = values["externalIds"]
        if values.get("externalId") is not None:
            view["externalId"] = values["externalId"]
        view.update(
            priceType=values.get("priceType") or {"code": "base"},
            initialPrice=values["initialPrice"],
        )
        view.update(discountTotal=self.discount_total, prices=self.prices, discounts=self.discounts)
        view.update(
            vatRate=values["vatRate"], createdAt=self.created_at, quantity=values["quantity"]
        )
        view.update(
            status=values["status"],
            offer=self.offer_view(),
            properties=values.get("properties") or [],
        )
        view.update(
            purchasePrice=values.get("purchasePrice") or 0,
            bonusesChargeTotal=self.bonuses_charge,
            bonusesCreditTotal=self.bonuses_credit,
        )
        for name in ("comment", "ordering"):
            if values.get(name) is not None:
                view[name] = values[name]
        if self.canceled:
            view["isCanceled"] = True
        return view


@dataclass(frozen=True)
class Line:
    """A checked line of a request: which item it changes (None: a new one), and with what."""

    item: Item | None
    values: Mapping[str, Any]
    offer: Offer | None


def check_lines(
    account: Account, rows: Sequence[Mapping[str, Any]], present: Sequence[Item]
) -> list[Line]:
    """Resolve offers, statuses and the items meant by a request's lines.

    Raises:
        Refused: an unknown offer, line id or line status.
    """
    errors: dict[str, str] = {}
    lines: list[Line] = []
    by_id = {item.id: item for item in present}
    for index, row in enumerate(rows):
        item = _meant(row, by_id)
        if row.get("id") is not None and item is None:
            errors[f"items[{index}].id"] = f"Item with id {row['id']} not found."
        status = row.get("status")
        if status is not None and status not in account.references["product-statuses"]:
            errors[f"items[{index}].status"] = f"ProductStatus with code {status} not found."
        offer = _offer(account, row, f"items[{index}].offer", errors)
        lines.append(Line(item, row, offer))
    if errors:
        raise order_not_loaded(errors)
    return lines


def _meant(row: Mapping[str, Any], by_id: Mapping[int, Item]) -> Item | None:
    """Find the line by its id, else by one of its externalIds."""
    if row.get("id") is not None:
        return by_id.get(row["id"])
    wanted = {(one.get("code"), one.get("value")) for one in row.get("externalIds") or ()}
    for item in by_id.values():
        if any(
            (one.get("code"), one.get("value")) in wanted
            for one in item.values.get("externalIds") or ()
        ):
            return item
    return None


def _offer(
    account: Account, row: Mapping[str, Any], path: str, errors: dict[str, str]
) -> Offer | None:
    locators = row.get("offer") or {}
    for name in _LOCATORS:
        if locators.get(name) is None:
            continue
        offer = account.offers.get((name, str(locators[name])))
        if offer is not None:
            return offer
        if not row.get("productName") and account.settings.unknown_offer == "400_not_loaded":
            errors[f"{path}.{name}"] = f"Offer with {name} {locators[name]} not found."
        return None
    return None


def compose(
    account: Account,
    present: Sequence[Item],
    lines: Sequence[Line],
    *,
    at: str,
    keep_missing: bool,
    number: Callable[[], int] | None = None,
) -> list[Item]:
    """Apply checked lines and return the order's new composition, the request's order first.

    ``number`` gives the ids of new lines, in place of the account's counter.
    """
    take = number or partial(account.next_id, "item")
    result: list[Item] = []
    for line in lines:
        given = {
            name: value
            for name, value in line.values.items()
            if name not in {"id", "createdAt"} and value is not None
        }
        item = line.item
        if item is None:
            price = line.offer.price if line.offer else 0
            defaults = {"initialPrice": price, "quantity": 1, "status": "new", "vatRate": "none"}
            item = Item(take(), line.values.get("createdAt") or at, defaults)
        item.values.update(given)
        item.offer = line.offer or item.offer
        item.canceled = bool(
            account.references["product-statuses"]
            .get(item.values["status"], {})
            .get("cancelStatus")
        )
        result.append(item)
    if keep_missing:
        result.extend(item for item in present if item not in result)
    return result
