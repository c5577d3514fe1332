"""Loading a state through the side door; fires no events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mocks.mindbox import customers
from mocks.mindbox.call import Call, Operation
from mocks.mindbox.clock import read
from mocks.mindbox.customer_calls import created
from mocks.mindbox.demo import DEMO
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.ledger import Lot
from mocks.mindbox.order_plain import update_plain
from mocks.mindbox.project import Project
from mocks.mindbox.promo_calls import add_code, add_pool
from mocks.mindbox.promotions import from_json
from mocks.mindbox.reading import Json, hundredths, text
from mocks.mindbox.settings import BalanceType
from mocks.mindbox.stock import Card, GiftCard
from mocks.sidedoor import SideDoorRefused


def seed(project: Project, body: Mapping[str, Any]) -> dict[str, Any]:
    """Load what ``body`` holds and return how many of each; ``demo``: the golden samples' state.

    Raises:
        SideDoorRefused: an unknown part, or a row that the project does not take.
    """
    parts = dict(body)
    if parts.pop("demo", False):
        seed(project, DEMO)
    unknown = sorted(set(parts) - set(_PARTS))
    if unknown:
        msg = f"no part is called {unknown[0]}; known are demo, {', '.join(_PARTS)}"
        raise SideDoorRefused(msg)
    counts: dict[str, Any] = {}
    try:
        for name, load in _PARTS.items():
            for row in parts.get(name, ()):
                load(project, dict(row))
            counts[name] = len(parts.get(name, ()))
    except (ProtocolRefused, ValidationRefused) as refusal:
        msg = f"{refusal.message}"
        raise SideDoorRefused(msg) from None
    project.events.clear()
    return {name: count for name, count in counts.items() if count}


def _balance(project: Project, row: Json) -> None:
    """Set up an account of points in place of the one of its name, or beside the others."""
    fresh = BalanceType(row["id"], row["name"], is_integer=not row.get("fractional", False))
    kinds = {one.system_name: one for one in project.settings.balance_types}
    kinds[fresh.system_name] = fresh
    project.settings = replace(project.settings, balance_types=tuple(kinds.values()))


def _area(project: Project, row: Json) -> None:
    project.areas[row["id"]] = row["name"]


def _place(project: Project, row: Json) -> None:
    project.places[row["id"]] = row["name"]


def _product(project: Project, row: Json) -> None:
    project.product_id(row.get("system", project.settings.product_id_keys[0]), row["id"])


def _pool(project: Project, row: Json) -> None:
    pool = add_pool(project, row["id"], row["name"])
    pool.description = row.get("description", "")
    pool.is_referral = bool(row.get("referral", False))
    pool.is_personal = bool(row.get("personal", False))


def _promotion(project: Project, row: Json) -> None:
    promotion = from_json(row).with_ids(project.next_id("promotion"))
    project.promotions[promotion.external_id or f"#{promotion.id}"] = promotion


def _segmentation(project: Project, row: Json) -> None:
    project.segmentations[row["id"]] = row["name"]
    for segment, name in row.get("segments", {}).items():
        project.segments[row["id"], segment] = name


def _card(project: Project, row: Json) -> None:
    project.cards[row["number"]] = Card(
        row["number"],
        row.get("type", "base"),
        row.get("type_name", "Базовая"),
        row.get("status", "NotIssued"),
        is_virtual=bool(row.get("virtual", False)),
    )


def _customer(project: Project, row: Json) -> None:
    """Add a customer in the fields of ``customer``, with balances, segments and confirmations."""
    customer = created(project, row)
    customers.unindex(project, customer)
    customer.phone.is_confirmed = bool(row.get("isMobilePhoneConfirmed", False))
    customer.email.is_confirmed = bool(row.get("isEmailConfirmed", False))
    customers.index(project, customer)
    customer.password = text(row.get("password"))
    customer.segments |= row.get("segments", {})
    for device in row.get("devices", ()):
        project.by_device[device] = customer.id
    for lot in row.get("lots", ()):
        _lot(project, {"customer": {"ids": {"mindboxId": customer.id}}, **lot})
    for external_id, units in row.get("promotionUsage", {}).items():
        project.usage[external_id, customer.id][0] = units
    if row.get("changed"):
        customer.changed = read(row["changed"])


def _lot(project: Project, row: Json) -> None:
    customer = customers.existing(project, row["customer"])
    kind = project.balance_named(row.get("balance", ""))
    if kind is None:
        msg = "balance: the project has no such account"
        raise SideDoorRefused(msg)
    starts, expires = row.get("available_from"), row.get("expires")
    customer.ledger(kind.system_name).add(
        Lot(
            hundredths(row["amount"], "amount"),
            read(starts) if starts else None,
            read(expires) if expires else None,
        )
    )


def _promo_code(project: Project, row: Json) -> None:
    since, till = row.get("available_from"), row.get("available_till")
    code = add_code(
        project,
        project.pools[row["pool"]],
        row["code"],
        available=(read(since) if since else None, read(till) if till else None),
    )
    if row.get("customer"):
        code.customer_id = customers.existing(project, row["customer"]).id
        code.issued = project.now()


def _gift_card(project: Project, row: Json) -> None:
    nominal = hundredths(row["amount"], "amount")
    expires = row.get("expires")
    project.gift_cards[row["number"]] = GiftCard(
        row["number"],
        nominal,
        hundredths(row.get("left", row["amount"]), "left"),
        row.get("product", ""),
        row.get("status", "inactive"),
        expires=read(expires) if expires else None,
        cvv=row.get("cvv", ""),
    )


def _order(project: Project, row: Json) -> None:
    """Store an order as the operations without processing would (14.3)."""
    update_plain(Call(project, Operation("seed", "order.plainUpdate"), row))


def _offer(project: Project, row: Json) -> None:
    customer = customers.existing(project, row.pop("customer"))
    project.offers.setdefault(customer.id, []).append(row)


_PARTS: Mapping[str, Callable[[Project, Json], None]] = {
    "balances": _balance,
    "areas": _area,
    "places": _place,
    "products": _product,
    "segmentations": _segmentation,
    "pools": _pool,
    "promotions": _promotion,
    "cards": _card,
    "customers": _customer,
    "lots": _lot,
    "promoCodes": _promo_code,
    "giftCards": _gift_card,
    "offers": _offer,
    "orders": _order,
}
