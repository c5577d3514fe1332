"""Record of an erasure: what was done where, without anything of the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of the person at a system: nobody answered yet, gone, refused, for people."""

    ASKED = "asked"
    ERASED = "erased"
    REFUSED = "refused"
    BY_HAND = "by_hand"


class Why(StrEnum):
    """Why people must do it.

    The vendor has no such call, the account is not configured any more, or a record of his may have
    been made there and nobody knows its id.
    """

    NO_CALL = "no_call"
    NOT_CONFIGURED = "not_configured"
    IN_DOUBT = "in_doubt"


@dataclass(slots=True)
class There:
    """One system.

    Shape: ``key`` of the operation; ``left`` are words for what stays there; ``done_by`` and
    ``done_at`` (ISO 8601) say who has done by hand what had to be, and are empty until then.
    """

    outcome: str
    why: str = ""
    key: str = ""
    records: int = 0
    left: list[str] = field(default_factory=list)
    done_by: str = ""
    done_at: str = ""

    @property
    def waits(self) -> bool:
        """Whether something is to be done there by hand, and nobody said that he did it."""
        is_by_hand = self.outcome in {Outcome.BY_HAND, Outcome.REFUSED} or bool(self.left)
        return is_by_hand and self.outcome != Outcome.ASKED and not self.done_by


@dataclass(slots=True)
class ErasureRecord:
    """All that is told of an erasure.

    Shape: ``ids`` are the canonical records that were the person; ``here`` counts by table what was
    emptied in the store; ``kept`` maps an order to the day until which it is kept. ``place`` and
    ``after`` are how far the search is, ``busy`` counts what it must come back to.
    """

    ids: list[str] = field(default_factory=list)
    here: dict[str, int] = field(default_factory=dict)
    there: dict[str, There] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    place: str = ""
    after: str = ""
    busy: int = 0

    def stored(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def count(self, what: str, many: int) -> None:
        """Add to what was emptied here."""
        if many:
            self.here[what] = self.here.get(what, 0) + many


def read_erasure(values: Mapping[str, Any]) -> ErasureRecord:
    """Read what was stored."""
    there = {name: There(**one) for name, one in values.get("there", {}).items()}
    return ErasureRecord(**{**values, "there": there})
