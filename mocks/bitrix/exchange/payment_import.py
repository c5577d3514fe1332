"""Payment documents from 1C (reference 3.6, 10.15 c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.exchange.documents import Document
from mocks.bitrix.exchange.order_import import FINAL, find_order, pay_system_of
from mocks.bitrix.exchange.texts import about, not_changeable
from mocks.bitrix.fields import number, whole
from mocks.bitrix.order_parts import change_payment, new_payment
from mocks.bitrix.orders import save
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


def import_payment(site: Site, document: Document, problems: list[str]) -> bool:
    """Import one payment; tell whether anything changed."""
    order = find_order(site, document.base)
    if order is None:
        problems.append(about(document.guid, f"Заказ №{document.base} не найден."))
        return False
    if order["statusId"] == FINAL:
        problems.append(not_changeable(document.guid, str(order["accountNumber"])))
        return False
    row = _find(site, order, document)
    if row is not None and document.version and row["version1c"] == document.version:
        return False
    if document.is_deleted:
        if row is None:
            return False
        site.payments.remove(row["id"])
        site.announce("ONPAYMENTDELETED", ID=row["id"])
    else:
        row = row or new_payment(
            site,
            order,
            {"paySystemId": _pay_system(site, document), "sum": number(document.amount)},
        )
        change_payment(site, row, _values(site, row, document))
        if document.checks:
            site.checks[row["id"]] = document.checks
    site.orders.update(order, updated1c="Y")
    save(site, order, keeps_mark=True)
    return True


def _find(site: Site, order: Row, document: Document) -> Row | None:
    rows = site.payments.where("orderId", order["id"])
    by_number = [row for row in rows if str(row["id"]) == document.number]
    by_guid = [row for row in rows if row["id1c"] == document.guid]
    return next(iter([*by_number, *by_guid]), None)


def _pay_system(site: Site, document: Document) -> int:
    asked = whole(document.pairs.get("Метод оплаты ИД", ""))
    return asked if site.pay_systems.get(asked) is not None else pay_system_of(site)


def _values(site: Site, row: Row, document: Document) -> dict[str, Any]:
    """Return what a document changes; a paid payment keeps its sum."""
    pairs = document.pairs
    values: dict[str, Any] = {
        "id1c": document.guid,
        "version1c": document.version,
        "updated1c": "Y",
    }
    if row["paid"] != "Y":
        values["sum"] = number(document.amount)
    if site.pay_systems.get(whole(pairs.get("Метод оплаты ИД", ""))) is not None:
        values["paySystemId"] = whole(pairs["Метод оплаты ИД"])
    if document.says("Отменен"):
        values["paid"] = "N"
    elif document.says("Оплачен"):
        values["paid"] = "Y"
    if document.says("ПризнакВозврата"):
        values |= {
            "isReturn": "Y",
            "payReturnDate": site.clock.stamp(),
            "payReturnComment": pairs.get("Причина к Возврату", ""),
        }
    date = site.clock.read(pairs.get("Дата оплаты по 1С"))
    if date is not None:
        values["payVoucherDate"] = date
    if pairs.get("Номер оплаты по 1С"):
        values["payVoucherNum"] = pairs["Номер оплаты по 1С"]
    if document.comment:
        values["comments"] = document.comment
    return values
