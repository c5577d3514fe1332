"""Codes: one-time codes that the vendor sends and checks.

A login is proved by the two steps of the token service, a phone by the operator's calls about the
member, an e-mail by the member's own calls through the application (vendor reference, 2.2, 5.3
and 7.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract import (
    CodePurpose,
    CodeSent,
    MemberKey,
    Missing,
    Rejected,
)

from .client import LoymaxClient
from .people import People
from .values import phone_text
from .versions import Call
from .wire import PersonWire

_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Codes:
    """See ``OneTimeCodes``."""

    client: LoymaxClient
    people: People

    async def send(self, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Let a code be sent; a second call sends a second one, so it is never repeated here."""
        match purpose:
            case CodePurpose.LOGIN | CodePurpose.SPENDING:
                temporary = await self.client.tokens.begin_login(await self._login(to))
                return CodeSent(reference=temporary, length=_LENGTH)
            case CodePurpose.PHONE:
                return await self._send_phone(await self._person(to))
            case CodePurpose.EMAIL:
                return await self._send_email(await self._person(to))

    async def confirm(
        self, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check a code; the vendor counts wrong ones and locks after some."""
        match purpose:
            case CodePurpose.LOGIN | CodePurpose.SPENDING:
                if not reference:
                    msg = "a login code is checked with the reference that came with it"
                    raise Rejected(msg, operation="codes/login")
                return await self.client.tokens.finish_login(reference, code) is not None
            case CodePurpose.PHONE:
                return await self._phone(str((await self._person(to)).id), code)
            case CodePurpose.EMAIL:
                login = await self.people.login_of(await self._person(to))
                return await self._email(login, code)

    async def _send_phone(self, person: PersonWire) -> CodeSent:
        """Send the code of a change that is under way, else one for the phone that is there."""
        person_id = str(person.id)
        try:
            await self._told(person_id, "SendConfirmPhoneCode", {})
        except Rejected:
            phone = person.phone.current_value if person.phone is not None else None
            if not phone:
                raise
            body = {"phone": phone, "withoutCall": False}
            data = await self._told(person_id, "SetPhone", body)
            length = data.get("codeLength") if isinstance(data, Mapping) else None
            return CodeSent(length=length or _LENGTH)
        return CodeSent(length=_LENGTH)

    async def _send_email(self, person: PersonWire) -> CodeSent:
        """Send the code of a change that is under way, else one for the address that is there."""
        login = await self.people.login_of(person)
        operation = "codes/email"
        try:
            await self.client.as_member(
                login, "POST", "User/Email/SendConfirmCode", operation, json={}, repeatable=False
            )
        except Rejected:
            address = person.email.current_value if person.email is not None else None
            if not address:
                raise
            body = {"notifierValue": address}
            await self.client.as_member(
                login, "POST", "User/Email/Verify", operation, json=body, repeatable=False
            )
        return CodeSent(length=_LENGTH)

    async def _told(self, person_id: str, what: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """Call once: a second call would send a second code."""
        return await self.client.write(
            Call.SYSTEM,
            "codes/phone",
            json=body,
            repeatable=False,
            path=f"users/{person_id}/{what}",
        )

    async def _phone(self, person_id: str, code: str) -> bool:
        body = {"confirmCode": code, "password": None}
        try:
            await self.people.deeds.act(person_id, "PostConfirmPhoneCode", "codes/phone", json=body)
        except Rejected:
            return False
        return True

    async def _email(self, phone: str, code: str) -> bool:
        body = {"confirmCode": code, "password": None}
        try:
            await self.client.as_member(
                phone, "POST", "User/Email/Confirm", "codes/email", json=body, repeatable=False
            )
        except Rejected:
            return False
        return True

    async def _person(self, to: MemberKey) -> PersonWire:
        if to.external_id is not None:
            person = await self.people.get(to.external_id)
        elif to.phone is not None:
            person = await self.people.by_phone(to.phone)
        elif to.email is not None:
            person = await self.people.by_text(to.email)
        else:
            owner = await self.people.by_card(to.card or "")
            person = await self.people.get(str(owner)) if owner is not None else None
        if person is None:
            msg = "the vendor knows no such person"
            raise Missing(msg, operation="codes")
        return person

    async def _login(self, to: MemberKey) -> str:
        """Return the login of a member: phone, card number or e-mail (2.1)."""
        if to.phone is not None:
            return phone_text(to.phone)
        return to.card or to.email or await self.people.login_of(await self._person(to))
