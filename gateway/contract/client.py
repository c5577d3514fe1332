"""Transport client: one account's calls, straight over a transport.

The one hard question is whether a failed request may have reached the vendor; ``never_connected``
answers it, and all that it cannot prove counts as sent. The reasons of errors are words of our own:
a transport's exceptions may quote the address, and with it a vendor's secret, so none of them is
chained, logged or shown.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from gateway.contract.answers import LIMIT_STATUSES, retry_after_s
from gateway.contract.budget import Budget
from gateway.contract.encoding import address, form_body, json_body, query_string
from gateway.contract.errors import OutcomeUnknown, Rejected, Unavailable
from gateway.contract.transport import TRANSPORT_ERRORS, never_connected
from gateway.contract.wire import Sending, Wire

if TYPE_CHECKING:
    # The context names the client's factory, so the arrow back is for the type checker only.
    from gateway.contract.context import Clock

TRIES = 3
FIRST_DELAY_S = 0.25
TRANSPORT_GRACE_S = 0.25
"""The transport's own deadline comes first: only that one closes the connection cleanly."""
LONGEST_REST_S = 60.0
"""A longer wish of a vendor is kept by the delivery's own due time, not by waiting tasks."""
LIMIT_REST_S = 1.0
"""Rest after 429 without a word on how long."""

_UNSENDABLE = re.compile(r"[^\t\x20-\x7e]")


class CallLog(Protocol):
    """Where calls are told: a bound structlog logger, for which a level below its own is free."""

    def debug(self, event: str, **values: object) -> object:
        """Write what only somebody who looks into one vendor's calls wants to see."""

    def warning(self, event: str, **values: object) -> object:
        """Write an event that an operator may want to see."""


class CallHook(Protocol):
    """Told of every finished call; ``status`` is ``None`` when no whole answer came."""

    def __call__(self, *, account: str, operation: str, status: int | None, seconds: float) -> None:
        """Take note; must neither wait nor raise."""


class _NotConnected(Exception):
    """Nothing left, so it may be tried again."""


class _Lost(Exception):
    """It may have arrived, and no whole answer came."""


@dataclass(kw_only=True, eq=False, repr=False)
class TransportClient:
    """An account's client straight over a transport; made by ``build_client``.

    An answer 429, and 503 that names a time, lets the account's budget rest, so that a connector
    need not; the connector still turns the answer into an error (``answer_error``). ``trace`` gives
    headers that tell the vendor which trace a call belongs to.
    """

    base: str
    headers: Mapping[str, str]
    timeout_s: float
    wire: Wire
    budget: Budget
    account: str
    clock: Clock
    log: CallLog
    on_call: CallHook | None
    sleep: Callable[[float], Awaitable[None]]
    trace: Callable[[], Mapping[str, str]] | None = None
    is_closed: bool = False

    async def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        query: Sequence[tuple[str, str]] | None = None,
        form: Sequence[tuple[str, str]] | None = None,
        json: object | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request; see ``HttpClient.call``.

        Raises besides: ``Rejected`` when ``path`` would climb out of the base address, or a header
        holds a line break or anything beyond ASCII.
        """
        url = address(self.base, path)
        if url is None:
            msg = "the call's path would leave the account's address: correct the id in it"
            raise Rejected(msg, operation=operation)
        if query:
            url = f"{url}?{query_string(query)}"
        sent = {**self.headers, **headers} if headers else dict(self.headers)
        sending = Sending(method, url, sent, _body(form, json, content, sent))
        if _UNSENDABLE.search("".join(sent.values())):
            # The transports' own words would quote the value, which may be a secret.
            msg = "a header of the call holds what no header can: correct the key or id in it"
            raise Rejected(msg, operation=operation)
        await self.budget.acquire(operation=operation)
        if self.trace is not None:
            sent.update(self.trace())
        return await self._exchange(sending, operation=operation, repeatable=repeatable)

    async def close(self) -> None:
        """Release connections; may be called twice."""
        if not self.is_closed:
            self.is_closed = True
            await self.wire.aclose()

    def rest(self, seconds: float) -> None:
        """Let nothing of this account leave for ``seconds`` from now, at most a minute."""
        self.budget.rest(min(seconds, LONGEST_REST_S))

    async def _exchange(
        self, sending: Sending, *, operation: str, repeatable: bool
    ) -> httpx.Response:
        started = self.clock.monotonic()
        error: Unavailable | OutcomeUnknown
        try:
            response = await self._deliver(sending)
        except _NotConnected as failure:
            error = Unavailable(str(failure), operation=operation)
        except _Lost as failure:
            failed = Unavailable if repeatable else OutcomeUnknown
            error = failed(str(failure), operation=operation)
        else:
            self._tell_answer(
                operation, self._note(operation, started, response), sending, response
            )
            return response
        seconds = self._note(operation, started)
        self.log.warning(
            "vendor.call_failed",
            operation=operation,
            duration_ms=round(seconds * 1000, 1),
            error=type(error).__name__,
            reason=error.reason,
        )
        raise error

    async def _deliver(self, sending: Sending) -> httpx.Response:
        """Try bare; only a connection that was never made enters the machinery of repeating."""
        try:
            return await self._attempt(sending)
        except _NotConnected as error:
            first = error

        async def again(state: RetryCallState) -> httpx.Response:
            # The failure in hand is the first trial, so that the delay comes before the second.
            if state.attempt_number == 1:
                raise first
            return await self._attempt(sending)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_NotConnected),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=FIRST_DELAY_S, max=4 * FIRST_DELAY_S),
            sleep=self.sleep,
            reraise=True,
        )
        async for trial in retrying:
            with trial:
                return await again(trial.retry_state)
        raise first

    async def _attempt(self, sending: Sending) -> httpx.Response:
        """Send once. What it raises has neither cause nor context: those quote the address."""
        if self.is_closed:
            msg = "the account's client is closed"
            raise _NotConnected(msg)
        try:
            async with asyncio.timeout(self.timeout_s + TRANSPORT_GRACE_S):
                return await self.wire.send(sending)
        except TRANSPORT_ERRORS as error:
            failure = self._told(error)
        raise failure

    def _told(self, error: Exception) -> _NotConnected | _Lost:
        if never_connected(error):
            return _NotConnected("the connection was not made")
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return _Lost(f"no whole answer came within {self.timeout_s:g} s")
        return _Lost("the connection broke before a whole answer came")

    def _note(
        self, operation: str, started: float, response: httpx.Response | None = None
    ) -> float:
        """Tell the hook and return how long it took."""
        seconds = self.clock.monotonic() - started
        if self.on_call is not None:
            status = None if response is None else response.status_code
            self.on_call(account=self.account, operation=operation, status=status, seconds=seconds)
        return seconds

    def _tell_answer(
        self, operation: str, seconds: float, sending: Sending, response: httpx.Response
    ) -> None:
        # An ordinary answer is counted by the hook; a line for each costs as much as the call.
        self.log.debug(
            "vendor.called",
            operation=operation,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
            sent_bytes=len(sending.content or b""),
            received_bytes=len(response.content),
        )
        if response.status_code in LIMIT_STATUSES:
            asked = retry_after_s(response, now=self.clock.now())
            if asked is not None:
                self.rest(asked)
            elif response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                self.rest(LIMIT_REST_S)


def _body(
    form: Sequence[tuple[str, str]] | None,
    json: object | None,
    content: bytes | None,
    headers: dict[str, str],
) -> bytes | None:
    if sum(one is not None for one in (form, json, content)) > 1:
        msg = "a call has a form, JSON or content: give one of them"
        raise ValueError(msg)
    if content is not None:
        return content
    if form is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return form_body(form)
    if json is not None:
        headers.setdefault("Content-Type", "application/json")
        return json_body(json)
    return None
