"""Merging customers: one stays, the others' possessions move, their ids disappear (8.5)."""

from __future__ import annotations

from collections.abc import Sequence

from mocks.mindbox import customers
from mocks.mindbox.customer import Customer
from mocks.mindbox.project import Project


def merge_customers(project: Project, winner: Customer, losers: Sequence[Customer]) -> None:
    """Move everything of ``losers`` to ``winner`` and forget them."""
    if not losers:
        return
    customers.unindex(project, winner)
    for loser in losers:
        customers.unindex(project, loser)
        _fold(winner, loser)
        _move(project, winner, loser)
        _move_traces(project, winner, loser)
        project.merged[loser.id] = winner.id
        del project.customers[loser.id]
    customers.index(project, winner)
    for loser in losers:
        for key, value in loser.ids.items():
            if project.settings.merged_ids == "forward":
                project.customer_by_id.setdefault((key, value), winner.id)
    winner.changed = project.now()
    gone = tuple(loser.all_ids() for loser in losers)
    project.merges.append((project.now(), winner.id, gone))
    project.act("Obedinenie", winner.id)
    project.tell("customersMerged", customer=winner)


def _fold(winner: Customer, loser: Customer) -> None:
    """Fill the winner's gaps from the loser; what the winner has stays."""
    for name, value in loser.fields.items():
        winner.fields.setdefault(name, value)
    for name, value in loser.custom.items():
        winner.custom.setdefault(name, value)
    for key, value in loser.ids.items():
        winner.ids.setdefault(key, value)
    for topic, is_subscribed in loser.subscriptions.items():
        winner.subscriptions.setdefault(topic, is_subscribed)
    for key, segment in loser.segments.items():
        winner.segments.setdefault(key, segment)
    if not winner.phone.value:
        winner.phone = loser.phone
    if not winner.email.value:
        winner.email = loser.email
    for name, ledger in loser.ledgers.items():
        own = winner.ledger(name)
        own.lots += ledger.lots
        own.debt += ledger.debt


def _move(project: Project, winner: Customer, loser: Customer) -> None:
    for card in project.cards.values():
        if card.customer_id == loser.id:
            card.customer_id = winner.id
    for code in project.promo_codes.values():
        if code.customer_id == loser.id:
            code.customer_id = winner.id
    for order in project.orders.values():
        if order.customer_id == loser.id:
            order.customer_id = winner.id


def _move_traces(project: Project, winner: Customer, loser: Customer) -> None:
    """Move what the indexes know of the loser."""
    for action in project.actions_of.pop(loser.id, []):
        action.customer_id = winner.id
        project.actions_of[winner.id].append(action)
    for device, owner in project.by_device.items():
        if owner == loser.id:
            project.by_device[device] = winner.id
    for external_id, customer_id in list(project.usage):
        if customer_id == loser.id:
            taken = project.usage.pop((external_id, customer_id))
            project.usage[external_id, winner.id].update(taken)
