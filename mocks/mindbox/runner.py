"""Executing calls: at once for sync, from a shuffling queue for async and imports (section 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.clock import write
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.keys import REPEATED, KeyStore
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json
from mocks.mindbox.registry import KEYED_STEPS, STEPS

_LOG_LIMIT = 10_000


@dataclass(frozen=True)
class Outcome:
    """What a call came to: HTTP status, body, and what the journal tells."""

    status: int
    body: Mapping[str, Any]
    effect: str = "none"
    key: str = ""


class Runner:
    """Runs handlers and keeps the operation log, the only place where async errors show."""

    def __init__(self, project: Project, keys: KeyStore, after: Callable[[], None]) -> None:
        """``after`` is called when a call may have left events."""
        self._project = project
        self._keys = keys
        self._after = after
        self._waiting: dict[int, tuple[float, Callable[[], None]]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._number = 0
        self.log: list[Json] = []

    def sync(self, call: Call, key: str) -> Outcome:
        """Execute a call and return its answer; the key counts for order steps only."""
        is_keyed = call.operation.kind in KEYED_STEPS or (
            self._project.settings.sync_key_on_non_order == "deduplicated"
        )
        if key and is_keyed and self._keys.is_spent(key):
            return Outcome(200, REPEATED, "unchanged")
        outcome, is_done = self._execute(call)
        if is_keyed:
            self._keys.spend(key, is_done=is_done)
        self._after()
        return outcome

    def put(self, call: Call, key: str) -> None:
        """Accept a call to the queue."""
        self.later(lambda: self._from_queue(call, key))

    def later(self, job: Callable[[], None]) -> None:
        """Run a job after a random delay, in no particular order."""
        self._number += 1
        number = self._number
        delay = self._project.chance.random() * self._project.settings.async_delay_s
        self._waiting[number] = (delay, job)
        loop = asyncio.get_running_loop()
        self._timers[number] = loop.call_later(delay, self._run, number)

    def drain(self) -> int:
        """Run everything that waits, in the order of the drawn delays; return how many."""
        order = sorted(self._waiting, key=lambda number: (self._waiting[number][0], number))
        for number in order:
            self._run(number)
        return len(order)

    @property
    def pending(self) -> int:
        """How many calls and imports wait."""
        return len(self._waiting)

    def close(self) -> None:
        """Forget what waits."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()

    def note(self, operation: str, status: str, message: str = "", key: str = "") -> None:
        """Write an entry of the operation log."""
        del self.log[: max(len(self.log) - _LOG_LIMIT + 1, 0)]
        self.log.append(
            {
                "at": write(self._project.now()),
                "operation": operation,
                "status": status,
                "message": message,
                "transactionId": key,
            }
        )

    def _run(self, number: int) -> None:
        waiting = self._waiting.pop(number, None)
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()
        if waiting is not None:
            waiting[1]()
            self._after()

    def _from_queue(self, call: Call, key: str) -> None:
        name = call.operation.name
        if key and self._keys.is_spent(key):
            self.note(name, REPEATED["status"], "transaction already processed", key)
            return
        outcome, is_done = self._execute(call)
        self._keys.spend(key, is_done=is_done)
        order = outcome.body.get("order", {})
        status = str(outcome.body["status"])
        if isinstance(order, Mapping) and "statusDescription" in order:
            self.note(name, "PriceHasBeenChanged", str(order["statusDescription"]), key)
        elif status == "ValidationError":
            rows = outcome.body["validationMessages"]
            self.note(name, status, "; ".join(row["message"] for row in rows), key)
        else:
            self.note(name, status, str(outcome.body.get("errorMessage", "")), key)

    def _execute(self, call: Call) -> tuple[Outcome, bool]:
        handler, _ = STEPS[call.operation.kind]
        try:
            answer: Answer = handler(call)
        except ProtocolRefused as refusal:
            return Outcome(refusal.status, refusal.body(self._project.guid()), "refused"), False
        except ValidationRefused as refusal:
            return Outcome(200, refusal.body(), "refused"), False
        body = {"status": answer.status, **answer.blocks}
        return Outcome(200, body, answer.effect, answer.key), answer.is_done
