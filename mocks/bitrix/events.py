"""The vendor's queue service.

One attempt per event, no retry, form bodies (reference 1.10, 10.9, 10.13).

Sending runs beside the API and never holds it up; what happens to an event on its way is drawn from
a seeded chance.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from mocks.bitrix.settings import BitrixSettings, EventFaults
from mocks.bitrix.site import SiteEvent

_ANSWER_LIMIT = 65536
_OK_MIN, _OK_MAX = 200, 299


class EventSender:
    """Posts events to the handler.

    Queued, delayed, lost, doubled and reordered as the settings say.
    """

    def __init__(self, settings: BitrixSettings) -> None:
        """Hold events until the running loop can send them."""
        self._settings = settings
        self._chance = _chance(settings.event_faults)
        self._queue: list[tuple[float, int, bytes]] = []
        self._number = 0
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self.tally: Counter[str] = Counter()

    def configure(self, settings: BitrixSettings) -> None:
        """Take changed settings; the chance restarts when its faults changed."""
        if settings.event_faults != self._settings.event_faults:
            self._chance = _chance(settings.event_faults)
        self._settings = settings

    def send(self, events: Iterable[SiteEvent]) -> None:
        """Queue events for the handler. Without a handler nothing happens."""
        target = self._settings.target
        if not target.url:
            return
        now = asyncio.get_running_loop().time()
        for event in events:
            self._queue_one(event, now + target.delay_s)
        if self._queue and (self._pump is None or self._pump.done()):
            self._pump = asyncio.create_task(self._run())
        self._wake.set()

    def _queue_one(self, event: SiteEvent, due: float) -> None:
        faults = self._settings.event_faults
        self.tally["queued"] += 1
        if self._chance.random() < faults.drop_probability:
            self.tally["dropped"] += 1
            return
        copies = 1
        if self._chance.random() < faults.duplicate_probability:
            self.tally["duplicated"] += 1
            copies = 2
        if self._chance.random() < faults.reorder_probability:
            self.tally["held_back"] += 1
            due += self._chance.random() * faults.reorder_max_s
        body = event_body(event, self._settings)
        for _ in range(copies):
            self._number += 1
            heapq.heappush(self._queue, (due, self._number, body))

    def state(self) -> dict[str, Any]:
        """Return the tally and how many events are still on their way."""
        pending = len(self._queue) + len(self._sending)
        names = ("queued", "dropped", "duplicated", "held_back", "delivered", "refused", "lost")
        return {**{name: self.tally[name] for name in names}, "pending": pending}

    async def close(self) -> None:
        """Stop sending; what is still queued is lost."""
        tasks = [*self._sending, *([self._pump] if self._pump is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            while self._queue and self._queue[0][0] <= loop.time():
                if len(self._sending) >= max(self._settings.target.concurrency, 1):
                    await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
                    continue
                body = heapq.heappop(self._queue)[2]
                task = asyncio.create_task(self._deliver(body))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            wait_s = self._queue[0][0] - loop.time() if self._queue else None
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _deliver(self, body: bytes) -> None:
        """Make the one attempt that an event gets."""
        target = self._settings.target
        try:
            async with asyncio.timeout(target.timeout_s):
                status = await post_form(target.url, body)
        except (
            OSError,
            TimeoutError,
            ValueError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):
            self.tally["lost"] += 1
            return
        self.tally["delivered" if _OK_MIN <= status <= _OK_MAX else "refused"] += 1


def event_body(event: SiteEvent, settings: BitrixSettings) -> bytes:
    """Return the form body of an event (10.9).

    The extension's events carry a shorter ``auth`` (10.13).
    """
    pairs: list[tuple[str, str]] = [
        ("event", event.name),
        ("event_handler_id", str(settings.target.handler_id)),
        *((f"data[FIELDS][{name}]", value) for name, value in event.fields.items()),
        ("ts", str(event.ts)),
        ("auth[domain]", settings.domain),
    ]
    if not event.name.startswith("ONGATEWAY"):
        pairs.append(("auth[client_endpoint]", f"https://{settings.domain}/rest/"))
        pairs.append(("auth[server_endpoint]", "https://oauth.bitrix.info/rest/"))
    pairs.append(("auth[member_id]", settings.member_id))
    pairs.append(("auth[application_token]", settings.application_token))
    return urlencode(pairs).encode()


async def post_form(url: str, body: bytes) -> int:
    """Post a form body over HTTP/1.1 and return the status of the answer.

    Raises:
        OSError: the handler cannot be reached. ValueError: it does not speak HTTP.
    """
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(
        parts.hostname, port, ssl=is_tls or None, limit=_ANSWER_LIMIT
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
            "User-Agent: Bitrix24 Webhook Engine\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode("ascii") + body)
        await writer.drain()
        status_line = await reader.readuntil(b"\r\n")
        return int(status_line.split(b" ", 2)[1])
    except IndexError as error:
        msg = "the handler did not answer in HTTP"
        raise ValueError(msg) from error
    finally:
        writer.close()


def _chance(faults: EventFaults) -> random.Random:
    return random.Random(faults.seed)  # noqa: S311 - repeatable faults, no secret depends on them
