"""Samples: canonical records as retailers here have them; a connector's test replaces parts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from gateway.canonical import (
    Address,
    Canonical,
    Card,
    CardRef,
    CardState,
    Consent,
    Customer,
    Delivery,
    EmailContact,
    Gender,
    Kind,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    PersonName,
    PhoneContact,
    Price,
    Product,
    ProductRef,
    Stock,
)

TEXTS = ("Ёлкина-Шнайдер", "О’Коннор «Ъ» & Сыновья", "Алёна; Жанна, 1/2")
"""What names here look like; each must survive reading, letter by letter."""

PREFIXES = {Kind.CUSTOMER: "c", Kind.CARD: "k", Kind.PRODUCT: "p", Kind.ORDER: "o"}


def key_of(kind: Kind, number: int) -> str:
    """Return a canonical id as the core makes them."""
    return f"{PREFIXES[kind]}-01kitzzzzz{number:012d}"


def phone_of(number: int) -> str:
    """Return the phone of a sample, in E.164."""
    return f"+7916{number:07d}"


def customer(number: int) -> Customer:
    """Return a whole customer."""
    return Customer(
        name=PersonName(last="Ёлкина", first=f"Алёна{_letters(number)}", patronymic="Ильинична"),
        birth_date=date(1990, 5, 17),
        gender=Gender.FEMALE,
        phones=(PhoneContact(number=phone_of(number), rank=0),),
        emails=(EmailContact(address=f"alena.{number}@example.ru", rank=0),),
        address=Address(city="Москва", street="Тверская", house="7", text="Москва, Тверская, 7"),
        consents=(Consent(id="mailing:email", granted=True),),
        cards=(CardRef(number=f"29{number:011d}"),),
    )


def card(number: int) -> Card:
    """Return a card of the directory."""
    return Card(
        number=f"28{number:011d}",
        barcode=f"28{number:011d}",
        type="silver",
        state=CardState.ACTIVE,
        discount_percent=Decimal(5),
        activated_at=datetime(2026, 2, 3, 9, 30, tzinfo=UTC),
    )


def product(number: int) -> Product:
    """Return a product with its prices and stock."""
    return Product(
        code=f"kit-{number}",
        sku=f"A-{number}",
        name=f"Варенье «Ёжик» №{number}",
        barcodes=(f"460{number:010d}",),
        unit="шт",
        vat_rate=Decimal(20),
        active=True,
        prices=(Price(type="retail", amount=Money.of("199.90")),),
        stock=(Stock(store="main", quantity=Decimal(12)),),
    )


def order(number: int) -> Order:
    """Return a whole order of one line."""
    return Order(
        number=f"К-{number}",
        contact=OrderContact(
            name=PersonName(last="Ёлкина", first="Алёна"),
            phone=phone_of(number),
            email=f"alena.{number}@example.ru",
        ),
        status=OrderStatus.NEW,
        placed_at=datetime(2026, 3, 9, 7, 10, 3, tzinfo=UTC),
        lines=(
            OrderLine(
                id=f"kit-{number}",
                sort=1,
                product=ProductRef(name="Кружка «Ёлка»"),
                quantity=Decimal(2),
                base_price=Money.of("900.00"),
                price=Money.of("810.50"),
            ),
        ),
        payments=(
            Payment(
                id=f"kit-p{number}",
                method="card",
                amount=Money.of("1621.00"),
                state=PaymentState.PENDING,
            ),
        ),
        delivery=Delivery(method="courier", cost=Money.of(0)),
        customer_comment="Позвоните за час, спросите Пётра",
    )


def sample(kind: Kind, number: int) -> Canonical:
    """Return a whole record of a kind; ``number`` tells it from the others."""
    if kind is Kind.CUSTOMER:
        return customer(number)
    if kind is Kind.CARD:
        return card(number)
    return product(number) if kind is Kind.PRODUCT else order(number)


def edited(entity: Canonical) -> Canonical:
    """Return the record after somebody corrected it elsewhere."""
    if isinstance(entity, Customer):
        name = PersonName(last="Соловьёва", first="Алёна", patronymic="Ильинична")
        return entity.model_copy(update={"name": name})
    if isinstance(entity, Card):
        return entity.model_copy(update={"state": CardState.BLOCKED})
    if isinstance(entity, Product):
        return entity.model_copy(update={"name": "Варенье «Ёж», 300 г"})
    return entity.model_copy(update={"customer_comment": "Звонить после шести"})


def sparse(kind: Kind) -> Canonical:
    """Return a record that speaks about its fields and says that they are empty."""
    if kind is Kind.CUSTOMER:
        return Customer(name=PersonName(last=None, first="", patronymic=None), phones=(), emails=())
    if kind is Kind.CARD:
        return Card(number="2800000000000", barcode=None, type=None, discount_percent=None)
    if kind is Kind.PRODUCT:
        return Product(code="kit-0", name="", barcodes=(), prices=(), stock=())
    return Order(number="К-0", lines=(), payments=(), contact=None, customer_comment="")


def personal(entity: Canonical) -> list[str]:
    """Return what in a sample must not stand in any log or error."""
    if isinstance(entity, Customer):
        name = entity.name
        texts = [name.last, name.first] if name else []
        texts += [one.number for one in entity.phones] + [one.address for one in entity.emails]
        return [one for one in [*texts, *(card.number for card in entity.cards)] if one]
    if isinstance(entity, Order) and entity.contact is not None:
        name = entity.contact.name
        texts = [name.last if name else None, entity.contact.phone, entity.contact.email]
        return [one for one in texts if one]
    if isinstance(entity, Card):
        return [entity.number] if entity.number else []
    return []


def _letters(number: int) -> str:
    """Spell a number in letters: some vendors take no digits in names."""
    return "".join("абвгдежзик"[int(digit)] for digit in str(number))
