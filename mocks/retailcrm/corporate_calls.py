"""Handlers of ``/customers-corporate`` (reference, section 7)."""

from __future__ import annotations

from functools import partial
from typing import Any

from mocks.retailcrm import corporate, filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.corporate import Corporate, Part
from mocks.retailcrm.corporate_input import SHAPES
from mocks.retailcrm.feed import Origin
from mocks.retailcrm.filters import Maker, sift
from mocks.retailcrm.refusals import PARTIAL, Refused, input_errors, invalid_input, not_found
from mocks.retailcrm.uploads import answered, load_rows
from mocks.retailcrm.wire import values

COMBINED_ROWS = 50
_NAMES = {"addresses": "address", "companies": "company", "contacts": "contact"}
_TESTS: dict[str, Maker] = {
    "ids": lambda _call, value: filters.within(lambda row: row.id, value),
    "externalIds": lambda _call, value: filters.within(lambda row: row.external_id, value),
    "nickName": lambda _call, value: filters.contains(
        lambda row: row.values.get("nickName"), value
    ),
    "sites": lambda _call, value: filters.within(lambda row: row.site, value),
    "discountCardNumber": lambda _call, value: filters.equals(
        lambda row: row.values.get("discountCardNumber"), shapes.text, value
    ),
    "contactIds": lambda _call, value: (
        lambda row: bool(set(values(value)) & set(map(str, row.people())))
    ),
}


def listed(call: Call) -> Answer:
    """GET customers-corporate, id descending."""
    rows = [row for row in call.account.corporates.newest_first() if call.sees(row.site)]
    return paged(call, "customersCorporate", sift(call, rows, tests=_TESTS), Corporate.view)


def create(call: Call) -> Answer:
    """POST customers-corporate/create: 201."""
    raw, site = call.structure("customerCorporate"), call.writing_site()
    one = corporate.create(call.account, raw, site=site, origin=call.origin)
    return call.created({"id": one.id}, key=one.external_id or one.id)


def get(call: Call) -> Answer:
    """GET customers-corporate/{externalId}."""
    one = call.entity(call.account.corporates)
    body = {"success": True, "customerCorporate": one.view()}
    return Answer(body, key=one.external_id or one.id)


def edit(call: Call) -> Answer:
    """POST customers-corporate/{externalId}/edit: a patch; parts have methods of their own."""
    raw = call.structure("customerCorporate")
    one = call.entity(call.account.corporates)
    changed = corporate.edit(call.account, one, raw, origin=call.origin)
    effect = "changed" if changed else "unchanged"
    return Answer({"success": True, "id": one.id}, key=one.external_id or one.id, effect=effect)


def upload(call: Call) -> Answer:
    """POST customers-corporate/upload: at most 50 rows; 460 when some are refused."""
    account = call.account
    loaded = load_rows(
        call,
        "customersCorporate",
        shelf=account.corporates,
        taken=partial(corporate.taken, account),
        create=lambda row, site: corporate.create(account, row, site=site, origin=call.origin),
    )
    lists = {"uploadedCustomers": loaded.uploaded, "failedCustomers": loaded.failed}
    if loaded.failed:
        reasons = [str(one) for one in loaded.reasons]
        raise Refused(PARTIAL, "Customers are loaded with errors", reasons, **lists)
    return answered(call, loaded, lists, status=200)


def fix_external_ids(call: Call) -> Answer:
    """POST customers-corporate/fix-external-ids: all or nothing."""
    pairs: list[tuple[Corporate, str]] = []
    for row in call.structure("customersCorporate", list):
        number = row.get("id") if isinstance(row, dict) else None
        one = call.account.corporates.by_id.get(number) if isinstance(number, int) else None
        if one is None or not row.get("externalId") or not call.sees(one.site):
            raise input_errors({"id": "ID must be an integer"})
        name = str(row["externalId"])
        if any(other is not one for other in call.account.corporates.external(name, [one.site])):
            raise input_errors({"externalId": f"Customer with externalId={name} already exists"})
        pairs.append((one, name))
    changed = [
        corporate.edit(call.account, one, {"externalId": name}, origin=call.origin)
        for one, name in pairs
    ]
    return Answer({"success": True}, effect="changed" if any(changed) else "unchanged")


def combine(call: Call) -> Answer:
    """POST customers-corporate/combine: accepted at once, done later; parts move over."""
    rows, result = call.structure("customers", list), call.structure("resultCustomer")
    known = call.account.corporates.by_id
    numbers = [row.get("id") for row in rows if isinstance(row, dict)]
    target = known.get(result.get("id"))
    others = [known[one] for one in numbers if one in known]
    wrong = not numbers or len(numbers) > COMBINED_ROWS or len(others) != len(numbers)
    if target is None or wrong or target in others:
        raise invalid_input()
    work = partial(_combine, call, others, target)
    call.account.later(call.account.settings.combine_delay_ms, work)
    return Answer({"success": True}, key=target.id, effect="changed")


def _combine(call: Call, others: list[Corporate], target: Corporate, at: str) -> None:
    account = call.account
    for other in others:
        if other.id not in account.corporates.by_id:
            continue
        for kind, held in other.parts.items():
            for part in held.values():
                target.parts[kind][part["id"]] = {**part, "isMain": False}
        account.corporates.withdraw(other)
        body: dict[str, Any] = {"deleted": True, "field": "id", "oldValue": other.id}
        body.update(newValue=None, customer=other.view(), combinedTo=target.stub())
        account.corporate_feed.add(at, other.id, Origin("combine"), body, site=other.site)


def _kind(call: Call) -> str:
    if call.path["part"] not in SHAPES:
        raise Refused(404, "API method not found")
    return call.path["part"]


def parts(call: Call) -> Answer:
    """GET customers-corporate/{externalId}/addresses, companies or contacts."""
    kind = _kind(call)
    rows = list(call.entity(call.account.corporates).parts[kind].values())
    return paged(call, kind, rows, dict)


def part_create(call: Call) -> Answer:
    """POST customers-corporate/{externalId}/<parts>/create: 201."""
    kind = _kind(call)
    raw = call.structure(_NAMES[kind])
    one = call.entity(call.account.corporates)
    given = corporate.read(call.account, SHAPES[kind], raw)
    number = corporate.put_part(call.account, one, kind, given, origin=call.origin)
    return call.created({"id": number}, key=number)


def part_edit(call: Call) -> Answer:
    """POST customers-corporate/{externalId}/<parts>/{entityExternalId}/edit: by ``entityBy``."""
    kind = _kind(call)
    raw = call.structure(_NAMES[kind])
    one = call.entity(call.account.corporates)
    part = _part(call, one, kind)
    given = corporate.read(call.account, SHAPES[kind], raw)
    corporate.put_part(call.account, one, kind, given, origin=call.origin, part=part)
    return Answer({"success": True, "id": part["id"]}, key=part["id"], effect="changed")


def _part(call: Call, one: Corporate, kind: str) -> Part:
    ident, by = call.path["entityExternalId"], call.text("entityBy") or "externalId"
    for part in one.parts[kind].values():
        name = part.get(by)
        if by == "externalId" and kind == "contacts":
            # A contact is named by its person.
            name = part.get("customer", {}).get("externalId")
        if name is not None and str(name) == ident:
            return part
    raise not_found()
