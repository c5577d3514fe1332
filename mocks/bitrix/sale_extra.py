"""Bindings between parts of an order and the smaller dictionaries of ``sale`` (2.5, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix.errors import ANYTHING_ELSE, refuse, required_fields
from mocks.bitrix.fields import Fields, described, fresh, missing, table, whole, writable
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.table import Row, Table

PAYMENT_BASKET = table("""
basketId integer imm,req null
dateInsert datetime ro null
id integer ro null
paymentId integer imm,req null
quantity double req 0
xmlId string - ''
""")
PAYMENT_SHIPMENT = table("""
dateInsert datetime ro null
id integer ro null
paymentId integer imm,req null
shipmentId integer imm,req null
xmlId string - ''
""")
GROUP = table("""
id integer ro null
name string req ''
personTypeId integer imm,req null
sort integer - 100
""")
VARIANT = table("""
description string - ''
id integer ro null
name string req ''
orderPropsId integer imm,req null
sort integer - 100
value string req ''
""")
RELATION = table("""
entityId string req ''
entityType string req ''
propertyId integer req null
""")
PLATFORM = table("""
active char - Y
catalogSectionTabClassName string - ''
class string - ''
code string - ''
description string - ''
id integer ro null
name string - ''
settings list - []
xmlId string - ''
""")
BINDING = table("""
externalOrderId string - ''
id integer ro null
orderId integer - null
params list - []
tradingPlatformId integer - null
tradingPlatformXmlId string - ''
xmlId string - ''
""")
DOMAIN = table("""
domain string - ''
personTypeId integer - null
""")


def _lister(held: str, fields: Fields, plural: str) -> Handler:
    def _list(call: Call) -> Answer:
        call.may_read()
        known: Mapping[str, Table] = call.site.small
        rows = find(known[held], fields, call.params, call.site.clock)
        return listed(plural, fields, page(rows, call.start), call.params)

    return _list


def _bound(call: Call, held: str, one: str) -> Row:
    row = call.site.small[held].get(whole(call.required("id")))
    if row is None:
        refuse(ANYTHING_ELSE, f"{one} is not exists")
    return row


def _adder(held: str, fields: Fields, one: str) -> Handler:
    def _add(call: Call) -> Answer:
        call.may_write()
        sent = call.sent_fields()
        lacking = missing(fields, sent, adding=True)
        if lacking:
            raise required_fields(lacking)
        values = writable(fields, sent, call.site.clock, adding=True)
        if call.site.payments.get(values["paymentId"]) is None:
            refuse(ANYTHING_ELSE, "payment is not exists")
        own: dict[str, Any] = {"id": call.site.next_id(held), "dateInsert": call.site.clock.stamp()}
        row = call.site.small[held].add({**fresh(fields), **values, **own})
        row["xmlId"] = row["xmlId"] or call.site.auto_xml_id()
        call.did("created", row["id"])
        return Answer({one: row})

    return _add


def _changers(held: str, fields: Fields, one: str) -> tuple[Handler, Handler]:
    def _update(call: Call) -> Answer:
        call.may_write()
        row = _bound(call, held, one)
        row.update(writable(fields, call.sent_fields(), call.site.clock, adding=False))
        call.did("changed", row["id"])
        return Answer({one: row})

    def _delete(call: Call) -> Answer:
        call.may_write()
        row = _bound(call, held, one)
        call.site.small[held].remove(row["id"])
        call.did("changed", row["id"])
        return Answer(result=True)

    return _update, _delete


def _crud(method: str, held: str, fields: Fields, one: str, many: str) -> dict[str, Handler]:
    """Make the methods of a binding between parts of an order."""

    def _get(call: Call) -> Answer:
        call.may_read()
        return Answer({one: _bound(call, held, one)})

    def _fields(call: Call) -> Answer:
        call.may_read()
        return Answer({one: described(fields)})

    update, delete = _changers(held, fields, one)
    verbs = {
        "get": _get,
        "add": _adder(held, fields, one),
        "update": update,
        "delete": delete,
        "getfields": _fields,
        "list": _lister(held, fields, many),
    }
    return {f"{method}.{verb}": run for verb, run in verbs.items()}


def furnish_small(small: dict[str, Table]) -> None:
    """Give a fresh shop the rows of its smaller dictionaries."""
    for person, domain, name in ((1, "I", "Личные данные"), (2, "E", "Данные компании")):
        small["groups"].add({**fresh(GROUP), "id": person, "name": name, "personTypeId": person})
        small["domains"].add({"personTypeId": person, "domain": domain})


def small_tables() -> dict[str, Table]:
    """Return the tables of the smaller entities, furnished."""
    small = {
        name: Table()
        for name in ("payment_baskets", "payment_shipments", "groups", "variants", "platforms")
    }
    small |= {"bindings": Table(), "relations": Table(key="propertyId")}
    small["domains"] = Table(key="personTypeId")
    furnish_small(small)
    return small


METHODS: Mapping[str, Handler] = {
    **_crud(
        "sale.paymentitembasket",
        "payment_baskets",
        PAYMENT_BASKET,
        "paymentItemBasket",
        "paymentItemsBasket",
    ),
    **_crud(
        "sale.paymentitemshipment",
        "payment_shipments",
        PAYMENT_SHIPMENT,
        "paymentItemShipment",
        "paymentItemsShipment",
    ),
    "sale.propertygroup.list": _lister("groups", GROUP, "propertyGroups"),
    "sale.propertyvariant.list": _lister("variants", VARIANT, "propertyVariants"),
    "sale.propertyrelation.list": _lister("relations", RELATION, "propertyRelations"),
    "sale.tradeplatform.list": _lister("platforms", PLATFORM, "tradePlatforms"),
    "sale.tradebinding.list": _lister("bindings", BINDING, "tradeBindings"),
    "sale.businessvaluepersondomain.list": _lister("domains", DOMAIN, "businessValuePersonDomains"),
}
