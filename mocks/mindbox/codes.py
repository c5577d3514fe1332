"""Codes by SMS and e-mail: confirmation of a contact, authorization of a customer (section 9)."""

from __future__ import annotations

from datetime import timedelta

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import Found, existing, find, index, unindex
from mocks.mindbox.errors import ValidationRefused
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, node, phone, text
from mocks.mindbox.stock import Code

CONFIRM, AUTHORIZE = "confirm", "authorize"


def send_confirmation(project: Project, customer: Customer, title: str) -> None:
    """Send a code to the contact that waits for confirmation; an e-mail carries a link."""
    channel = "Email" if title == "Email" else "Sms"
    contact = customer.email if title == "Email" else customer.phone
    code = "" if channel == "Email" else _new_code(project)
    if code:
        address = contact.pending or contact.value
        project.codes[CONFIRM, customer.id].append(Code(code, project.now(), address))
    project.send(customer, channel, f"{title}Confirmation", code=code)


def resend(call: Call) -> Answer:
    """Send a confirmation code again (9.2)."""
    found = find(call.project, call.required("customer"))
    if found.customer is None:
        return Answer({"customer": {"processingStatus": found.status}})
    send_confirmation(call.project, found.customer, call.operation.option("contact"))
    return Answer({"customer": {"processingStatus": "Found"}}, "changed", str(found.customer.id))


def confirm_phone(call: Call) -> Answer:
    """Confirm a phone with a code, or without one where the caller checked it (9.1, 8.4)."""
    project, sent = call.project, call.required("customer")
    found = find(project, _without_phone(sent))
    customer = found.customer
    if customer is None:
        return Answer(_confirmation(call, "NotFound"))
    code = text(node(call.body, "smsConfirmation").get("code"))
    if not code:
        return _confirm_unchecked(call, customer)
    if customer.phone.is_confirmed and not customer.phone.pending:
        return Answer(_confirmation(call, "AlreadyConfirmed"), "unchanged", str(customer.id))
    if not _use(project, CONFIRM, customer, code):
        return Answer(
            _confirmation(call, "IncorrectConfirmationCode"), "unchanged", str(customer.id)
        )
    _confirmed(project, customer)
    return Answer(_confirmation(call, "MobilePhoneConfirmed"), "changed", str(customer.id))


def confirm_email(call: Call) -> Answer:
    """Confirm an e-mail after the customer followed the link (9.4); there is no code."""
    project, sent = call.project, call.required("customer")
    keys = {"ids": sent["ids"]} if node(sent, "ids") else sent
    customer = existing(project, keys)
    address = text(sent.get("email")).lower()
    known = {customer.email.value.lower(), customer.email.pending.lower()}
    if address and address not in known:
        msg = "Адрес не принадлежит клиенту"
        raise ValidationRefused(msg, "/customer/email")
    unindex(project, customer)
    changed = customer.email.confirm()
    index(project, customer)
    if changed:
        customer.changed = project.now()
        project.tell("customerEdited", customer=customer)
    return Answer({}, "changed" if changed else "unchanged", str(customer.id))


def send_authorization(call: Call) -> Answer:
    """Send an authorization code (9.3)."""
    project, sent = call.project, call.required("customer")
    if "mobilePhone" in sent:
        phone(sent["mobilePhone"])
    found = find(project, sent)
    customer = found.customer
    if customer is None:
        return Answer({"customer": {"processingStatus": found.status}})
    is_by_email = not customer.phone.value
    code = _new_code(project)
    address = customer.email.value if is_by_email else customer.phone.value
    project.codes[AUTHORIZE, customer.id].append(Code(code, project.now(), address))
    project.send(customer, "Email" if is_by_email else "Sms", "AuthentificationCode", code=code)
    return Answer({"customer": {"processingStatus": "Found"}}, "changed", str(customer.id))


def check_authorization(call: Call) -> Answer:
    """Check an authorization code (9.3); a code serves once."""
    found = find(call.project, call.required("customer"))
    code = text(call.body.get("authentificationCode"))
    if found.customer is None or not check_code(call.project, found.customer, code):
        return _wrong_code(call.project)
    ids = {"mindboxId": found.customer.id}
    return Answer(
        {"customer": {"processingStatus": "Found", "ids": ids}}, "changed", str(found.customer.id)
    )


def check_code(project: Project, customer: Customer, code: str) -> bool:
    """Use up an authorization code and return whether it was right."""
    return _use(project, AUTHORIZE, customer, code)


def _wrong_code(project: Project) -> Answer:
    if project.settings.wrong_auth_code == "notFoundStatus":
        return Answer({"customer": {"processingStatus": "NotFound"}})
    msg = "Неверный код"
    raise ValidationRefused(msg, "/authentificationCode")


def _use(project: Project, purpose: str, customer: Customer, value: str) -> bool:
    oldest = project.now() - timedelta(seconds=project.settings.code_life_s)
    for code in project.codes[purpose, customer.id]:
        if code.value == value and code.sent >= oldest and not code.is_used:
            code.is_used = True
            return True
    return False


def _confirm_unchecked(call: Call, customer: Customer) -> Answer:
    sent = text(call.body["customer"].get("mobilePhone"))
    number = phone(sent) if sent else customer.phone.value
    if number not in {customer.phone.value, customer.phone.pending}:
        unindex(call.project, customer)
        customer.phone.change(number)
        index(call.project, customer)
    _confirmed(call.project, customer)
    return Answer({"customer": Found("Changed", customer).block()}, "changed", str(customer.id))


def _confirmed(project: Project, customer: Customer) -> None:
    unindex(project, customer)
    customer.phone.confirm()
    index(project, customer)
    customer.changed = project.now()
    project.tell("customerEdited", customer=customer)


def _confirmation(call: Call, status: str) -> Json:
    if text(node(call.body, "smsConfirmation").get("code")):
        return {"smsConfirmation": {"processingStatus": status}}
    return {"customer": {"processingStatus": status}}


def _without_phone(sent: Json) -> Json:
    """Prefer ids: the phone to confirm may not be the customer's yet."""
    return {"ids": sent["ids"]} if node(sent, "ids") else sent


def _new_code(project: Project) -> str:
    return f"{project.chance.randrange(1000, 10000)}"
