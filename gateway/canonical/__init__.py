"""Canonical data model: the one internal shape of customers, orders and loyalty.

Pure pydantic models without I/O and without any vendor's word.
"""

from gateway.canonical.behaviour import BasketEvent, BasketEventKind
from gateway.canonical.contact import (
    Confirmation,
    EmailContact,
    PhoneContact,
    main_first,
    normal_email,
    normal_phone,
)
from gateway.canonical.customer import Address, Consent, Customer, Gender, PersonName
from gateway.canonical.loyalty import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    Card,
    CardRef,
    CardState,
    Offer,
    PromoCode,
)
from gateway.canonical.model import Canonical
from gateway.canonical.money import BonusPoints, Money
from gateway.canonical.order import (
    Delivery,
    Discount,
    DiscountReason,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    may_follow,
)
from gateway.canonical.phone import ParsedPhone, PhoneFault, home_mobile, parse_phone
from gateway.canonical.product import Price, Product, Stock
from gateway.canonical.receipt import Receipt, ReceiptKind
from gateway.canonical.reference import OF_CUSTOMER, ExternalRef, Kind, ProductRef

__all__ = [
    "OF_CUSTOMER",
    "Address",
    "BasketEvent",
    "BasketEventKind",
    "BonusAccount",
    "BonusOperation",
    "BonusOperationKind",
    "BonusPoints",
    "Canonical",
    "Card",
    "CardRef",
    "CardState",
    "Confirmation",
    "Consent",
    "Customer",
    "Delivery",
    "Discount",
    "DiscountReason",
    "EmailContact",
    "ExternalRef",
    "Gender",
    "Kind",
    "Money",
    "Offer",
    "Order",
    "OrderContact",
    "OrderLine",
    "OrderStatus",
    "ParsedPhone",
    "Payment",
    "PaymentState",
    "PersonName",
    "PhoneContact",
    "PhoneFault",
    "Price",
    "Product",
    "ProductRef",
    "PromoCode",
    "Receipt",
    "ReceiptKind",
    "Stock",
    "home_mobile",
    "main_first",
    "may_follow",
    "normal_email",
    "normal_phone",
    "parse_phone",
]
