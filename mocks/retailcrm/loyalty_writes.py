"""Writing participations: joining, activating, editing (reference, 11.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.custom_values import custom_values, merged
from mocks.retailcrm.loyalty_views import member_view
from mocks.retailcrm.participation import Participation
from mocks.retailcrm.programs import FIELD_NAMES
from mocks.retailcrm.refusals import entity_errors
from mocks.retailcrm.shapes import Invalid, Shape

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.customer import Customer

JOINED_ALREADY = "The customer is in this loyalty program already"
_UNFILLED = (
    "To activate participation in the loyalty program, "
    "the following fields should be filled in for the customer: {}"
)
_MEMBER = Shape(
    {
        "phoneNumber": shapes.text,
        "cardNumber": shapes.text,
        "customFields": shapes.mapping,
        "loyaltyLevelId": shapes.whole,
        "customer": Shape(
            {"id": shapes.whole, "externalId": shapes.text, "site": shapes.text},
            frozenset({"type"}),
        ),
    },
    frozenset({"id", "active", "status", "amount", "ordersSum", "level", "createdAt", "loyalty"}),
)


def _read(account: Account, raw: Any) -> dict[str, Any]:
    try:
        given = _MEMBER.read(raw, strict=account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None
    if given.get("customFields"):
        given["customFields"] = custom_values(account, "loyalty_account", given["customFields"])
    return given


def join_program(
    account: Account, raw: Any, *, site: str, sites: Collection[str] | None = None
) -> Participation:
    """Enter a customer into the shop's program; active at once when nothing stands against it.

    ``sites`` are the shops whose customers the caller may see (default: all).

    Raises:
        Refused: no customer, no program, or the customer takes part already.
    """
    given = _read(account, raw)
    customer = _customer(account, given.get("customer") or {}, site, sites)
    program = account.loyalty.program_of(site)
    if program is None:
        raise entity_errors({"loyalty": "Active loyalty program not found."})
    if any(one.program == program.id for one in account.loyalty.joined(customer.id)):
        raise entity_errors({"loyalty": JOINED_ALREADY})
    member = Participation(
        account.next_id("participation"),
        program.id,
        customer.id,
        account.now(),
        given.get("phoneNumber"),
        given.get("cardNumber"),
        custom=given.get("customFields") or {},
    )
    account.loyalty.join(member)
    if not program.sms_registration and not missing_fields(account, member):
        activate_member(account, member)
    return member


def _customer(
    account: Account, party: Mapping[str, Any], site: str, sites: Collection[str] | None
) -> Customer:
    if party.get("id") is not None:
        found = account.customers.by_id.get(party["id"])
        text = f"Customer with id={party['id']} not found."
    elif party.get("externalId") is not None:
        rows = account.customers.external(party["externalId"], [party.get("site") or site])
        found = rows[0] if rows else None
        text = f"Customer with externalId={party['externalId']} not found."
    else:
        raise entity_errors({"customer": "Set one of the following fields: id, externalId"})
    hidden = found is not None and sites is not None and found.site not in {None, *sites}
    if found is None or hidden:
        raise entity_errors({"customer": text})
    return found


def activate_member(account: Account, member: Participation, check: str | None = None) -> None:
    """Make a participation active; ``check`` is the SMS check that confirmed its phone."""
    member.status = "activated"
    member.activated_at = account.now()
    if check is not None:
        member.confirmed_at, member.check = account.now(), check


def edit_member(account: Account, member: Participation, raw: Any) -> bool:
    """Patch a participation; return whether anything changed.

    Raises:
        Refused: a bad field or a level of another program.
    """
    given = _read(account, raw)
    level = given.get("loyaltyLevelId")
    if level is not None and not has_level(account, member, level):
        raise entity_errors({"loyaltyLevelId": f"Loyalty level with id={level} not found."})
    before = member_view(account, member)
    account.loyalty.index.take(member)
    member.phone = given.get("phoneNumber", member.phone)
    member.card = given.get("cardNumber", member.card)
    account.loyalty.index.put(member)
    if given.get("customFields"):
        member.custom = merged(member.custom, given["customFields"])
    if level is not None:
        member.pinned_level = level
    return bool(before != member_view(account, member))


def has_level(account: Account, member: Participation, level: int) -> bool:
    """Tell whether a level belongs to the participation's program."""
    return any(one.id == level for one in account.loyalty.programs[member.program].levels)


def missing_fields(account: Account, member: Participation) -> list[str]:
    """Return the names of the required fields that are not filled in."""
    customer = account.customers.by_id[member.customer]
    held: dict[str, Any] = {
        **customer.custom,
        **member.custom,
        **customer.values,
        "phoneNumber": member.phone,
    }
    codes = account.loyalty.programs[member.program].required
    return [required_row(account, code)["name"] for code in codes if held.get(code) in (None, "")]


def unfilled(names: Sequence[str]) -> str:
    """Return the vendor's text for required fields that are empty."""
    return _UNFILLED.format(", ".join(names))


def required_row(account: Account, code: str) -> dict[str, Any]:
    """Describe a field that activation needs (sample L2)."""
    row: dict[str, Any] = {"name": FIELD_NAMES.get(code, code), "code": code, "entity": "customer"}
    row.update(type="string", custom=False, dictionaryElements=[])
    if code == "phoneNumber":
        row["entity"] = "loyalty_account"
    for entity in ("loyalty_account", "customer"):
        held = account.fields.get(entity, {}).get(code)
        if held is not None:
            elements = account.dictionaries.get(held.get("dictionary", ""), {}).get("elements", [])
            row.update(name=held["name"], entity=entity, type=held["type"], custom=True)
            row["dictionaryElements"] = elements
    return row
