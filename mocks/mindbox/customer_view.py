"""The ``customer`` block and the blocks beside it (sections 8, 10, 11, 19.3)."""

from __future__ import annotations

from mocks.mindbox.actions import balance_type
from mocks.mindbox.clock import write
from mocks.mindbox.customer import Contact, Customer, names, subscriptions
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount
from mocks.mindbox.settings import BalanceType


def phone_value(project: Project, value: str) -> int | str:
    """Return a phone the way the project answers it (switch ``phoneInAnswer``)."""
    return int(value) if project.settings.phone_in_answer == "number" else value


def contacts(project: Project, customer: Customer) -> Json:
    """Return the filled contact fields."""
    found: Json = {}
    for name, title, contact in (
        ("email", "Email", customer.email),
        ("mobilePhone", "MobilePhone", customer.phone),
    ):
        found |= _contact(project, name, title, contact)
    return found


def _contact(project: Project, name: str, title: str, contact: Contact) -> Json:
    found: Json = {}
    is_phone = name == "mobilePhone"
    if contact.value:
        found[name] = phone_value(project, contact.value) if is_phone else contact.value
        found[f"is{title}Invalid"] = contact.is_invalid
        found[f"is{title}Confirmed"] = contact.is_confirmed
    if contact.pending:
        found[f"pending{title}"] = (
            phone_value(project, contact.pending) if is_phone else contact.pending
        )
    return found


def full(project: Project, customer: Customer) -> Json:
    """Return the filled fields of a customer, without ``processingStatus``."""
    block: Json = {"ids": customer.all_ids(), **names(customer), **contacts(project, customer)}
    if customer.area:
        block["area"] = {"ids": {"externalId": customer.area}}
        if customer.area in project.areas:
            block["area"]["name"] = project.areas[customer.area]
    if customer.subscriptions:
        block["subscriptions"] = subscriptions(customer)
    if customer.custom:
        block["customFields"] = dict(customer.custom)
    block["changeDateTimeUtc"] = write(customer.changed)
    return block


def balances(project: Project, customer: Customer) -> list[Json]:
    """Return ``balances`` in random order: clients must match by ``systemName`` (2.4, 11.1)."""
    project.settle(customer)
    found = [balance(project, customer, one) for one in project.settings.balance_types]
    project.chance.shuffle(found)
    return found


def balance(project: Project, customer: Customer, kind: BalanceType) -> Json:
    """Return one balance in the vocabulary that the project speaks."""
    ledger = customer.ledger(kind.system_name)
    sums = ledger.balance(project.now())
    vocabulary = project.settings.balance_vocabulary
    row: Json = {}
    values = {"total": sums.total, "available": sums.available, "blocked": sums.blocked}
    if vocabulary != "valueSuffix":
        row["systemName"] = kind.system_name
        row |= {name: amount(value) for name, value in values.items()}
    if vocabulary != "short":
        row |= {f"{name}Value": amount(value) for name, value in values.items()}
    row["balanceType"] = balance_type(kind)
    nearest = ledger.nearest_expiration()
    if nearest is not None:
        row["nearestExpiration"] = {
            "total": amount(nearest[0]),
            "date": nearest[1].date().isoformat(),
        }
    return row


def sums(project: Project, customer: Customer, kind: BalanceType) -> Json:
    """Return the ``balance`` of an order block."""
    found = customer.ledger(kind.system_name).balance(project.now())
    return {
        "total": amount(found.total),
        "available": amount(found.available),
        "blocked": amount(found.blocked),
    }


def cards(project: Project, customer: Customer) -> list[Json]:
    """Return ``discountCards`` of a customer."""
    return [card.as_json() for card in project.cards.values() if card.customer_id == customer.id]


def segmentations(project: Project, customer: Customer, wanted: list[str]) -> list[Json]:
    """Return ``customerSegmentations``; without ``segment`` where the customer is in none."""
    found = []
    for external_id, name in project.segmentations.items():
        segment = customer.segments.get(external_id)
        if wanted and external_id not in wanted and segment not in wanted:
            continue
        row: Json = {"segmentation": {"ids": {"externalId": external_id}, "name": name}}
        if segment is not None:
            row["segment"] = {
                "ids": {"externalId": segment},
                "name": project.segments.get((external_id, segment), segment),
            }
        found.append(row)
    return found
