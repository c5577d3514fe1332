"""Finding customers by their keys, filling their fields, and the indexes behind it (section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mocks.mindbox.clock import read_date
from mocks.mindbox.customer import PLAIN_FIELDS, Contact, Customer
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.project import Project
from mocks.mindbox.reading import CLEAR, Json, camel, email, flag, node, phone, rows, text
from mocks.mindbox.tickets import keys_of

_CHANNELS = {"email": "Email", "sms": "Sms", "mobilepush": "MobilePush", "webpush": "WebPush"}


@dataclass(frozen=True)
class Found:
    """What a search gave: ``status`` is a ``processingStatus`` of section 3.3."""

    status: str
    customer: Customer | None = None

    def block(self) -> Json:
        """Return the shortest ``customer`` block."""
        if self.customer is None:
            return {"processingStatus": self.status}
        return {"processingStatus": self.status, "ids": self.customer.all_ids()}


NOT_FOUND = Found("NotFound")


def find(project: Project, keys: Json, where: str = "/customer") -> Found:
    """Search by a ticket alone, or by the first key that finds anyone: ids, card, phone, e-mail.

    Raises:
        ProtocolRefused: no key at all, or an id of a system that the project does not know.
    """
    ticket = text(keys.get("authenticationTicket"))
    if ticket:
        keys = keys_of(project, ticket)
    ids = node(keys, "ids")
    has_key = bool(ids)
    if "mindboxId" in ids:
        return _by_mindbox_id(project, text(ids["mindboxId"]))
    for key, value in ids.items():
        found = project.customer_by_id.get((id_key(project, key, where), text(value)))
        if found is not None:
            return _resolved(project, found)
    number = text(node(keys, "discountCard", "ids").get("number"))
    if number:
        has_key = True
        card = project.cards.get(number)
        if card is not None and card.customer_id is not None:
            found_by_card = _resolved(project, card.customer_id)
            return Found("DiscountCardIsBlocked") if card.status == "Blocked" else found_by_card
    by_contact = _by_contact(project, keys, where)
    if by_contact is not None:
        return by_contact
    has_key = has_key or any(text(keys.get(name)) for name in ("mobilePhone", "email"))
    if not has_key:
        msg = f"{where}: не передан ни один ключ поиска потребителя"
        raise ProtocolRefused(msg)
    return NOT_FOUND


def _by_contact(project: Project, keys: Json, where: str) -> Found | None:
    for name, index in (("mobilePhone", project.by_phone), ("email", project.by_email)):
        value = text(keys.get(name))
        if not value or value == CLEAR:
            continue
        sought = phone(value, f"{where}/mobilePhone") if name == "mobilePhone" else value.lower()
        matches = index.get(sought, set())
        if matches:
            return Found("Ambiguous") if len(matches) > 1 else _resolved(project, min(matches))
    return None


def existing(project: Project, keys: Json, where: str = "/customer") -> Customer:
    """Return the customer that a step cannot do without.

    Raises:
        ProtocolRefused: nobody, or several.
    """
    found = find(project, keys, where)
    if found.customer is not None:
        return found.customer
    ids = node(keys, "ids")
    name = f"ids/{next(iter(ids))}" if ids else next(iter(keys), "")
    shown = f" с Id {text(next(iter(ids.values())))}" if ids else ""
    msg = f"{where}/{name}: не удалось найти потребителя{shown} в базе"
    raise ProtocolRefused(msg)


def id_key(project: Project, key: str, where: str = "/customer") -> str:
    """Return the configured system name behind a key; answers spell it with a small first letter.

    Raises:
        ProtocolRefused: no system is called so.
    """
    for known in project.settings.customer_id_keys:
        if key in {known, camel(known)}:
            return known
    msg = f"{where}/ids/{key}: неизвестная внешняя система"
    raise ProtocolRefused(msg)


def create(project: Project) -> Customer:
    """Add an empty customer."""
    customer = Customer(id=project.next_id("customer"), changed=project.now())
    project.customers[customer.id] = customer
    return customer


def index(project: Project, customer: Customer) -> None:
    """Make the customer findable by the present ids and contacts."""
    for key, value in customer.ids.items():
        project.customer_by_id[key, value] = customer.id
    if customer.phone.value:
        project.by_phone[customer.phone.value].add(customer.id)
    if customer.email.value:
        project.by_email[customer.email.value.lower()].add(customer.id)


def unindex(project: Project, customer: Customer) -> None:
    """Take the customer out of the indexes, before a change or for good."""
    for key, value in customer.ids.items():
        if project.customer_by_id.get((key, value)) == customer.id:
            del project.customer_by_id[key, value]
    project.by_phone[customer.phone.value].discard(customer.id)
    project.by_email[customer.email.value.lower()].discard(customer.id)


def fill(project: Project, customer: Customer, sent: Json, where: str = "/customer") -> bool:
    """Write the sent fields; return whether anything changed (8.4).

    Raises:
        ValidationRefused: a contact is malformed. ProtocolRefused: an unknown system, area or card.
    """
    values = _checked(project, sent, where)
    unindex(project, customer)
    try:
        changed = _write(project, customer, values, where)
    finally:
        index(project, customer)
    if changed:
        customer.changed = project.now()
    return changed


def subscribe(project: Project, customer: Customer, rows_sent: list[Json]) -> bool:
    """Set subscriptions; an absent ``isSubscribed`` subscribes (9.4)."""
    changed = False
    for at, row in enumerate(rows_sent):
        brand = text(row.get("brand")) or project.settings.brands[0]
        if brand not in project.settings.brands:
            msg = f"/customer/subscriptions/{at}/brand: бренд не найден"
            raise ProtocolRefused(msg)
        sent = text(row.get("pointOfContact"))
        channel = _CHANNELS.get(sent.lower(), sent)
        key = (brand, channel, text(row.get("topic")))
        value = flag(row.get("isSubscribed"), default=True)
        changed |= customer.subscriptions.get(key) is not value
        customer.subscriptions[key] = value
    return changed


def _checked(project: Project, sent: Json, where: str) -> Json:
    """Return the values to write, each read and checked, so that a refusal writes nothing."""
    values: Json = {}
    for name in PLAIN_FIELDS:
        value = text(sent.get(name))
        if value:
            is_date = name == "birthDate" and value != CLEAR
            values[name] = read_date(value, f"{where}/birthDate") if is_date else value
    for name, reader in (("mobilePhone", phone), ("email", email)):
        value = text(sent.get(name))
        if value:
            values[name] = value if value == CLEAR else reader(value, f"{where}/{name}")
    ids = {id_key(project, k, where): text(v) for k, v in _external(sent).items() if text(v)}
    for key, value in ids.items():
        if len(value) > 64:  # noqa: PLR2004 - an id, not a text
            msg = f"Слишком длинный идентификатор {key}"
            raise ValidationRefused(msg, f"{where}/ids/{key}")
    values["ids"] = ids
    values["customFields"] = node(sent, "customFields")
    values["area"] = text(node(sent, "area", "ids").get("externalId"))
    values["subscriptions"] = rows(sent, "subscriptions")
    return values


def _external(sent: Json) -> Json:
    return {key: value for key, value in node(sent, "ids").items() if key != "mindboxId"}


def _write(project: Project, customer: Customer, values: Json, where: str) -> bool:
    changed = False
    for name in PLAIN_FIELDS:
        if name in values:
            changed |= _put(customer.fields, name, values[name])
    for name, contact in (("mobilePhone", customer.phone), ("email", customer.email)):
        if name in values:
            changed |= _contact(contact, values[name])
    for key, value in values["ids"].items():
        owner = project.customer_by_id.get((key, value))
        if owner is not None and owner != customer.id:
            msg = f"{where}/ids/{key}: идентификатор принадлежит другому потребителю"
            raise ProtocolRefused(msg)
        changed |= _put(customer.ids, key, value)
    for name, value in values["customFields"].items():
        changed |= _put(customer.custom, camel(name), value)
    if values["area"] and values["area"] != customer.area:
        customer.area, changed = values["area"], True
    return subscribe(project, customer, values["subscriptions"]) or changed


def _put(store: dict[str, Any], name: str, value: Any) -> bool:
    if value == CLEAR:
        return store.pop(name, None) is not None
    changed = bool(store.get(name) != value)
    store[name] = value
    return changed


def _contact(contact: Contact, value: str) -> bool:
    return contact.clear() if value == CLEAR else contact.change(value)


def _by_mindbox_id(project: Project, value: str) -> Found:
    return _resolved(project, int(value)) if value.isascii() and value.isdigit() else NOT_FOUND


def _resolved(project: Project, number: int) -> Found:
    """Follow merges, unless absorbed ids are gone (switch ``merged_ids``)."""
    if project.settings.merged_ids == "forward":
        while number in project.merged:
            number = project.merged[number]
    customer = project.customers.get(number)
    return NOT_FOUND if customer is None else Found("Found", customer)
