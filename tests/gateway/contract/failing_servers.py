"""Servers that fail, each in one way, as behaviours of a raw server."""

from __future__ import annotations

import asyncio

from tests.gateway.contract.fakes import Seen

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def closes_at_once(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Accept and close without reading."""
    del reader, writer, seen


async def closes_after_reading(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Read the whole request, then close in good order."""
    del writer
    await seen.read(reader)


async def resets_after_reading(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Read the whole request, then reset the connection."""
    await seen.read(reader)
    writer.transport.abort()


async def closes_in_the_head(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Send half of the status line."""
    await seen.read(reader)
    writer.write(b"HTTP/1.1 20")
    await writer.drain()


async def closes_in_the_body(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Promise twenty bytes, send four."""
    await seen.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf")
    await writer.drain()


async def closes_in_a_long_body(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Promise five megabytes, send three: the head and much of the body were handed on by then."""
    await seen.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 3_000_000)
    await writer.drain()


async def closes_in_a_chunk(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Send a chunk and never the last one."""
    await seen.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    await writer.drain()


async def speaks_nonsense(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Answer in no protocol."""
    await seen.read(reader)
    writer.write(b"garbage\r\n\r\n")
    await writer.drain()


async def keeps_silent(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Read and never answer, until the client gives up."""
    del writer
    await seen.read(reader)
    await reader.read()
    seen.closed_by_client.set()


async def keeps_silent_in_the_body(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Send a head and half a body, then nothing."""
    await seen.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf")
    await reader.read()
    seen.closed_by_client.set()


async def dribbles(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Send a byte now and then, so that no single read is late but the whole never comes."""
    await seen.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)
    raise ConnectionError


async def second_call_unanswered(reader: Reader, writer: Writer, seen: Seen) -> None:
    """Answer once, read the next request on the same connection, close."""
    await seen.read(reader)
    writer.write(OK)
    await writer.drain()
    await seen.read(reader)
