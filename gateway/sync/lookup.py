"""Look-up keys: what an entity can be found by, as digests that tell nothing about the person."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from gateway.canonical import Kind, normal_email, normal_phone
from gateway.canonical.alike import mailbox_key, person_key
from gateway.canonical.paths import Fields

PHONE, EMAIL, CARD, NUMBER, CODE = "phone", "email", "card", "number", "code"
MAILBOX, PERSON = "mailbox", "person"
"""What makes two customers worth a comparison, and proves nothing: see ``canonical.alike``."""
_COLLECTIONS = {"phones": PHONE, "emails": EMAIL, "cards": CARD}
_SINGLE: Mapping[Kind, Sequence[tuple[str, str]]] = {
    Kind.CARD: (("number", CARD),),
    Kind.PRODUCT: (("code", CODE), ("sku", NUMBER)),
    Kind.ORDER: (("number", NUMBER),),
}
NATURAL: Mapping[Kind, Sequence[str]] = {
    Kind.CUSTOMER: (PHONE, EMAIL),
    Kind.CARD: (CARD,),
    Kind.PRODUCT: (CODE,),
    Kind.ORDER: (),
}
"""What proves two records to be one, the stronger proof first; orders are known by link or key."""


@dataclass(frozen=True, slots=True)
class Digester:
    """Makes keyed digests, so that a stolen index cannot be searched by guessing phones."""

    secret: bytes = field(repr=False)

    def digest(self, sort: str, value: str) -> str:
        """Return the digest of one normalised value. ``sort`` keeps kinds of values apart."""
        mac = hmac.new(self.secret, f"{sort}:{value}".encode(), hashlib.sha256)
        return f"{sort}:{mac.hexdigest()[:32]}"

    def of_entity(self, kind: Kind, fields: Fields) -> list[str]:
        """Return all digests under which an entity shall be found."""
        return [self.digest(sort, value) for sort, value in look_up_values(kind, fields)]

    def natural(self, kind: Kind, fields: Fields) -> list[str]:
        """Return the digests that may prove two records to be of one thing or person."""
        return [
            self.digest(sort, value)
            for sort, value in look_up_values(kind, fields)
            if sort in NATURAL[kind]
        ]

    def of_query(self, text: str) -> list[str]:
        """Return the digests of whatever a person may type to find something."""
        query = text.strip()
        found = [
            self.digest(NUMBER, query.upper()),
            self.digest(CARD, query),
            self.digest(CODE, query),
        ]
        phone, email = normal_phone(query), normal_email(query)
        if phone:
            found.append(self.digest(PHONE, phone))
        if email:
            found.append(self.digest(EMAIL, email))
        return found


def look_up_values(kind: Kind, fields: Fields) -> list[tuple[str, str]]:
    """Return (sort, value) of everything that an entity can be found by."""
    if kind is not Kind.CUSTOMER:
        return [
            (sort, str(value).upper() if sort == NUMBER else str(value))
            for name, sort in _SINGLE[kind]
            if (value := fields.get(name))
        ]
    found: list[tuple[str, str]] = []
    for path, value in fields.items():
        name, _, key = path.partition("/")
        if value is True and name in _COLLECTIONS and "/" not in key:
            found.append((_COLLECTIONS[name], unquote(key)))
    return [*found, *_alike(found, fields)]


def _alike(found: Sequence[tuple[str, str]], fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield what a customer is compared by; several spellings of one mailbox are one."""
    boxes = {mailbox_key(value) for sort, value in found if sort == EMAIL}
    yield from ((MAILBOX, box) for box in sorted(filter(None, boxes)))
    person = person_key(fields.get("name/last"), fields.get("name/first"), fields.get("birth_date"))
    if person is not None:
        yield PERSON, person
