"""Private services: a PostgreSQL cluster and a RabbitMQ node that a test owns and may kill.

They run from Debian's installed binaries, on loopback, in a temporary folder. Nothing of the
machine's own services is touched: own data, own ports, own configuration, own port mapper.
"""

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
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import psycopg
from kombu.connection import Connection
from psycopg import sql

LOOPBACK = "127.0.0.1"
ROLE = "gateway"
START_S = 60.0
_STOP_S = 30.0
_LOOK_S = 0.05
_CONNECT_S = 2.0
_FIRST_PORT = 20_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_POSTGRES_HOME = Path("/usr/lib/postgresql")
_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


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


class PrivatePostgres(PrivateService):
    """A PostgreSQL cluster of the newest installed version, with fsync on."""

    name = "postgres"
    user = "postgres"

    def __init__(self) -> None:
        """Make the cluster. Raises ``ServiceBroken`` when ``initdb`` refuses."""
        super().__init__()
        self._data = self.folder / "data"
        secret = self.folder / "secret"
        secret.write_text(ROLE, encoding="utf-8")
        self._process = self._spawn([
            str(self._binary("initdb")), "--pgdata", str(self._data), "--username", ROLE,
            "--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync",
        ])  # fmt: skip
        if not self._has_ended(START_S) or not (self._data / "postgresql.conf").exists():
            msg = f"initdb made no cluster: {self._log_end()}"
            self.close()
            raise ServiceBroken(msg)

    @classmethod
    def absence(cls) -> str:
        """Say what is missing on this machine; empty when nothing is."""
        return "" if cls._binary("postgres").exists() else f"no {_POSTGRES_HOME}/*/bin/postgres"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database ``postgres``."""
        return self._url("postgres")

    def new_database(self) -> str:
        """Make an empty database and return its SQLAlchemy URL."""
        name = f"gateway_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._url(name)

    @property
    def dsn(self) -> str:
        """The same as ``url``, as psycopg takes it."""
        return self.url.replace("+psycopg", "")

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://{ROLE}:{ROLE}@{LOOPBACK}:{self.port}/{database}"

    @staticmethod
    def _binary(name: str) -> Path:
        found = sorted(_POSTGRES_HOME.glob("*/bin"), key=lambda path: int(path.parent.name))
        return (found[-1] if found else _POSTGRES_HOME) / name

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": "",
            "shared_buffers": "32MB", "max_connections": "80",
        }  # fmt: skip
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self._binary("postgres")), "-D", str(self._data), *options]

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGINT  # "fast": do not wait for clients to go

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn, connect_timeout=int(_CONNECT_S)) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


class PrivateRabbit(PrivateService):
    """A RabbitMQ node that knows neither the machine's configuration nor its other nodes."""

    name = "rabbitmq"

    def __init__(self) -> None:
        """Write the node's configuration."""
        super().__init__()
        self._distribution_port, self._mapper_port = stable_port(), stable_port()
        self._mapper: subprocess.Popen[bytes] | None = None
        for name, text in {
            "rabbitmq.conf": f"listeners.tcp.local = {LOOPBACK}:{self.port}\n",
            "rabbitmq-env.conf": "",
            "advanced.config": "[].\n",
            "enabled_plugins": "[].\n",
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    @classmethod
    def absence(cls) -> str:
        """Say what is missing on this machine; empty when nothing is."""
        if not _RABBITMQ.exists():
            return f"no {_RABBITMQ}"
        return "" if shutil.which("epmd") else "no epmd on the path"

    @property
    def url(self) -> str:
        """The AMQP URL of the node's default virtual host."""
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}//"

    def start(self) -> None:
        """Start the port mapper, without which no Erlang node starts, and the node."""
        if self._mapper is None:
            self._mapper = self._spawn(["epmd", "-port", str(self._mapper_port)])
        super().start()

    def close(self) -> None:
        """End the node and its port mapper and remove the data."""
        self.stop()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None
        super().close()

    def _command(self) -> list[str]:
        return [str(_RABBITMQ)]

    def _environment(self) -> Mapping[str, str]:
        own = {name: value for name, value in super()._environment().items()
               if not name.startswith(("RABBITMQ_", "ERL_"))}  # fmt: skip
        return own | {
            "RABBITMQ_NODENAME": f"gateway{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            # The start script becomes the node instead of waiting for it: its id is the node's.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _answers(self) -> bool:
        with Connection(
            self.url, connect_timeout=_CONNECT_S, transport_options={"interval_start": 0}
        ) as connection:
            try:
                connection.connect()
            except connection.connection_errors:
                return False
        return True
