"""Methods ``gateway.user.*`` and the buyers behind them (reference 10.11, 10.12)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.gateway_lists import LIST_SPEC, window
from mocks.bitrix.gateway_rules import (
    Args,
    empty_map,
    read,
    reading,
    refuse_absent,
    refuse_argument,
    writing,
)
from mocks.bitrix.rest import Call, Handler
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_FIND_LIMIT = 50
_PHONE_DIGITS = 11

USER_FIELDS: Mapping[str, str] = {
    "login": "text:50", "active": "flag", "xmlId": "text:255?", "siteId": "text:2",
    "lastName": "text:100?",
    "name": "text:100?", "secondName": "text:100?", "gender": "enum:M|F?", "birthday": "date?",
    "email": "email?",
    "emailConfirmed": "flag", "phone": "phone?", "phoneConfirmed": "flag", "consents": "maps",
    "source": "text:50?",
    "groups": "ids", "fields": "map",
}  # fmt: skip
_CONSENT = {
    "type": "text:50*",
    "granted": "flag*",
    "at": "moment*",
    "textVersion": "text:50?",
    "source": "text:50?",
}
_ORDER = (
    "id", "login", "active", "xmlId", "siteId", "lastName", "name", "secondName", "gender",
    "birthday", "email",
    "emailConfirmed", "phone", "phoneConfirmed", "consents", "source", "groups", "fields",
    "mergedInto",
    "dateRegister", "updatedAt", "version",
)  # fmt: skip
_DEFAULTS: Mapping[str, Any] = {
    "active": "Y", "xmlId": None, "siteId": "s1", "lastName": None, "name": None,
    "secondName": None, "gender": None,
    "birthday": None, "email": None, "emailConfirmed": "N", "phone": None, "phoneConfirmed": "N",
    "source": None,
    "mergedInto": None,
}  # fmt: skip


def new_user(site: Site, values: Mapping[str, Any]) -> Row:
    """Register a buyer, announce and log it."""
    key = values.get("id") or site.next_id("user")
    site.reserve_id("user", key)
    now = site.clock.stamp()
    row: Row = {
        **_DEFAULTS,
        "consents": [],
        "groups": [2],
        "fields": {},
        "dateRegister": now,
        "updatedAt": now,
    }
    row |= {"version": 1, **values, "id": key}
    row["login"] = values.get("login") or values.get("email") or f"user{key}"
    site.users.add({name: row[name] for name in _ORDER})
    announce_user(site, site.users.rows[key])
    return site.users.rows[key]


def change_user(site: Site, row: Row, values: Mapping[str, Any]) -> bool:
    """Change a buyer; False, and neither version nor event, when nothing differs."""
    changes = dict(values)
    if "fields" in changes:
        merged = {**row["fields"], **changes["fields"]}
        changes["fields"] = {name: value for name, value in merged.items() if value is not None}
    if all(row[name] == value for name, value in changes.items()):
        return False
    site.users.update(row, **changes, updatedAt=site.clock.stamp(), version=row["version"] + 1)
    announce_user(site, row)
    return True


def announce_user(site: Site, row: Row, op: str = "save", event: str = "ONGATEWAYUSERSAVE") -> None:
    """Write the change log and announce what happened to a buyer."""
    seq = site.log("user", row["id"], op, row["version"])
    site.announce(event, ID=row["id"], SEQ=seq, OP=op, ORIGIN=site.origin, VERSION=row["version"])


def e164(text: object) -> str | None:
    """Return a Russian phone in E.164 as the extension keeps it, or None when it is no phone."""
    digits = re.sub(r"\D", "", str(text or ""))
    if len(digits) == _PHONE_DIGITS - 1 and digits.startswith("9"):
        digits = "7" + digits
    if len(digits) == _PHONE_DIGITS and digits.startswith("8"):
        digits = "7" + digits[1:]
    return f"+{digits}" if len(digits) >= _PHONE_DIGITS else None


def user_of(site: Site, key: int) -> Row:
    """Return a buyer by id.

    Raises:
        RestRefused: ``GW_NOT_FOUND``.
    """
    row = site.users.get(key)
    if row is None:
        refuse_absent("User")
    return row


def shown_user(row: Row) -> dict[str, Any]:
    """Return a buyer as the contract shows it."""
    return {**row, "fields": empty_map(row["fields"])}


def holders(site: Site, field: str, value: object) -> list[int]:
    """Return the ids of the buyers who hold a phone or e-mail; merged ones count no more."""
    return [row["id"] for row in site.users.where(field, value) if row["mergedInto"] is None]


def get(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.get`` by exactly one key."""
    if len(args) != 1:
        refuse_argument(next(iter(args), "id"), "Exactly one key is needed")
    field, value = next(iter(args.items()))
    if field == "id":
        return {"user": shown_user(user_of(call.site, value))}
    ids = holders(call.site, field, _folded(field, value))
    if not ids:
        refuse_absent("User")
    if len(ids) > 1:
        refuse("GW_AMBIGUOUS", "Several users", 409, ids=ids)
    return {"user": shown_user(call.site.users.rows[ids[0]])}


def find(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.find``: one match per asked value."""
    asked = [(by, value) for by in ("phone", "email", "card") for value in args.get(f"{by}s", [])]
    if len(asked) > _FIND_LIMIT:
        refuse("GW_LIMIT", "Too many items", limit=_FIND_LIMIT)
    matches = []
    for by, value in asked:
        if by == "card":
            card = call.site.cards.get(value)
            ids = [card["userId"]] if card is not None and card["userId"] is not None else []
        else:
            ids = holders(call.site, by, _folded(by, value))
        matches.append({"by": by, "value": value, "ids": ids})
    return {"matches": matches}


def list_users(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.list``."""
    spec = {"ids": "ids", "updatedFrom": "moment", "active": "flag"}
    wanted = read(args.get("filter", {}), spec, call.site.clock, "filter.")
    ids = set(wanted.get("ids", ()))

    def keep(row: Row) -> bool:
        return (not ids or row["id"] in ids) and wanted.get("active", row["active"]) == row[
            "active"
        ]

    return window(
        call.site.users, "u", args, since=wanted.get("updatedFrom", ""), keep=keep, show=shown_user
    )


def checked_fields(site: Site, sent: Mapping[str, Any]) -> Args:
    """Read the ``fields`` of a write."""
    values = read(sent, USER_FIELDS, site.clock, "fields.")
    if "consents" in values:
        values["consents"] = [
            {
                "textVersion": None,
                "source": None,
                **read(row, _CONSENT, site.clock, f"fields.consents[{index}]."),
            }
            for index, row in enumerate(values["consents"])
        ]
    if values.get("email"):
        values["email"] = _folded("email", values["email"])
    for name, value in values.get("fields", {}).items():
        if not str(name).startswith("UF_") or isinstance(value, dict):
            refuse_argument(f"fields.fields.{name}")
    return values


def add(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.add``."""
    site = call.site
    values = checked_fields(site, args["fields"])
    if not values.get("phone") and not values.get("email"):
        refuse_argument("fields", "Phone or email is needed")
    taken = _taken(site, values, None)
    if taken is not None:
        field, ids = taken
        if args.get("onDuplicate", "reject") == "reject":
            refuse(
                "GW_DUPLICATE", f"{field[0].upper()}{field[1:]} is taken", 409, field=field, ids=ids
            )
        if len(ids) > 1:
            refuse("GW_AMBIGUOUS", "Several users", 409, ids=ids)
        row = site.users.rows[ids[0]]
        call.did("unchanged", row["xmlId"] or row["id"])
        return {"id": row["id"], "version": row["version"], "created": "N"}
    row = new_user(site, values)
    call.did("created", row["xmlId"] or row["id"])
    return {"id": row["id"], "version": row["version"], "created": "Y"}


def update(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.update``; a merged buyer is not changed any more."""
    site = call.site
    row = user_of(site, args["id"])
    values = checked_fields(site, args["fields"])
    if row["mergedInto"] is not None:
        refuse("GW_STATE", "User is merged", 409, state="merged")
    if "expectedVersion" in args and args["expectedVersion"] != row["version"]:
        refuse("GW_VERSION", "Version differs", 409, version=row["version"])
    taken = _taken(
        site, {name: value for name, value in values.items() if row.get(name) != value}, row["id"]
    )
    if taken is not None:
        field, ids = taken
        refuse("GW_DUPLICATE", f"{field[0].upper()}{field[1:]} is taken", 409, field=field, ids=ids)
    is_changed = change_user(site, row, values)
    call.did("changed" if is_changed else "unchanged", row["xmlId"] or row["id"])
    return {"id": row["id"], "version": row["version"], "changed": "Y" if is_changed else "N"}


def erase(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.erase``: personal data blanked, orders kept."""
    row = user_of(call.site, args["id"])
    blank = dict.fromkeys(
        ("lastName", "name", "secondName", "gender", "birthday", "email", "phone")
    )
    flags = {
        "emailConfirmed": "N",
        "phoneConfirmed": "N",
        "consents": [],
        "login": f"erased{row['id']}",
    }
    now = call.site.clock.stamp()
    call.site.users.update(
        row, **blank, **flags, fields={}, updatedAt=now, version=row["version"] + 1
    )
    announce_user(call.site, row, "delete", "ONGATEWAYUSERDELETE")
    call.did("changed", row["xmlId"] or row["id"])
    return {"id": row["id"], "erased": "Y"}


def _taken(site: Site, values: Mapping[str, Any], own: int | None) -> tuple[str, list[int]] | None:
    """Return the first unique field that other buyers hold already, with their ids."""
    for field in ("phone", "email", "login", "xmlId"):
        if not values.get(field):
            continue
        ids = [key for key in holders(site, field, values[field]) if key != own]
        if ids:
            return field, ids
    return None


def _folded(field: str, value: str) -> str:
    return value.lower() if field == "email" else value


METHODS: Mapping[str, Handler] = {
    "gateway.user.get": reading(
        {"id": "id", "xmlId": "text:255", "login": "text:50", "phone": "phone", "email": "email"},
        get,
    ),
    "gateway.user.find": reading({"phones": "texts", "emails": "texts", "cards": "texts"}, find),
    "gateway.user.list": reading(LIST_SPEC, list_users),
    "gateway.user.add": writing({"fields": "map*", "onDuplicate": "enum:reject|return"}, add),
    "gateway.user.update": writing(
        {"id": "id*", "fields": "map*", "expectedVersion": "id"}, update
    ),
    "gateway.user.erase": writing({"id": "id*"}, erase),
}
