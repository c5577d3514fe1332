"""Handlers of offers, statuses, merchants and the rest (reference, sections 6.5 and 6.6)."""

from __future__ import annotations

from typing import Any

from mocks.loymax.call import Call
from mocks.loymax.clock import moment
from mocks.loymax.envelope import Answer, Refused, no_token
from mocks.loymax.programme import BRAND, LOCATION, MERCHANT
from mocks.loymax.wire import paged

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
VERSION = {"major": 2022, "minor": 1, "build": 1037, "revision": 0}


def offers(call: Call) -> Answer:
    """GET Offer: open to all but the personal types, which need a token (real 401)."""
    kind = call.query.text("filter.type") or "Original"
    if kind.startswith("Personal") and call.session is None:
        raise no_token()
    state = call.query.text("filter.offerState")
    rows = [
        _shown(one)
        for one in call.installation.programme.contents
        if (kind == "All" or one.get("type", "Original") == kind)
        and (state is None or _state(call, one) == state)
        and _is_for(call, one)
    ]
    return Answer(paged(call.query, rows, "filter."))


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in {"type", "owner"}}


def _state(call: Call, one: dict[str, Any]) -> str | None:
    """Return ``Active`` or ``CommingSoon`` (sic), none for an offer that is over."""
    now, begin, end = call.installation.clock.now(), one.get("begin"), one.get("end")
    if end is not None and moment(end) <= now:
        return None
    return "CommingSoon" if begin is not None and moment(begin) > now else "Active"


def _is_for(call: Call, one: dict[str, Any]) -> bool:
    """Tell whether an offer is shown to the caller: one with an owner to him alone."""
    owner = one.get("owner")
    return owner is None or (call.session is not None and call.session.person_id == owner)


def _offer(call: Call) -> dict[str, Any]:
    for one in call.installation.programme.contents:
        if str(one["id"]) == call.path["id"]:
            return one
    tail = ""
    if call.session is not None and call.session.person_id is not None:
        tail = f" для пользователя {call.session.person_id}"
    ident = call.path["id"]
    text = f"Не найден рекламный материал с указанным идентификатором {ident}{tail}"
    raise Refused(text=text)


def offer(call: Call) -> Answer:
    """GET Offer/{id} and /details."""
    return Answer(_shown(_offer(call)))


def offer_merchants(call: Call) -> Answer:
    """GET Offer/{id}/merchants."""
    _offer(call)
    return Answer([_merchant()])


def _merchant() -> dict[str, Any]:
    return {
        "id": MERCHANT["id"],
        "uid": MERCHANT["uid"],
        "title": MERCHANT["name"],
        "brandId": BRAND["uid"],
        "description": None,
        "location": LOCATION,
        "scheduleModel": {day: [{"from": "09:00", "to": "21:00"}] for day in _DAYS},
        "isArchived": False,
        "additionalInfo": [],
    }


def merchants(call: Call) -> Answer:
    """GET Merchants and Merchants/ByUids: no token needed."""
    ids = set(call.query.many("merchantsIds"))
    uids = set(call.query.many("merchantsUids"))
    shown = _merchant()
    is_wanted = (not ids or str(shown["id"]) in ids) and (not uids or shown["uid"] in uids)
    return Answer(paged(call.query, [shown] if is_wanted else []))


def status(call: Call) -> Answer:
    """GET User/Status."""
    return Answer(call.installation.programme.statuses, key=call.person.id)


def personal_contents(call: Call) -> Answer:
    """GET user/personalOffer/{logicalName}/contents."""
    name = call.path["logicalName"]
    rows = [
        _shown(one)
        for one in call.installation.programme.contents
        if one.get("type") == "PersonalOffer" and one.get("logicalName") == name
    ]
    return Answer(rows, key=call.person.id)


def accept_personal(call: Call) -> Answer:
    """POST user/personalOffer/{logicalName}/accept; the old path stays in use (12.1)."""
    return Answer(key=call.person.id, effect="changed")


def favourites(call: Call) -> Answer:
    """GET users/favoriteGoods: no sets are kept."""
    return Answer([], key=call.person.id)


def notifications(call: Call) -> Answer:
    """GET Notification."""
    return Answer([], key=call.person.id)


def unread(call: Call) -> Answer:
    """GET Notification/Count."""
    return Answer({"unReadCount": 0}, key=call.person.id)


def read(call: Call) -> Answer:
    """POST Notification/Read."""
    return Answer(key=call.person.id)


def version(call: Call) -> Answer:
    """GET Version; newer servers tell it to authorised callers only (12)."""
    del call
    return Answer(VERSION)


def communications(call: Call) -> Answer:
    """POST /CommunicationService/...: a bad token is a state ``Fail`` inside HTTP 200 (2.5)."""
    if call.session is None or call.session.person_id is None:
        raise Refused(text="Токен не найден или истек.", state="Fail", code=None, data=None)
    return Answer({"items": [], "proposalName": None, "sentDate": None, "validDate": None})
