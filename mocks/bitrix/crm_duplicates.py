"""Methods ``crm.duplicate.findbycomm`` and ``crm.entity.mergeBatch`` (reference 2.8, 10.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from mocks.bitrix.crm_store import (
    COMPANY,
    CONTACT,
    ITEM,
    LEAD,
    announce,
    is_known_type,
    items_of,
    remove_item,
    type_name,
)
from mocks.bitrix.errors import ANYTHING_ELSE, refuse
from mocks.bitrix.fields import whole
from mocks.bitrix.gateway_users import e164
from mocks.bitrix.order_clients import follow_merge
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.rest import Answer, Call, Handler
from mocks.bitrix.table import Row

_VALUES_MAX = 20
_MATCHES_MAX = 20
_ORDER = (LEAD, CONTACT, COMPANY)
_KINDS = ("PHONE", "EMAIL")
# The survivor's own marks: they differ in every pair and make no conflict.
_OWN = {
    "id", "createdTime", "updatedTime", "createdBy", "updatedBy", "hasPhone", "hasEmail",
    "originId", "originatorId", "originVersion", "assignedById", "opened", "export",
    "companyIds", "contactIds",
}  # fmt: skip


def find_by_comm(call: Call) -> Answer:
    """Answer ``crm.duplicate.findbycomm``.

    Once 20 matches of a type are there the following types are not looked at.
    """
    kind = str(call.params.get("type") or "").upper()
    values = [str(value) for value in as_list(call.params.get("values"))][:_VALUES_MAX]
    asked = str(call.params.get("entity_type") or "").upper()
    if not kind:
        _refuse("Communication type is not defined", "Parameter 'type' is required.")
    if kind not in _KINDS:
        text = f"Communication type '{kind}' is not supported in current context"
        _refuse(text, "Parameter 'type' must be PHONE or EMAIL.")
    if not values:
        _refuse("Communication values is not defined", "Parameter 'values' is required.")
    wanted = {_plain(kind, value) for value in values} - {""}
    found: dict[str, list[int]] = {}
    for entity_type in _ORDER:
        name = type_name(entity_type)
        if asked and asked != name:
            continue
        ids = [
            row["id"]
            for row in items_of(call.site, entity_type)
            if any(_plain(kind, p["value"]) in wanted for p in row["fm"] if p["typeId"] == kind)
        ]
        if ids:
            found[name] = ids[:_MATCHES_MAX]
        if len(ids) >= _MATCHES_MAX:
            break
    return Answer(found or [])


def merge_batch(call: Call) -> Answer:
    """Answer ``crm.entity.mergeBatch``: the first id survives, single fields must agree."""
    sent = as_map(call.params.get("params"))
    if not sent.get("entityTypeId"):
        refuse(ANYTHING_ELSE, "The parameter entityTypeId is required.")
    ids = [whole(value) for value in as_list(sent.get("entityIds"))]
    if len(ids) < 2:  # noqa: PLR2004 - a pair
        refuse(ANYTHING_ELSE, "The parameter entityIds must contains at least two elements.")
    entity_type = whole(sent["entityTypeId"])
    held = items_of(call.site, entity_type) if is_known_type(entity_type) else None
    rows = [row for key in ids if held is not None and (row := held.get(key)) is not None]
    if len(rows) < len(ids):
        refuse(ANYTHING_ELSE, "Owner was not found")
    survivor, *losers = rows
    if any(_differ(survivor, loser) for loser in losers) or _losers_differ(losers):
        return Answer({"STATUS": "CONFLICT", "ENTITY_IDS": []})
    for loser in losers:
        _pour(survivor, loser)
        remove_item(call.site, entity_type, loser)
    follow_merge(call.site, entity_type, survivor, losers)
    survivor["updatedTime"] = call.site.clock.stamp()
    announce(call.site, entity_type, survivor["id"], "UPDATE")
    call.did("changed", survivor["id"])
    return Answer({"STATUS": "SUCCESS", "ENTITY_IDS": [loser["id"] for loser in losers]})


def _single(row: Row) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if (name in ITEM or name.startswith("ufCrm"))
        and name not in _OWN
        and value not in (None, "")
    }


def _differ(one: Row, other: Row) -> bool:
    mine, theirs = _single(one), _single(other)
    return any(name in theirs and theirs[name] != value for name, value in mine.items())


def _losers_differ(losers: list[Row]) -> bool:
    return any(
        _differ(one, other) for index, one in enumerate(losers) for other in losers[index + 1 :]
    )


def _pour(survivor: Row, loser: Row) -> None:
    """Fill the survivor's gaps and add the loser's communications that it lacks."""
    for name, value in _single(loser).items():
        if survivor.get(name) in (None, ""):
            survivor[name] = value
    known = {(part["typeId"], _plain(part["typeId"], part["value"])) for part in survivor["fm"]}
    for part in loser["fm"]:
        if (part["typeId"], _plain(part["typeId"], part["value"])) not in known:
            survivor["fm"].append(part)
            survivor["hasPhone" if part["typeId"] == "PHONE" else "hasEmail"] = "Y"


def _plain(kind: str, value: str) -> str:
    """Return what is compared: the digits of a phone, an address in small letters."""
    if kind != "PHONE":
        return value.strip().lower()
    return e164(value) or re.sub(r"\D", "", value)


def _refuse(code: str, text: str) -> NoReturn:
    refuse(code, text)


METHODS: Mapping[str, Handler] = {
    "crm.duplicate.findbycomm": find_by_comm,
    "crm.entity.mergeBatch": merge_batch,
}
