"""Running ``gateway``: in this process for its output, in one of its own for its life."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from gateway.cli import main
from tests.gateway.ops.house import House

DEADLINE_S = 60.0
"""Seconds for a process to come up or to end: several times what a busy machine takes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - any document
        """Return the one JSON document that was printed."""
        return json.loads(self.out)


def gateway(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ended:
    """Run a command in this process; call it outside of an event loop."""
    capsys.readouterr()
    code = 0
    try:
        main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return Ended(code, captured.out, captured.err)


def process(house: House, *arguments: str) -> Ended:
    """Run a command in a process of its own, to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env=house.env, cwd=house.folder, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass
class Running:
    """A gateway process that is up."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)

    async def event(self, name: str) -> dict[str, Any]:
        """Read the log up to an event."""
        assert self.process.stderr is not None
        async with asyncio.timeout(DEADLINE_S):
            while line := await self.process.stderr.readline():
                self.lines.append(json.loads(line))
                if self.lines[-1]["event"] == name:
                    return self.lines[-1]
        msg = f"the process ended without {name}: {self.lines}"
        raise AssertionError(msg)

    async def ended(self) -> int:
        """Wait for the end; return the exit code."""
        async with asyncio.timeout(DEADLINE_S):
            _, rest = await self.process.communicate()
        self.lines += [json.loads(line) for line in rest.decode().splitlines()]
        return self.process.returncode or 0


class Placed(Protocol):
    """Where a process is run."""

    @property
    def env(self) -> dict[str, str]:
        """Its environment."""

    @property
    def folder(self) -> Path:
        """Its working folder."""


@asynccontextmanager
async def running(house: Placed, *arguments: str) -> AsyncIterator[Running]:
    """Start a gateway process; it is killed at the end if it still lives."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, env=house.env, cwd=house.folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Running(started)
    finally:
        if started.returncode is None:
            started.kill()
            await started.communicate()
