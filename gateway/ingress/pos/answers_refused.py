"""Answers about refusals: a problem, and the results of a batch, of which some may be refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ingress.pos.answers import DealAnswer


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """One thing that is wrong: where (``lines[2].quantity``), what, and what to do about it."""

    path: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ProblemAnswer:
    """A refusal (RFC 9457). ``type`` is stable: ``urn:gateway:problem:CODE``.

    ``errors`` is there where a field, a header or a part of the address is wrong.
    """

    type: str
    title: str
    status: int
    detail: str
    correlation_id: str
    errors: Sequence[WrongAnswer] = ()


@dataclass(frozen=True, slots=True)
class RefusalAnswer:
    """Why one receipt of a batch was not taken in. ``code`` as in the ``type`` of a problem."""

    code: str
    detail: str
    errors: Sequence[WrongAnswer]


@dataclass(frozen=True, slots=True)
class ReceiptAnswer:
    """What became of one receipt of a batch.

    Shape: ``index`` is its place in the batch, from 0; one of ``deal`` and ``problem`` is set.
    ``taken``: the till may forget it. Not taken: keep it and tell a person.
    """

    index: int
    id: str | None
    taken: bool
    deal: DealAnswer | None
    problem: RefusalAnswer | None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One result per receipt, in their order."""

    results: Sequence[ReceiptAnswer]
