"""Masked display of snapshots: a list of what may be shown; everything else is hidden or shortened.

A list of what to hide would miss the field that is added next; a list of what to show cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from gateway.canonical import Kind
from gateway.canonical.paths import Fields, pattern
from gateway.telemetry import mask_email, mask_name, mask_phone, redacted

HIDDEN = "***"
_SECRET = "edit_mark"  # noqa: S105 - the name of a field
_CARD_TAIL = 4
_PERSONAL_ITEMS = frozenset({"phones", "emails", "cards", "discounts", "attributes"})

_PLAIN: Mapping[Kind, frozenset[str]] = {
    Kind.CUSTOMER: frozenset(
        {
            "tier", "source", "registered_at", "phones", "phones/rank", "phones/confirmation",
            "emails", "emails/rank", "emails/confirmation", "consents", "consents/granted",
            "consents/at", "consents/text_version", "consents/source", "cards", "references",
            "bonuses", "bonuses/available", "bonuses/pending", "bonuses/blocked",
            "bonuses/tier",
        }
    ),
    Kind.CARD: frozenset(
        {"type", "state", "discount_percent", "activated_at", "customer_id", "references"}
    ),
    Kind.PRODUCT: frozenset(
        {
            "code", "parent", "sku", "name", "barcodes", "unit", "vat_rate", "category", "active",
            "description", "prices", "prices/amount", "stock", "stock/quantity", "references",
        }
    ),
    Kind.ORDER: frozenset(
        {
            "number", "channel", "shop", "customer_id", "status", "placed_at", "promo_codes",
            "lines", "lines/sort", "lines/quantity", "lines/base_price", "lines/price",
            "lines/vat_rate", "lines/discounts/reason", "lines/discounts/amount",
            "lines/discounts/points", "discounts", "discounts/reason", "discounts/amount",
            "discounts/points", "points_spent", "points_earned",
            "payments", "payments/method", "payments/amount",
            "payments/state", "payments/paid_at", "delivery/method", "delivery/cost",
            "cancel_reason", "references",
        }
    ),
}  # fmt: skip
_PLAIN_UNDER = ("lines/product/", "references/")


def shown_fields(kind: Kind, fields: Fields, *, unmask: bool = False) -> dict[str, Any]:
    """Return a snapshot for a person's eyes, path by path, in order of the paths.

    With ``unmask`` only secrets stay hidden; the caller writes down who asked for that.
    """
    shown: dict[str, Any] = {}
    items: dict[str, str] = {}
    for path, value in sorted(fields.items()):
        name, _, rest = path.partition("/")
        key, slash, tail = rest.partition("/")
        item = f"{name}/{key}" if key else name
        if item not in items:
            # Two phones may look alike behind the mask and are still two.
            alike = shown_path(item, unmask=unmask)
            count = 1 + sum(other.partition(" #")[0] == alike for other in items.values())
            items[item] = alike if count == 1 else f"{alike} #{count}"
        shown[f"{items[item]}{slash}{tail}"] = shown_value(kind, path, value, unmask=unmask)
    return shown


def is_impersonal(kind: Kind, path: str) -> bool:
    """Tell whether neither a path nor its value says who somebody is.

    Items that are keyed by a phone, an e-mail, a card or a code are personal by their very path.
    """
    parts = path.split("/")
    if not _PERSONAL_ITEMS.isdisjoint(parts[::2]):
        return False
    wanted = pattern(path, kind)
    return wanted in _PLAIN[kind] or wanted.startswith(_PLAIN_UNDER)


def shown_path(path: str, *, unmask: bool = False) -> str:
    """Return a path whose item key, if it is a phone, an e-mail or a card, is masked."""
    name, _, rest = path.partition("/")
    if unmask or not rest or name not in _PERSONAL_ITEMS:
        return path
    key, slash, tail = rest.partition("/")
    return f"{name}/{_shown_key(name, unquote(key))}{slash}{tail}"


def shown_value(kind: Kind, path: str, value: object, *, unmask: bool = False) -> object:
    """Return a value that may be shown under its path."""
    wanted = pattern(path, kind)
    if value is None or wanted == _SECRET:
        return None if value is None else HIDDEN
    if unmask or value is True:
        return value
    if wanted in _PLAIN[kind] or wanted.startswith(_PLAIN_UNDER):
        return redacted(value)
    return _masked(wanted, str(value))


def _masked(wanted: str, text: str) -> str:
    if "name" in wanted.split("/")[:-1]:
        return mask_name(text)
    last = wanted.rpartition("/")[2]
    if last == "phone":
        return mask_phone(text)
    if last == "email":
        return mask_email(text)
    return mask_card(text) if last == "card_number" else HIDDEN


def mask_card(number: str) -> str:
    """Show the end of a card's number: ``***4567``; a short one is hidden."""
    return f"{HIDDEN}{number[-_CARD_TAIL:]}" if len(number) > 2 * _CARD_TAIL else HIDDEN


def _shown_key(name: str, key: str) -> str:
    if name == "phones":
        return mask_phone(key)
    if name == "emails":
        return mask_email(key)
    return mask_card(key) if name == "cards" else HIDDEN
