"""Order documents from 1C: cancellation, status, rows, payment (reference 3.6)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from mocks.bitrix.dictionaries import INNER_ACCOUNT_PAY_SYSTEM
from mocks.bitrix.exchange.documents import Document, Ware
from mocks.bitrix.exchange.party_import import find_party, person_type_of, register
from mocks.bitrix.exchange.row_export import ware_id
from mocks.bitrix.exchange.texts import about, not_changeable
from mocks.bitrix.fields import number, whole
from mocks.bitrix.order_parts import (
    change_item,
    change_payment,
    new_item,
    new_payment,
    new_shipment,
    put_property,
)
from mocks.bitrix.orders import change_order, new_order, recount, save
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

FINAL = "F"
_RANDOM_IDS = (1_000_000, 9_999_999)


def find_order(site: Site, key: str) -> Row | None:
    """Return an order: by id, by ``ID_1C``, by its number, by the number without the prefix."""
    if not key:
        return None
    direct = site.orders.get(whole(key)) if key.isdigit() else None
    if direct is not None:
        return direct
    prefix = site.settings.exchange.number_prefix
    bare = key.removeprefix(prefix) if prefix else key
    for name, wanted in (("id1c", key), ("accountNumber", key), ("accountNumber", bare)):
        found = next((row for row in site.orders if str(row[name]) == wanted), None)
        if found is not None:
            return found
    return None


def pay_system_of(site: Site) -> int:
    """Return the default pay system of imported payments; none set is the inner account."""
    return site.settings.exchange.default_pay_system or INNER_ACCOUNT_PAY_SYSTEM


class OrderImport:
    """Loader of order documents."""

    def __init__(self, site: Site) -> None:
        """Draw ids of unknown goods from a seeded chance."""
        self._site = site
        self._chance = random.Random(site.settings.seed)  # noqa: S311 - repeatable ids, no secret

    def find(self, key: str) -> Row | None:
        """Return an order by the number that 1C knows."""
        return find_order(self._site, key)

    def run(self, document: Document, problems: list[str]) -> bool:
        """Import one order; tell whether anything changed."""
        order = self.find(document.number)
        if order is not None:
            return self._update(order, document, problems)
        if not self._site.settings.exchange.import_new_orders:
            return False
        return self.create(document, problems) is not None

    def create(self, document: Document, problems: list[str]) -> Row | None:
        """Create an order of 1C; it needs a buyer."""
        site = self._site
        buyer = document.buyer
        if buyer is None:
            problems.append(about(document.guid, "Не указан покупатель."))
            return None
        user = find_party(site, buyer.key) if buyer.key else None
        user = user or register(site, buyer)
        order = new_order(
            site,
            {
                "lid": "s1",
                "personTypeId": person_type_of(buyer),
                "currency": site.settings.currency,
                "userId": user["id"],
                "externalOrder": "Y",
                "comments": document.comment,
                **_marks(document),
            },
        )
        wares = document.wares or []
        if any(ware.is_delivery for ware in wares):
            new_shipment(site, order, {"deliveryId": site.deliveries.ids()[0]})
        self.put_rows(order, wares)
        recount(site, order)
        self._set_paid(order, document)
        self._finish(order)
        return order

    def put_rows(self, order: Row, wares: list[Ware]) -> bool:
        """Make an order's rows those of a document; tell whether anything changed."""
        site = self._site
        left = {row["id"]: row for row in site.basket_items.where("orderId", order["id"])}
        before = [dict(row) for row in left.values()]
        for ware in wares:
            if ware.is_delivery:
                continue
            row = next((r for r in left.values() if ware_id(site, r) == ware.key), None)
            if row is None:
                self._add(order, ware)
                continue
            del left[row["id"]]
            self._change(row, ware)
        for key in left:
            for part in site.shipment_items.where("basketId", key):
                site.shipment_items.remove(part["id"])
            site.basket_items.remove(key)
        is_delivery_new = self._put_delivery(order, wares)
        after = [dict(row) for row in site.basket_items.where("orderId", order["id"])]
        return is_delivery_new or before != after

    def _update(self, order: Row, document: Document, problems: list[str]) -> bool:
        site = self._site
        was_final = order["statusId"] == FINAL
        is_known = bool(document.version) and document.version == order["version1c"]
        changed = self._cancel(order, document)
        changed |= self._set_status(order, document)
        if not is_known and (was_final or self._is_paid_elsewhere(order)):
            problems.append(not_changeable(document.guid, str(order["accountNumber"])))
        elif not is_known:
            self._put_contents(order, document)
            changed = True
        if changed:
            site.orders.update(order, id1c=document.guid)
            self._finish(order)
        return changed

    def _put_contents(self, order: Row, document: Document) -> None:
        site = self._site
        if document.wares is not None:
            self.put_rows(order, document.wares)
            site.orders.update(order, discountValue=0)
        recount(site, order)
        self._set_paid(order, document)
        values: dict[str, Any] = _marks(document)
        if document.comment:
            values["comments"] = document.comment
        if document.pairs.get("Дата отгрузки по 1С") and order["deducted"] != "Y":
            values |= {
                "marked": "Y",
                "dateMarked": site.clock.stamp(),
                "reasonMarked": "Заказ отгружен в 1С, документы отгрузки не получены.",
            }
        site.orders.update(order, **values)
        address = document.pairs.get("Адрес доставки")
        if address:
            for row in site.properties.where("personTypeId", order["personTypeId"]):
                if row["isAddress"] == "Y":
                    put_property(site, order, row, address)

    def _finish(self, order: Row) -> None:
        """Save what 1C changed; the order is not exported back until the site changes it."""
        self._site.orders.update(order, updated1c="Y")
        save(self._site, order, is_recounted=True, keeps_mark=True)

    def _cancel(self, order: Row, document: Document) -> bool:
        """Cancel, or lift a cancellation that the document does not repeat."""
        wanted = "Y" if document.says("Отменен") or document.is_deleted else "N"
        if order["canceled"] == wanted:
            return False
        reason = document.comment if wanted == "Y" else ""
        change_order(self._site, order, {"canceled": wanted, "reasonCanceled": reason})
        return True

    def _set_status(self, order: Row, document: Document) -> bool:
        status = document.pairs.get("Статуса заказа ИД", "")
        known = self._site.statuses.get(status)
        if not self._site.settings.exchange.change_status or known is None:
            return False
        if known["type"] != "O" or order["statusId"] == status:
            return False
        change_order(self._site, order, {"statusId": status})
        return True

    def _set_paid(self, order: Row, document: Document) -> None:
        """Add a payment over the missing sum, or take 1C's own payment back."""
        site = self._site
        rows = site.payments.where("orderId", order["id"])
        own = [row for row in rows if row["externalPayment"] == "F"]
        date = document.pairs.get("Дата оплаты по 1С", "")
        if not date:
            for row in own:
                site.payments.remove(row["id"])
                site.announce("ONPAYMENTDELETED", ID=row["id"])
            return
        paid = sum(row["sum"] for row in rows if row["paid"] == "Y" and row["isReturn"] != "Y")
        missing = number(round(order["price"] - paid, 2))
        if missing <= 0:
            return
        row = new_payment(
            site,
            order,
            {"paySystemId": pay_system_of(site), "sum": missing, "externalPayment": "F"},
        )
        voucher = document.pairs.get("Номер оплаты по 1С", "")
        change_payment(
            site,
            row,
            {"paid": "Y", "payVoucherNum": voucher, "payVoucherDate": site.clock.read(date)},
        )

    def _is_paid_elsewhere(self, order: Row) -> bool:
        """Tell whether an order is paid, and not only by 1C's own payment."""
        rows = self._site.payments.where("orderId", order["id"])
        return order["payed"] == "Y" and any(
            row["paid"] == "Y" and row["externalPayment"] != "F" for row in rows
        )

    def _add(self, order: Row, ware: Ware) -> None:
        site = self._site
        key = ware.key.rsplit("#", 1)[-1]
        known = next((row for row in site.products.where("xmlId", key)), None)
        is_sold = known is not None and known["active"] == "Y"
        values: dict[str, Any] = {
            "productId": known["id"] if known is not None and is_sold else 0,
            "name": ware.name,
            "quantity": number(ware.quantity),
            "currency": order["currency"],
            **_prices(ware),
        }
        row = new_item(site, order, values, custom=True)
        if not is_sold:
            random_id = self._chance.randint(*_RANDOM_IDS)
            changes = {"productId": random_id, "module": "1c_exchange", "productXmlId": ware.key}
            site.basket_items.update(row, **changes)

    def _change(self, row: Row, ware: Ware) -> None:
        values = {"quantity": number(ware.quantity), **_prices(ware)}
        if any(row[name] != value for name, value in values.items()):
            change_item(self._site, row, values)
            row["customPrice"] = "Y"

    def _put_delivery(self, order: Row, wares: list[Ware]) -> bool:
        """Give the order's first shipment the price of the delivery row."""
        ware = next((row for row in wares if row.is_delivery), None)
        shipments = self._site.shipments.where("orderId", order["id"])
        if ware is None or not shipments or shipments[0]["deducted"] == "Y":
            return False
        price = number(round(ware.price * (ware.quantity or 1), 2))
        if shipments[0]["priceDelivery"] == price:
            return False
        self._site.shipments.update(shipments[0], priceDelivery=price, basePriceDelivery=price)
        return True


def _prices(ware: Ware) -> dict[str, Any]:
    base, price = number(ware.base_price), number(ware.price)
    return {"price": price, "basePrice": base, "discountPrice": number(base - price)}


def _marks(document: Document) -> dict[str, Any]:
    return {"id1c": document.guid, "version1c": document.version}
