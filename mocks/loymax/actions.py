"""What a registration still needs, and its end (reference, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mocks.loymax.account import Lot
from mocks.loymax.history import reward_row
from mocks.loymax.people import CHANNELS

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person


def _questions(installation: Installation, person: Person) -> bool:
    required = (one.id for one in installation.programme.questions.values() if one.is_required)
    return all(ident in person.answers for ident in required)


def _has_card(installation: Installation, person: Person) -> bool:
    return bool(installation.cards_of(person))


_DONE: dict[str, Callable[[Installation, Person], bool]] = {
    "AcceptTenderOffer": lambda _, person: person.tender_at is not None,
    "ChangePhone": lambda _, person: person.phone is not None,
    "Questions": _questions,
    "ChangeEmail": lambda _, person: person.email is not None,
    "AcceptSubscriptionsConfirm": lambda _, person: person.has_answered_consents,
    "PasswordRequired": lambda _, person: person.password is not None,
    "AssignCard": _has_card,
    "AttachCard": _has_card,
}


def actions(installation: Installation, person: Person) -> list[dict[str, Any]]:
    """Return the actions in the installation's order."""
    return [
        {
            "userActionType": kind,
            "actionState": state,
            "isDone": _DONE.get(kind, _never)(installation, person),
        }
        for kind, state in installation.settings.actions
    ]


def _never(installation: Installation, person: Person) -> bool:
    del installation, person
    return False


def needs_actions(installation: Installation, person: Person) -> bool:
    """Tell whether a required action is not done."""
    return any(
        one["actionState"] == "Required" and not one["isDone"]
        for one in actions(installation, person)
    )


def finish(installation: Installation, person: Person) -> bool:
    """Make a person a member if nothing is missing; tell whether it is one now."""
    if person.state == "Registered":
        return True
    if needs_actions(installation, person):
        return False
    person.state = "Registered"
    person.registered_at = installation.clock.now()
    bonus = installation.programme.rules.registration_bonus
    if bonus:
        person.account.credit(Lot(bonus))
        reward_row(installation, person, bonus, "Завершение регистрации")
    if installation.settings.virtual_cards == "for_all" and not _has_card(installation, person):
        issue_virtual(installation, person)
    return True


def issue_virtual(installation: Installation, person: Person) -> Any:
    """Issue a virtual card."""
    ident = installation.count.number("card")
    return installation.add_card(f"70000000{ident:08d}", ident=ident, owner=person.id)


def set_all_consents(installation: Installation, person: Person, *, is_on: bool) -> None:
    """Turn all changeable consents on or off."""
    for one in installation.programme.subscriptions:
        if not one.is_read_only:
            person.consents[one.id] = dict.fromkeys(CHANNELS, is_on)
    person.has_answered_consents = True
    person.subscribed_at = installation.clock.now() if is_on else None
