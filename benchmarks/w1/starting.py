"""Starting and ending the benchmark's own processes: none outlives its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_HOME = Path(__file__).parents[2]
_PATIENCE_S = 15.0

Process = subprocess.Popen[bytes]


def start(
    module: str,
    *arguments: str,
    environment: Mapping[str, str],
    piped: bool = False,
    log: IO[bytes] | None = None,
) -> Process:
    """Start ``python -m module`` in a session of its own; with ``piped`` its output can be read.

    Output is dropped else; errors are shown, for a contestant that does not start must say why.
    ``log`` takes them of one that logs by design.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=_HOME,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE if piped else subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,
    )


def end(processes: Sequence[Process]) -> None:
    """Ask to end, wait, then kill whatever is left of the sessions that ``start`` made."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _kill_session(process.pid)


def _kill_session(pid: int) -> None:
    """Kill children that a dead parent left behind: the session's group bears its first pid."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
