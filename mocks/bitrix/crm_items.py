"""Methods ``crm.item.*`` and ``crm.orderentity.*`` (reference 2.9, 10.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix.crm_store import (
    ITEM,
    USER_FIELD,
    change_item,
    fields_with,
    is_known_type,
    items_of,
    new_item,
    remove_item,
)
from mocks.bitrix.errors import RestRefused, refuse
from mocks.bitrix.fields import Fields, described, table, whole, writable
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.table import Row

_ABSENT = "Элемент не найден"
_IMPORT_MAX = 20
_DATES = ("birthdate",)
ORDER_ENTITY = table("""
orderId integer req null
ownerId integer req null
ownerTypeId integer req null
""")
_OWNER_TYPES = (2, 31)


def item_fields(call: Call) -> Answer:
    """Answer ``crm.item.fields``."""
    _entity_type(call)
    return Answer({"fields": {**described(ITEM), "fm": {"type": "crm_multifield"}}})


def item_add(call: Call) -> Answer:
    """Answer ``crm.item.add``, and ``crm.item.import`` which runs no automation."""
    entity_type = _entity_type(call)
    row = new_item(call.site, entity_type, _values(call, call.sent_fields()))
    call.did("created", row["originId"] or row["id"])
    return Answer({"item": _shown(row)})


def item_get(call: Call) -> Answer:
    """Answer ``crm.item.get``."""
    return Answer({"item": _shown(_existing(call, _entity_type(call)))})


def item_update(call: Call) -> Answer:
    """Answer ``crm.item.update``: partial; the whole item comes back (10.7)."""
    entity_type = _entity_type(call)
    row = _existing(call, entity_type)
    is_changed = change_item(call.site, entity_type, row, _values(call, call.sent_fields()))
    call.did("changed" if is_changed else "unchanged", row["originId"] or row["id"])
    return Answer({"item": _shown(row)})


def item_delete(call: Call) -> Answer:
    """Answer ``crm.item.delete``: an empty list."""
    entity_type = _entity_type(call)
    row = _existing(call, entity_type)
    remove_item(call.site, entity_type, row)
    call.did("changed", row["id"])
    return Answer([])


def item_list(call: Call) -> Answer:
    """Answer ``crm.item.list``: the multifields only when ``fm`` is selected."""
    held = items_of(call.site, _entity_type(call))
    names = [str(name) for name in as_list(call.params.get("select"))]
    keys = [*names, *(str(key).lstrip("!=<>@%") for key in as_map(call.params.get("filter")))]
    fields: Fields = fields_with(dict.fromkeys(keys))
    found = page(find(held, fields, call.params, call.site.clock), call.start)
    answer = listed("items", fields, found, call.params)
    if "fm" in names:
        for shown, row in zip(answer.result["items"], found.rows, strict=True):
            shown["fm"] = row["fm"]
    is_mixed = call.site.settings.total_uncounted == "mixed"
    total = 0 if answer.total is None and is_mixed else answer.total
    return Answer(answer.result, total=total, next=answer.next)


def batch_import(call: Call) -> Answer:
    """Answer ``crm.item.batchImport``: up to 20 rows, each with its own outcome."""
    entity_type = _entity_type(call)
    rows = as_list(call.required("data"))
    if len(rows) > _IMPORT_MAX:
        refuse("INVALID_ARG_VALUE", f"At most {_IMPORT_MAX} items")
    items: list[Any] = []
    for row in rows:
        try:
            made = new_item(call.site, entity_type, _values(call, as_map(row)))
        except RestRefused as refusal:
            items.append(refusal.body())
        else:
            items.append({"item": {"id": made["id"]}})
    call.did("created")
    return Answer({"items": items})


def _values(call: Call, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``fields``.

    Raises:
        RestRefused: ``CRM_FIELD_ERROR_VALUE_NOT_VALID``, a date that is none.
    """
    for name in _DATES:
        if sent.get(name) and call.site.clock.read(sent[name]) is None:
            refuse("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Недопустимое значение поля "{name}"')
    values = writable(fields_with(sent), sent, call.site.clock, adding=True)
    if values.get("birthdate"):
        day = values["birthdate"]
        values["birthdate"] = f"{day[:10]}T03:00:00{day[19:]}"
    return {**values, "fm": sent["fm"]} if "fm" in sent else values


def _shown(row: Row) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if name in ITEM or USER_FIELD.match(name)}
    return {**own, "fm": row["fm"]}


def _entity_type(call: Call) -> int:
    found = whole(call.required("entityTypeId"))
    if not is_known_type(found):
        refuse("NOT_FOUND", _ABSENT)
    return found


def _existing(call: Call, entity_type: int) -> Row:
    row = items_of(call.site, entity_type).get(whole(call.required("id")))
    if row is None:
        refuse("NOT_FOUND", _ABSENT)
    return row


def link_add(call: Call) -> Answer:
    """Answer ``crm.orderentity.add``: an order of the shop joins a deal or a smart invoice."""
    sent = writable(ORDER_ENTITY, call.sent_fields(), call.site.clock, adding=True)
    if call.site.orders.get(sent.get("orderId")) is None:
        refuse("NOT_FOUND", _ABSENT)
    if sent.get("ownerTypeId") not in _OWNER_TYPES:
        refuse("INVALID_ARG_VALUE", "ownerTypeId")
    if sent not in call.site.order_links:
        call.site.order_links.append(sent)
    call.did("created", sent["orderId"])
    return Answer({"orderEntity": sent})


def link_list(call: Call) -> Answer:
    """Answer ``crm.orderentity.list``."""
    wanted = {
        str(name).lstrip("="): whole(value)
        for name, value in as_map(call.params.get("filter")).items()
        if str(name).lstrip("=") in ORDER_ENTITY
    }
    rows = [row for row in call.site.order_links if wanted.items() <= row.items()]
    found = page(rows, call.start)
    return Answer({"orderEntity": found.rows}, total=found.total, next=found.next)


def link_delete(call: Call) -> Answer:
    """Answer ``crm.orderentity.deleteByFilter``."""
    sent = writable(ORDER_ENTITY, call.sent_fields(), call.site.clock, adding=True)
    links = call.site.order_links
    kept = [row for row in links if not sent.items() <= row.items()]
    call.did("changed" if len(kept) < len(links) else "unchanged")
    links[:] = kept
    return Answer(result=True)


def link_fields(call: Call) -> Answer:
    """Answer ``crm.orderentity.getFields``."""
    del call
    return Answer({"orderEntity": described(ORDER_ENTITY)})


METHODS: Mapping[str, Handler] = {
    "crm.item.fields": item_fields,
    "crm.item.add": item_add,
    "crm.item.import": item_add,
    "crm.item.get": item_get,
    "crm.item.update": item_update,
    "crm.item.delete": item_delete,
    "crm.item.list": item_list,
    "crm.item.batchImport": batch_import,
    "crm.orderentity.add": link_add,
    "crm.orderentity.list": link_list,
    "crm.orderentity.deleteByFilter": link_delete,
    "crm.orderentity.getFields": link_fields,
}
