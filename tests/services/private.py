"""Private services: a PostgreSQL cluster and a RabbitMQ node that a test owns and may kill.

They run from Debian's installed binaries, on loopback, in a temporary folder. Nothing of the
machine's own services is touched: own data, own ports, own configuration, own port mapper.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

import psycopg
from kombu.connection import Connection
from psycopg import sql

from tests.services.process import LOOPBACK, PrivateService, stable_port

ROLE = "gateway"
_CONNECT_S = 2.0
_POSTGRES_HOME = Path("/usr/lib/postgresql")
_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


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
        self._run_to_end([
            str(self._binary("initdb")), "--pgdata", str(self._data), "--username", ROLE,
            "--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync",
        ])  # fmt: skip

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
