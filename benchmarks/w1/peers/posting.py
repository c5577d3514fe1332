"""Posting to the sink with aiohttp: what FastStream and the twin share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import aiohttp
import orjson

from benchmarks.w1.shape import to_sink

_TIMEOUT_S = 5.0
_BUSY = 503
_TRIES = 10


class Poster:
    """A session with one sink; use it as an asynchronous context manager."""

    def __init__(self, sink: str, *, connections: int) -> None:
        self._url = f"{sink}/orders"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
            headers={"Content-Type": "application/json"},
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def post(self, event: Mapping[str, Any]) -> int:
        """Post one event and return the HTTP status; a busy or silent sink is asked again.

        Raises ``RuntimeError`` for any other refusal and when no try was answered.
        """
        key = f"{event['id']}:{event['version']}"
        body = orjson.dumps(to_sink(event))
        for _ in range(_TRIES):
            try:
                async with self._session.post(
                    self._url, data=body, headers={"Idempotency-Key": key}
                ) as answer:
                    await answer.read()
            except (TimeoutError, aiohttp.ClientConnectionError):
                continue
            if answer.ok:
                return answer.status
            if answer.status != _BUSY:
                msg = f"the sink answered {answer.status} to {key}"
                raise RuntimeError(msg)
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
        msg = f"the sink did not take {key} in {_TRIES} tries"
        raise RuntimeError(msg)
