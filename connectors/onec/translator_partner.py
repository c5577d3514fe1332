"""Partner translator: partners of 1C and canonical customers. Pure.

Contacts are rows of a tabular section that is written as a whole, so rows of other kinds go along
as they are (vendor reference, 1.6 and 6.4).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import (
    BonusAccount,
    Customer,
    EmailContact,
    Gender,
    PersonName,
    PhoneContact,
    main_first,
    normal_email,
    normal_phone,
)
from gateway.canonical.contact import MAIN
from gateway.contract import Observed

from .config import OData, OneCSettings
from .values import (
    day_text,
    full_name,
    person_name,
    reference,
    said_day,
    said_rows,
    said_text,
    text_of,
)

Row = Mapping[str, Any]
PHONE, EMAIL = "Телефон", "АдресЭлектроннойПочты"
_GENDERS = {"Мужской": Gender.MALE, "Женский": Gender.FEMALE}


@dataclass(frozen=True, slots=True)
class PartnerTranslator:
    """Translates partners of one base."""

    settings: OneCSettings
    odata: OData

    def observed(
        self, row: Row, bonuses: Sequence[BonusAccount] | None = None
    ) -> Observed[Customer] | None:
        """Read a partner; groups, and the one who stands for nobody, are none."""
        names = self.odata.names
        ref = reference(row.get("Ref_Key"))
        anonymous = row.get("PredefinedDataName") == "РозничныйПокупатель"
        if ref is None or row.get("IsFolder") is True or anonymous:
            return None
        contacts = said_rows(row, names.contacts)
        remarks: list[str] = []
        fields: dict[str, Any] = {
            "name": _name(row, names.full_name),
            "phones": _phones(contacts, remarks),
            "emails": _emails(contacts, remarks),
        }
        if names.gender:
            fields["gender"] = _GENDERS.get(str(row.get(names.gender) or ""))
        if names.birth_date:
            fields["birth_date"] = said_day(row, names.birth_date)
        if bonuses is not None:
            fields["bonuses"] = tuple(bonuses)
        return Observed(
            external_id=ref,
            entity=Customer(**fields),
            version=text_of(row.get("DataVersion")),
            deleted=row.get("DeletionMark") is True,
            remarks=tuple(remarks),
        )

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what 1C would hold after writing it over ``known``."""
        del known
        names = self.odata.names
        fields: dict[str, Any] = {
            "name": entity.name,
            "phones": tuple(
                PhoneContact(number=one.number, rank=place)
                for place, one in enumerate(main_first(entity.phones))
            ),
            "emails": tuple(
                EmailContact(address=one.address, rank=place)
                for place, one in enumerate(main_first(entity.emails))
            ),
        }
        if names.gender:
            fields["gender"] = entity.gender
        if names.birth_date:
            fields["birth_date"] = entity.birth_date
        return Customer(**fields)

    def fields(
        self, entity: Customer, changed: Collection[str] | None, current: Row | None
    ) -> dict[str, Any]:
        """Return the fields to write: all for ``None``, else those that changed."""
        names = self.odata.names
        sent: dict[str, Any] = {}
        if _touches(changed, "name"):
            full = full_name(entity.name) or "Без имени"
            sent["Description"] = full[:100]
            if names.full_name:
                sent[names.full_name] = full[:250]
        if names.gender and _touches(changed, "gender"):
            words = {gender: word for word, gender in _GENDERS.items()}
            sent[names.gender] = words.get(entity.gender, "") if entity.gender else ""
        if names.birth_date and _touches(changed, "birth_date"):
            sent[names.birth_date] = day_text(entity.birth_date)
        if _touches(changed, "phones") or _touches(changed, "emails"):
            before = (current or {}).get(names.contacts) or []
            sent[names.contacts] = self._contacts(entity, before)
        return sent

    def whole(self, entity: Customer, ref: str) -> dict[str, Any]:
        """Return a new partner."""
        names = self.odata.names
        made: dict[str, Any] = {"Ref_Key": ref, **self.fields(entity, None, None)}
        if names.is_customer:
            made[names.is_customer] = True
        if names.person_kind:
            made[names.person_kind] = names.person_value
        return made

    def _contacts(self, entity: Customer, before: Sequence[Row]) -> list[dict[str, Any]]:
        """Return all rows of contacts: others' kinds as they are, ours anew."""
        kept = [dict(one) for one in before if one.get("Тип") not in (PHONE, EMAIL)]
        rows = [
            *kept,
            *(self._phone_row(one, before) for one in main_first(entity.phones)),
            *(self._email_row(one, before) for one in main_first(entity.emails)),
        ]
        for place, row in enumerate(rows, start=1):
            row.pop("Ref_Key", None)
            row["LineNumber"] = str(place)
        return rows

    def _phone_row(self, phone: PhoneContact, before: Sequence[Row]) -> dict[str, Any]:
        for one in before:
            if one.get("Тип") == PHONE and _number(one) == phone.number:
                return dict(one)
        digits = phone.number.lstrip("+")
        country, area, number = digits[:-10], digits[-10:-7], digits[-7:]
        shown = f"+{country} ({area}) {number[:3]}-{number[3:5]}-{number[5:]}"
        value = {
            "version": 5,
            "value": shown,
            "comment": "",
            "type": PHONE,
            "countryCode": country,
            "areaCode": area,
            "number": number,
            "extNumber": "",
        }
        return self._row(PHONE, shown, value, self.odata.phone_kind) | {
            "НомерТелефона": digits,
            "НомерТелефонаБезКодов": number,
        }

    def _email_row(self, email: EmailContact, before: Sequence[Row]) -> dict[str, Any]:
        for one in before:
            if one.get("Тип") == EMAIL and _address(one) == email.address:
                return dict(one)
        value = {"version": 5, "value": email.address, "comment": "", "type": EMAIL}
        return self._row(EMAIL, email.address, value, self.odata.email_kind) | {
            "АдресЭП": email.address,
            "ДоменноеИмяСервера": email.address.rpartition("@")[2],
        }

    def _row(
        self, kind: str, shown: str, value: Mapping[str, Any], sort: str | None
    ) -> dict[str, Any]:
        row: dict[str, Any] = {
            "Тип": kind,
            "Представление": shown,
            "Значение": json.dumps(value, ensure_ascii=False),
        }
        return row | ({"Вид_Key": sort.lower()} if sort else {})


def _touches(changed: Collection[str] | None, name: str) -> bool:
    return changed is None or any(one == name or one.startswith(f"{name}/") for one in changed)


def _name(row: Row, full: str | None) -> PersonName | None:
    return person_name((said_text(row, full) if full else None) or said_text(row, "Description"))


def _number(row: Row) -> str | None:
    """Return a phone: of the digits, else of the text before an extension (6.4)."""
    return normal_phone(text_of(row.get("НомерТелефона"))) or normal_phone(
        text_of(row.get("Представление"))
    )


def _address(row: Row) -> str | None:
    return normal_email(text_of(row.get("АдресЭП"))) or normal_email(
        text_of(row.get("Представление"))
    )


def _phones(contacts: Sequence[Row], remarks: list[str]) -> tuple[PhoneContact, ...]:
    found: dict[str, PhoneContact] = {}
    for row in contacts:
        if row.get("Тип") != PHONE:
            continue
        number = _number(row)
        if number is None:
            remarks.append("contact: a phone is no possible number and was left out")
        elif number not in found:
            found[number] = PhoneContact(number=number, rank=MAIN + len(found))
    return tuple(found.values())


def _emails(contacts: Sequence[Row], remarks: list[str]) -> tuple[EmailContact, ...]:
    found: dict[str, EmailContact] = {}
    for row in contacts:
        if row.get("Тип") != EMAIL:
            continue
        address = _address(row)
        if address is None:
            remarks.append("contact: an e-mail is no address and was left out")
        elif address not in found:
            found[address] = EmailContact(address=address, rank=MAIN + len(found))
    return tuple(found.values())
