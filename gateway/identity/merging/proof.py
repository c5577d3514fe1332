"""Proof: what a person must confirm before two records become one, and what forbids it.

Whoever can answer at the phone of one record and at the e-mail of the other is both. One message
alone proves one record only, so that each side must be covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from gateway.canonical import Confirmation, Customer
from gateway.canonical.contact import EmailContact, PhoneContact, main_first
from gateway.ports import EntityRow

SMS, EMAIL = "sms", "email"
CHANNELS = (SMS, EMAIL)


def needed(survivor: EntityRow, absorbed: EntityRow, channels: Sequence[str]) -> list[str]:
    """Return what is to be confirmed, as ``channel:address``; nothing where nobody asks for it.

    Both channels where the two have both; more where a side would not be covered. Of two that have
    different confirmed phones both phones, if they are asked at all.
    """
    sides = (_points(survivor, channels), _points(absorbed, channels))
    points: list[str] = []
    if SMS in channels and clash(survivor, absorbed):
        points += [side[0] for side in sides]  # the confirmed ones come first
    for channel in channels:
        point = _best(sides, points, channel)
        if point is not None and not any(one.startswith(f"{channel}:") for one in points):
            points.append(point)
    for side in sides:
        if channels and side and not set(side) & set(points):
            points.append(side[0])
    return points


def clash(survivor: EntityRow, absorbed: EntityRow) -> bool:
    """Tell whether each has a confirmed phone that is not the other's: two persons, likely."""
    ours, theirs = _confirmed(survivor), _confirmed(absorbed)
    return bool(ours and theirs and not ours & theirs)


def reachable(survivor: EntityRow, absorbed: EntityRow, channels: Sequence[str]) -> bool:
    """Tell whether each of the two can be asked at all."""
    return not channels or all(_points(one, channels) for one in (survivor, absorbed))


def _best(sides: tuple[list[str], list[str]], taken: list[str], channel: str) -> str | None:
    """Prefer what both share, then the side that nothing covers yet."""
    of_channel = [[one for one in side if one.startswith(f"{channel}:")] for side in sides]
    shared = [one for one in of_channel[0] if one in of_channel[1]]
    if shared:
        return shared[0]
    uncovered = [
        points[0]
        for points, side in zip(of_channel, sides, strict=True)
        if points and not set(side) & set(taken)
    ]
    rest = [points[0] for points in of_channel if points]
    return next(iter([*uncovered, *rest]), None)


def _points(entity: EntityRow, channels: Sequence[str]) -> list[str]:
    customer = cast("Customer", entity.entity)
    found: list[str] = []
    if SMS in channels:
        phones = sorted(main_first(customer.phones), key=_doubt)
        found += [f"{SMS}:{phone.number}" for phone in phones]
    if EMAIL in channels:
        emails = sorted(main_first(customer.emails), key=_doubt)
        found += [f"{EMAIL}:{email.address}" for email in emails]
    return found


def _doubt(contact: PhoneContact | EmailContact) -> int:
    order = (Confirmation.CONFIRMED, Confirmation.UNCONFIRMED, Confirmation.UNKNOWN)
    return order.index(contact.confirmation)


def _confirmed(entity: EntityRow) -> set[str]:
    customer = cast("Customer", entity.entity)
    return {one.number for one in customer.phones if one.confirmation is Confirmation.CONFIRMED}
