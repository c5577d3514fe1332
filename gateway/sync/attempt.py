"""Attempt: one delivery on its way out, and what may come back of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.canonical.paths import Fields
from gateway.contract import (
    Blame,
    Change,
    ConnectorError,
    Failed,
    OutcomeUnknown,
    Written,
)
from gateway.ports import DeliveryRow

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


def store_away() -> ConnectorError:
    """Return what became of a telling during which our own database was away.

    A limit that processes share is kept there. It is nobody's mistake and no end of the tries.
    """
    return OutcomeUnknown(
        "the gateway's own database was away while this was told", operation="write",
        blame=Blame.GATEWAY,
    )  # fmt: skip


def unexplained(error: Exception) -> ConnectorError:
    """Wrap an exception that no connector declared; its text may hold data and is left out."""
    return OutcomeUnknown(
        f"unexpected {type(error).__name__}",
        operation="write",
        vendor_code=UNEXPLAINED,
        blame=Blame.GATEWAY,
    )
