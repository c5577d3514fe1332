"""Contacts, leads, companies and smart processes of a Bitrix24 portal (reference 2.8, 2.9).

One row per item in the camel case of ``crm.item.*``; ``crm.contact.*`` shows it in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import Field, Fields, fresh, table
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.table import Row, Table

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
FIRST_PROCESS = 128
TYPES = {
    LEAD: "LEAD",
    DEAL: "DEAL",
    CONTACT: "CONTACT",
    COMPANY: "COMPANY",
    7: "QUOTE",
    31: "INVOICE",
}
PHONE_TYPES = ("WORK", "MOBILE", "FAX", "HOME", "PAGER", "MAILING", "OTHER")
EMAIL_TYPES = ("WORK", "HOME", "MAILING", "OTHER")
MULTIFIELDS = ("PHONE", "EMAIL", "WEB", "IM")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
USER_FIELD = re.compile(r"ufCrm_?[A-Za-z0-9_]+")

ITEM = table("""
assignedById integer - 1
birthdate datetime - null
categoryId integer - null
comments string - null
companyId integer - null
companyIds list - []
contactId integer - null
contactIds list - []
createdBy integer ro 1
createdTime datetime ro null
currencyId string - null
export char - Y
hasEmail char ro N
hasPhone char ro N
honorific string - null
id integer ro null
lastName string - null
leadId integer - null
name string - null
opened char - Y
opportunity double - null
originatorId string - null
originId string - null
originVersion string - null
post string - null
secondName string - null
sourceDescription string - null
sourceId string - null
stageId string - null
title string - null
typeId string - null
updatedBy integer ro 1
updatedTime datetime ro null
utmCampaign string - null
utmContent string - null
utmMedium string - null
utmSource string - null
utmTerm string - null
""")


def type_name(entity_type: int) -> str:
    """Return the type's name in events and duplicates."""
    return TYPES.get(entity_type, "DYNAMICITEM")


def is_known_type(entity_type: int) -> bool:
    """Tell whether the portal has such a type."""
    return entity_type in TYPES or entity_type >= FIRST_PROCESS


def items_of(site: Site, entity_type: int) -> Table:
    """Return the items of a type."""
    return site.crm.setdefault(entity_type, Table())


def fields_with(values: Mapping[str, Any]) -> Fields:
    """Return the field table with the user fields that are named in ``values``."""
    own = {
        name: Field(
            name,
            "string",
            is_read_only=False,
            is_immutable=False,
            is_required=False,
            default=None,
        )
        for name in values
        if USER_FIELD.fullmatch(name)
    }
    return {**ITEM, **own}


def new_item(site: Site, entity_type: int, values: Mapping[str, Any]) -> Row:
    """Put an item into the portal and announce it."""
    now = site.clock.stamp()
    own = {name: value for name, value in values.items() if name != "fm"}
    row: Row = {
        **fresh(ITEM),
        "typeId": "CLIENT" if entity_type == CONTACT else None,
        "sourceId": "WEB",
        **own,
        "id": site.next_id(type_name(entity_type).lower()),
        "createdTime": now,
        "updatedTime": now,
        "fm": [],
    }
    put_multifields(site, row, values.get("fm"))
    items_of(site, entity_type).add(row)
    announce(site, entity_type, row["id"], "ADD")
    return row


def change_item(site: Site, entity_type: int, row: Row, values: Mapping[str, Any]) -> bool:
    """Change an item; tell whether anything changed."""
    before = {**row, "fm": [dict(part) for part in row["fm"]]}
    put_multifields(site, row, values.get("fm"))
    row.update({name: value for name, value in values.items() if name != "fm"})
    if row == before:
        return False
    row["updatedTime"] = site.clock.stamp()
    announce(site, entity_type, row["id"], "UPDATE")
    return True


def remove_item(site: Site, entity_type: int, row: Row) -> None:
    """Delete an item."""
    items_of(site, entity_type).remove(row["id"])
    announce(site, entity_type, row["id"], "DELETE")


def announce(site: Site, entity_type: int, key: int, what: str) -> None:
    """Announce what happened to an item; smart processes name their type too (1.10)."""
    name = f"ONCRM{type_name(entity_type)}{what}"
    if entity_type in TYPES:
        site.announce(name, ID=key)
        return
    site.announce(name, ID=key, ENTITY_TYPE_ID=entity_type)
    site.announce(f"{name}_{entity_type}", ID=key, ENTITY_TYPE_ID=entity_type)


def put_multifields(site: Site, row: Row, sent: object) -> None:
    """Edit rows with an id, add those without, remove what is empty or marked (2.8).

    Raises:
        RestRefused: ``ERROR_CORE``, an address that is none.
    """
    rows = {part["id"]: part for part in row["fm"]}
    for item in as_list(sent):
        part = as_map(item)
        known = rows.get(int(part["id"])) if str(part.get("id", "")).isdigit() else None
        value = str(part.get("value", "" if known is None else known["value"])).strip()
        kind = str(part.get("typeId") or (known or {}).get("typeId") or "PHONE")
        place = str(part.get("valueType") or (known or {}).get("valueType") or "WORK")
        if known is not None and (part.get("delete") == "Y" or not value):
            del rows[known["id"]]
            continue
        if not value:
            continue
        if kind == "EMAIL" and not _EMAIL.fullmatch(value):
            text = f"The field {place.capitalize()} e-mail contains an invalid address"
            refuse("ERROR_CORE", text)
        key = known["id"] if known is not None else site.next_id("fm")
        rows[key] = {"id": key, "valueType": place, "value": value, "typeId": kind}
    row["fm"] = list(rows.values())
    kinds = {part["typeId"] for part in row["fm"]}
    row["hasPhone"] = "Y" if "PHONE" in kinds else "N"
    row["hasEmail"] = "Y" if "EMAIL" in kinds else "N"
