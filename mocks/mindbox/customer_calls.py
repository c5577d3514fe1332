"""Operations on customers: register, authorise, edit, get, merge, segments (sections 8, 19.3)."""

from __future__ import annotations

from mocks.mindbox import customer_view, customers
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.codes import send_confirmation
from mocks.mindbox.customer import Customer, subscriptions
from mocks.mindbox.customers import Found, find
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.merging import merge_customers
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, node, rows, text


def register(call: Call) -> Answer:
    """Create a customer, or say that there is one (8.2, switch ``registerDuplicate``)."""
    project, sent = call.project, call.required("customer")
    if not text(sent.get("mobilePhone")) and not text(sent.get("email")):
        msg = "Заполните хотя бы один контакт."
        raise ValidationRefused(msg)
    found = find(project, sent)
    if found.status != "NotFound":
        return _duplicate(call, found, sent)
    customer = created(project, sent)
    if call.device:
        project.by_device[call.device] = customer.id
    project.act("Registraciya", customer.id, at=call.at, place=call.place)
    project.tell("customerRegistered", customer=customer)
    if customer.phone.value:
        send_confirmation(project, customer, "MobilePhone")
    return Answer(
        {"customer": {"processingStatus": "Created", "ids": customer.all_ids()}},
        effect="created",
        key=str(customer.id),
    )


def created(project: Project, sent: Json) -> Customer:
    """Add a customer with the sent fields and card; a refusal leaves nothing behind."""
    customer = customers.create(project)
    try:
        customers.fill(project, customer, sent)
    except (ProtocolRefused, ValidationRefused):
        customers.unindex(project, customer)
        del project.customers[customer.id]
        raise
    number = text(node(sent, "discountCard", "ids").get("number"))
    card = project.cards.get(number)
    if card is not None and card.customer_id is None:
        card.customer_id, card.status = customer.id, "Activated"
    return customer


def _duplicate(call: Call, found: Found, sent: Json) -> Answer:
    if call.project.settings.register_duplicate == "validationError":
        by_phone = bool(text(sent.get("mobilePhone")))
        contact = "телефоном" if by_phone else "адресом"
        msg = f"Клиент с таким {contact} уже зарегистрирован"
        raise ValidationRefused(msg, f"/customer/{'mobilePhone' if by_phone else 'email'}")
    status = "AlreadyExists" if found.customer is not None else found.status
    key = str(found.customer.id) if found.customer else ""
    return Answer({"customer": Found(status, found.customer).block()}, "unchanged", key)


def authorize(call: Call) -> Answer:
    """Track a login; ties the device and a new external id to the customer (8.2)."""
    project, sent = call.project, call.required("customer")
    customer = customers.existing(project, sent)
    if call.device:
        project.by_device[call.device] = customer.id
    customers.fill(project, customer, {"ids": node(sent, "ids")})
    project.act("Avtorizaciya", customer.id, at=call.at, place=call.place)
    return Answer({"customer": Found("Found", customer).block()}, "changed", str(customer.id))


def edit(call: Call) -> Answer:
    """Change a customer; a confirmed contact waits for confirmation (8.4, 31.1)."""
    project, sent = call.project, call.required("customer")
    found = find(project, sent)
    customer = found.customer
    if customer is None:
        if call.operation.option("creates") and found.status == "NotFound":
            return register(call)
        return Answer({"customer": found.block()})
    waiting = customer.phone.pending, customer.email.pending
    changed = customers.fill(project, customer, sent)
    status = "Changed" if changed else "NotChanged"
    if changed:
        project.act("RedaktirovanieKlienta", customer.id, at=call.at, place=call.place)
        project.tell("customerEdited", customer=customer)
    if customer.phone.pending and customer.phone.pending != waiting[0]:
        send_confirmation(project, customer, "MobilePhone")
    if customer.email.pending and customer.email.pending != waiting[1]:
        send_confirmation(project, customer, "Email")
    block = Found(status, customer).block() | customer_view.contacts(project, customer)
    return Answer({"customer": block}, "changed" if changed else "unchanged", str(customer.id))


def subscribe(call: Call) -> Answer:
    """Set subscriptions; an unknown contact becomes a customer (9.4, 31.3)."""
    project, sent = call.project, call.required("customer")
    found = find(project, sent)
    if found.status in {"Ambiguous", "DiscountCardIsBlocked"}:
        return Answer({"customer": found.block()})
    customer = found.customer
    if customer is None:
        if not (text(sent.get("email")) or text(sent.get("mobilePhone"))):
            return Answer({"customer": found.block()})
        customer = created(project, sent)
        status, changed = "Created", True
    else:
        changed = customers.subscribe(project, customer, rows(sent, "subscriptions"))
        status = "Changed" if changed else "NotChanged"
    if changed:
        customer.changed = project.now()
        project.act("Podpiska", customer.id, at=call.at, place=call.place)
        project.tell("subscriptionChanged", customer=customer)
    block: Json = {"processingStatus": status}
    if rows(sent, "subscriptions"):
        block["subscriptions"] = subscriptions(customer)
    return Answer({"customer": block}, "changed" if changed else "unchanged", str(customer.id))


def check(call: Call) -> Answer:
    """Tell whether a customer exists (8.3)."""
    found = find(call.project, call.required("customer"))
    block: Json = {"processingStatus": found.status}
    if found.customer is not None:
        block["ids"] = {"mindboxId": found.customer.id}
    return Answer({"customer": block}, key=str(found.customer.id) if found.customer else "")


def get(call: Call) -> Answer:
    """Return a customer with balances, cards and segments (8.3, 31.1)."""
    project = call.project
    found = find(project, call.required("customer"))
    if found.customer is None:
        return Answer({"customer": found.block()})
    customer = found.customer
    blocks: Json = {
        "customer": {"processingStatus": "Found", **customer_view.full(project, customer)},
        "balances": customer_view.balances(project, customer),
        "discountCards": customer_view.cards(project, customer),
        "customerSegmentations": customer_view.segmentations(project, customer, []),
    }
    return Answer({name: value for name, value in blocks.items() if value}, key=str(customer.id))


def get_subscriptions(call: Call) -> Answer:
    """Return a customer's subscriptions."""
    found = find(call.project, call.required("customer"))
    block = found.block()
    if found.customer is not None:
        block["subscriptions"] = subscriptions(found.customer)
    return Answer({"customer": block})


def segments(call: Call) -> Answer:
    """Return segments; the block is absent when there is no such customer (19.3)."""
    wanted = [text(node(row, "ids").get("externalId")) for row in rows(call.body, "segmentations")]
    found = find(call.project, call.required("customer"))
    if found.customer is None:
        return Answer({})
    rows_found = customer_view.segmentations(call.project, found.customer, wanted)
    return Answer({"customerSegmentations": rows_found}, key=str(found.customer.id))


def password(call: Call) -> Answer:
    """Check a password (8.6); a wrong one is a validation error."""
    sent = call.required("customer")
    found = find(call.project, sent)
    customer = found.customer
    if customer is None or not customer.password or customer.password != sent.get("password"):
        msg = "Неверный логин или пароль"
        raise ValidationRefused(msg, "/customer/password")
    return Answer({"customer": found.block()}, key=str(customer.id))


def merge(call: Call) -> Answer:
    """Merge customers that all exist already; someone missing: nothing happens (8.5)."""
    project = call.project
    given = rows(call.body, "customersToMerge")
    target = call.required("resultingCustomer")
    if not given:
        msg = "/customersToMerge: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    losers = [find(project, one, f"/customersToMerge/{at}") for at, one in enumerate(given)]
    winner = find(project, target, "/resultingCustomer")
    blocks: Json = {
        "customersToMerge": [
            {"processingStatus": found.status, "ids": node(sent, "ids")}
            for found, sent in zip(losers, given, strict=True)
        ],
        "resultingCustomer": {"processingStatus": winner.status, "ids": node(target, "ids")},
    }
    present = [found.customer for found in losers if found.customer is not None]
    if winner.customer is None or len(present) < len(given):
        return Answer(blocks, "unchanged")
    others = [one for one in present if one.id != winner.customer.id]
    merge_customers(project, winner.customer, others)
    blocks["resultingCustomer"]["processingStatus"] = "Merged"
    return Answer(blocks, "changed", str(winner.customer.id))
