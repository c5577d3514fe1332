"""Message translator for cards of the directory. Pure functions (reference 10.11)."""

from __future__ import annotations

from datetime import tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.canonical import Card, CardState
from gateway.contract import Change, Observed, Rejected

from .config import BitrixSettings
from .values import clean, is_id, own_key, site_time, utc
from .wire import WireCard

NUMBER_LIMIT = 64
TYPE_LIMIT = 32
OPERATION = "gateway.card.put"
_CENT = Decimal("0.01")
_MOST_PERCENT = Decimal(100)
_LASTING = ("type", "discount_percent", "activated_at")


def card_from_wire(card: WireCard, settings: BitrixSettings) -> Observed[Card]:
    """Translate a card; its number is its id at the shop."""
    remarks: list[str] = []
    said: dict[str, Any] = {
        "number": card.number,
        "type": clean(card.type, TYPE_LIMIT),
        "discount_percent": card.discount_percent,
        "activated_at": utc(card.activated_at, settings.zone()),
    }
    if card.state in set(CardState):
        said["state"] = CardState(card.state)
    else:
        remarks.append("state: not one of issued, active, blocked")
    return Observed(
        external_id=card.number,
        entity=Card(**said),
        key=own_key(card.xml_id),
        changed_at=utc(card.updated_at, settings.zone()),
        version=card.version,
        customer_external_id=card.user_id,
        remarks=tuple(remarks),
    )


def held_card(entity: Card, known: Card | None, settings: BitrixSettings) -> Card:
    """Reduce a card to what the shop holds after writing it over ``known``.

    A card that is born there without a state is an issued one. Kind, discount and day of activation
    are never wiped; the holder is, when the card has none any more.
    """
    before = known or Card()
    held: dict[str, Any] = {
        "number": before.number or clean(entity.number),
        "state": entity.state or before.state or CardState.ISSUED,
        "type": clean(entity.type, TYPE_LIMIT),
        "discount_percent": _percent(entity.discount_percent),
        "activated_at": utc(entity.activated_at, settings.zone()),
    }
    for name in _LASTING:
        if held[name] is None:
            held[name] = getattr(before, name)
    held["customer_id"] = entity.customer_id
    return Card(**{name: value for name, value in held.items() if value is not None})


def card_to_wire(
    change: Change[Card], number: str, zone: tzinfo, *, is_new: bool
) -> dict[str, Any]:
    """Return a card as the extension takes it: whole when it is new, else what changed.

    Raises: ``Rejected`` for a holder whose id is none of the shop's.
    """
    card = change.entity
    sent: dict[str, Any] = {"number": number}
    if is_new:
        sent["xmlId"] = change.key

    def speaks(name: str) -> bool:
        return is_new or name in change.changed

    if speaks("type") and card.type is not None:
        sent["type"] = card.type
    if speaks("discount_percent") and card.discount_percent is not None:
        sent["discountPercent"] = format(card.discount_percent.quantize(_CENT), "f")
    if speaks("state") and card.state is not None:
        sent["state"] = card.state.value
    if speaks("activated_at") and card.activated_at is not None:
        sent["activatedAt"] = site_time(card.activated_at, zone)
    if speaks("customer_id"):
        sent |= _holder(change, is_new=is_new)
    return sent


def _holder(change: Change[Card], *, is_new: bool) -> dict[str, int | None]:
    """Return who holds the card: null takes it from everybody, nothing leaves it with whom it is.

    A holder who is not at this shop is left out; the card itself is told without waiting for him.
    """
    user_id = change.customer_external_id
    if change.entity.customer_id is None:
        return {} if is_new else {"userId": None}
    if user_id is None:
        return {}
    if not is_id(user_id):
        msg = "the holder's id is not one of this shop"
        raise Rejected(msg, operation=OPERATION)
    return {"userId": int(user_id)}


def _percent(value: Decimal | None) -> Decimal | None:
    """Return a discount in the shop's two decimals; what is no percentage is not held."""
    if value is None or not 0 <= value <= _MOST_PERCENT:
        return None
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)
