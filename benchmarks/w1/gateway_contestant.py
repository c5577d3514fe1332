"""The gateway as a contestant: its real path, from the queue to the sink, in its own process.

AMQP intake, inbox, snapshot, ownership merge, journal, outbox, delivery; nothing of it is special
but the connector of the sink, which is installed as any third party's would be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.w1 import broker
from benchmarks.w1.peers import formats
from benchmarks.w1.place import Place
from benchmarks.w1.starting import Process, end, start
from benchmarks.w1.work import Message
from gateway.store.sealing import VARIABLE

_HOME = Path(__file__).parents[2]
_CONFIG = """\
data_dir = "{folder}/data"

[http]
port = 0

[store]
{store}

[bus]
{bus}
prefix = "{queue}"

[accounts.source]
connector = "canonical"
reads = ["order"]

[accounts.source.queue]
url = {{ env = "W1_BROKER" }}
name = "{queue}"
prefetch = {prefetch}

[accounts.sink]
connector = "w1sink"
updates = ["order"]
creates = ["order"]
rate = {{ calls = {calls_per_s}, per_s = 1.0 }}

[accounts.sink.settings]
url = "{sink}"
batch = {batch}
"""
_PRODUCTION = ('url = { env = "BENCH_STORE" }', 'url = { env = "W1_BROKER" }')
_SHARDS = 8


@dataclass(slots=True)
class GatewayContestant:
    """One profile.

    Shape: ``embedded``: SQLite and the bus in memory; ``batch``: 50 orders in a call; ``workers``
    processes, each with ``prefetch`` messages in hand; ``calls_per_s`` is the account's rate, over
    all of them, 0 for none. ``data_key`` seals the snapshots (base64); without it the gateway makes
    one for the run.
    """

    name: str
    embedded: bool = False
    batch: bool = False
    workers: int = 1
    prefetch: int = 1000
    calls_per_s: int = 0
    data_key: str = field(default="", repr=False)
    is_peer: bool = False
    brings_schema: bool = True
    _processes: Sequence[Process] = ()
    _folder: Path | None = None

    def prepare(self, place: Place, messages: Sequence[Message]) -> None:
        """Load the queue, write the configuration, make the database."""
        for name in (place.queue, f"{place.queue}.invalid"):
            broker.declare(place.broker, name, broker.QUORUM)
        broker.preload(
            place.broker, place.queue, (formats.plain(one, place.queue) for one in messages)
        )
        self._folder = Path(tempfile.mkdtemp(prefix="gateway-bench"))
        store, bus = ("", "") if self.embedded else _PRODUCTION
        text = _CONFIG.format(
            folder=self._folder, store=store, bus=bus, queue=place.queue, sink=place.sink,
            batch=str(self.batch).lower(), prefetch=self.prefetch, calls_per_s=self.calls_per_s,
        )  # fmt: skip
        (self._folder / "gateway.toml").write_text(text, encoding="utf-8")
        install(self._folder)
        if not self.embedded:
            subprocess.run(
                [sys.executable, "-m", "gateway", "db", "upgrade", "--config", self.config],
                env={**os.environ, **self.environment(place)},
                cwd=_HOME, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    @property
    def config(self) -> str:
        """Path of the configuration that ``prepare`` wrote."""
        return str((self._folder or Path()) / "gateway.toml")

    def environment(self, place: Place) -> dict[str, str]:
        """What a process of the gateway needs to find its configuration's secrets and the sink."""
        paths = [str(self._folder), str(_HOME), os.environ.get("PYTHONPATH", "")]
        return {
            **place.environment(),
            **({VARIABLE: self.data_key} if self.data_key else {}),
            "BENCH_STORE": place.database.replace("postgresql://", "postgresql+psycopg://", 1),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }

    def start(self, place: Place) -> Sequence[Process]:
        """Start one process that does all of it, or the workers that share it."""
        commands = [("run",)] if self.embedded else [
            ("work", "--index", str(index), "--of", str(self.workers))
            for index in range(self.workers)
        ]  # fmt: skip
        environment = self.environment(place)
        with (self._folder or Path()).joinpath("gateway.log").open("ab") as log:
            self._processes = [
                start("gateway", *command, "--config", self.config, environment=environment,
                      log=log)
                for command in commands
            ]  # fmt: skip
        return self._processes

    def invalid(self, place: Place) -> str:
        """The queue for messages that cannot be read."""
        return f"{place.queue}.invalid"

    def stop(self, place: Place) -> int:
        """End it and remove what it made."""
        end(self._processes)
        self._processes = ()
        left = broker.waiting(place.broker, place.queue)
        shards = (f"{place.queue}.work.{shard}" for shard in range(_SHARDS))
        broker.delete(place.broker, (place.queue, f"{place.queue}.invalid", *shards))
        if self._folder is not None:
            shutil.rmtree(self._folder)
        return left


def install(folder: Path) -> None:
    """Make the sink's connector known as an installed distribution is: by its entry point."""
    info = folder / "w1sink-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: w1sink\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[gateway.connectors]\nw1sink = benchmarks.w1.sink_connector:CONNECTOR\n"
    )
