"""Incoming: one observation on its way into a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Observed


@dataclass(frozen=True, slots=True)
class Incoming:
    """One observation on its way into the snapshot.

    Shape: ``read_mark`` is a ``Tx.next_mark`` taken before the vendor was asked; an observation
    older than our last telling or a newer reading is read again instead of being believed. It is
    ``None`` for what nobody asked for: a message that carries its record, whose own sequence tells
    old from new.
    ``tell_back`` false keeps the source itself from being made due (it has just been told).
    ``settles``: after this reading nothing is in flight to the source any more. ``event`` names how
    it came.
    """

    account: str
    kind: Kind
    observed: Observed[Any]
    read_mark: int | None
    correlation_id: str
    event: str = "pull"
    tell_back: bool = True
    settles: bool = False
