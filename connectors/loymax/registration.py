"""Registration: makes somebody a member on their behalf, step by step as the vendor asks for it.

Every step has the same effect when it is done twice, and an unfinished person is found by the
phone: whatever was cut off is taken up again from the beginning (vendor reference, 7.2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gateway.canonical import Customer, main_first
from gateway.contract import Rejected

from .deeds import required
from .people import People
from .questionnaire import names_of
from .translator import MEMBER, CustomerTranslator
from .values import phone_text
from .wire import ActionWire, PersonWire

_OPERATION = "register"
_REQUIRED = "Required"


@dataclass(frozen=True, slots=True)
class Registration:
    """Registers members of one installation."""

    people: People
    translator: CustomerTranslator

    async def member(self, entity: Customer) -> tuple[PersonWire, bool]:
        """Return the member of the main phone, and whether it was made now.

        Raises ``Rejected`` without a phone, or when steps remain that nobody but the person can do;
        ``TranslationFailed`` before anybody is made, for an attribute that cannot be held.
        """
        if not entity.phones:
            msg = "a member is registered by phone, and the customer has none"
            raise Rejected(msg, operation=_OPERATION, vendor_code="no_phone")
        phone = main_first(entity.phones)[0].number
        found = await self.people.by_phone(phone)
        if found is not None and found.state == MEMBER:
            return found, False
        self.translator.questionnaire.check(entity, None)
        person_id = str(found.id) if found is not None else await self.people.deeds.begin(phone)
        for _ in range(2):
            await self._take_steps(person_id, entity, phone)
            if await self.people.deeds.finish(person_id):
                person = await self.people.get(person_id)
                return required(person, _OPERATION), True
        left = [one.user_action_type for one in await self._left(person_id)]
        msg = f"the registration is not finished, the vendor still asks for {', '.join(left)}"
        raise Rejected(msg, operation=_OPERATION, vendor_code="not_finished")

    async def _left(self, person_id: str) -> list[ActionWire]:
        return [one for one in await self.people.deeds.actions(person_id) if not one.is_done]

    async def _take_steps(self, person_id: str, entity: Customer, phone: str) -> None:
        steps = await self.people.deeds.actions(person_id)
        if all(one.user_action_type != "ChangePhone" for one in steps):
            # An installation may not ask for it; without a phone nobody would find the member.
            await self._set_phone(person_id, phone)
        for step in [one for one in steps if not one.is_done]:
            if step.user_action_type in ("AssignCard", "AttachCard"):
                await self._give_card(person_id, entity, step)
            else:
                await self._take_step(person_id, entity, phone, step)

    async def _take_step(
        self, person_id: str, entity: Customer, phone: str, step: ActionWire
    ) -> None:
        match step.user_action_type:
            case "AcceptTenderOffer":
                await self.people.deeds.act(person_id, "AcceptTenderOffer", "register/offer")
            case "ChangePhone":
                await self._set_phone(person_id, phone)
            case "PasswordRequired":
                await self.people.deeds.act(
                    person_id, "SetRandomPassword", "register/password",
                    query=[("needNotify", "false")],
                )  # fmt: skip
            case "ChangeEmail" if entity.emails:
                await set_email(self.people, person_id, entity)
            case "Questions":
                await self.answer(person_id, entity, None)
            case "AcceptSubscriptionsConfirm" if step.action_state == _REQUIRED:
                # Nobody is subscribed unasked: what was granted is told after the finish.
                await self.people.deeds.act(person_id, "Unsubscribe", "register/consents")
            case _:
                # Optional, or for the person alone: the finish tells whether it is missed.
                return

    async def _give_card(self, person_id: str, entity: Customer, step: ActionWire) -> None:
        """Attach the card that is there already, or issue a virtual one where that is wanted."""
        if entity.cards and step.action_state == _REQUIRED:
            body = {"cardNumber": entity.cards[0].number, "cvcCode": None}
            await self.people.deeds.act(person_id, "SetCard", "register/card", json=body)
        elif self.people.client.settings.emits_cards:
            await self.people.deeds.act(person_id, "EmitVirtual", "register/card", method="PUT")

    async def _set_phone(self, person_id: str, phone: str) -> None:
        body = {"phone": phone_text(phone), "withoutCall": True}
        await self.people.deeds.act(person_id, "SetPhone", "register/phone", json=body)

    async def answer(
        self,
        person_id: str,
        entity: Customer,
        changed: Collection[str] | None,
        operation: str = "register/answers",
    ) -> None:
        """Answer the questions that hold what changed, ``None`` for all that is known."""
        groups = await self.people.profile.questions(person_id)
        rows = self.translator.questionnaire.answers(entity, groups, changed)
        if rows:
            await self.people.deeds.answer(person_id, rows, names_of(groups), operation)


async def set_email(people: People, person_id: str, entity: Customer) -> None:
    """Attach the main e-mail without a code."""
    address = main_first(entity.emails)[0].address
    await people.deeds.act(
        person_id, "SetEmail", "users/email", json={"email": address},
        query=[("attachType", "Site")],
    )  # fmt: skip
