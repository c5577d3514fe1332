"""Attempt: one delivery on its way out, and what may come back of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.canonical.paths import Fields, spoken
from gateway.contract import (
    Blame,
    Change,
    ConnectorError,
    Failed,
    Observed,
    OutcomeUnknown,
    Written,
)
from gateway.ports import DeliveryRow
from gateway.sync.merge import emptied, removed_items

UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claimed delivery on its way out.

    Shape: ``desired`` is what the account shall hold, ``told`` the part of it that differs from
    ``known``, which is what the account was known to hold when this was claimed; a removed path is
    told as ``None``. ``before`` is what earlier attempts without a certain outcome told.
    ``version`` is the snapshot's version that is sent.
    """

    row: DeliveryRow
    change: Change[Any]
    version: int
    desired: Fields
    told: Fields
    known: Fields
    before: tuple[Fields, ...] = ()


Settled: TypeAlias = "Written[Any] | Failed"


def unreadable(attempt: Attempt, observed: Observed[Any]) -> Fields:
    """Return what was sent last and a reading never shows, of parts and items that are there."""
    shown, kind = spoken(observed.entity), attempt.row.kind
    sent = attempt.before[-1] if attempt.before else {}
    absent = dict.fromkeys(removed_items(shown, sent, kind))
    gone = {*absent, *emptied({**shown, **absent}, sent)}
    return {path: value for path, value in sent.items() if path not in shown and path not in gone}


def unexplained(error: Exception) -> ConnectorError:
    """Wrap an exception that no connector declared; its text may hold data and is left out."""
    return OutcomeUnknown(
        f"unexpected {type(error).__name__}",
        operation="write",
        vendor_code=UNEXPLAINED,
        blame=Blame.GATEWAY,
    )
