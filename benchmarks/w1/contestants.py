"""Contestants: how each is given the work and started. Adding one is adding a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.w1 import broker
from benchmarks.w1.broker import Outgoing
from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.peers import formats
from benchmarks.w1.place import Place
from benchmarks.w1.starting import Process, end, start
from benchmarks.w1.work import Message


class Contestant(Protocol):
    """One that does the work.

    ``is_peer`` says whether it takes part in "the best peer" (the twin does not: it is the limit);
    ``brings_schema`` whether it makes its own tables in the empty database.
    """

    @property
    def name(self) -> str:
        """The name in the table, unique."""

    @property
    def is_peer(self) -> bool:
        """Whether it is a product in use, to be compared with."""

    @property
    def brings_schema(self) -> bool:
        """Whether the database must be handed over without the peers' table."""

    def prepare(self, place: Place, messages: Sequence[Message]) -> None:
        """Lay the work into the queue of the place; returns when the broker holds all of it."""

    def start(self, place: Place) -> Sequence[Process]:
        """Start the processes that do the work; they consume as soon as they are up."""

    def invalid(self, place: Place) -> str:
        """Name the queue in which messages end that cannot be read; empty where there is none."""

    def stop(self, place: Place) -> int:
        """End the processes; return how many messages were never acknowledged, and clean up."""


@dataclass(slots=True)
class Peer:
    """A contestant that is one command.

    Shape: ``queue`` are the queue's arguments, with ``{queue}`` in texts standing for its name;
    ``extra_queues`` name what the command declares besides, to be deleted afterwards;
    ``invalid_queue`` the one in which messages end that cannot be read, made here; ``log`` takes
    what the command writes where failing is the point, else it is shown.
    """

    name: str
    command: Sequence[str]
    form: Callable[[Message, str], Outgoing] = formats.plain
    queue: Mapping[str, object] | None = None
    extra_queues: Sequence[str] = ()
    invalid_queue: str = ""
    log: Path | None = None
    is_peer: bool = True
    brings_schema: bool = False
    _processes: Sequence[Process] = ()

    def prepare(self, place: Place, messages: Sequence[Message]) -> None:
        """Declare the queue as the contestant does it itself, and load it."""
        arguments = {
            name: value.format(queue=place.queue) if isinstance(value, str) else value
            for name, value in (broker.QUORUM if self.queue is None else self.queue).items()
        }
        broker.declare(place.broker, place.queue, arguments)
        if self.makes_invalid:
            broker.declare(place.broker, self.invalid(place), broker.QUORUM)
        outgoing = (self.form(message, place.queue) for message in messages)
        broker.preload(place.broker, place.queue, outgoing)

    def start(self, place: Place) -> Sequence[Process]:
        """Start the command."""
        module, *arguments = (part.format(queue=place.queue) for part in self.command)
        # A peer's warnings about itself (root, deprecations) are no part of the table.
        environment = {**place.environment(), "PYTHONWARNINGS": "ignore"}
        with self.log.open("ab") if self.log else nullcontext() as log:
            self._processes = [start(module, *arguments, environment=environment, log=log)]
        return self._processes

    @property
    def makes_invalid(self) -> bool:
        """Whether the queue of what cannot be read is made beforehand, not by the command."""
        return bool(self.invalid_queue) and self.invalid_queue not in self.extra_queues

    def invalid(self, place: Place) -> str:
        """Name the queue of what cannot be read."""
        return self.invalid_queue.format(queue=place.queue)

    def stop(self, place: Place) -> int:
        """End the command and delete its queues."""
        end(self._processes)
        self._processes = ()
        left = broker.waiting(place.broker, place.queue)
        extra = (name for name in (*self.extra_queues, self.invalid_queue) if name)
        names = (place.queue, *(name.format(queue=place.queue) for name in extra))
        broker.delete(place.broker, names)
        return left


def _celery(name: str, *options: str) -> Peer:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING")
    command = ("celery", "-q", "-A", "benchmarks.w1.peers.celery_app", "worker", "-Q", "{queue}")
    return Peer(name, (*command, *quiet, *options), form=formats.celery, queue={})


def contestants() -> Sequence[Contestant]:
    """All of them, in the order of the table."""
    # Tuned by trial on two cores, 0 and 20 ms: 8 threads are a little faster at 0 ms and half as
    # fast at 20 ms; 4, 8 and 12 forks trade likewise; prefetching more than 8 a worker changes
    # nothing; Dramatiq with 8, 16 and 24 threads as Celery.
    return (
        _celery("celery threads", "-P", "threads", "-c", "16", "--prefetch-multiplier", "8"),
        _celery("celery prefork", "-P", "prefork", "-c", "8", "--prefetch-multiplier", "8"),
        Peer(
            "dramatiq",
            (
                "dramatiq", "benchmarks.w1.peers.dramatiq_app", "--processes", "1",
                "--threads", "16", "--queues", "{queue}", "--skip-logging",
            ),
            form=formats.dramatiq,
            queue={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "{queue}.XQ"},
            extra_queues=("{queue}.DQ", "{queue}.XQ"),
            invalid_queue="{queue}.XQ",
        ),
        Peer(
            "faststream",
            ("benchmarks.w1.peers.faststream_app",),
            queue={
                **broker.QUORUM,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": "{queue}.invalid",
            },
            invalid_queue="{queue}.invalid",
        ),
        Peer(
            "twin", ("benchmarks.w1.peers.twin",), invalid_queue="{queue}.invalid", is_peer=False
        ),
        GatewayContestant("gateway"),
        GatewayContestant("gateway, batches", batch=True),
        GatewayContestant("gateway, embedded", embedded=True),
    )  # fmt: skip


QUICK = frozenset({"celery threads", "twin", "gateway"})
"""Who takes part in the quick run."""
