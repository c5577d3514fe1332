"""Private service: a server process that a test owns and may kill, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

LOOPBACK = "127.0.0.1"
START_S = 60.0
_STOP_S = 30.0
_LOOK_S = 0.05
_FIRST_PORT = 20_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class ServiceBroken(Exception):
    """A private service did not come up; the text names its log and shows its end."""


def stable_port() -> int:
    """Return a free port below the ephemeral range.

    While a service is down, somebody's outgoing connection could be given an ephemeral port of the
    same number (even a connection to that very port), and the service could not come back.
    """
    last = int(_EPHEMERAL.read_text().split()[0]) - 1 if _EPHEMERAL.exists() else 32_767
    chance = random.Random()
    while True:
        port = chance.randint(_FIRST_PORT, last)
        with socket.socket() as sock:
            try:
                sock.bind((LOOPBACK, port))
            except OSError:
                continue
        return port


class PrivateService(ABC):
    """A server process of our own: started, stopped, killed and started again on the same data."""

    name: ClassVar[str]
    user: ClassVar[str | None] = None

    def __init__(self) -> None:
        """Make the folder and choose the port; nothing runs yet."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"gateway-{self.name}-"))
        self.port = stable_port()
        self._process: subprocess.Popen[bytes] | None = None
        if self._account is not None:
            shutil.chown(self.folder, self._account)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers, with the credentials, as the gateway's configuration takes it."""

    @property
    def pid(self) -> int | None:
        """The process that was started, while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def _account(self) -> str | None:
        """The user to run as: some servers refuse to be root."""
        return self.user if os.geteuid() == 0 else None

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the server's command line; it must not fork."""

    @abstractmethod
    def _answers(self) -> bool:
        """Tell whether a client gets in."""

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def start(self) -> None:
        """Start on the present data and return when a client gets in.

        A start that is refused is tried again: what a killed server left behind may still be
        ending. Raises ``ServiceBroken`` after ``START_S`` seconds.
        """
        if self._process is not None:
            msg = f"the private {self.name} runs already: stop or kill it first"
            raise RuntimeError(msg)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self._process = self._spawn(self._command())
            while time.monotonic() < deadline and not self._has_ended(_LOOK_S):
                if self._answers():
                    return
        self.kill()
        msg = f"the private {self.name} did not come up: {self._log_end()}"
        raise ServiceBroken(msg)

    def stop(self) -> None:
        """End it gracefully; without effect when it does not run."""
        if self._process is None:
            return
        self._process.send_signal(self._stop_signal())
        if not self._has_ended(_STOP_S):
            self.kill()

    def kill(self) -> None:
        """End it by SIGKILL; without effect when it does not run."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it gracefully and start it again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it and remove its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGTERM

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        account = self._account
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=self._environment(), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=account,
                group=pwd.getpwnam(account).pw_gid if account else None,
                extra_groups=[] if account else None,
            )  # fmt: skip

    def _run_to_end(self, command: list[str]) -> None:
        """Run a command that prepares the data. Raises ``ServiceBroken`` when it fails."""
        process = self._spawn(command)
        try:
            code = process.wait(START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code != 0:
            msg = f"{command[0]} failed: {self._log_end()}"
            self.close()
            raise ServiceBroken(msg)

    def _has_ended(self, within_s: float) -> bool:
        """Wait a while for the process's end; a process that ended is forgotten."""
        if self._process is None:
            return True
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        self._process = None
        return True

    @property
    def _log(self) -> Path:
        return self.folder / "output.log"

    def _log_end(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " | ".join(lines[-8:])
