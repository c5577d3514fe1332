"""Record of a merge: what both were before, what was moved, and what vendors were asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.ports import EntityRow


@dataclass(slots=True)
class MergeRecord:
    """Everything that is needed to take a merge back.

    Shape: ``survivor``, ``absorbed``, ``after`` are ``{"fields": …, "origins": …}``; ``moved`` are
    accounts whose only record went over to the survivor, with its id there; ``apart`` those at
    which both have one: ``[survivor's id, absorbed's id]``; ``asked`` maps an account to the key of
    the operation that merges them there; ``gone`` are accounts that had joined both before;
    ``belongings`` are ids of orders and cards; ``estate`` is
    what the ``Estate`` needs to give its part back. ``givers`` are, by place, the browsers (as
    digests) and operators from whom its code came.
    """

    survivor: Mapping[str, Any] = field(default_factory=dict)
    absorbed: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    moved: dict[str, str | None] = field(default_factory=dict)
    apart: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    belongings: list[str] = field(default_factory=list)
    estate: dict[str, Any] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    givers: dict[str, list[str]] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    @property
    def missing(self) -> list[str]:
        """The ways by which the person has not confirmed yet."""
        return [one for one in self.needs if one not in self.confirmed]

    @property
    def is_proved(self) -> bool:
        """Whether one giver gave the codes of all places: two givers may be two people."""
        first = self.givers.get(self.needs[0], ()) if self.needs else ()
        return not self.needs or any(not self.owing(giver) for giver in first)

    def owing(self, giver: str) -> list[str]:
        """Return the ways by which this giver has not confirmed yet."""
        return [one for one in self.needs if giver not in self.givers.get(one, ())]

    def give(self, point: str, giver: str, at: str) -> None:
        """Note that a place was confirmed."""
        self.confirmed[point] = at
        self.givers[point] = sorted({*self.givers.get(point, ()), giver})


def read_record(values: Mapping[str, Any]) -> MergeRecord:
    """Read what was stored."""
    return MergeRecord(**values)


def side_of(entity: EntityRow) -> dict[str, Any]:
    """Return what an entity is, for the record."""
    return {
        "fields": dict(entity.fields),
        "origins": {k: list(v) for k, v in entity.origins.items()},
    }


def origins_of(side: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the origins of a recorded side."""
    return {path: (one[0], one[1]) for path, one in side["origins"].items()}
