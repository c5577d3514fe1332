"""Codes: one-time codes that the vendor sends and checks.

A login is proved by the two steps of the token service, a phone by the operator's calls about the
member, an e-mail by the member's own calls through the application (vendor reference, 2.2, 5.3
and 7.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contract import (
    CodePurpose,
    CodeSent,
    MemberKey,
    Missing,
    Rejected,
    Unsupported,
)

from .client import LoymaxClient
from .people import People
from .values import phone_text

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
                person_id = await self._person(to)
                await self.people.deeds.act(person_id, "SendConfirmPhoneCode", "codes/phone")
                return CodeSent(length=_LENGTH)
            case CodePurpose.EMAIL:
                phone = await self._login(to)
                await self.client.as_member(
                    phone, "POST", "User/Email/SendConfirmCode", "codes/email",
                    json={}, repeatable=False,
                )  # fmt: skip
                return CodeSent(length=_LENGTH)

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
                return await self._phone(await self._person(to), code)
            case CodePurpose.EMAIL:
                return await self._email(await self._login(to), code)

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

    async def _person(self, to: MemberKey) -> str:
        if to.external_id is not None:
            return to.external_id
        person = await self.people.by_phone(to.phone) if to.phone is not None else None
        if person is None:
            msg = "the vendor knows no such person: name the member by id or phone"
            raise Missing(msg, operation="codes")
        return str(person.id)

    async def _login(self, to: MemberKey) -> str:
        """Return the login of a member: the phone, or what else the vendor takes for one (2.1)."""
        if to.phone is not None:
            return phone_text(to.phone)
        if to.card is not None or to.email is not None:
            return to.card or to.email or ""
        person = await self.people.get(to.external_id or "")
        phone = person.phone.current_value if person and person.phone else None
        if phone is None:
            msg = "the vendor knows no phone of the member to send a code to"
            raise Unsupported(msg, operation="codes")
        return phone_text(phone)
