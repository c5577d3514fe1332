"""Seats: as many calls at the same time as the base has sessions for us, over all batches.

A base has no rate limit but sessions, and a licence each: a call too many waits for the pool's
time-out and is refused with 406 (vendor reference, sections 0 and 6.5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from gateway.contract import HttpClient


@dataclass(frozen=True, slots=True)
class SeatedClient:
    """An account's client that keeps within its sessions; who comes first is served first."""

    http: HttpClient
    seats: asyncio.Semaphore

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
        """Wait for a seat and send; see ``HttpClient.call``."""
        async with self.seats:
            return await self.http.call(
                method,
                path,
                operation=operation,
                repeatable=repeatable,
                query=query,
                form=form,
                json=json,
                content=content,
                headers=headers,
            )

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()
