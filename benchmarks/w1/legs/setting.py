"""Setting: what every leg is given by the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.w1.contestants import Contestant
from benchmarks.w1.legs.trial import Row
from benchmarks.w1.work import Work, generate

GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how much.

    Shape: ``postgres`` is a libpq URL of the server, ``broker`` an AMQP URL; ``orders`` replaces
    each leg's own size; ``contestants`` are those of the legs in which all take part. Units:
    ``deadline_s`` of one run.
    """

    postgres: str
    broker: str
    contestants: Sequence[Contestant]
    orders: int | None
    seed: int
    deadline_s: float

    def work(self, orders: int) -> Work:
        """The stream with a leg's own number of orders, or the one that was asked for."""
        return generate(self.orders or orders, seed=self.seed)

    @property
    def has_gateway(self) -> bool:
        """Whether the gateway takes part: the legs of its own are run for it alone."""
        return any(one.name == GATEWAY for one in self.contestants)


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg: ``run`` returns its table's rows, ``aim`` says what they shall show."""

    key: str
    title: str
    aim: str
    run: Callable[[Setting], Sequence[Row]]


def say(text: str) -> None:
    """Tell a person how far it is."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def said(row: Row) -> Row:
    """Tell of a finished row and return it."""
    state = "" if row.is_clean else "  NOT CLEAN"
    own = ", ".join(f"{name} {value}" for name, value in row.figures.items())
    say(f"{row.leg}, {row.contestant}: {row.seen.wall_s:.1f} s; {own}{state}")
    return row
