"""Cards at the till: how they are looked for, and how they are shown.

The order of the search is 1C's: the card's reference, the client's, the number, phone, e-mail; the
first that finds somebody counts (vendor reference, 2.5). A member without a card is shown under
the digits of its phone, and is found by them as by a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from gateway.canonical import BonusAccount, Customer, main_first, normal_email, normal_phone
from gateway.contract import Allowed, Caller, Identified, Member, MemberKey, TillService

from .config_till import LoyaltyServer, Till
from .till_references import References
from .till_words import Row
from .values import day_text

NO_DATE = "0001-01-01T00:00:00"
BY_CARD, BY_CLIENT, BY_NUMBER = "", "Клиент", "КодКарты"
BY_PHONE, BY_EMAIL = "Телефон", "АдресЭП"


class Found(NamedTuple):
    """Who was found. Shape: ``numbers`` are the cards that are meant; ``by`` is 1C's word."""

    member: Member
    numbers: tuple[str, ...]
    by: str
    allowed: Allowed
    is_degraded: bool


class Unknown(NamedTuple):
    """Nobody was found. ``is_sure`` is false while the processor is away."""

    is_sure: bool = True


class _Try(NamedTuple):
    key: MemberKey
    by: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class CardDesk:
    """Finds cards for the tills of one account and writes them as 1C does."""

    till: Till
    settings: LoyaltyServer
    references: References

    async def find(
        self, caller: Caller, params: Mapping[str, str], service: TillService
    ) -> Found | Unknown:
        """Look for a member by what a till sends."""
        for one in self._tries(params):
            told = await service.identify(caller, one.key)
            if told.member is not None:
                return _found(told, told.member, one)
            if told.degraded is not None:
                return Unknown(is_sure=False)
        return Unknown()

    def _tries(self, params: Mapping[str, str]) -> Iterator[_Try]:
        number = self.references.card(params.get("CardGUID", ""))
        if number is not None:
            yield from _by_number(number, BY_CARD)
        client = self.references.client(params.get("ClientGUID", ""))
        if client is not None:
            yield _Try(MemberKey(external_id=client), BY_CLIENT)
        if code := params.get("ClientCardID", ""):
            yield from _by_number(code, BY_NUMBER)
        if (phone := normal_phone(params.get("Phone"))) is not None:
            yield _Try(MemberKey(phone=phone), BY_PHONE)
        if (email := normal_email(params.get("Email"))) is not None:
            yield _Try(MemberKey(email=email), BY_EMAIL)

    def row(self, found: Found, number: str, *, blocked: bool) -> Row:
        """Return a card as a row of ``LoyaltyCardsList``; a blocked one shows no points."""
        customer = found.member.customer
        return {
            "ClientName": _name(customer),
            "IsPerson": True,
            "DateOfBirth": day_text(customer.birth_date),
            "Phone": _phone(customer),
            "Email": _email(customer),
            "Barcode": number,
            "MagneticCode": "",
            "CardGUID": self.references.of_card(number) if number else "",
            "ClientGUID": self.references.of_client(found.member.external_id),
            "IsBlocked": blocked,
            "BonusData": {
                "PaymentPercent": self.settings.payment_percent,
                "BonusCount": Decimal(0) if blocked else self.available(found),
                "BonusRate": self.settings.bonus_rate,
                "BonusCurrency": self.settings.bonus_currency,
            },
            "SellCount": 0,
            "SearchType": found.by,
            "Valid": True,
        }

    def issued(self, found: Found, *, existing: bool, else_client: bool = False) -> Row:
        """Return the answer of ``issueclientcard`` behind its head."""
        number = "" if else_client else found.numbers[0]
        return {
            "BonusCount": 0,
            "BonusRate": self.settings.bonus_rate,
            "BonusCurrency": self.settings.bonus_currency,
            "PaymentPercent": 0 if else_client else self.settings.payment_percent,
            "ExistingCard": existing,
            "CardRef": self.references.of_card(number) if number else "",
            "CardID": number,
            "Client": _name(found.member.customer),
            "PhoneNumber": _phone(found.member.customer),
            "Email": _email(found.member.customer),
            "DateOfBirth": day_text(found.member.customer.birth_date),
            "ElseClient": else_client,
        }

    def balance(self, found: Found | None, points: Decimal) -> Row:
        """Return the answer of ``getclientbonuses`` behind its head."""
        number = found.numbers[0] if found is not None else ""
        return {
            "BonusCount": points,
            "BonusRate": self.settings.bonus_rate,
            "BonusCurrency": self.settings.bonus_currency,
            "PaymentPercent": self.settings.payment_percent if found is not None else 0,
            "CardRef": self.references.of_card(number) if number else "",
            "Barcode": number,
            "MagneticCode": "",
            "EndDate": NO_DATE,
            "ClientNotFound": found is None,
        }

    def available(self, found: Found) -> Decimal:
        """Return the points that could be spent, if nobody holds them: as the switches allow."""
        account = account_of(self.till, found.member.customer)
        if account is None or account.available is None or not found.allowed.spending:
            return Decimal(0)
        if found.allowed.code_needed or found.is_degraded:
            return Decimal(0)
        return max(Decimal(0), account.available.points)


def account_of(till: Till, customer: Customer) -> BonusAccount | None:
    """Return the account of the configured programme, the first without one."""
    wanted = (
        one for one in customer.bonuses if till.programme is None or one.programme == till.programme
    )
    return next(wanted, None)


def key_of(found: Found) -> MemberKey:
    """Name a member in the one way in which its sales shall name it."""
    return MemberKey(external_id=found.member.external_id)


def _found(told: Identified, member: Member, one: _Try) -> Found:
    numbers = (one.number,) if one.number else tuple(card.number for card in member.customer.cards)
    shown = numbers or (_phone(member.customer),)
    return Found(member, shown, one.by, told.allowed, told.degraded is not None)


def _by_number(number: str, by: str) -> Iterator[_Try]:
    yield _Try(MemberKey(card=number), by, number)
    if (phone := _phone_digits(number)) is not None:
        yield _Try(MemberKey(phone=phone), by, number)


def _phone_digits(code: str) -> str | None:
    """Return the phone that a card's number is, where it is one."""
    digits = code.lstrip("+")
    is_phone = digits.isascii() and digits.isdecimal() and len(digits) in {10, 11}
    return normal_phone(digits) if is_phone else None


def _name(customer: Customer) -> str:
    name = customer.name
    parts = (name.last, name.first, name.patronymic) if name is not None else ()
    return " ".join(part for part in parts if part)


def _phone(customer: Customer) -> str:
    return next((one.number.lstrip("+") for one in main_first(customer.phones)), "")


def _email(customer: Customer) -> str:
    return next((one.address for one in main_first(customer.emails)), "")
