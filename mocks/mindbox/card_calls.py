"""Operations on discount cards (section 10)."""

from __future__ import annotations

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.codes import check_code
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import find
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.reading import Json, node, text
from mocks.mindbox.stock import Card

ACTIVATED, BLOCKED = "Activated", "Blocked"


def bind_card(call: Call) -> Answer:
    """Attach a card to a customer; with an SMS proof where one is sent."""
    number = _number(call, "discountCard")
    customer = _holder(call)
    if customer is None:
        return _pair("NotProcessed")
    code = text(call.body.get("authentificationCode"))
    if code and not check_code(call.project, customer, code):
        msg = "Неверный код"
        raise ValidationRefused(msg, "/authentificationCode")
    status = _bind(call.project.cards.get(number), customer)
    return _pair(status, customer)


def bind_virtual(call: Call) -> Answer:
    """Attach a free virtual card of the pool."""
    customer = _holder(call)
    if customer is None:
        return _pair("NotProcessed")
    for card in call.project.cards.values():
        if card.is_virtual and card.customer_id is None and card.status != BLOCKED:
            answer = _pair(_bind(card, customer), customer)
            answer.blocks["discountCard"]["ids"] = {"number": card.number}
            return answer
    return _pair("NotFound", customer)


def get_card(call: Call) -> Answer:
    """Return a card."""
    card = call.project.cards.get(_number(call, "discountCard"))
    if card is None:
        return Answer({"discountCard": {"processingStatus": "NotFound"}})
    return Answer({"discountCard": {"processingStatus": "Found", **card.as_json()}})


def get_cards(call: Call) -> Answer:
    """Return a customer's cards."""
    found = find(call.project, call.required("customer"))
    blocks: Json = {"customer": found.block()}
    if found.customer is not None:
        blocks["discountCards"] = [
            card.as_json()
            for card in call.project.cards.values()
            if card.customer_id == found.customer.id
        ]
    return Answer(blocks)


def set_card_status(call: Call) -> Answer:
    """Give a card the status that the operation is configured with."""
    card = call.project.cards.get(_number(call, "discountCard"))
    if card is None:
        return Answer({"discountCard": {"processingStatus": "NotFound"}})
    target = call.operation.option("status")
    if card.customer_id is None:
        status = "NotBoundToCustomer"
    elif card.status == target:
        status = "NotChanged"
    else:
        card.status, status = target, "Changed"
    effect = "changed" if status == "Changed" else "unchanged"
    return Answer({"discountCard": {"processingStatus": status, **card.as_json()}}, effect)


def replace_card(call: Call) -> Answer:
    """Block the old card and attach the new one to its customer."""
    cards = call.project.cards
    old = cards.get(_number(call, "oldDiscountCard"))
    new = cards.get(_number(call, "newDiscountCard"))
    holder = None if old is None else call.project.customers.get(old.customer_id or 0)
    if old is None or holder is None:
        status = "NotFound" if old is None else "NotBoundToCustomer"
        return _replaced(status, "NotProcessed" if new is not None else "NotFound")
    bound = _bind(new, holder)
    if bound not in {"Bound", "AlreadyBoundToCurrentCustomer"}:
        return _replaced("NotChanged", bound)
    old_status = "NotChanged" if old.status == BLOCKED else "Changed"
    old.status = BLOCKED
    return _replaced(old_status, bound)


def unbind_card(call: Call) -> Answer:
    """Detach a card from its customer."""
    card = call.project.cards.get(_number(call, "discountCard"))
    if card is None:
        status = "NotFound"
    elif card.customer_id is None:
        status = "NotChanged"
    else:
        card.customer_id, card.status, status = None, "Inactive", "Processed"
    effect = "changed" if status == "Processed" else "unchanged"
    return Answer({"discountCard": {"processingStatus": status}}, effect)


def _bind(card: Card | None, customer: Customer) -> str:
    if card is None or (card.status == BLOCKED and card.customer_id is None):
        return "NotFound"
    if card.customer_id == customer.id:
        return "AlreadyBoundToCurrentCustomer"
    if card.customer_id is not None:
        return "AlreadyBoundToAnotherCustomer"
    card.customer_id, card.status = customer.id, ACTIVATED
    return "Bound"


def _holder(call: Call) -> Customer | None:
    """Find the customer by what is sent, but never by the card in question."""
    sent = {key: value for key, value in call.required("customer").items() if key != "discountCard"}
    return find(call.project, sent).customer


def _number(call: Call, name: str) -> str:
    found = text(node(call.required(name), "ids").get("number"))
    if not found:
        msg = f"/{name}/ids/number: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    return found


def _pair(status: str, customer: Customer | None = None) -> Answer:
    found = "Found" if customer is not None else "NotFound"
    return Answer(
        {"customer": {"processingStatus": found}, "discountCard": {"processingStatus": status}},
        "changed" if status == "Bound" else "unchanged",
        str(customer.id) if customer is not None else "",
    )


def _replaced(old: str, new: str) -> Answer:
    return Answer(
        {
            "oldDiscountCard": {"processingStatus": old},
            "newDiscountCard": {"processingStatus": new},
        },
        "changed" if new == "Bound" else "unchanged",
    )
