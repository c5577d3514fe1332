"""Shop: the processes of the demo: the doubles and the gateway, started, killed and ended by id."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

LOOPBACK = "127.0.0.1"
_FIRST_PORT, _LAST_PORT = 20_000, 32_000
_STARTED = b'"event":"run.started"'
_READY_S = 60.0
_STOP_S = 30.0


class ShopBroken(Exception):
    """A process of the demo did not come up; the text names its log."""


def free_port() -> int:
    """Return a free port below those that the system gives to outgoing connections.

    While the gateway is down, one of those could take its port, and it could not come back.
    """
    chance = random.Random()  # noqa: S311 - any port will do
    while True:
        port = chance.randint(_FIRST_PORT, _LAST_PORT)
        with socket.socket() as sock:
            try:
                sock.bind((LOOPBACK, port))
            except OSError:
                continue
        return port


@dataclass(slots=True)
class Doubles:
    """The vendors' doubles in a process of their own: ``only`` these."""

    log: Path
    seed: int
    only: tuple[str, ...]
    process: asyncio.subprocess.Process | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    async def start(self) -> None:
        """Start and wait for the line that names addresses and credentials."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "mocks", "--seed", str(self.seed),
                "--only", ",".join(self.only),
                stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        if self.process.stdout is None:
            msg = "the doubles have no standard output"
            raise ShopBroken(msg)
        line = await asyncio.wait_for(self.process.stdout.readline(), _READY_S)
        if not line:
            msg = f"the doubles did not start; see {self.log.name}"
            raise ShopBroken(msg)
        self.about = json.loads(line)

    async def stop(self) -> None:
        """End the process."""
        await _end(self.process)


@dataclass(slots=True)
class GatewayProcesses:
    """The gateway's processes, all on one configuration."""

    config: Path
    log: Path
    port: int
    env: Mapping[str, str]
    workers: int = 1
    running: list[asyncio.subprocess.Process] = field(default_factory=list)
    kills: int = 0

    def _commands(self) -> list[list[str]]:
        if self.workers == 1:
            return [["run"]]
        work = [
            ["work", "--index", str(index), "--of", str(self.workers)]
            for index in range(self.workers)
        ]
        return [["serve"], *work]

    async def prepare(self) -> None:
        """Make the database ready."""
        with self.log.open("ab") as log:
            process = await self._spawn(["db", "upgrade"], log)
        if await process.wait() != 0:
            msg = f"the database could not be made ready; see {self.log.name}"
            raise ShopBroken(msg)

    async def start(self) -> None:
        """Start what is not running; wait until all of it has started and the door answers."""
        said, expected = self._starts(), 0
        for place, command in enumerate(self._commands()):
            if place < len(self.running) and self.running[place].returncode is None:
                continue
            expected += 1
            with self.log.open("ab") as log:
                process = await self._spawn(command, log)
            if place < len(self.running):
                self.running[place] = process
            else:
                self.running.append(process)
        await self._ready(said + expected)

    async def _spawn(self, command: list[str], log: IO[bytes]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *command, "--config", str(self.config),
            stdout=log, stderr=log, env={**os.environ, **self.env}, start_new_session=True,
        )  # fmt: skip

    def _starts(self) -> int:
        """Count the starts that the processes have told of."""
        return self.log.read_bytes().count(_STARTED) if self.log.exists() else 0

    async def _ready(self, starts: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _READY_S
        async with httpx.AsyncClient(trust_env=False) as http:
            while loop.time() < deadline:
                if any(process.returncode is not None for process in self.running):
                    break
                try:
                    answer = await http.get(f"http://{LOOPBACK}:{self.port}/healthz")
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
                    continue
                if answer.is_success and self._starts() >= starts:
                    return
                await asyncio.sleep(0.05)
        msg = f"the gateway did not come up; see {self.log.name}"
        raise ShopBroken(msg)

    async def kill(self, which: int) -> None:
        """``kill -9`` one process, in the middle of whatever it does."""
        process = self.running[which]
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.kills += 1

    async def stop(self) -> None:
        """End all processes gracefully."""
        await asyncio.gather(*(_end(process) for process in self.running))


async def _end(process: asyncio.subprocess.Process | None) -> None:
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
