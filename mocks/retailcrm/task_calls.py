"""Handlers of tasks and their feed (reference, sections 8 and 17).

The reference names the methods only; the fields here are this double's own short set.
"""

from __future__ import annotations

from typing import Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.feed import differences
from mocks.retailcrm.filters import Maker, sift
from mocks.retailcrm.refusals import Refused, not_found
from mocks.retailcrm.shapes import Invalid, Shape

_PARTY = Shape({"id": shapes.whole, "externalId": shapes.text, "site": shapes.text})
_TASK = Shape(
    {
        **dict.fromkeys(("text", "commentary", "phone", "performerType"), shapes.text),
        "datetime": shapes.text,
        "complete": shapes.flag,
        "performerId": shapes.whole,
        "customer": _PARTY,
        "order": _PARTY,
    },
    frozenset({"id", "createdAt", "site", "creator"}),
)
_CODES = {"performerId": "performer"}


def _read(call: Call) -> dict[str, Any]:
    try:
        given = _TASK.read(call.structure("task"), strict=True)
    except Invalid as error:
        raise Refused(400, "Task is not loaded", error.errors) from None
    performer = given.get("performerId")
    if performer is not None and performer not in call.account.users:
        text = f"User with id={performer} not found."
        raise Refused(400, "Task is not loaded", {"performerId": text})
    return given


def create(call: Call) -> Answer:
    """POST tasks/create: 201; no external id, so a repeat makes a second one."""
    given, site = _read(call), call.writing_site()
    if not given.get("text"):
        raise Refused(400, "Task is not loaded", {"text": "This value should not be blank."})
    number = call.account.next_id("task")
    task = {"id": number, "createdAt": call.account.now(), "complete": False, **given}
    task["site"] = site
    call.account.tasks[number] = task
    body = {"created": True, "field": "id", "oldValue": None, "newValue": number}
    call.account.task_feed.add(
        call.account.now(), number, call.origin, {**body, "task": dict(task)}, site=site
    )
    return call.created({"id": number}, key=number)


def _task(call: Call) -> dict[str, Any]:
    number = call.path["id"]
    task = call.account.tasks.get(int(number)) if number.isdecimal() else None
    if task is None or not call.sees(task["site"]):
        raise not_found()
    return task


def get(call: Call) -> Answer:
    """GET tasks/{id}."""
    task = _task(call)
    return Answer({"success": True, "task": task}, key=task["id"])


def edit(call: Call) -> Answer:
    """POST tasks/{id}/edit: a patch."""
    task, given = _task(call), _read(call)
    before = dict(task)
    task.update(given)
    changes = differences(before, task)
    for name, old, new in changes:
        body = {"field": _CODES.get(name, name), "oldValue": old, "newValue": new}
        stub = {"id": task["id"], "site": task["site"]}
        call.account.task_feed.add(
            call.account.now(), task["id"], call.origin, {**body, "task": stub}, site=task["site"]
        )
    effect = "changed" if changes else "unchanged"
    return Answer({"success": True, "id": task["id"]}, key=task["id"], effect=effect)


_TESTS: dict[str, Maker] = {
    "ids": lambda _call, value: filters.within(lambda row: row["id"], value),
    "text": lambda _call, value: filters.contains(lambda row: row.get("text"), value),
    "performers": lambda _call, value: filters.within(lambda row: row.get("performerId"), value),
    "sites": lambda _call, value: filters.within(lambda row: row["site"], value),
}


def listed(call: Call) -> Answer:
    """GET tasks, id descending."""
    rows = [row for row in reversed(call.account.tasks.values()) if call.sees(row["site"])]
    return paged(call, "tasks", sift(call, rows, tests=_TESTS), dict)


def comments(call: Call) -> Answer:
    """GET tasks/{id}/comments: nobody comments here."""
    _task(call)
    return paged(call, "comments", [], dict)
