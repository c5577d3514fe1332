"""Cursors: positions in the shop's feeds, as JSON texts that only this connector reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Self

from gateway.contract import ContractViolated


def loaded(text: str, kind: str) -> dict[str, object]:
    """Read the stored form of a feed's cursor. Raises ``ContractViolated`` for another's."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or value.get("of") != kind:
        msg = f"the stored cursor is not one of the {kind} feed: reset the account's checkpoint"
        raise ContractViolated(msg, operation="pull")
    return value


@dataclass(frozen=True, slots=True)
class LogCursor:
    """Position of one kind (``of``: customers, cards) in the change log.

    Shape: ``seq`` is the last number that was read; ``walk`` is the list's own cursor while all
    records are being walked, empty at its beginning, ``None`` outside of a walk.
    """

    of: str
    seq: int
    walk: str | None = None

    def text(self) -> str:
        """Return the stored form."""
        return json.dumps({"of": self.of, "seq": self.seq, "walk": self.walk})

    @classmethod
    def parse(cls, text: str, of: str) -> Self:
        """Read the stored form of a kind. Raises ``ContractViolated`` for anything else."""
        value = loaded(text, of)
        walk = value.get("walk")
        return cls(of=of, seq=int(str(value["seq"])), walk=None if walk is None else str(walk))


@dataclass(frozen=True, slots=True)
class OrderCursor:
    """Position in the orders by date of change.

    Shape: ``at`` is the latest date of change that was read, in the shop's writing, and ``since``
    the unix time when it was first met. ``low`` is where the next walk starts: a save becomes
    visible after its date, so the last stretch is walked again. ``seen`` are the rows of that
    stretch, id → (date, mark), so that they are neither read nor reported again. ``after`` is
    (date, id) of the last row while a walk is under way, and ``walk_began`` its unix time.
    """

    at: str
    low: str
    since: float
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)
    after: tuple[str, str] | None = None
    walk_began: float = 0.0

    def text(self) -> str:
        """Return the stored form."""
        return json.dumps(
            {
                "of": "orders",
                "at": self.at,
                "low": self.low,
                "since": self.since,
                "seen": self.seen,
                "after": self.after,
                "began": self.walk_began,
            },
            separators=(",", ":"),
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the stored form. Raises ``ContractViolated`` for anything else."""
        value = loaded(text, "orders")
        seen, after = value.get("seen"), value.get("after")
        return cls(
            at=str(value["at"]),
            low=str(value["low"]),
            since=float(str(value["since"])),
            seen={str(k): (str(v[0]), str(v[1])) for k, v in seen.items()}
            if isinstance(seen, dict)
            else {},
            after=(str(after[0]), str(after[1])) if isinstance(after, list) else None,
            walk_began=float(str(value.get("began", 0))),
        )
