"""Client of one inbound webhook: calls and batches, answers out, contract errors raised."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from gateway.contract import (
    AuthRejected,
    Clock,
    ConnectorError,
    HttpClient,
    OutcomeUnknown,
    Unavailable,
)
from gateway.contract.http import answer_error

from .batch import BATCH_LIMIT, Answer, Command, Result, chunks, encoded, resolved
from .errors import EXPIRED, TIME_SPENT, Refusal, VendorRefused, error_for
from .tokens import Tokens

_NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class BitrixClient:
    """Calls methods of one shop. Safe for concurrent use on one event loop.

    ``batch_limit`` is the most commands in one batch; the vendor's own limit is 50. ``tokens`` are
    those of an application; a webhook has its secret in the address.
    """

    http: HttpClient
    clock: Clock
    batch_limit: int = BATCH_LIMIT
    tokens: Tokens | None = None
    _reset_at: dict[str, float] = field(default_factory=dict)

    async def call(
        self, method: str, params: Mapping[str, Any] = _NOTHING, *, repeatable: bool = True
    ) -> Any:  # noqa: ANN401 - JSON of the vendor, read by the wire models
        """Call one method and return its result.

        Raises: ``VendorRefused`` never leaves here; refusals become contract errors (``errors``).
        """
        try:
            return await self.ask(method, params, repeatable=repeatable)
        except VendorRefused as refused:
            error = self.error(refused, repeatable=repeatable)
        raise error

    async def ask(
        self, method: str, params: Mapping[str, Any] = _NOTHING, *, repeatable: bool = True
    ) -> Any:  # noqa: ANN401 - as above
        """Call one method and return its result.

        Raises: ``VendorRefused`` when the shop answers with an error code.
        """
        status, body = await self._sent(method, params, repeatable=repeatable)
        self._note_reset(method, body)
        if "error" in body:
            extra = {key: item for key, item in body.items() if key != "error_description"}
            refusal = Refusal(str(body["error"]).lower(), extra, status)
            raise VendorRefused(refusal, operation=method)
        return body.get("result")

    async def _sent(
        self, method: str, params: Mapping[str, Any], *, repeatable: bool
    ) -> tuple[int, Mapping[str, Any]]:
        """Send a call; with an application's token, once more when that was too old (1.8)."""
        if self.tokens is None:
            return await self._posted(method, params, repeatable=repeatable)
        token = await self.tokens.access()
        status, body = await self._posted(method, {**params, "auth": token}, repeatable=repeatable)
        if str(body.get("error", "")).lower() != EXPIRED:
            return status, body
        # A refused call had no effect, so that even a write may be sent again.
        token = await self.tokens.access(instead_of=token)
        return await self._posted(method, {**params, "auth": token}, repeatable=repeatable)

    async def _posted(
        self, method: str, params: Mapping[str, Any], *, repeatable: bool
    ) -> tuple[int, Mapping[str, Any]]:
        response = await self.http.call(
            "POST", method, operation=method, repeatable=repeatable, json=dict(params)
        )
        return response.status_code, self._body(response, method, repeatable=repeatable)

    async def run(self, commands: Sequence[Command], *, repeatable: bool) -> list[Result]:
        """Run commands in order, in as few calls as the vendor allows.

        Shape: one result per command, in the same order; a refused one never hides its neighbours.
        Once a later call fails as a whole, its commands and those after it get that error.

        Raises: the error of the first call when that failed as a whole.
        """
        results: dict[Command, Result] = {}
        failure: ConnectorError | None = None
        for chunk in chunks(commands, size=self.batch_limit):
            if failure is None:
                try:
                    results |= await self._run_chunk(chunk, results, repeatable=repeatable)
                except ConnectorError as error:
                    if not results:
                        raise
                    failure = error
            if failure is not None:
                results |= dict.fromkeys(chunk, failure)
        return [results[command] for command in commands]

    def value(self, result: Result, *, repeatable: bool = True) -> Any:  # noqa: ANN401 - as above
        """Return the value of a result, or raise its contract error."""
        if isinstance(result, Answer):
            return result.value
        if isinstance(result, VendorRefused):
            raise self.error(result, repeatable=repeatable)
        raise result

    def error(self, refused: VendorRefused, *, repeatable: bool) -> ConnectorError:
        """Return the contract error of a refusal."""
        reset_at = self._reset_at.get(refused.operation) if self._reset_at else None
        rest_s = None
        if refused.refusal.code == TIME_SPENT and reset_at is not None:
            rest_s = reset_at - self.clock.now().timestamp()
        return error_for(
            refused.refusal, operation=refused.operation, repeatable=repeatable, rest_s=rest_s
        )

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()
        if self.tokens is not None:
            await self.tokens.close()

    async def _run_chunk(
        self, chunk: Sequence[Command], earlier: Mapping[Command, Result], *, repeatable: bool
    ) -> dict[Command, Result]:
        results: dict[Command, Result] = {}
        ready: dict[Command, Command] = {}
        for command in chunk:
            try:
                known = ChainMap(results, dict(earlier)) if results else earlier
                ready[command] = Command(command.method, resolved(command.params, known))
            except (VendorRefused, ConnectorError) as error:
                results[command] = error
        if len(chunk) == 1 and ready:
            (command,) = chunk
            results[command] = await self._alone(ready[command], repeatable=repeatable)
        elif ready:
            results |= await self._batch(ready, repeatable=repeatable)
        return results

    async def _alone(self, command: Command, *, repeatable: bool) -> Result:
        try:
            return Answer(await self.ask(command.method, command.params, repeatable=repeatable))
        except VendorRefused as refused:
            return refused

    async def _batch(
        self, ready: Mapping[Command, Command], *, repeatable: bool
    ) -> dict[Command, Result]:
        names = {command: f"c{index}" for index, command in enumerate(ready)}
        cmd = {names[command]: encoded(filled, names) for command, filled in ready.items()}
        answer = await self.call("batch", {"halt": 0, "cmd": cmd}, repeatable=repeatable)
        # PHP encodes an empty map as a list (reference 1.3).
        done, refused, times = (
            found if isinstance(found := answer.get(part), dict) else {}
            for part in ("result", "result_error", "result_time")
        )
        for command, name in names.items():
            self._note_reset(command.method, {"time": times.get(name)})
        return {
            command: _entry(command, name, done, refused, repeatable=repeatable)
            for command, name in names.items()
        }

    def _body(
        self, response: httpx.Response, method: str, *, repeatable: bool
    ) -> Mapping[str, Any]:
        if response.is_redirect:
            msg = "the shop's address moved: set the new webhook address in the account"
            raise AuthRejected(msg, operation=method, http_status=response.status_code)
        try:
            body = json.loads(response.text, parse_float=Decimal)
        except ValueError:
            body = None
        if isinstance(body, dict) and ("error" in body or response.is_success):
            return body
        error = answer_error(
            response, operation=method, repeatable=repeatable, now=self.clock.now()
        )
        kind = Unavailable if repeatable else OutcomeUnknown
        raise error or kind(
            "the shop's answer is not JSON", operation=method, http_status=response.status_code
        )

    def _note_reset(self, method: str, body: Mapping[str, Any]) -> None:
        """Keep when the method's operating time is freed; only the cloud tells (1.3)."""
        times = body.get("time")
        reset_at = times.get("operating_reset_at") if isinstance(times, dict) else None
        if reset_at is not None:
            self._reset_at[method] = float(reset_at)


def _entry(
    command: Command,
    name: str,
    done: Mapping[str, Any],
    refused: Mapping[str, Any],
    *,
    repeatable: bool,
) -> Result:
    if name in done:
        return Answer(done[name])
    entry = refused.get(name)
    if isinstance(entry, dict):
        extra = {key: item for key, item in entry.items() if key != "error_description"}
        return VendorRefused(
            Refusal(str(entry.get("error", "")).lower(), extra), operation=command.method
        )
    kind = Unavailable if repeatable else OutcomeUnknown
    return kind("the shop's batch says nothing of this command", operation=command.method)
