"""Place: a folder with the configuration of a shop of six accounts, and its console."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx

from benchmarks.w1.starting import Process, end, start
from gateway.ops.entrance import hashed

OPERATOR = "olga"
_PASSWORD = "olga.password"  # noqa: S105 - the name of a file
_READY_S = 60.0
_LOOK_S = 0.1
_SECRETS = {
    "shop.url": "http://127.0.0.1:9/rest/1/benchmark/",
    "shop.token": "benchmark-application-token",
    "crm.key": "benchmark-key-of-the-crm",
    "erp.password": "benchmark-password",
    "cdp.key": "benchmark-key-of-the-cdp",
    "loyalty.password": "benchmark-password",
}
"""The accounts' own; nobody is called, so that none of them opens anything."""
_CONFIG = """\
data_dir = "{data}"

[http]
port = 0
{store}
[ownership]
priority = ["crm", "shop", "erp", "cdp", "loyalty", "source"]

[ownership.customer]
"*" = "newest"

[ownership.order]
"*" = "newest"
status = "forward"

[accounts.shop]
connector = "bitrix"
reads = ["customer", "order"]
updates = ["customer", "order"]
creates = ["customer"]

[accounts.shop.settings]
url = { file = "shop.url" }
application_token = { file = "shop.token" }

[accounts.crm]
connector = "retailcrm"
reads = ["customer", "order"]
updates = ["customer", "order"]
creates = ["customer", "order"]

[accounts.crm.settings]
url = "http://127.0.0.1:9"
api_key = { file = "crm.key" }
site = "shop"

[accounts.erp]
connector = "onec"
updates = ["customer", "order"]
creates = ["customer", "order"]

[accounts.erp.settings]
url = "http://127.0.0.1:9/ut"
username = "Шлюз"
password = { file = "erp.password" }

[accounts.erp.settings.odata]
configuration = "ut11"

[accounts.cdp]
connector = "mindbox"
updates = ["customer", "order"]
creates = ["customer", "order"]

[accounts.cdp.settings]
endpoint_id = "shop.Website"
secret_key = { file = "cdp.key" }

[accounts.loyalty]
connector = "loymax"
reads = ["customer"]
updates = ["customer", "order"]
creates = ["customer", "order"]

[accounts.loyalty.settings]
url = "http://127.0.0.1:9"
username = "gateway"
password = { file = "loyalty.password" }
currency_code = "Currency1"

[accounts.source]
connector = "canonical"
reads = ["order"]
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that ``furnish`` has prepared."""

    folder: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "gateway.toml"

    @property
    def landmarks(self) -> Path:
        """What there is to look at, once its store is filled."""
        return self.folder / "landmarks.json"

    @property
    def password(self) -> str:
        """The operator's password."""
        return (self.folder / _PASSWORD).read_text("utf-8").strip()


def operators(password: str) -> str:
    """Return a part of a configuration that lets ``OPERATOR`` in with a password, as an admin."""
    return f"\n[operators.{OPERATOR}]\nrole = \"admin\"\npassword = '{hashed(password)}'\n"


def furnish(folder: Path, store: str = "") -> Place:
    """Write configuration and secrets into a folder, unless they are there from a former run."""
    place = Place(folder)
    if place.config.exists():
        return place
    folder.mkdir(parents=True, exist_ok=True)
    own = {_PASSWORD: secrets.token_urlsafe(12)}
    if store:
        own["store.url"] = store.replace("postgresql://", "postgresql+psycopg://", 1)
    for name, text in (_SECRETS | own).items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, "utf-8")
    section = '\n[store]\nurl = { file = "store.url" }\n' if store else ""
    data = str((folder / "data").resolve())
    text = _CONFIG.replace("{store}", section).replace("{data}", data) + operators(own[_PASSWORD])
    place.config.write_text(text, "utf-8")
    return place


@contextmanager
def console(place: Place) -> Iterator[str]:
    """Run ``gateway console serve`` in a process of its own; yield its address.

    Raises ``RuntimeError`` when it does not answer.
    """
    port = free_port()
    with (place.folder / "console.log").open("ab") as log:
        process = start(
            "gateway", "console", "serve", "--config", str(place.config.resolve()),
            "--port", str(port), environment={}, log=log,
        )  # fmt: skip
        try:
            yield answering(f"http://127.0.0.1:{port}/console", process)
        finally:
            end([process])


def answering(address: str, process: Process) -> str:
    """Wait until a console answers, and return its address. Raises ``RuntimeError``."""
    until, pause = time.monotonic() + _READY_S, Event()
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/login", trust_env=False).is_success:
                return address
        pause.wait(_LOOK_S)
    msg = "the console does not answer; see its log"
    raise RuntimeError(msg)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        port: int = made.getsockname()[1]
        return port
