"""Types and parameters of the custom service LoyaltyExchange (3.7)."""

from __future__ import annotations

from mocks.onec.soap.service import Package
from mocks.onec.soap.xdto import BOOLEAN, DAY, DECIMAL, INT, MOMENT, STRING, ObjectType, Prop, Type

NAMESPACE = "http://www.example.ru/LoyaltyExchange"
TYPES = f"{NAMESPACE}/Types"


def _optional(name: str, kind: Type = STRING) -> Prop:
    return Prop(name, kind, is_optional=True)


def _nillable(name: str, kind: Type = STRING) -> Prop:
    return Prop(name, kind, is_nillable=True)


_CONTACTS = (
    _optional("FullName"),
    _optional("Phone"),
    _optional("Email"),
    _optional("BirthDate", DAY),
)
NEW_CARD = ObjectType(
    TYPES,
    "NewCard",
    (Prop("Barcode", STRING), _optional("MagneticCode"), Prop("CardTypeID", STRING), *_CONTACTS),
)
CARD = ObjectType(
    TYPES,
    "Card",
    (
        Prop("CardID", STRING),
        Prop("Barcode", STRING),
        _optional("MagneticCode"),
        Prop("CardTypeID", STRING),
        Prop("Status", STRING),
        _optional("PartnerID"),
        *_CONTACTS,
    ),
)
BALANCE = ObjectType(
    TYPES,
    "Balance",
    (
        Prop("CardID", STRING),
        Prop("ProgramID", STRING),
        Prop("Available", DECIMAL),
        Prop("Held", DECIMAL),
        Prop("Pending", DECIMAL),
        Prop("MaxPaymentPercent", DECIMAL),
        Prop("Rate", DECIMAL),
        Prop("Currency", STRING),
        Prop("AsOf", MOMENT),
    ),
)
MOVEMENT = ObjectType(
    TYPES,
    "Movement",
    (
        Prop("MovementID", STRING),
        Prop("Period", MOMENT),
        Prop("Kind", STRING),
        Prop("Amount", DECIMAL),
        _optional("DocumentID"),
        _optional("Comment"),
    ),
)
MOVEMENT_LIST = ObjectType(
    TYPES,
    "MovementList",
    (
        Prop("Item", MOVEMENT, is_nillable=True, is_optional=True, is_many=True),
        Prop("Total", INT),
    ),
)
PACKAGE = Package(TYPES, (NEW_CARD, CARD, BALANCE, MOVEMENT, MOVEMENT_LIST))

ERRORS = (_nillable("ErrorCode"), _nillable("ErrorMessage"))
DOCUMENT = (_nillable("DocumentID"), *ERRORS)
_REQUEST, _CARD_ID = Prop("RequestID", STRING), Prop("CardID", STRING)
_AMOUNT = Prop("Amount", DECIMAL)

FIND_CARD = (_nillable("CardCode"), _nillable("Phone"))
ISSUE_CARD = (_REQUEST, Prop("CardData", NEW_CARD))
ISSUE_CARD_OUT = (_nillable("AlreadyExists", BOOLEAN), *ERRORS)
SET_CARD_STATUS = (_REQUEST, _CARD_ID, Prop("Status", STRING))
GET_BALANCE = (_CARD_ID, _nillable("AtDate", MOMENT))
GET_MOVEMENTS = (
    _CARD_ID,
    Prop("DateFrom", MOMENT),
    Prop("DateTo", MOMENT),
    Prop("Offset", INT),
    Prop("Limit", INT),
)
ACCRUE_BONUSES = (
    _REQUEST,
    _CARD_ID,
    _AMOUNT,
    _nillable("AccrueDate", MOMENT),
    _nillable("ExpireDate", MOMENT),
    _nillable("Comment"),
)
HOLD_BONUSES = (_REQUEST, _CARD_ID, _AMOUNT, Prop("ReceiptID", STRING))
HOLD_BONUSES_OUT = (_nillable("HoldID"), _nillable("ExpiresAt", MOMENT), *ERRORS)
COMMIT_HOLD = (_REQUEST, Prop("HoldID", STRING), _AMOUNT)
CANCEL_HOLD = (_REQUEST, Prop("HoldID", STRING))
