"""Handlers of the member's cards (reference, section 6.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mocks.loymax.actions import issue_virtual
from mocks.loymax.call import Call
from mocks.loymax.clock import iso
from mocks.loymax.codes import LENGTH
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.passwords import verify
from mocks.loymax.views import compact, full_card
from mocks.loymax.wire import needed, text_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Card, Person

QR_LIFETIME_S = 86400
GROUP_LIMIT = 5


def cards(call: Call) -> Answer:
    """GET Cards."""
    own = call.installation.cards_of(call.person)
    return Answer([full_card(call.installation, card) for card in own], key=call.person.id)


def card(call: Call) -> Answer:
    """GET Cards/{cardId}."""
    return Answer(full_card(call.installation, call.own_card()), key=call.person.id)


def _virtual_count(call: Call, person: Person) -> int:
    own = call.installation.cards_of(person)
    return sum(one.category == "VirtualCard" for one in own)


def emit_state(call: Call) -> Answer:
    """GET Cards/EmitVirtual."""
    settings, count = call.installation.settings, _virtual_count(call, call.person)
    is_allowed = settings.virtual_cards == "on_demand" and count < settings.virtual_card_limit
    body = {"currentCountOfVirtualCards": count, "isVirtualCardEmissionAllowed": is_allowed}
    return Answer(body, key=call.person.id)


def emit(call: Call) -> Answer:
    """PUT Cards/EmitVirtual: 201 with a compact card."""
    issued = emit_for(call, call.person)
    return Answer(compact(issued), status=201, key=call.person.id, effect="created")


def emit_for(call: Call, person: Person) -> Card:
    """Issue a virtual card.

    Raises:
        Refused: cards are not issued on demand, or there is one already (trap 15).
    """
    settings = call.installation.settings
    if settings.virtual_cards != "on_demand":
        raise Refused(text="Выдача виртуальных карт по запросу не предусмотрена.")
    if _virtual_count(call, person) >= settings.virtual_card_limit:
        raise Refused(text="Превышено количество виртуальных карт.")
    issued: Card = issue_virtual(call.installation, person)
    return issued


def set_state(call: Call) -> Answer:
    """GET Cards/Set."""
    limit = call.installation.settings.main_card_limit
    count = len(call.installation.cards_of(call.person))
    return Answer(
        {
            "maxCountOfMainCardsForUser": limit,
            "currentCountOfMainCards": count,
            "isCardSetAllowed": count < limit,
        },
        key=call.person.id,
    )


def set_card(call: Call) -> Answer:
    """POST Cards/Set: attach a free card; 201 with the full card."""
    taken = take_free(call, call.person)
    return Answer(
        full_card(call.installation, taken), status=201, key=call.person.id, effect="changed"
    )


def take_free(call: Call, person: Person) -> Card:
    """Give a free card to a person.

    Raises:
        Refused: unknown, taken, blocked, a wrong CVC, or too many cards.
    """
    installation = call.installation
    found = installation.card(needed(call.body, "cardNumber"))
    if (
        found is None
        or found.owner is not None
        or found.is_blocked
        or (found.cvc is not None and found.cvc != text_of(call.body, "cvcCode"))
        or len(installation.cards_of(person)) >= installation.settings.main_card_limit
    ):
        raise Refused(text="Не удалось привязать карту.", code=None)
    installation.give_card(found, person)
    found.state = "Activated"
    return found


def set_info(call: Call) -> Answer:
    """GET Cards/SetCardInfo."""
    actions = dict(call.installation.settings.actions)
    kinds = {"on_demand": "EmitOnDemand", "for_all": "EmitForAll", "off": "NotEmit"}
    states = {None: "NotAssign", "Required": "Assign", "Custom": "AssignOptional"}
    return Answer(
        {
            "mainCardAssigningRequiredStatus": states[actions.get("AssignCard")],
            "emitVirtualCardStatus": kinds[call.installation.settings.virtual_cards],
        }
    )


def attach_state(call: Call) -> Answer:
    """GET Cards/Attach."""
    person = call.person
    group = call.installation.group(person)
    return Answer(
        {
            "cardNumber": person.attach,
            "isStarted": person.attach is not None,
            "maxCountOfCards": GROUP_LIMIT,
            "currentCountOfAttachedCards": len(group) - 1,
            "maximumPersonCountForGroup": GROUP_LIMIT,
            "currentPersonCountInGroup": len(group),
        },
        key=person.id,
    )


def attach(call: Call) -> Answer:
    """POST Cards/Attach: start joining another person's account; he gets the code."""
    person = call.person
    verify(call, text_of(call.body, "password"))
    start_attach(call, person)
    return Answer({"confirmCodeLength": LENGTH}, key=person.id, effect="changed")


def start_attach(call: Call, person: Person) -> None:
    """Send the owner of a card the code that lets ``person`` join.

    Raises:
        Refused: the card is unknown, free or the person's own.
    """
    installation = call.installation
    found = installation.card(needed(call.body, "cardNumber"))
    owner = None if found is None or found.owner is None else installation.persons[found.owner]
    if found is None or owner is None or owner.phone is None or owner is person:
        raise Refused(text="Не удалось привязать карту.", code=None)
    call.services.codes.send_enveloped("attach", person.id, "sms", owner.phone.value)
    person.attach = found.number


def attach_resend(call: Call) -> Answer:
    """POST Cards/Attach/SendConfirmCode."""
    resend_attach(call, call.person)
    return Answer(key=call.person.id)


def resend_attach(call: Call, person: Person) -> None:
    """Send the code of a running attach again.

    Raises:
        Refused: none is running.
    """
    owner = _owner(call.installation, person)
    if owner.phone is not None:
        call.services.codes.send_enveloped("attach", person.id, "sms", owner.phone.value)


def attach_confirm(call: Call) -> Answer:
    """POST Cards/Attach/Confirm: a bare string; the accounts become one."""
    confirm_attach(call, call.person, call.bare_text)
    return Answer(key=call.person.id, effect="changed")


def confirm_attach(call: Call, person: Person, code: str | None) -> None:
    """Join the accounts if the code is right.

    Raises:
        Refused: it is not, or nothing is running.
    """
    owner = _owner(call.installation, person)
    call.services.codes.check("attach", person.id, code)
    merge(call.installation, person, owner)
    person.attach = None


def attach_cancel(call: Call) -> Answer:
    """POST Cards/Attach/Cancel."""
    call.person.attach = None
    call.services.codes.drop("attach", call.person.id)
    return Answer(key=call.person.id, effect="changed")


def _owner(installation: Installation, person: Person) -> Person:
    found = None if person.attach is None else installation.card(person.attach)
    if found is None or found.owner is None:
        raise Refused(text="Процесс привязки карты не начат")
    return installation.persons[found.owner]


def merge(installation: Installation, target: Person, source: Person) -> None:
    """Join the source's account to the target's; both persons stay, in one group (7.3).

    Raises:
        Refused: they share an account already.
    """
    if target.account is source.account:
        raise Refused(text="Счета уже объединены.")
    into, out = target.account, source.account
    into.lots.extend(out.lots)
    into.accumulated += out.accumulated
    into.paid += out.paid
    into.debt += out.debt
    into.blocked.update(out.blocked)
    for person in installation.group(source):
        person.account, person.group_id = into, target.group_id


def toggle_block(call: Call) -> Answer:
    """POST Cards/{cardId}/ChangeBlockState: the password as a bare string, or in an object."""
    found = call.own_card()
    password = text_of(call.body, "password") if isinstance(call.json, dict) else call.bare_text
    verify(call, password)
    found.is_blocked = not found.is_blocked
    return Answer(key=call.person.id, effect="changed")


def replace_card(call: Call) -> Answer:
    """POST Cards/{cardId}/Replace."""
    old = call.own_card()
    verify(call, text_of(call.body, "password"))
    new = call.installation.card(needed(call.body, "cardNumber"))
    if new is not None and new.password is not None and not text_of(call.body, "cardPassword"):
        data = {
            "replaceCardState": "CardPasswordRequired",
            "errorMessage": None,
            "authResult": None,
        }
        return Answer(data, key=call.person.id)
    taken = take_free(call, call.person)
    swap(call.installation, old, taken)
    auth = None
    if call.session is not None:
        auth = call.services.tokens.rotate(call.session, call.person).as_result()
    done: dict[str, Any] = {"replaceCardState": "Success", "errorMessage": None, "authResult": auth}
    return Answer(done, key=call.person.id, effect="changed")


def swap(installation: Installation, old: Card, new: Card) -> None:
    """Mark a card as replaced by another."""
    old.state, old.replaced_at, old.replaced_by = "Replaced", installation.clock.now(), new.id


def qr_code(call: Call) -> Answer:
    """GET Cards/{cardId}/QrCode."""
    return Answer(_qr(call.installation, call.own_card()), key=call.person.id)


def qr_by_identifier(call: Call) -> Answer:
    """GET users/code/{identifier}/cards/{cardNumber}/qrcode."""
    person = call.identified()
    for one in call.installation.cards_of(person):
        if one.number == call.path["cardNumber"]:
            return Answer(_qr(call.installation, one), key=person.id)
    raise Refused(text="Не найдена карта.")


def _qr(installation: Installation, found: Card) -> dict[str, Any]:
    now = installation.clock.now()
    code = f"{found.number}QR{installation.count.code(10)}"
    installation.card_codes[code] = (found, now + timedelta(seconds=QR_LIFETIME_S))
    return {"codeGeneratedDate": iso(now), "code": code, "lifeTime": QR_LIFETIME_S}
