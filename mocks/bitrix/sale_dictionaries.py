"""Methods of order properties and of the shop's dictionaries (reference 2.5, 2.6, samples 10.4.

10.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix.errors import ANYTHING_ELSE, refuse
from mocks.bitrix.fields import Field, Fields, described, whole
from mocks.bitrix.order_parts import put_property
from mocks.bitrix.orders import save
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.sale_fields import PERSON_TYPE, PROPERTY, PROPERTY_VALUE, STATUS, STATUS_LANG
from mocks.bitrix.sale_orders import own_key
from mocks.bitrix.sale_parts import existing
from mocks.bitrix.table import Table

_VALUE_MISSING = (201040400001, "property value is not exists")


def value_list(call: Call) -> Answer:
    """Answer ``sale.propertyvalue.list`` (10.4)."""
    call.may_read()
    rows = find(call.site.property_values, PROPERTY_VALUE, call.params, call.site.clock)
    return listed("propertyValues", PROPERTY_VALUE, page(rows, call.start), call.params)


def value_get(call: Call) -> Answer:
    """Answer ``sale.propertyvalue.get`` (10.4)."""
    call.may_read()
    return Answer({"propertyValue": existing(call, call.site.property_values, *_VALUE_MISSING)})


def value_fields(call: Call) -> Answer:
    """Answer ``sale.propertyvalue.getfields`` (2.5)."""
    call.may_read()
    return Answer({"propertyValue": described(PROPERTY_VALUE)})


def value_delete(call: Call) -> Answer:
    """Answer ``sale.propertyvalue.delete`` (2.5)."""
    call.may_write()
    row = existing(call, call.site.property_values, *_VALUE_MISSING)
    call.site.property_values.remove(row["id"])
    call.site.announce("ONPROPERTYVALUEDELETED", ID=row["id"])
    save(call.site, call.site.orders.rows[row["orderId"]])
    call.did("changed", row["id"])
    return Answer(result=True)


def value_modify(call: Call) -> Answer:
    """Answer ``sale.propertyvalue.modify``: the whole set; values not listed are wiped (10.4)."""
    call.may_write()
    site = call.site
    sent = as_map(call.sent_fields().get("order"))
    if sent.get("id") in (None, ""):
        refuse(ANYTHING_ELSE, "Required fields: [order][id]")
    order = site.orders.get(whole(sent["id"]))
    if order is None:
        refuse(ANYTHING_ELSE, "Order not found")
    wanted = _wanted_values(as_list(sent.get("propertyValues")))
    known = {row["id"]: row for row in site.properties.where("personTypeId", order["personTypeId"])}
    before = {
        row["orderPropsId"]: row["value"]
        for row in site.property_values.where("orderId", order["id"])
    }
    for row in site.property_values.where("orderId", order["id"]):
        if row["orderPropsId"] not in wanted:
            site.property_values.remove(row["id"])
    for key, value in wanted.items():
        if key in known:
            put_property(site, order, known[key], value)
    save(site, order)
    rows = site.property_values.where("orderId", order["id"])
    after = {row["orderPropsId"]: row["value"] for row in rows}
    call.did("unchanged" if before == after else "changed", own_key(order))
    rows.sort(key=lambda row: row["orderPropsId"])
    return Answer(
        {"propertyValues": [{k: v for k, v in row.items() if k != "orderId"} for row in rows]}
    )


def _wanted_values(rows: list[Any]) -> dict[int, Any]:
    wanted: dict[int, Any] = {}
    for index, row in enumerate(rows):
        for name in ("orderPropsId", "value"):
            if name not in as_map(row):
                refuse(ANYTHING_ELSE, f"Required fields: [propertyValues][{index}] - {name}.")
        wanted[whole(row["orderPropsId"])] = row["value"]
    return wanted


def _lister(plural: str, table: str, fields: Fields) -> Handler:
    """Make the ``list`` of a dictionary."""

    def _list(call: Call) -> Answer:
        call.may_read()
        rows = find(getattr(call.site, table), fields, call.params, call.site.clock)
        return listed(plural, fields, page(rows, call.start), call.params)

    return _list


def status_get(call: Call) -> Answer:
    """Answer ``sale.status.get`` (2.6)."""
    call.may_read()
    row = call.site.statuses.get(str(call.required("id")))
    if row is None:
        refuse(201340400001, "status is not exists")
    return Answer({"status": row})


def languages(call: Call) -> Answer:
    """Answer ``sale.statuslang.getlistlangs`` (2.6)."""
    call.may_read()
    return Answer({"langs": [{"lid": "ru", "active": "Y", "name": "Русский"}]})


def pay_systems(call: Call) -> Answer:
    """Answer ``sale.paysystem.list``: a bare list with names in capitals (2.3)."""
    return _capitals(call, call.site.pay_systems, "ACCESS_DENIED")


def deliveries(call: Call) -> Answer:
    """Answer ``sale.delivery.getlist``: a bare list with names in capitals (2.4)."""
    return _capitals(call, call.site.deliveries, "ACCESS_DENIED")


def _capitals(call: Call, table: Table, refusal: str) -> Answer:
    if call.site.settings.sale_rights == "D":
        refuse(refusal, "Access denied!", 403)
    params = {key.lower(): value for key, value in call.params.items()}
    fields = {name: _plain(name, value) for name, value in next(iter(table)).items()}
    rows = list(find(table, fields, params, call.site.clock))
    chosen = [str(name) for name in as_list(params.get("select"))]
    names = [name for name in fields if name in chosen] or list(fields)
    return Answer([{name: row[name] for name in names} for row in rows])


def _plain(name: str, value: Any) -> Field:
    kind = "integer" if isinstance(value, int) else "string"
    return Field(
        name, kind, is_read_only=False, is_immutable=False, is_required=False, default=None
    )


METHODS: Mapping[str, Handler] = {
    "sale.propertyvalue.list": value_list,
    "sale.propertyvalue.get": value_get,
    "sale.propertyvalue.getfields": value_fields,
    "sale.propertyvalue.delete": value_delete,
    "sale.propertyvalue.modify": value_modify,
    "sale.property.list": _lister("properties", "properties", PROPERTY),
    "sale.persontype.list": _lister("personTypes", "person_types", PERSON_TYPE),
    "sale.status.list": _lister("statuses", "statuses", STATUS),
    "sale.status.get": status_get,
    "sale.statuslang.list": _lister("statusLangs", "status_langs", STATUS_LANG),
    "sale.statuslang.getlistlangs": languages,
}
PAY_SYSTEM_METHODS: Mapping[str, Handler] = {"sale.paysystem.list": pay_systems}
DELIVERY_METHODS: Mapping[str, Handler] = {"sale.delivery.getlist": deliveries}
