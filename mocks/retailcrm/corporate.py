"""Corporate customers: model, parts and writing (reference, section 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.corporate_input import CORPORATE, FEED_CODES, SHAPES
from mocks.retailcrm.custom_values import custom_values, merged
from mocks.retailcrm.customer import with_text
from mocks.retailcrm.feed import Facts, Origin, differences
from mocks.retailcrm.refusals import Refused, entity_errors
from mocks.retailcrm.shapes import Invalid, Shape

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

_CODES = {
    "nickName": "nick_name",
    "vip": "vip",
    "bad": "bad",
    "personalDiscount": "personal_discount",
    "cumulativeDiscount": "cumulative_discount",
    "discountCardNumber": "discount_card_number",
}
Part = dict[str, Any]


@dataclass(slots=True)
class Corporate:
    """A corporate customer of one shop with its addresses, companies and contacts by id."""

    id: int
    site: str | None
    created_at: str
    external_id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, dict[int, Part]] = field(default_factory=lambda: {name: {} for name in SHAPES})

    def marks(self) -> Iterator[tuple[str, str]]:
        """Card."""
        if self.values.get("discountCardNumber"):
            yield "discountCardNumber", self.values["discountCardNumber"]

    def stub(self) -> dict[str, Any]:
        """Return the customer as a history record names it."""
        stub: dict[str, Any] = {"id": self.id}
        if self.external_id is not None:
            stub["externalId"] = self.external_id
        return {**stub, "site": self.site}

    def facts(self) -> Facts:
        """Return what the feed reports, by its field code."""
        facts: Facts = {
            code: self.values[wire]
            for wire, code in _CODES.items()
            if self.values.get(wire) is not None
        }
        if self.values.get("managerId") is not None:
            facts["manager"] = {"id": self.values["managerId"]}
        if self.external_id is not None:
            facts["external_id"] = self.external_id
        facts.update((f"custom_{code.lower()}", value) for code, value in self.custom.items())
        return facts

    def people(self) -> list[int]:
        """Return the ids of the customers that are its contacts."""
        rows = self.parts["contacts"].values()
        return [row["customer"]["id"] for row in rows if "customer" in row]

    def main(self, kind: str) -> Part | None:
        """Return the main part of a kind."""
        return next((one for one in self.parts[kind].values() if one.get("isMain")), None)

    def company(self, locator: Mapping[str, Any]) -> Part | None:
        """Return one of the companies as an order names it."""
        for part in self.parts["companies"].values():
            if part["id"] == locator.get("id") or (
                locator.get("externalId") and part.get("externalId") == locator["externalId"]
            ):
                return _named(part)
        return None

    def in_order(self) -> dict[str, Any]:
        """Return the customer as an order nests it: without its parts."""
        apart = {"addresses", "companies", "customerContacts"}
        return {name: value for name, value in self.view().items() if name not in apart}

    def view(self) -> dict[str, Any]:
        """Return the customer as GET answers it."""
        values = self.values
        view: dict[str, Any] = {"type": "customer_corporate", **self.stub()}
        view.update(nickName=values.get("nickName"), createdAt=self.created_at)
        view.update(vip=values.get("vip") or False, bad=values.get("bad") or False)
        view.update(managerId=values.get("managerId"), customFields=self.custom or [])
        view["personalDiscount"] = values.get("personalDiscount") or 0
        view["cumulativeDiscount"] = values.get("cumulativeDiscount") or 0
        view["discountCardNumber"] = values.get("discountCardNumber")
        view.update(marginSumm=0, totalSumm=0, averageSumm=0, ordersCount=0, costSumm=0)
        view["addresses"] = list(self.parts["addresses"].values())
        view["companies"] = list(self.parts["companies"].values())
        view["customerContacts"] = list(self.parts["contacts"].values())
        for name, kind in (
            ("mainAddress", "addresses"),
            ("mainCompany", "companies"),
            ("mainCustomerContact", "contacts"),
        ):
            part = self.main(kind)
            view[name] = _named(part) if part is not None else None
        return {name: value for name, value in view.items() if value is not None}


def _named(part: Part) -> Part:
    return {name: part[name] for name in ("id", "externalId", "name", "customer") if name in part}


def read(account: Account, shape: Shape, raw: Any) -> dict[str, Any]:
    """Read known fields; a malformed or unknown one is refused."""
    try:
        return shape.read(raw, strict=account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None


def taken(account: Account, external_id: str) -> str:
    """Return the text for an externalId that the shop has already."""
    if account.settings.customer_duplicate == "400_short_text":
        return "Customer already exists"
    return f"Customer with externalId={external_id} already exists"


def create(account: Account, raw: Any, *, site: str, origin: Origin) -> Corporate:
    """Create a corporate customer with the parts that came with it.

    Raises:
        Refused: a bad field, no name, or an externalId that the shop has already.
    """
    given = read(account, CORPORATE, raw)
    external_id = given.get("externalId") or None
    if external_id is not None and account.corporates.external(external_id, [site]):
        raise Refused(400, taken(account, external_id))
    if not given.get("nickName"):
        raise entity_errors({"nickName": "This value should not be blank."})
    rows = [
        (kind, read(account, SHAPES[kind], row))
        for name, kind in _GIVEN
        for row in given.get(name) or ()
    ]
    at = given.get("createdAt") or account.now()
    one = Corporate(account.next_id("corporate"), site, at, external_id)
    _patch(account, one, given)
    account.corporates.put(one)
    body = {"created": True, "field": "id", "oldValue": None, "newValue": one.id}
    _record(account, one, origin, {**body, "customer": one.view()})
    for kind, row in rows:
        put_part(account, one, kind, row, origin=origin)
    return one


_GIVEN = (("addresses", "addresses"), ("companies", "companies"), ("customerContacts", "contacts"))


def _patch(account: Account, one: Corporate, given: Mapping[str, Any]) -> None:
    apart = {"externalId", "createdAt", "type", "customFields", *(name for name, _ in _GIVEN)}
    one.values.update((name, value) for name, value in given.items() if name not in apart)
    if given.get("customFields"):
        values = custom_values(account, "customer_corporate", given["customFields"])
        one.custom = merged(one.custom, values)


def edit(account: Account, one: Corporate, raw: Any, *, origin: Origin) -> bool:
    """Patch a corporate customer; return whether anything changed.

    Raises:
        Refused: a bad field, or an externalId of another customer of the shop.
    """
    given = read(account, CORPORATE, raw)
    external_id = given.get("externalId") or one.external_id
    others = account.corporates.external(external_id, [one.site]) if external_id else []
    if external_id and any(other is not one for other in others):
        raise Refused(400, taken(account, external_id))
    before = one.facts()

    def change() -> None:
        one.external_id = external_id
        _patch(account, one, given)

    account.corporates.reindex(one, change)
    return report(account, one, origin, before)


def report(account: Account, one: Corporate, origin: Origin, before: Facts) -> bool:
    """Write one record per field that differs; return whether there was any."""
    changes = differences(before, one.facts())
    for code, old, new in changes:
        body = {"field": code, "oldValue": old, "newValue": new, "customer": one.stub()}
        _record(account, one, origin, body)
    return bool(changes)


def _record(account: Account, one: Corporate, origin: Origin, body: dict[str, Any]) -> None:
    account.corporate_feed.add(account.now(), one.id, origin, body, site=one.site)


def put_part(
    account: Account,
    one: Corporate,
    kind: str,
    given: Mapping[str, Any],
    *,
    origin: Origin,
    part: Part | None = None,
) -> int:
    """Add a part, or change ``part``; the main one is one only. Return its id.

    Raises:
        Refused: a contact that is no customer, or an externalId that another part has.
    """
    held = one.parts[kind]
    name = given.get("externalId")
    if name and any(row.get("externalId") == name for row in held.values() if row is not part):
        raise entity_errors({"externalId": _TAKEN[kind]})
    values = {key: value for key, value in given.items() if value is not None}
    if kind == "contacts" and "customer" in values:
        values["customer"] = _contact(account, values["customer"], one.site)
    fresh = part is None
    counter = {"addresses": "address", "companies": "company", "contacts": "contact"}[kind]
    if part is None:
        part = {"id": account.next_id(counter), "isMain": not held, **_fresh(account, kind, one)}
        held[part["id"]] = part
    part.update(with_text({**part, **values}) if kind == "addresses" else values)
    if part["isMain"]:
        for other in held.values():
            other["isMain"] = other is part
    code, main = FEED_CODES[kind]
    number = {"id": part["id"]}
    body = {"field": code if fresh else main, "oldValue": None if fresh else number}
    shown = {"contacts": "customerContact", "companies": "company", "addresses": "address"}[kind]
    record = {**body, "newValue": number, "customer": one.stub(), shown: _named(part)}
    _record(account, one, origin, record)
    return int(part["id"])


_TAKEN = {
    "addresses": "This external id is already set for another customer address",
    "companies": "This external id is already set for another company",
    "contacts": "This external id is already set for another contact",
}


def _fresh(account: Account, kind: str, one: Corporate) -> Part:
    if kind != "companies":
        return {}
    return {"active": True, "site": one.site, "createdAt": account.now()}


def _contact(account: Account, party: Mapping[str, Any], site: str | None) -> Part:
    if party.get("id") is not None:
        found = account.customers.by_id.get(party["id"])
        rows = [found] if found is not None else []
    else:
        shops = [party.get("site") or site]
        rows = account.customers.external(party.get("externalId") or "", shops)
    if not rows:
        raise entity_errors({"customer": "Customer not found."})
    return rows[0].stub()
