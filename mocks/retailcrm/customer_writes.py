"""Writing customers: one path for API, operator and system, so that all leave the same history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.account import Tombstone
from mocks.retailcrm.custom_values import custom_values, merged
from mocks.retailcrm.customer import Customer, with_text
from mocks.retailcrm.customer_input import CUSTOMER, STRUCTURED
from mocks.retailcrm.feed import Origin, differences
from mocks.retailcrm.refusals import Refused, entity_errors
from mocks.retailcrm.shapes import Invalid

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account


def read_customer(account: Account, raw: Any) -> dict[str, Any]:
    """Check a customer's JSON and return its known fields.

    Raises:
        Refused: a field of the wrong form, an unknown field, custom field or manager.
    """
    try:
        patch = CUSTOMER.read(raw, strict=account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None
    if patch.get("customFields"):
        patch["customFields"] = custom_values(account, "customer", patch["customFields"])
    if patch.get("managerId") is not None and patch["managerId"] not in account.users:
        raise entity_errors({"managerId": "Something went wrong"})
    return patch


def duplicate(account: Account, external_id: str) -> str:
    """Return the text for an externalId that the shop has already."""
    if account.settings.customer_duplicate == "400_short_text":
        return "Customer already exists"
    return f"Customer with externalId={external_id} already exists"


def create_customer(account: Account, raw: Any, *, site: str | None, origin: Origin) -> Customer:
    """Create a customer and write its history.

    Raises:
        Refused: a bad field, or an externalId that the shop has already.
    """
    patch = read_customer(account, raw)
    external_id = patch.get("externalId") or None
    if external_id is not None and account.customers.external(external_id, [site]):
        raise Refused(400, duplicate(account, external_id))
    customer = Customer(
        account.next_id("customer"), site, patch.get("createdAt") or account.now(), external_id
    )
    _apply(account, customer, patch, replace_phones=False)
    account.customers.put(customer)
    report_creation(account, customer, origin)
    return customer


def report_creation(account: Account, customer: Customer, origin: Origin) -> None:
    """Write the creation record, then one record per phone."""
    body = {
        "created": True,
        "field": "id",
        "oldValue": None,
        "newValue": customer.id,
        "customer": customer.snapshot(),
    }
    at = account.now()
    account.customer_feed.add(at, customer.id, origin, body, site=customer.site)
    _report_phones(account, customer, [], origin, at)


def edit_customer(
    account: Account,
    customer: Customer,
    raw: Any,
    *,
    origin: Origin,
    remove_phones: Sequence[str] = (),
) -> bool:
    """Patch a customer; return whether anything changed.

    Raises:
        Refused: a bad field, or an externalId that belongs to another customer of the shop.
    """
    patch = read_customer(account, raw)
    external_id = patch.get("externalId") or None
    if external_id is not None and _taken(account, customer, external_id):
        raise Refused(400, duplicate(account, external_id))

    def change() -> None:
        if external_id is not None:
            customer.external_id = external_id
        _apply(account, customer, patch, replace_phones=account.settings.edit_phones == "replace")
        customer.phones = [phone for phone in customer.phones if phone not in remove_phones]

    return _tracked(account, customer, origin, change)


def set_external_id(account: Account, customer: Customer, external_id: str, origin: Origin) -> bool:
    """Give a customer another externalId; return whether it is a new one."""

    def change() -> None:
        customer.external_id = external_id

    return _tracked(account, customer, origin, change)


def _tracked(
    account: Account, customer: Customer, origin: Origin, change: Any, *, at: str | None = None
) -> bool:
    """Apply a change and write one record per field and per phone that differs."""
    before, phones = customer.facts(), list(customer.phones)
    account.customers.reindex(customer, change)
    stamp = at or account.now()
    changes = differences(before, customer.facts())
    for code, old, new in changes:
        body: dict[str, Any] = {
            "field": code,
            "oldValue": old,
            "newValue": new,
            "customer": customer.stub(),
        }
        if code.startswith("address.") and customer.address is not None:
            body["address"] = {
                name: customer.address[name]
                for name in ("id", "isMain")
                if name in customer.address
            }
        account.customer_feed.add(stamp, customer.id, origin, body, site=customer.site)
    _report_phones(account, customer, phones, origin, stamp)
    return bool(changes) or phones != customer.phones


def _report_phones(
    account: Account, customer: Customer, before: Sequence[str], origin: Origin, at: str
) -> None:
    gone = [(phone, None) for phone in before if phone not in customer.phones]
    come = [(None, phone) for phone in customer.phones if phone not in before]
    for old, new in (*gone, *come):
        body = {"field": "phones", "oldValue": old, "newValue": new, "customer": customer.stub()}
        account.customer_feed.add(at, customer.id, origin, body, site=customer.site)


def _taken(account: Account, customer: Customer, external_id: str) -> bool:
    return any(
        other is not customer for other in account.customers.external(external_id, [customer.site])
    )


def _apply(
    account: Account, customer: Customer, patch: Mapping[str, Any], *, replace_phones: bool
) -> None:
    customer.values.update((name, value) for name, value in patch.items() if name not in STRUCTURED)
    if patch.get("createdAt"):
        customer.created_at = patch["createdAt"]
    if "phones" in patch:
        numbers = [row["number"] for row in patch["phones"] or () if row.get("number")]
        kept = [] if replace_phones else customer.phones
        customer.phones = list(dict.fromkeys([*kept, *numbers]))
    if patch.get("address"):
        old = customer.address or {
            "id": account.next_id("address"),
            "isMain": True,
            "countryIso": _country(account, customer),
        }
        customer.address = with_text({**old, **patch["address"]})
    if patch.get("contragent"):
        customer.contragent = {
            name: value
            for name, value in {**customer.contragent, **patch["contragent"]}.items()
            if value
        }
    if patch.get("customFields"):
        customer.custom = merged(customer.custom, patch["customFields"])
    added = [row["name"] for row in patch.get("tags") or () if row.get("name")] + (
        patch.get("addTags") or []
    )
    removed = set(patch.get("removeTags") or ())
    if added or removed:
        customer.tags = [
            tag for tag in dict.fromkeys([*customer.tags, *added]) if tag not in removed
        ]
    if patch.get("subscribed") is not None:
        subscribe(account, customer, "email", "default_marketing", active=patch["subscribed"])


def _country(account: Account, customer: Customer) -> str:
    shop = account.shops.get(customer.site or "")
    return shop.country_iso if shop else "RU"


def subscribe(
    account: Account, customer: Customer, channel: str, subscription: str, *, active: bool
) -> None:
    """Set one subscription; the e-mail one also sets or clears the moment of unsubscription."""
    now = account.now()
    customer.subscriptions[channel, subscription] = (active, now)
    if channel == "email":
        unsubscribed = customer.values.get("emailMarketingUnsubscribedAt")
        customer.values["emailMarketingUnsubscribedAt"] = None if active else unsubscribed or now


def set_subscriptions(
    account: Account, customer: Customer, rows: Sequence[Mapping[str, Any]], origin: Origin
) -> bool:
    """Set several subscriptions and write what the feed can tell of it."""

    def change() -> None:
        for row in rows:
            subscribe(account, customer, row["channel"], row["subscription"], active=row["active"])

    return _tracked(account, customer, origin, change)


def delete_customer(
    account: Account,
    customer: Customer,
    origin: Origin,
    *,
    into: Customer | None = None,
    at: str = "",
) -> None:
    """Remove a customer: by an operator, or absorbed ``into`` another one by a merge."""
    body: dict[str, Any] = {
        "deleted": True,
        "field": "id",
        "oldValue": customer.id,
        "newValue": None,
    }
    body["customer"] = customer.view()
    if into is not None:
        body["combinedTo"] = into.stub()
        account.gone[customer.id] = Tombstone(customer.site, customer.external_id, into.id)
    account.customers.withdraw(customer)
    account.loyalty.leave(customer.id)
    account.customer_feed.add(at or account.now(), customer.id, origin, body, site=customer.site)


def combine_customers(
    account: Account, absorbed: Sequence[int], result_id: int, *, at: str
) -> None:
    """Merge customers into one: its own values stay, what it lacks is filled, orders move over.

    Customers that vanished since the call was accepted are passed over.
    """
    result = account.customers.by_id.get(result_id)
    if result is None:
        return
    origin = Origin("combine")
    for one in absorbed:
        other = account.customers.by_id.get(one)
        if other is None or other is result:
            continue

        def fill(other: Customer = other, result: Customer = result) -> None:
            for name, value in other.values.items():
                if result.values.get(name) in (None, ""):
                    result.values[name] = value
            result.phones = list(dict.fromkeys([*result.phones, *other.phones]))
            result.custom = {**other.custom, **result.custom}
            result.tags = list(dict.fromkeys([*result.tags, *other.tags]))
            result.address = result.address or other.address

        _tracked(account, result, origin, fill, at=at)
        ended = account.loyalty.move(other.id, result.id)
        for order in account.orders.marked("customer", str(one)):
            order.bonuses.rehold(ended)
            account.orders.reindex(order, partial(setattr, order, "customer_id", result.id))
        delete_customer(account, other, origin, into=result, at=at)
