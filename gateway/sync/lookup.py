"""Look-up keys: what an entity can be found by, as digests that tell nothing about the person."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import unquote

from gateway.canonical import Kind, normal_email, normal_phone
from gateway.canonical.paths import Fields

PHONE, EMAIL, CARD, NUMBER = "phone", "email", "card", "number"
_COLLECTIONS = {"phones": PHONE, "emails": EMAIL, "cards": CARD}


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

    def persons(self, fields: Fields) -> list[str]:
        """Return the digests that may prove two customer records to be one person."""
        return [
            self.digest(sort, value)
            for sort, value in look_up_values(Kind.CUSTOMER, fields)
            if sort in {PHONE, EMAIL}
        ]

    def of_query(self, text: str) -> list[str]:
        """Return the digests of whatever a person may type to find something."""
        query = text.strip()
        found = [self.digest(NUMBER, query.upper()), self.digest(CARD, query)]
        phone, email = normal_phone(query), normal_email(query)
        if phone:
            found.append(self.digest(PHONE, phone))
        if email:
            found.append(self.digest(EMAIL, email))
        return found


def look_up_values(kind: Kind, fields: Fields) -> list[tuple[str, str]]:
    """Return (sort, value) of everything that an entity can be found by."""
    if kind is Kind.ORDER:
        number = fields.get("number")
        return [(NUMBER, str(number).upper())] if number else []
    found: list[tuple[str, str]] = []
    for path, value in fields.items():
        name, _, key = path.partition("/")
        if value is True and name in _COLLECTIONS and "/" not in key:
            found.append((_COLLECTIONS[name], unquote(key)))
    return found
