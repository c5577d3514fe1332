"""Stand: the gateway on one core, the processor and the tills on the other."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from benchmarks.till.recording import Recording, settings_of
from benchmarks.w1.processes import cpu_s
from benchmarks.w1.starting import Process, end, start

_READY_S = 60.0
_GATEWAY_CORE, _OTHER_CORE = 0, 1
_KEY = "BENCH_TILL_KEY"
_CDP = "BENCH_CDP_KEY"


@dataclass(frozen=True, slots=True)
class Stand:
    """What runs. Shape: ports on loopback; ``head`` the start of each call of a till."""

    processor: int
    gateway: int
    key: str
    process: Process

    def cpu_s(self) -> float:
        """Return the CPU seconds that the gateway has used."""
        return cpu_s([self.process.pid])

    def post(self, path: str, body: Mapping[str, object], *, key: str = "") -> bytes:
        """Return a till's call as it goes over a connection."""
        content = orjson.dumps(body)
        again = f"Idempotency-Key: {key}\r\n" if key else ""
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.gateway}\r\n"
            f"Authorization: Bearer {self.key}\r\nContent-Type: application/json\r\n"
            f"{again}Content-Length: {len(content)}\r\n\r\n"
        ).encode() + content


@asynccontextmanager
async def stand(recording: Recording, folder: Path, *, delay_ms: float) -> AsyncIterator[Stand]:
    """Start both; the bench itself stays with the processor."""
    _pin(os.getpid(), _OTHER_CORE)
    with _processor(recording, delay_ms) as port:
        key, gateway_port = secrets.token_urlsafe(24), _free_port()
        config = folder / "gateway.toml"
        config.write_text(_document(recording, port, gateway_port, folder), "utf-8")
        environment = {_KEY: key, _CDP: str(recording.about["secret_key"])}
        with (folder / "gateway.log").open("wb") as log:
            process = start(
                "gateway", "run", "--config", str(config), environment=environment, log=log
            )
            try:
                _pin(process.pid, _GATEWAY_CORE)
                await _ready(gateway_port, process)
                yield Stand(port, gateway_port, key, process)
            finally:
                await asyncio.to_thread(end, [process])


def _document(recording: Recording, processor: int, port: int, folder: Path) -> str:
    settings = settings_of(recording.about) | {"url": f"http://127.0.0.1:{processor}"}
    return f"""
data_dir = "{folder}"

[http]
port = {port}

[pos.callers.bench]
key = {{ env = "{_KEY}" }}
shop = "msk-1"

[[loyalty.routes]]
processor = "cdp"

[accounts.cdp]
connector = "mindbox"
rate = {{ calls = 0 }}

[accounts.cdp.settings]
url = "{settings["url"]}"
endpoint_id = "{settings["endpoint_id"]}"
secret_key = {{ env = "{_CDP}" }}
"""


@contextmanager
def _processor(recording: Recording, delay_ms: float) -> Iterator[int]:
    told = orjson.dumps({"answers": recording.answers, "delay_ms": delay_ms}) + b"\n"
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.till.processor"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        if process.stdin is None or process.stdout is None:
            msg = "the processor has no pipes"
            raise RuntimeError(msg)
        _pin(process.pid, _OTHER_CORE)
        process.stdin.write(told)
        process.stdin.flush()
        yield int(process.stdout.readline())
        process.stdin.close()


async def _ready(port: int, process: Process) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + _READY_S
    async with httpx.AsyncClient(trust_env=False) as http:
        while loop.time() < until and process.poll() is None:
            with suppress(httpx.TransportError):
                answer = await http.get(f"http://127.0.0.1:{port}/readyz")
                if answer.status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.1)
    msg = "the gateway did not get ready; see its log"
    raise RuntimeError(msg)


def _pin(pid: int, core: int) -> None:
    """Keep a process on one core, where there are several."""
    cores: Sequence[int] = sorted(os.sched_getaffinity(0) | {core})
    if len(cores) > 1 and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        port: int = made.getsockname()[1]
        return port
