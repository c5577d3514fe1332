"""Writes of the statuses and their names (reference 2.6)."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.bitrix.errors import ANYTHING_ELSE, refuse, required_fields
from mocks.bitrix.fields import described, fresh, missing, writable
from mocks.bitrix.params import as_map
from mocks.bitrix.rest import Answer, Call, Handler
from mocks.bitrix.sale_fields import STATUS, STATUS_LANG
from mocks.bitrix.table import Row

_STATUS_MISSING = 201340400001
_FIXED_STATUSES = {"N", "F", "DN", "DF"}


def status_add(call: Call) -> Answer:
    """Answer ``sale.status.add``: one or two latin letters, type O or D."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(STATUS, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = writable(STATUS, sent, call.site.clock, adding=True)
    key = str(values["id"])
    if not (key.isascii() and key.isalpha() and len(key) <= 2):  # noqa: PLR2004 - the column's size
        refuse(201350000001, "Wrong status id")
    if values["type"] not in {"O", "D"} or call.site.statuses.get(key) is not None:
        refuse(201350000002, "Wrong status type or id")
    row = call.site.statuses.add({**fresh(STATUS), **values})
    call.did("created", key)
    return Answer({"status": row})


def status_update(call: Call) -> Answer:
    """Answer ``sale.status.update``."""
    call.may_write()
    row = _status(call)
    row.update(writable(STATUS, call.sent_fields(), call.site.clock, adding=False))
    call.did("changed", row["id"])
    return Answer({"status": row})


def status_delete(call: Call) -> Answer:
    """Answer ``sale.status.delete``; four of them cannot be deleted (2.6)."""
    call.may_write()
    row = _status(call)
    if row["id"] in _FIXED_STATUSES:
        refuse(201350000003, "Status cannot be deleted")
    call.site.statuses.remove(row["id"])
    call.did("changed", row["id"])
    return Answer(result=True)


def _status(call: Call) -> Row:
    row = call.site.statuses.get(str(call.required("id")))
    if row is None:
        refuse(_STATUS_MISSING, "status is not exists")
    return row


def lang_add(call: Call) -> Answer:
    """Answer ``sale.statuslang.add``: a status gets its name."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(STATUS_LANG, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    row = {**fresh(STATUS_LANG), **writable(STATUS_LANG, sent, call.site.clock, adding=True)}
    call.site.status_langs.add(row)
    call.did("created", row["statusId"])
    return Answer({"statusLang": row})


def lang_delete(call: Call) -> Answer:
    """Answer ``sale.statuslang.deleteByFilter``."""
    call.may_write()
    wanted = as_map(call.sent_fields())
    if not wanted.get("statusId"):
        refuse(ANYTHING_ELSE, "Required fields: statusId")
    if call.site.status_langs.get(str(wanted["statusId"])) is not None:
        call.site.status_langs.remove(str(wanted["statusId"]))
    call.did("changed", wanted["statusId"])
    return Answer(result=True)


def status_fields(call: Call) -> Answer:
    """Answer ``sale.status.getfields``."""
    call.may_read()
    return Answer({"status": described(STATUS)})


METHODS: Mapping[str, Handler] = {
    "sale.status.add": status_add,
    "sale.status.update": status_update,
    "sale.status.delete": status_delete,
    "sale.statuslang.add": lang_add,
    "sale.statuslang.deleteByFilter": lang_delete,
    "sale.status.getfields": status_fields,
}
