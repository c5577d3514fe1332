"""Methods ``gateway.card.*`` (reference 10.11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import RestRefused, refuse
from mocks.bitrix.gateway_lists import LIST_SPEC, window
from mocks.bitrix.gateway_rules import (
    Args,
    bounded,
    money,
    read,
    reading,
    refuse_absent,
    shown,
    writing,
)
from mocks.bitrix.gateway_users import user_of
from mocks.bitrix.rest import Call, Handler
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_FIELDS: Mapping[str, str] = {
    "number": "text:64*", "type": "text:32?", "discountPercent": "money?",
    "state": "enum:issued|active|blocked",
    "userId": "id?", "activatedAt": "moment?", "xmlId": "text:255?",
}  # fmt: skip


def put_card(site: Site, values: Mapping[str, Any]) -> tuple[Row, str]:
    """Create or change a card; return it with ``created``, ``updated`` or ``unchanged``."""
    row = site.cards.get(values["number"])
    now = site.clock.stamp()
    if row is None:
        row = {
            "number": values["number"], "type": None, "discountPercent": None, "state": "issued",
            "userId": None,
            "activatedAt": None, "xmlId": None, "updatedAt": now, "version": 1, **values,
        }  # fmt: skip
        site.cards.add(row)
        status = "created"
    elif all(row[name] == value for name, value in values.items()):
        return row, "unchanged"
    else:
        site.cards.update(row, **values, updatedAt=now, version=row["version"] + 1)
        status = "updated"
    seq = site.log("card", row["number"], "save", row["version"])
    site.announce(
        "ONGATEWAYCARDSAVE",
        ID=row["number"],
        SEQ=seq,
        OP="save",
        ORIGIN=site.origin,
        VERSION=row["version"],
    )
    return row, status


def put(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.card.put``: upsert by number, one outcome per card."""
    site = call.site
    items: list[dict[str, Any]] = []
    for index, sent in enumerate(bounded(args["cards"])):
        number = sent.get("number")
        try:
            values = read(sent, _FIELDS, site.clock, f"cards[{index}].")
            if values.get("discountPercent") is not None:
                values["discountPercent"] = shown(money(values["discountPercent"]))
            if values.get("userId") is not None:
                user_of(site, values["userId"])
        except RestRefused as refusal:
            items.append(
                {"number": number, "status": "error", "version": None, "error": str(refusal.code)}
            )
            continue
        row, status = put_card(site, values)
        items.append({"number": row["number"], "status": status, "version": row["version"]})
    statuses = {item["status"] for item in items}
    call.effect = (
        "created" if "created" in statuses else "changed" if "updated" in statuses else "unchanged"
    )
    return {"items": items}


def get(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.card.get``."""
    return {"card": _card(call.site, args["number"])}


def list_cards(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.card.list``."""
    spec = {"userId": "id", "state": "enum:issued|active|blocked", "updatedFrom": "moment"}
    wanted = read(args.get("filter", {}), spec, call.site.clock, "filter.")

    def keep(row: Row) -> bool:
        return all(wanted.get(name, row[name]) == row[name] for name in ("userId", "state"))

    return window(
        call.site.cards, "c", args, since=wanted.get("updatedFrom", ""), keep=keep, show=dict
    )


def bind(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.card.bind``; a card of another buyer stays his."""
    row = _card(call.site, args["number"])
    user_of(call.site, args["userId"])
    if row["userId"] not in (None, args["userId"]):
        refuse("GW_DUPLICATE", "Card is taken", 409, field="number", ids=[row["userId"]])
    if row["state"] == "blocked":
        refuse("GW_STATE", "Card is blocked", 409, state="blocked")
    return _bound(call, row, args["userId"])


def unbind(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.card.unbind``."""
    return _bound(call, _card(call.site, args["number"]), None)


def _bound(call: Call, row: Row, user_id: int | None) -> dict[str, Any]:
    _, status = put_card(call.site, {"number": row["number"], "userId": user_id})
    call.effect = "unchanged" if status == "unchanged" else "changed"
    return {"number": row["number"], "userId": user_id, "version": row["version"]}


def _card(site: Site, number: str) -> Row:
    row = site.cards.get(number)
    if row is None:
        refuse_absent("Card")
    return row


METHODS: Mapping[str, Handler] = {
    "gateway.card.put": writing({"cards": "maps*"}, put),
    "gateway.card.get": reading({"number": "text:64*"}, get),
    "gateway.card.list": reading(LIST_SPEC, list_cards),
    "gateway.card.bind": writing({"number": "text:64*", "userId": "id*"}, bind),
    "gateway.card.unbind": writing({"number": "text:64*"}, unbind),
}
