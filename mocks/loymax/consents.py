"""Handlers of consents by kind of message and channel (reference, section 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.actions import set_all_consents
from mocks.loymax.call import Call
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.people import CHANNELS
from mocks.loymax.wire import whole_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person


def consents(call: Call) -> Answer:
    """GET User/Subscriptions."""
    wanted = set(call.query.many("subscriptionExternalIds"))
    rows = consent_rows(call.installation, call.person)
    kept = [row for row in rows if not wanted or row["externalId"] in wanted]
    return Answer(kept, key=call.person.id)


def consent_rows(installation: Installation, person: Person) -> list[dict[str, Any]]:
    """Return the rows of 5.7; a consent that nobody touched is off, a read-only one on."""
    rows: list[dict[str, Any]] = []
    for one in installation.programme.subscriptions:
        chosen = person.consents.get(one.id, {})
        row: dict[str, Any] = {
            "typeId": one.id,
            "typeName": one.name,
            "externalId": one.external_id,
        }
        for channel in CHANNELS:
            is_on = chosen.get(channel, one.is_read_only)
            row[channel] = {"readOnly": one.is_read_only, "selected": is_on}
        rows.append(row)
    return rows


def change_consents(call: Call) -> Answer:
    """POST User/Subscriptions: null or absent channels stay."""
    store_consents(call.installation, call.person, call.rows)
    return Answer(key=call.person.id, effect="changed")


def store_consents(installation: Installation, person: Person, rows: list[dict[str, Any]]) -> None:
    """Change consents.

    Raises:
        Refused: an unknown type, or a change of a read-only one.
    """
    known = {one.id: one for one in installation.programme.subscriptions}
    for row in rows:
        one = known.get(whole_of(row, "typeId"))
        if one is None:
            raise Refused(text="Тип подписки не найден.")
        chosen = person.consents.setdefault(one.id, {})
        for channel in CHANNELS:
            given = row.get(channel.lower())
            if not isinstance(given, dict) or not isinstance(given.get("selected"), bool):
                continue
            if one.is_read_only and given["selected"] is not chosen.get(channel, True):
                raise Refused(text="Подписку нельзя изменить.")
            chosen[channel] = given["selected"]
    person.has_answered_consents = True


def confirm_consents(call: Call) -> Answer:
    """POST User/Subscriptions/Confirm: all on."""
    set_all_consents(call.installation, call.person, is_on=True)
    return Answer(key=call.person.id, effect="changed")


def reject_consents(call: Call) -> Answer:
    """POST User/Subscriptions/Reject: all off."""
    set_all_consents(call.installation, call.person, is_on=False)
    return Answer(key=call.person.id, effect="changed")
