"""What a process loads: each import is paid for at every start and kept as long as it lives."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.lean import undrawn
from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import process
from tests.gateway.ops.house import House

NOT_FOR_WORKERS = (
    "alembic", "connectors.onec", "fastapi", "gateway.bootstrap.backstage",
    "gateway.bootstrap.tills", "gateway.cli.worker_port", "gateway.telemetry.tracing",
    "httpx._main", "lxml", "mako", "opentelemetry", "pygments", "rich", "starlette", "uvicorn",
    "zeep",
)  # fmt: skip
_SCRIPT = """\
import sys
from gateway.cli import main
try:
    main(["work"])
finally:
    print(*sys.modules, sep="\\n")
"""


async def test_a_worker_loads_no_http_server_no_migrations_and_nothing_to_draw_with(
    shared: House,
) -> None:
    """Each of a dozen workers would need a third more memory, and twice the time to start."""
    assert (await asyncio.to_thread(process, shared, "db", "upgrade")).code == ExitCode.OK
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SCRIPT, env=shared.env, cwd=shared.folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert worker.stderr is not None
    try:
        async with asyncio.timeout(60):
            while b"run.started" not in await worker.stderr.readline():
                assert not worker.stderr.at_eof()
            worker.send_signal(signal.SIGTERM)
            out, _ = await worker.communicate()
    finally:
        if worker.returncode is None:
            worker.kill()
    loaded = set(out.decode().split())
    assert "kombu.transport.pyamqp" in loaded
    assert "gateway.store.postgres" in loaded
    assert [name for name in NOT_FOR_WORKERS if name in loaded] == []


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_door_draws_nothing_either(tmp_path: Path, command: str) -> None:
    """A server has no terminal to draw on."""
    script = _SCRIPT.replace("work", command)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert "no such file" in done.stderr
    assert {"rich", "httpx._main"}.isdisjoint(done.stdout.split())


def test_what_was_hidden_can_be_loaded_afterwards() -> None:
    """A command that prints a table in the same process would fail."""
    script = (
        "from gateway.cli.lean import undrawn\n"
        "with undrawn():\n"
        "    import httpx, structlog\n"
        "import rich, httpx._main\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_what_is_loaded_already_stays() -> None:
    """Another object under the same name would be a second library in one process."""
    import rich  # noqa: PLC0415 - it must be loaded before, whatever ran earlier

    with undrawn():
        assert sys.modules["rich"] is rich
    assert sys.modules["rich"] is rich
