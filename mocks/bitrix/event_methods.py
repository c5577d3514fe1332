"""Methods ``events`` and ``event.*``: subscriptions of an application (reference 1.10, 10.9)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mocks.bitrix.bindings import Binding, event_names, is_event
from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import whole
from mocks.bitrix.offline import shown
from mocks.bitrix.params import as_map, truthy
from mocks.bitrix.query import PAGE, page
from mocks.bitrix.rest import Answer, Call, Handler


def application_only(run: Handler) -> Handler:
    """Make a method that a webhook may not call."""

    def _handle(call: Call) -> Answer:
        if not call.caller.client_id:
            refuse("WRONG_AUTH_TYPE", "Current authorization type is denied for this method", 403)
        return run(call)

    return _handle


def events(call: Call) -> Answer:
    """Answer ``events``: the names open to the application, of one scope with ``SCOPE``."""
    only = call.params.get("SCOPE", call.params.get("scope"))
    scopes = ("", *call.caller.scopes) if only is None else (str(only),)
    return Answer(event_names(call.site.settings, scopes))


def bind(call: Call) -> Answer:
    """Answer ``event.bind`` (10.9)."""
    wanted = _binding(call)
    if not is_event(call.site.settings, ("", *call.caller.scopes), wanted.event):
        refuse("ERROR_EVENT_NOT_FOUND", "Event not found")
    if not call.caller.is_admin:
        if wanted.is_offline:
            text = "Access denied! Offline events binding requires administrator access rights"
            refuse("ACCESS_DENIED", text, 403)
        if wanted.auth_type not in {0, call.caller.user_id}:
            refuse("ACCESS_DENIED", "Access denied!", 403)
    hosts = call.site.settings.app.handler_hosts
    if wanted.handler and hosts and urlsplit(wanted.handler).hostname not in hosts:
        return Answer(result=False)
    if any(wanted.same_as(row) for row in call.site.bindings.rows):
        refuse("ERROR_CORE", "Unable to set event handler: Handler already binded")
    call.site.bindings.rows.append(wanted)
    call.did("created", wanted.event)
    return Answer(result=True)


def unbind(call: Call) -> Answer:
    """Answer ``event.unbind``: how many subscriptions went."""
    wanted = _binding(call)
    rows = call.site.bindings.rows
    kept = [
        row
        for row in rows
        if not (
            row.same_as(wanted)
            and ("auth_type" not in call.params or row.auth_type == wanted.auth_type)
        )
    ]
    count = len(rows) - len(kept)
    rows[:] = kept
    call.did("changed" if count else "unchanged", wanted.event)
    return Answer({"count": count})


def get(call: Call) -> Answer:
    """Answer ``event.get``: online rows with a handler, offline rows with a connector."""
    rows = [
        {"event": row.event, "connector_id": row.connector, "offline": 1}
        if row.is_offline
        else {
            "event": row.event,
            "handler": row.handler,
            "auth_type": str(row.auth_type),
            "offline": 0,
        }
        for row in call.site.bindings.rows
    ]
    return Answer(rows)


def test(call: Call) -> Answer:
    """Answer ``event.test``: ``ONAPPTEST`` with the sent parameters is fired."""
    call.site.announce_plain("ONAPPTEST", call.params, prefix="[QUERY]")
    return Answer(1)


def offline_get(call: Call) -> Answer:
    """Answer ``event.offline.get``: read and delete, reserve, or read a reserved set again."""
    _administrator(call)
    queue = call.site.offline
    params = call.params
    limit = whole(params.get("limit", PAGE))
    if limit <= 0:
        refuse("ERROR_ARGUMENT", "Value must be greater than zero", argument="limit")
    clears = truthy(params.get("clear", 1))
    if not clears and call.site.settings.app.offline_license_error:
        refuse("ACCESS_DENIED", "Access denied!", 403)
    rows = queue.select(params, call.connector)
    process = params.get("process_id")
    if process:
        found = [row for row in rows if row["PROCESS_ID"] == process]
        return Answer({"process_id": process, "events": [shown(row) for row in found[:limit]]})
    if truthy(params.get("error")):
        found = [row for row in rows if row["ERROR"]][:limit]
    else:
        found = queue.waiting(rows)[:limit]
    if clears:
        queue.drop(found)
        held = None
    else:
        held = queue.reserve(found)
    call.did("changed" if found else "none")
    return Answer({"process_id": held, "events": [shown(row) for row in found]})


def offline_list(call: Call) -> Answer:
    """Answer ``event.offline.list``: the queue as it is, nothing changes."""
    _administrator(call)
    rows = call.site.offline.select(call.params, call.connector)
    found = page(rows, call.start)
    plain = [shown(row, "PROCESS_ID", "ERROR") for row in found.rows]
    return Answer(plain, total=found.total, next=found.next)


def offline_clear(call: Call) -> Answer:
    """Answer ``event.offline.clear``: what the process has handled leaves the queue."""
    _administrator(call)
    queue = call.site.offline
    queue.drop(queue.of_process(_process(call), call.params))
    call.did("changed")
    return Answer(result=True)


def offline_error(call: Call) -> Answer:
    """Answer ``event.offline.error``: what the process could not handle is marked as failed."""
    _administrator(call)
    if not call.params.get("message_id"):
        refuse("ERROR_ARGUMENT", "Required parameter is not set", argument="message_id")
    for row in call.site.offline.of_process(_process(call), call.params):
        row |= {"ERROR": 1, "PROCESS_ID": ""}
    call.did("changed")
    return Answer(result=True)


def _binding(call: Call) -> Binding:
    """Read a subscription.

    Raises:
        RestRefused: ``ERROR_ARGUMENT``; ``argument`` names what is missing or wrong.
    """
    params = call.params
    kind = str(params.get("event_type", "online")).lower()
    if kind not in {"online", "offline"}:
        refuse("ERROR_ARGUMENT", "Wrong event type", argument="event_type")
    for name in ("event", "handler"):
        if not params.get(name) and (name, kind) != ("handler", "offline"):
            refuse("ERROR_ARGUMENT", "Required parameter is not set", argument=name)
    is_offline = kind == "offline"
    return Binding(
        number=call.site.bindings.next_number(),
        event=str(params["event"]).upper(),
        handler="" if is_offline else str(params["handler"]),
        auth_type=whole(params.get("auth_type", 0)),
        connector=call.connector,
        is_offline=is_offline,
        min_timeout_s=whole(as_map(params.get("options")).get("minTimeout", 1)),
    )


def _process(call: Call) -> str:
    process = call.params.get("process_id")
    if not process:
        refuse("ERROR_ARGUMENT", "Required parameter is not set", argument="process_id")
    return str(process)


def _administrator(call: Call) -> None:
    if not call.caller.is_admin:
        refuse("ACCESS_DENIED", "Access denied!", 403)


METHODS: Mapping[str, Handler] = {
    name: application_only(run)
    for name, run in {
        "events": events,
        "event.bind": bind,
        "event.unbind": unbind,
        "event.get": get,
        "event.test": test,
        "event.offline.get": offline_get,
        "event.offline.list": offline_list,
        "event.offline.clear": offline_clear,
        "event.offline.error": offline_error,
    }.items()
}
