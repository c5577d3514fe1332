"""``python -m benchmarks.till.processor``: a processor that answers at once, by recorded answers.

A double that thinks would hide what the gateway adds behind its own time. So the double is asked
once for each kind of call, and this server gives its answer to every later one. It is told on
stdin, one JSON object on one line: ``{"answers": {operation: body}, "delay_ms": 0}``; it prints its
port, and serves until stdin ends.
"""

from __future__ import annotations

import asyncio
import re
import sys
from urllib.parse import unquote

import orjson

_OPERATION = re.compile(rb"[?&]operation=([^& ]+)")
_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
_END = b"\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection: HTTP/1.1 with keep-alive and sized bodies, as the gateway speaks it."""

    def __init__(self, answers: dict[str, bytes], delay_s: float) -> None:
        self._answers = answers
        self._delay_s = delay_s
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in what has come."""
        self._held += data
        while (end := self._held.find(_END)) >= 0:
            head = self._held[:end]
            sized = _LENGTH.search(head)
            whole = end + len(_END) + (int(sized.group(1)) if sized else 0)
            if len(self._held) < whole:
                return
            self._held = self._held[whole:]
            self._answer(head.partition(b"\r\n")[0])

    def _answer(self, line: bytes) -> None:
        found = _OPERATION.search(line)
        operation = unquote(found.group(1).decode()) if found else ""
        body = self._answers.get(operation, b'{"status":"Success"}')
        answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        ) + body
        if self._delay_s:
            asyncio.get_running_loop().call_later(self._delay_s, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


async def serve() -> None:
    """Serve until stdin ends."""
    told = orjson.loads(await asyncio.to_thread(sys.stdin.readline))
    answers = {name: body.encode() for name, body in told["answers"].items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Answering(answers, told["delay_ms"] / 1000), "127.0.0.1", 0, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
