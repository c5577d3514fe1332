"""Messages: an account's queue, read by its connector in the way of its webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.contract import Hint, Log, WebhookRefused, WebhookRequest, WebhookSource
from gateway.sync.receive import Receiver
from gateway.telemetry import Metrics

CORRELATION = "x-correlation-id"
TRACEPARENT = "traceparent"
_MOST_CORRELATION = 64


class Call(Protocol):
    """A message. Shape: ``headers`` with names in lower case."""

    @property
    def body(self) -> bytes:
        """The body as it came."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""


@dataclass(frozen=True, slots=True)
class MessageDoor:
    """Takes in what one account's queue brings."""

    account: str
    source: WebhookSource
    receiver: Receiver
    metrics: Metrics
    log: Log
    new_id: Callable[[], str]

    async def take_in(self, messages: Sequence[Call]) -> list[str]:
        """Commit messages to the inbox; return why each is invalid, empty for taken in.

        Raises ``StoreError``: then none of them was taken in.
        """
        told: list[tuple[Hint, str]] = []
        reasons: list[str] = []
        for message in messages:
            reason, hints = self._read(message)
            reasons.append(reason)
            correlation_id = message.headers.get(CORRELATION, "")[:_MOST_CORRELATION]
            told += [(hint, correlation_id or self.new_id()) for hint in hints]
            if hints and self.receiver.spans.is_on:
                self.receiver.spans.came(told[-1][1], message.headers.get(TRACEPARENT, ""))
        receipt = await self.receiver.take_in(self.account, told)
        refused = sum(1 for reason in reasons if reason)
        kinds = {str(hint.kind) for hint, _ in told}
        kind = kinds.pop() if len(kinds) == 1 else "mixed" if kinds else ""
        for result, count in (
            ("new", receipt.fresh), ("repeated", receipt.duplicates), ("refused", refused)
        ):  # fmt: skip
            if count:
                self.metrics.received(account=self.account, kind=kind, result=result, count=count)
        return reasons

    def _read(self, message: Call) -> tuple[str, Sequence[Hint]]:
        request = WebhookRequest(message.body, message.headers, proved=True)
        try:
            return "", self.source.receive(request)
        except WebhookRefused as refusal:
            reason = str(refusal)
        except Exception as error:  # noqa: BLE001 - a connector's bug must not hold up the others
            reason = f"the connector failed with {type(error).__name__}"
        self.log.warning("intake.refused", account=self.account, cause=reason)
        return reason, ()
