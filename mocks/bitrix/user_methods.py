"""Methods ``user.*`` of the module ``intranet``: employees, no buyers (reference 2.10, 10.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import table, whole
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, ordered, page, sorting
from mocks.bitrix.rest import Answer, Call, Handler
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_OWN_FIELDS = "UF_USR_"
_FREE_TEXT = ("NAME", "LAST_NAME", "SECOND_NAME", "EMAIL", "WORK_POSITION")
_READ_ONLY = {"ID", "LAST_LOGIN", "DATE_REGISTER", "IS_ONLINE", "TIMESTAMP_X", "USER_TYPE"}

EMPLOYEE = table("""
ID integer ro null
XML_ID string - ''
ACTIVE char - Y
NAME string - ''
LAST_NAME string - ''
SECOND_NAME string - ''
TITLE string - ''
EMAIL string - ''
LAST_LOGIN string ro ''
DATE_REGISTER string ro ''
TIME_ZONE string - ''
IS_ONLINE string ro ''
TIMESTAMP_X string ro null
LAST_ACTIVITY_DATE string ro null
PERSONAL_GENDER string - ''
PERSONAL_BIRTHDAY string - ''
PERSONAL_PHONE string - ''
PERSONAL_MOBILE string - ''
PERSONAL_CITY string - ''
PERSONAL_STREET string - ''
PERSONAL_ZIP string - ''
PERSONAL_STATE string - ''
PERSONAL_COUNTRY string - ''
PERSONAL_PHOTO string - ''
PERSONAL_WWW string - ''
WORK_COMPANY string - ''
WORK_POSITION string - ''
WORK_PHONE string - ''
UF_DEPARTMENT list - []
UF_EMPLOYMENT_DATE string - ''
USER_TYPE string ro ''
""")


def furnish_staff(site: Site) -> None:
    """Give a fresh site its administrator (10.8)."""
    site.staff.add(
        _row(
            1,
            {
                "NAME": "Иван",
                "LAST_NAME": "Смирнов",
                "EMAIL": "ivan@example.ru",
                "LAST_LOGIN": "2025-03-03T09:00:00+03:00",
                "DATE_REGISTER": "2024-01-15T00:00:00+03:00",
                "IS_ONLINE": "Y",
                "PERSONAL_MOBILE": "+79990003344",
                "UF_DEPARTMENT": [1],
                "USER_TYPE": "employee",
            },
        )
    )


def _row(key: int, values: Mapping[str, Any]) -> Row:
    blank = {name: [] if field.type == "list" else "" for name, field in EMPLOYEE.items()}
    return {**blank, "ACTIVE": True, **values, "ID": key}


def fields(call: Call) -> Answer:
    """Answer ``user.fields``: a label per field."""
    del call
    return Answer({name: name.replace("_", " ").capitalize() for name in EMPLOYEE})


def current(call: Call) -> Answer:
    """Answer ``user.current``."""
    return Answer(_shown(_existing(call, call.caller.user_id)))


def get(call: Call) -> Answer:
    """Answer ``user.get``: ``FILTER``, ``sort`` and ``order`` in any case, 50 a page."""
    return _listed(call, _filter(call), "")


def search(call: Call) -> Answer:
    """Answer ``user.search``: ``FIND`` looks into names, e-mail and position."""
    wanted = _filter(call)
    text = str(wanted.pop("FIND", "")).strip().casefold()
    return _listed(call, wanted, text)


def add(call: Call) -> Answer:
    """Answer ``user.add``: an invitation; the fields stand at the top level."""
    site = call.site
    sent = call.params
    email = str(sent.get("EMAIL", "")).strip().lower()
    if not call.caller.is_admin:
        refuse("ERROR_CORE", "access_denied")
    if not _EMAIL.fullmatch(email):
        refuse("ERROR_ARGUMENT", "wrong_email", argument="")
    if any(row["EMAIL"].lower() == email for row in site.staff):
        refuse("ERROR_ARGUMENT", "A user with this email already exists", argument="")
    is_extranet = sent.get("EXTRANET") == "Y"
    if is_extranet and not as_list(sent.get("SONET_GROUP_ID")):
        refuse("ERROR_NO_GROUP", "no_group")
    if not is_extranet and not as_list(sent.get("UF_DEPARTMENT")):
        refuse("ERROR_ARGUMENT", "no_extranet_field", argument="")
    kind = "extranet" if is_extranet else "employee"
    own = {"EMAIL": email, "USER_TYPE": kind, "DATE_REGISTER": site.clock.stamp()}
    row = site.staff.add(_row(site.next_id("staff"), {**_values(sent), **own}))
    shown = {name: value for name, value in _shown(row).items() if not isinstance(value, list)}
    site.announce_plain("ONUSERADD", shown)
    call.did("created", row["ID"])
    return Answer(row["ID"])


def update(call: Call) -> Answer:
    """Answer ``user.update``: the fields stand at the top level."""
    row = call.site.staff.get(whole(call.params.get("ID", 0)))
    if row is None or not call.caller.is_admin:
        refuse("ERROR_CORE", "access_denied")
    values = _values(call.params)
    is_same = all(row.get(name) == value for name, value in values.items())
    call.site.staff.update(row, **values)
    call.did("unchanged" if is_same else "changed", row["ID"])
    return Answer(result=True)


def userfield_add(call: Call) -> Answer:
    """Answer ``user.userfield.add``: only fields named ``UF_USR_*`` are exposed."""
    sent = as_map(call.params.get("fields"))
    name = str(sent.get("FIELD_NAME", "")).upper()
    if not name.startswith(_OWN_FIELDS):
        name = _OWN_FIELDS + name.removeprefix("UF_")
    if name == _OWN_FIELDS or any(row["FIELD_NAME"] == name for row in call.site.user_fields):
        refuse("ERROR_CORE", "Wrong field name")
    key = call.site.next_id("userfield")
    base = {"USER_TYPE_ID": "string", "MULTIPLE": "N", "MANDATORY": "N", "SORT": "100"}
    row = {**base, **sent, "ID": str(key), "ENTITY_ID": "USER", "FIELD_NAME": name}
    call.site.user_fields.append(row)
    call.did("created", name)
    return Answer(key)


def userfield_list(call: Call) -> Answer:
    """Answer ``user.userfield.list``."""
    wanted = _filter(call)
    rows = [
        row
        for row in call.site.user_fields
        if all(str(row.get(name)) == str(value) for name, value in wanted.items())
    ]
    return Answer(rows, total=len(rows))


def userfield_update(call: Call) -> Answer:
    """Answer ``user.userfield.update``."""
    row = _userfield(call)
    fixed = {"ID", "ENTITY_ID", "FIELD_NAME", "USER_TYPE_ID"}
    sent = as_map(call.params.get("fields"))
    row.update({name: value for name, value in sent.items() if name not in fixed})
    call.did("changed", row["FIELD_NAME"])
    return Answer(result=True)


def userfield_delete(call: Call) -> Answer:
    """Answer ``user.userfield.delete``."""
    row = _userfield(call)
    call.site.user_fields.remove(row)
    call.did("changed", row["FIELD_NAME"])
    return Answer(result=True)


def _userfield(call: Call) -> dict[str, Any]:
    key = str(call.params.get("id", call.params.get("ID", "")))
    found = next((row for row in call.site.user_fields if row["ID"] == key), None)
    if found is None:
        refuse("ERROR_NOT_FOUND", "User field is not found")
    return found


def _values(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the fields that exist; a site's own ``UF_*`` are not exposed, ``UF_USR_*`` are."""
    found = {
        name: value
        for name, value in sent.items()
        if (name in EMPLOYEE and name not in _READ_ONLY) or name.startswith(_OWN_FIELDS)
    }
    if "UF_DEPARTMENT" in found:
        found["UF_DEPARTMENT"] = [whole(item) for item in as_list(found["UF_DEPARTMENT"])]
    if "ACTIVE" in found:
        found["ACTIVE"] = found["ACTIVE"] in (True, 1, "Y", "1", "true")
    return found


def _filter(call: Call) -> dict[str, Any]:
    lowered = {key.lower(): value for key, value in call.params.items()}
    return dict(as_map(lowered.get("filter")))


def _listed(call: Call, wanted: dict[str, Any], text: str) -> Answer:
    lowered = {key.lower(): value for key, value in call.params.items()}
    if "ACTIVE" in wanted:
        active = wanted.pop("ACTIVE") in (True, 1, "Y", "1", "true")
        wanted_active = [row for row in call.site.staff if row["ACTIVE"] is active]
    else:
        wanted_active = list(call.site.staff)
    keys = {row["ID"] for row in wanted_active}
    rows = [
        row
        for row in find(call.site.staff, EMPLOYEE, {"filter": wanted}, call.site.clock)
        if row["ID"] in keys and (not text or any(text in row[n].casefold() for n in _FREE_TEXT))
    ]
    column = str(lowered.get("sort", "ID"))
    rows = ordered(rows, sorting(EMPLOYEE, {column: lowered.get("order", "ASC")}, "ID"))
    found = page(rows, call.start)
    names = [str(name) for name in as_list(lowered.get("select"))]
    shown = [
        {key: value for key, value in _shown(row).items() if not names or key in names}
        for row in found.rows
    ]
    return Answer(shown, total=found.total, next=found.next)


def _shown(row: Row) -> dict[str, Any]:
    """Return an employee: the id a text, two empty dates as PHP's empty map (10.8)."""
    empty: dict[str, Any] = {}
    dates = {name: row[name] or empty for name in ("TIMESTAMP_X", "LAST_ACTIVITY_DATE")}
    return {**row, "ID": str(row["ID"]), **dates}


def _existing(call: Call, key: int) -> Row:
    row = call.site.staff.get(key)
    if row is None:
        refuse("ERROR_NOT_FOUND", "User is not found")
    return row


METHODS: Mapping[str, Handler] = {
    "user.fields": fields,
    "user.current": current,
    "user.get": get,
    "user.search": search,
    "user.add": add,
    "user.update": update,
    "user.userfield.add": userfield_add,
    "user.userfield.list": userfield_list,
    "user.userfield.update": userfield_update,
    "user.userfield.delete": userfield_delete,
}
