"""The template: a new connector is green, and a package outside is found by its entry point."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.ops.faults import ExitCode
from tests.architecture.sources import REPOSITORY

CONFIG = """\
data_dir = "data"

[accounts.club]
connector = "acme"
reads = ["customer"]

[accounts.club.settings]
url = "{url}"
token = {{ env = "ACME_TOKEN" }}
"""


@dataclass(frozen=True)
class Outside:
    """A folder far from this repository, with a generated package and where it is installed."""

    folder: Path
    package: Path
    site: Path

    def run(self, *command: str, cwd: Path | None = None, **env: str) -> tuple[int, str]:
        """Run a program to its end; return its code and all that it said."""
        done = subprocess.run(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(self.site), "TZ": "UTC", **env},
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """Generate a package and install it as a third party would, without a network."""
    folder = tmp_path_factory.mktemp("outside")
    made = Outside(folder, folder / "acme-gateway", folder / "site")
    code, told = made.run("-m", "gateway", "connector", "new", "acme")
    assert code == ExitCode.OK, told
    code, told = made.run(
        "-m", "uv", "pip", "install", "--offline", "--quiet", "--no-deps", "--no-build-isolation",
        "--python", sys.executable, "--target", str(made.site), str(made.package),
    )  # fmt: skip
    assert code == 0, told
    return made


@contextmanager
def double(outside: Outside) -> Iterator[dict[str, str]]:
    """Serve the generated double in a process of its own; yield its address and token."""
    with subprocess.Popen(
        [sys.executable, "-m", "acme_double"],
        env={**os.environ, "PYTHONPATH": str(outside.site)},
        cwd=outside.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            ready: dict[str, str] = json.loads(running.stdout.readline())
            yield ready
        finally:
            running.terminate()


def test_the_tests_of_a_new_package_are_green(outside: Outside) -> None:
    """An author would begin with somebody else's failures, or with tests that prove nothing."""
    # Away from its own source, so that the installed package is the one that is tested.
    tests = outside.folder / "apart"
    shutil.copytree(outside.package / "tests", tests / "tests")
    shutil.copy(outside.package / "pyproject.toml", tests)
    code, told = outside.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tests)
    assert code == 0, told
    assert "66 passed" in told
    assert "skipped" not in told


def test_a_package_outside_is_listed(outside: Outside) -> None:
    """A third party's connector would have to be written into this repository."""
    code, told = outside.run("-m", "gateway", "connector", "list", "--json")
    assert code == ExitCode.OK, told
    found = {one["key"]: one for one in json.loads(told)["connectors"]}
    assert found["acme"]["distribution"] == "acme-gateway"
    assert found["acme"]["capabilities"] == [
        "customer_reader", "customer_writer", "webhook_source",
    ]  # fmt: skip
    assert found["acme"]["rate_limit"] == "10 in 1 s"


def test_an_account_of_a_package_outside_is_accepted(outside: Outside) -> None:
    """Whoever made it could not use it: settings, budget and probe are the core's business."""
    config = outside.folder / "gateway.toml"
    with double(outside) as ready:
        config.write_text(CONFIG.format(url=ready["url"]), "utf-8")
        argument = ("--config", str(config))
        code, told = outside.run(
            "-m", "gateway", "check", *argument, "--json", ACME_TOKEN=ready["token"]
        )
        assert code == ExitCode.OK, told
        checks: dict[str, Any] = {one["name"]: one for one in json.loads(told)["checks"]}
        assert checks["account club"]["facts"] == {"account": "double"}
        check = ("-m", "gateway", "connector", "check", "acme", *argument)
        code, told = outside.run(*check, ACME_TOKEN=ready["token"])
        assert code == ExitCode.OK, told
        assert "webhook_source   not set up" in told
        assert "account = double" in told
        code, told = outside.run(*check, ACME_TOKEN="stale")
        assert code == ExitCode.FOUND, told
        assert "the vendor refuses the token" in told
        assert "stale" not in told


def test_a_room_of_this_repository_keeps_its_rules(tmp_path: Path) -> None:
    """A new room would begin with complaints about style that its author never wrote."""
    checkout = tmp_path / "checkout"
    (checkout / "connectors").mkdir(parents=True)
    shutil.copy(REPOSITORY / "pyproject.toml", checkout)
    python = (sys.executable, "-m")
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    def run(*command: str) -> None:
        done = subprocess.run(
            [*python, *command], cwd=checkout, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("gateway", "connector", "new", "lavka_crm", "--here")
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))
    points = project["project"]["entry-points"]["gateway.connectors"]
    assert points["lavka_crm"] == "connectors.lavka_crm:CONNECTOR"
    assert list(points) == sorted(points)
    run("ruff", "check", "--quiet", "--fix", "--select", "I", ".")
    run("ruff", "check", "--quiet", "--ignore", "INP001,EXE002", ".")
    run("ruff", "format", "--check", "--quiet", ".")
