"""The export operations: start, poll, and the synchronous pages of merges (section 21)."""

from __future__ import annotations

from datetime import datetime

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.clock import read, write
from mocks.mindbox.errors import TOO_MANY, ProtocolRefused, ValidationRefused
from mocks.mindbox.exports import Export, finish
from mocks.mindbox.paging import page_of, window
from mocks.mindbox.reading import Json, node, text

RUNNING_LIMIT = 2
MERGES_LIMIT = 10_000


def export(call: Call) -> Answer:
    """Start a task, or tell how far the named one is."""
    number = text(call.body.get("exportId"))
    return _poll(call, number) if number else _start(call)


def merges(call: Call) -> Answer:
    """Return a page of merges; the window must end at least five minutes ago (21.4)."""
    project = call.project
    page = call.required("customerMergesPage")
    _, till = window(page, "/customerMergesPage")
    if till is None or till > project.lagged():
        msg = "Конец периода должен быть не позднее чем 5 минут назад"
        raise ValidationRefused(msg, "/customerMergesPage/tillDateTimeUtc")
    rows = page_of(
        call,
        project.merges,
        moment=lambda row: row[0],
        limit=MERGES_LIMIT,
        name="customerMergesPage",
    )
    found: list[Json] = []
    for moment, winner_id, gone in rows:
        winner = project.customers.get(winner_id)
        ids = winner.all_ids() if winner is not None else {"mindboxId": winner_id}
        found.append(
            {
                "resultingCustomer": {"ids": ids, "changeDateTimeUtc": write(moment)},
                "mergedCustomers": [{"ids": one} for one in gone],
            }
        )
    return Answer({"customerMerges": found})


def _start(call: Call) -> Answer:
    project = call.project
    since, till = _bound(call, "sinceDateTimeUtc"), _bound(call, "tillDateTimeUtc")
    if since is not None and till is not None and since >= till:
        msg = "Начало периода должно быть раньше его конца"
        raise ValidationRefused(msg, "/sinceDateTimeUtc")
    wanted = Export(
        project.guid(),
        call.operation.option("of"),
        since,
        till,
        text(node(call.body, "segment", "ids").get("externalId")),
        project.settings.export_polls,
    )
    running = [one for one in project.exports if one.is_running]
    for one in running:
        if one.names_same(wanted):
            return Answer({"exportId": one.id, "isDuplicate": True}, key=one.id)
    if len(running) >= RUNNING_LIMIT:
        msg = f"Одновременно могут выполняться не более {RUNNING_LIMIT} экспортов"
        raise ProtocolRefused(msg, TOO_MANY)
    project.exports.append(wanted)
    return Answer({"exportId": wanted.id}, "created", wanted.id)


def _bound(call: Call, name: str) -> datetime | None:
    sent = text(call.body.get(name))
    if not sent:
        return None
    try:
        return read(sent)
    except ProtocolRefused:
        msg = "Некорректная дата"
        raise ValidationRefused(msg, f"/{name}") from None


def _poll(call: Call, number: str) -> Answer:
    project = call.project
    found = next((one for one in project.exports if one.id == number), None)
    if found is None or found.kind != call.operation.option("of"):
        msg = "/exportId: экспорт не найден"
        raise ProtocolRefused(msg)
    if found.cancelled:
        result: Json = {
            "processingStatus": "Cancelled",
            "cancellationReason": found.cancelled,
        }
        return Answer({"exportResult": result}, key=number)
    if found.is_running and found.polls_left > 0:
        found.polls_left -= 1
        return Answer({"exportResult": {"processingStatus": "NotReady"}}, key=number)
    if found.is_running:
        finish(project, found)
    urls = [
        f"{call.base_url}/exports/{found.id}/part-{at}.json.gz"
        for at in range(1, len(found.files) + 1)
    ]
    return Answer({"exportResult": {"processingStatus": "Ready", "urls": urls}}, key=number)
