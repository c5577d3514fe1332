"""Reductions: what the two vendors of the convergence tests hold of customers and orders.

The *shop* holds one phone, a short last name, and shows a source that it cannot be told. The *crm*
only adds phones. Both say of each field that they hold whether it is empty, so that emptying a
field is a change like any other.
"""

from __future__ import annotations

from gateway.canonical import (
    Address,
    Customer,
    Delivery,
    Discount,
    Order,
    OrderLine,
    PersonName,
    PhoneContact,
    main_first,
)
from gateway.canonical.contact import MAIN

SHORT = 5


def shop_customer(entity: Customer, known: Customer | None) -> Customer:
    """One phone, the main one; a last name of five characters."""
    name = entity.name or PersonName()
    best = [phone for phone in entity.phones if phone.rank == MAIN] or list(entity.phones)
    held = {phone.number for phone in known.phones} if known else set()
    kept = [phone for phone in best if phone.number in held] or list(main_first(tuple(best)))
    return Customer(
        name=PersonName(first=name.first, last=name.last[:SHORT] if name.last else None),
        gender=entity.gender,
        tier=entity.tier,
        address=_address(entity.address),
        phones=tuple(PhoneContact(number=phone.number, rank=MAIN) for phone in kept[:1]),
    )


def crm_customer(entity: Customer, known: Customer | None) -> Customer:
    """All phones ever told, without ranks."""
    name = entity.name or PersonName()
    numbers = {phone.number for phone in entity.phones}
    numbers |= {phone.number for phone in known.phones} if known else set()
    return Customer(
        name=PersonName(first=name.first, last=name.last),
        gender=entity.gender,
        tier=entity.tier,
        source=entity.source,
        address=_address(entity.address),
        phones=tuple(PhoneContact(number=number) for number in sorted(numbers)),
    )


def _address(address: Address | None) -> Address | None:
    return Address(city=address.city, street=address.street) if address else None


def whole_order(entity: Order, known: Order | None) -> Order:
    """Hold everything of an order that the tests edit."""
    del known
    delivery = entity.delivery
    return Order(
        number=entity.number,
        status=entity.status,
        customer_comment=entity.customer_comment,
        manager_comment=entity.manager_comment,
        promo_codes=entity.promo_codes,
        delivery=Delivery(method=delivery.method, cost=delivery.cost) if delivery else None,
        lines=tuple(
            OrderLine(
                id=line.id,
                quantity=line.quantity,
                discounts=tuple(
                    Discount(id=one.id, reason=one.reason, amount=one.amount)
                    for one in line.discounts
                ),
            )
            for line in entity.lines
        ),
    )
