"""Customers that come from 1C (reference 3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.exchange.documents import Party
from mocks.bitrix.exchange.party_export import party_id
from mocks.bitrix.gateway_users import change_user, e164, new_user
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

PERSON_TYPE, COMPANY_TYPE = 1, 2
_COMPARED = 80


def find_party(site: Site, key: str) -> Row | None:
    """Return the user of a key: his XML_ID, or ``{id}#{login}#{name}`` compared up to 80 signs."""
    known = site.users.where("xmlId", key)
    if known:
        return known[0]
    head = key.split("#", 1)[0]
    user = site.users.get(int(head)) if head.isdigit() else None
    return user if user is not None and party_id(user)[:_COMPARED] == key[:_COMPARED] else None


def keep_party(site: Site, party: Party) -> bool:
    """Create or update the user of a counterparty; tell whether anything changed."""
    user = find_party(site, party.key) if party.key else None
    values = _values(party)
    if user is None:
        register(site, party)
        return True
    return change_user(site, user, values)


def register(site: Site, party: Party) -> Row:
    """Register a customer; without an e-mail the site makes one up."""
    values = _values(party)
    made_up = f"buyer{site.clock.unix()}@{site.settings.domain}"
    values["email"] = values.get("email") or made_up
    return new_user(site, {"source": "1c", "xmlId": party.key or None, **values})


def person_type_of(party: Party | None) -> int:
    """Guess the payer type: a company has an official name and a tax number."""
    is_company = party is not None and party.official_name and party.inn
    return COMPANY_TYPE if is_company else PERSON_TYPE


def _values(party: Party) -> dict[str, Any]:
    last, first, second = party.last_name, party.first_name, party.second_name
    if not last and not first:
        words = [*party.name.split(), "", "", ""]
        last, first, second = words[0], words[1], words[2]
    found = {
        "lastName": last,
        "name": first,
        "secondName": second,
        "email": party.email.lower(),
        "phone": e164(party.phone),
    }
    return {name: value for name, value in found.items() if value}
