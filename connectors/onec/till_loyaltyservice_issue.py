"""``issueclientcard``: a card for somebody, who may have one already (vendor reference, 2.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.canonical import (
    CardRef,
    Customer,
    EmailContact,
    PersonName,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.contract import Identified, TillRefused, TillReply, TillService

from . import till_words as words
from .till_login import Visitor
from .till_loyaltyservice_cards import BY_CARD, BY_EMAIL, BY_NUMBER, CardDesk, Found, Unknown

_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")
_TIME = re.compile(r"[T ]\d{1,2}:\d\d(:\d\d)?$|(?<=^\d{8})\d{6}$")
_YES = frozenset({"1", "true", "истина", "да"})
_FIRST_YEAR = 1900
_BY_CARD = frozenset({BY_CARD, BY_NUMBER})


@dataclass(frozen=True, slots=True)
class Issuing:
    """Gives cards out."""

    desk: CardDesk

    async def issue(
        self, visitor: Visitor, params: Mapping[str, str], service: TillService
    ) -> TillReply:
        """Show the card that is there, else register the person with the new number."""
        found = await self.desk.find(visitor.caller, params, service)
        if isinstance(found, Found):
            if found.member.customer.cards or found.by in _BY_CARD:
                told = self.desk.issued(found, existing=True)
                return words.json_reply({**words.head(), **told})
            if _is_other(found, params):
                told = self.desk.issued(found, existing=True, else_client=True)
                return words.json_reply({**words.head(), **told})
        if isinstance(found, Unknown) and not found.is_sure:
            return words.json_reply(words.head(words.AWAY))
        customer = customer_from_wire(params)
        generates = params.get("GenerateNumber", "").lower() in _YES
        if not (customer.cards or generates or customer.phones):
            return words.json_reply(words.head(words.NOT_ISSUED))
        key = f"1i.{visitor.mark('issue', *_identity(params))}"
        try:
            made = await service.register(visitor.caller, customer, key=key)
        except TillRefused as error:
            return words.json_reply(words.head(words.reason_of(error)))
        return self._told(made, customer)

    def _told(self, made: Identified, customer: Customer) -> TillReply:
        if made.member is None:
            return words.json_reply(words.head(words.AWAY if made.degraded else words.NOT_ISSUED))
        cards = made.member.customer.cards or customer.cards
        phones = made.member.customer.phones or customer.phones
        numbers = tuple(one.number for one in cards) or tuple(
            one.number.lstrip("+") for one in phones
        )
        found = Found(made.member, numbers or ("",), "", made.allowed, made.degraded is not None)
        return words.json_reply({**words.head(), **self.desk.issued(found, existing=False)})


def customer_from_wire(params: Mapping[str, str]) -> Customer:
    """Return the person whom a till describes; what cannot be read is left out."""
    phone, email = normal_phone(params.get("Phone")), normal_email(params.get("Email"))
    card = params.get("ClientCardID", "")
    return Customer(
        name=_name(params.get("Client", "")),
        birth_date=_day(params.get("DateOfBirth", "")),
        phones=(PhoneContact(number=phone),) if phone else (),
        emails=(EmailContact(address=email),) if email else (),
        cards=(CardRef(number=card),) if card else (),
    )


def _is_other(found: Found, params: Mapping[str, str]) -> bool:
    """Tell whether an e-mail led to somebody who has another phone than the one that is given."""
    phones = {one.number for one in found.member.customer.phones}
    return found.by == BY_EMAIL and bool(phones - {normal_phone(params.get("Phone"))})


def _identity(params: Mapping[str, str]) -> tuple[str, ...]:
    """Return what makes two calls the same: a repeat registers nobody twice."""
    names = ("ClientCardID", "ClientCardTypeUID", "Client", "Phone", "Email", "DateOfBirth")
    return tuple(params.get(name, "") for name in names)


def _name(text: str) -> PersonName | None:
    parts = text.split(maxsplit=2)
    if not parts:
        return None
    return PersonName(**dict(zip(("last", "first", "patronymic"), parts, strict=False)))


def _day(text: str) -> date | None:
    bare = _TIME.sub("", text)
    for form in _FORMS:
        try:
            day = datetime.strptime(bare, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day if day.year > _FIRST_YEAR else None
    return None
