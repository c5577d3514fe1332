"""What people and background jobs do in the infobase, driven through the side door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mocks.onec import office, retail_acts, till
from mocks.onec.infobase import Infobase
from mocks.onec.posting import post, unpost
from mocks.onec.rules import PROGRAMME, PostingRefused, spendable
from mocks.onec.schema import Row
from mocks.onec.seeding import checked
from mocks.sidedoor import SideDoorRefused

Body = Mapping[str, Any]
Action = Callable[[Infobase, Body], Mapping[str, Any]]


def act(infobase: Infobase, body: Body) -> Mapping[str, Any]:
    """Do one action: ``{"action": "card.issue", …}``.

    Raises:
        SideDoorRefused: no such action or object, or the configuration says no.
    """
    known = ACTIONS | BUSINESS[infobase.settings.configuration]
    action = known.get(body.get("action", ""))
    if action is None:
        msg = f"no action is called {body.get('action')}; known are {', '.join(sorted(known))}"
        raise SideDoorRefused(msg)
    try:
        return action(infobase, body)
    except KeyError as error:
        msg = f"not found or not given: {error.args[0]}"
        raise SideDoorRefused(msg) from error
    except PostingRefused as error:
        raise SideDoorRefused(str(error)) from error


def _create(infobase: Infobase, body: Body) -> Row:
    name = body["entity"]
    return infobase.create(name, checked(infobase, name, body["values"]))


def _change(infobase: Infobase, body: Body) -> Row:
    name = body["entity"]
    return infobase.change(name, _key(body), checked(infobase, name, body["values"]))


def _delete(infobase: Infobase, body: Body) -> Body:
    infobase.remove(body["entity"], _key(body))
    return {}


def _mark(infobase: Infobase, body: Body) -> Row:
    return infobase.change(body["entity"], _key(body), {"DeletionMark": body.get("mark", True)})


def _post(infobase: Infobase, body: Body) -> Row:
    return post(infobase, body["entity"], body["key"])


def _unpost(infobase: Infobase, body: Body) -> Row:
    return unpost(infobase, body["entity"], body["key"])


def _merge(infobase: Infobase, body: Body) -> Body:
    """Replace a double: it is marked, references to it move, no redirect stays (6.1)."""
    name, old, new = body["entity"], body["key"], body["survivor"]
    infobase.change(name, (old,), {"DeletionMark": True})
    moved = 0
    for entity in infobase.configuration.entities.values():
        if not entity.is_reference:
            continue
        links = [one.wire for one in entity.attributes if one.targets == (name,)]
        for wire in links:
            for row in infobase.table(entity.name).find(wire, old):
                infobase.change(entity.name, (row["Ref_Key"],), {wire: new})
                moved += 1
    return {"moved": moved}


def _inspect(infobase: Infobase, body: Body) -> Body:
    """Show rows of an entity: all, by ``key``, or by ``where`` (property: value)."""
    table = infobase.table(body["entity"])
    if "key" in body:
        found = table.get(*_key(body))
        return {"rows": [] if found is None else [found]}
    wanted = dict(body.get("where", {}))
    rows = [row for row in table if all(row[name] == value for name, value in wanted.items())]
    return {"rows": rows}


def _queue(infobase: Infobase, body: Body) -> Body:
    node = (body.get("plan", "ExchangePlan_Шлюз"), body["node"])
    waiting = infobase.changes.waiting(node)
    rows = [
        {"entity": one.entity, "key": one.key, "message": one.message, "deleted": one.deleted}
        for one in waiting
    ]
    return {"registrations": rows}


def _sessions(infobase: Infobase, body: Body) -> Body:
    """Show how many sessions are taken now and were at most since the last ``reset``."""
    shown = {"taken": infobase.sessions.taken, "peak": infobase.sessions.peak}
    if body.get("reset"):
        infobase.sessions.peak = infobase.sessions.taken
    return shown


def _content(infobase: Infobase, body: Body) -> Body:
    entities = body.get("entities")
    infobase.changes.content = None if entities is None else set(entities)
    return {}


def _publish(infobase: Infobase, body: Body) -> Body:
    """An administrator changes the composition: ``entities`` and whether they are published."""
    names = body["entities"]
    if body.get("published", True):
        infobase.composition.publish(names)
    else:
        infobase.composition.withdraw(names)
    return {}


def _extend(infobase: Infobase, body: Body) -> Body:
    """An extension adds a ``field`` (in the notation of configurations) or, ``off``, takes it."""
    if body.get("off"):
        infobase.composition.remove_field(body["entity"], body["field"])
    else:
        infobase.composition.add_field(body["entity"], body["field"])
    return {}


def _balance(infobase: Infobase, body: Body) -> Body:
    owner = body.get("partner") or body["card"]
    programme = body.get("programme") or till.default_programme(infobase)
    at = body.get("at", infobase.now())
    return {PROGRAMME: programme, "spendable": spendable(infobase, owner, programme, at)}


def _freeze(infobase: Infobase, body: Body) -> Body:
    infobase.clock.freeze(body.get("at"))
    return {"now": infobase.now()}


def _refuse(infobase: Infobase, body: Body) -> Body:
    infobase.posting_refusals += [body["text"]] * body.get("times", 1)
    return {}


def _hide(infobase: Infobase, body: Body) -> Body:
    mark = (body["entity"], body["key"])
    if body.get("hidden", True):
        infobase.hidden_rows.add(mark)
    else:
        infobase.hidden_rows.discard(mark)
    return {}


def _key(body: Body) -> tuple[Any, ...]:
    key = body["key"]
    return tuple(key) if isinstance(key, list) else (key,)


ACTIONS: dict[str, Action] = {
    "object.create": _create,
    "object.change": _change,
    "object.delete": _delete,
    "object.mark": _mark,
    "object.merge": _merge,
    "object.post": _post,
    "object.unpost": _unpost,
    "inspect": _inspect,
    "queue": _queue,
    "sessions": _sessions,
    "plan.content": _content,
    "composition": _publish,
    "extension": _extend,
    "points.balance": _balance,
    "clock.freeze": _freeze,
    "posting.refuse": _refuse,
    "rows.hide": _hide,
}
BUSINESS: dict[str, dict[str, Action]] = {
    "trade": {
        "partner.edit": office.edit_partner,
        "points.accrue": office.accrue,
        "points.spend": office.spend,
        "price.set": office.set_price,
        "stock.set": office.set_stock,
        "order.status": office.order_status,
        "order.ship": office.ship_order,
        "card.issue": till.issue_card,
        "card.activate": till.activate_card,
        "card.annul": till.annul_card,
        "receipt.close": till.close_receipt,
        "receipt.return": till.return_receipt,
        "receipt.archive": till.archive_receipt,
    },
    "retail": {
        "points.accrue": retail_acts.accrue,
        "points.spend": retail_acts.spend,
        "price.set": retail_acts.set_price,
        "stock.set": retail_acts.set_stock,
        "card.issue": retail_acts.issue_card,
        "card.activate": retail_acts.activate_card,
        "card.annul": retail_acts.annul_card,
        "receipt.close": retail_acts.close_receipt,
        "receipt.return": retail_acts.return_receipt,
        "receipt.archive": retail_acts.archive_receipt,
    },
}
