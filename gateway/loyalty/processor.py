"""Processor: whoever keeps the points, with the circuit that lets an absent one rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from gateway.contract import (
    ConnectorError,
    Disposition,
    LoyaltyProcessing,
    Missing,
    OneTimeCodes,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    Reason,
    TillRefused,
    TranslationFailed,
    Unavailable,
    disposition,
)
from gateway.sync.circuit import Circuit
from gateway.sync.required import NOTHING, Required

R = TypeVar("R")
PATIENCE_S = 1.0
"""A processor that lets a caller wait as long as this seems away, not only too slow for him."""


class NoAnswer(Exception):
    """The processor gave no answer in time; ``retry_after_s`` is what it asked for, if it did."""

    def __init__(self, reason: Reason, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Processor:
    """One processor as the service knows it.

    ``codes``: those that it sends by itself; ``required``: what a new member must have.
    """

    name: str
    processing: LoyaltyProcessing
    circuit: Circuit
    codes: OneTimeCodes | None = None
    required: Required = NOTHING

    async def ask(self, call: Callable[[], Awaitable[R]]) -> R:
        """Make a call and note what its end tells of the processor; raises what the call does."""
        try:
            answer = await call()
        except Exception as error:
            self._learn(error)
            raise
        self.circuit.succeeded()
        return answer

    async def read(self, call: Callable[[], Awaitable[R]], *, within_s: float) -> R:
        """Make a call that changes nothing, and give it up when its time is over.

        Raises ``NoAnswer``, and ``TillRefused`` for what the processor refuses.
        """
        if self.circuit.is_open:
            raise NoAnswer(Reason.AWAY)
        try:
            async with asyncio.timeout(within_s) as limit:
                return await self.ask(call)
        except TimeoutError:
            if limit.expired():
                self.was_slow(within_s)
            raise NoAnswer(Reason.SLOW) from None
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is not None:
                raise refusal from error
            raise no_answer(error) from error

    def was_slow(self, waited_s: float) -> None:
        """Note that a caller waited in vain."""
        if waited_s >= PATIENCE_S:
            self.circuit.failed()

    def _learn(self, error: Exception) -> None:
        if isinstance(error, PermanentError | RateLimited | TranslationFailed):
            self.circuit.succeeded()
        elif not isinstance(error, ConnectorError) or (
            isinstance(error, Unavailable | OutcomeUnknown)
            or disposition(error) is Disposition.PARK
        ):
            self.circuit.failed()


def no_answer(error: BaseException) -> NoAnswer:
    """Say why there is no answer. An exception that nobody foresaw is as good as none."""
    if isinstance(error, RateLimited):
        return NoAnswer(Reason.LIMITED, error.retry_after_s)
    return NoAnswer(Reason.AWAY, getattr(error, "retry_after_s", None))


def refusal_of(error: BaseException) -> TillRefused | None:
    """Return the refusal that an error of the processor is, ``None`` when it is none."""
    if isinstance(error, Missing):
        return TillRefused("member-unknown", error.reason, field="member")
    if isinstance(error, PermanentError | TranslationFailed):
        return TillRefused("processor-refused", error.reason)
    return None
