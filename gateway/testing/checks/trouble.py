"""Checks of trouble: each refusal becomes the error that says what to do next, at every way."""

from __future__ import annotations

from typing import Any

from gateway.contract import AuthRejected, OutcomeUnknown, RateLimited, TransientError
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.errands import errand as prepared
from gateway.testing.marks import per_errand
from gateway.testing.ports import Faults
from gateway.testing.subject import Subject
from gateway.testing.wired import Wired

HINT_S = 7


class TroubleChecks(Subject):
    """What happens when the vendor refuses, per errand."""

    @per_errand
    async def test_calls_pass_the_account_s_budget(
        self,
        connector: Wired,
        seed: Any,  # noqa: ANN401 - the errand decides the protocol
        errand: str,
    ) -> None:
        """A client of the connector's own would break the vendor's limit and fill no metrics."""
        task = await prepared(self, errand, connector, seed)
        before = connector.budget.acquired
        await task.attempt()
        claim(
            connector.budget.acquired > before,
            "the call did not acquire the account's budget: call through context.http only",
        )

    @per_errand
    async def test_a_limit_with_a_hint_is_told(
        self,
        connector: Wired,
        seed: Any,  # noqa: ANN401 - the errand decides the protocol
        faults: Faults,
        errand: str,
    ) -> None:
        """Work would come back before the vendor takes it, and be refused again."""
        task = await prepared(self, errand, connector, seed)
        await faults.answer(429, retry_after_s=HINT_S)
        error = await caught(task.attempt)
        claim(isinstance(error, RateLimited), f"429 must raise RateLimited, it is {name_of(error)}")
        hint = getattr(error, "retry_after_s", None)
        claim(hint == HINT_S, f"Retry-After: {HINT_S} must be retry_after_s, it is {hint}")

    @per_errand
    async def test_a_limit_without_a_hint_passes(
        self,
        connector: Wired,
        seed: Any,  # noqa: ANN401 - the errand decides the protocol
        faults: Faults,
        errand: str,
    ) -> None:
        """A refusal without a word on how long would be taken for a fault of the record."""
        task = await prepared(self, errand, connector, seed)
        await faults.answer(429)
        error = await caught(task.attempt)
        claim(isinstance(error, RateLimited), f"429 must raise RateLimited, it is {name_of(error)}")
        claim(getattr(error, "retry_after_s", None) is None, "retry_after_s was made up")
        await task.attempt()
        await task.settled()

    @per_errand
    async def test_a_server_error_passes(
        self,
        connector: Wired,
        seed: Any,  # noqa: ANN401 - the errand decides the protocol
        faults: Faults,
        errand: str,
    ) -> None:
        """A vendor that is down for a minute would lose records or turn them into letters."""
        task = await prepared(self, errand, connector, seed)
        await faults.answer(500)
        error = await caught(task.attempt)
        claim(
            isinstance(error, TransientError | OutcomeUnknown),
            f"500 must raise Unavailable or OutcomeUnknown, it is {name_of(error)}",
        )
        await task.attempt()
        await task.settled()

    @per_errand
    async def test_refused_credentials_are_told(
        self,
        connector: Wired,
        seed: Any,  # noqa: ANN401 - the errand decides the protocol
        faults: Faults,
        errand: str,
    ) -> None:
        """A revoked key would turn every record into a letter instead of one word to a person."""
        task = await prepared(self, errand, connector, seed)
        await faults.revoke()
        error = await caught(task.attempt)
        claim(
            isinstance(error, AuthRejected),
            f"refused credentials must raise AuthRejected, it is {name_of(error)}",
        )
