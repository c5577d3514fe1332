"""Checks of anatomy: the manifest is true, and nothing happens before it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from typing import Any

from pydantic import ValidationError

from gateway.contract import ConnectorContext, HttpClient
from gateway.contract.parts import manifest_faults, parts_of, unnamed_operations
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.subject import Subject
from gateway.testing.wired import KitClock, RecordingLog, Wired

_WATCH = """\
import os, sys
touched = []
def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"}:
        touched.append(event)
    if event == "open" and isinstance(arguments[1], str) and set("wax+") & set(arguments[1]):
        touched.append("open for writing")
import gateway.contract.http  # what every connector may load
sys.addaudithook(watch)
import MODULE
sys.stdout.write(" ".join(sorted(set(touched))))
"""


@cache
def _imported_alone(module: str) -> tuple[int, str]:
    """Import in a fresh interpreter, once for all suites of a connector: status and what it did."""
    done = subprocess.run(  # noqa: S603 - our own interpreter, a module's name
        [sys.executable, "-c", _WATCH.replace("MODULE", module)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(one or "." for one in sys.path),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


class AnatomyChecks(Subject):
    """What a connector is, before anything is called."""

    def test_the_manifest_is_whole(self) -> None:
        """The core plans by the manifest: a gap in it is found by the first record."""
        wrong = manifest_faults(self.factory.manifest, today=KitClock().now().date())
        claim(not wrong, "; ".join(wrong))

    def test_every_declared_capability_has_its_part(self, connector: Wired) -> None:
        """A route would be accepted at start and fail with every record."""
        declared = self.promised().capabilities
        lacking = sorted(declared - parts_of(connector.connector))
        claim(not lacking, f"declared without a part: {', '.join(lacking)}")

    def test_no_part_is_undeclared(self, connector: Wired) -> None:
        """The core refuses by the manifest: an undeclared part would be there for nobody."""
        surplus = sorted(parts_of(connector.connector) - self.factory.manifest.capabilities)
        claim(not surplus, f"parts without a declared capability: {', '.join(surplus)}")
        unknown = unnamed_operations(connector.connector)
        claim(not unknown, f"operations that the contract does not name: {', '.join(unknown)}")
        told = connector.connector.manifest
        claim(
            told == self.factory.manifest, "the connector shows another manifest than its factory"
        )

    def test_settings_refuse_what_they_do_not_know(self, connector: Wired) -> None:
        """A misspelt key would be ignored, and the account would do something else."""
        values = connector.settings.model_dump()
        try:
            self.factory.settings.model_validate({**values, "no_such_setting": 1})
        except ValidationError as error:
            claim(
                "no_such_setting" in str(error),
                "the settings refuse their own dump: extra='forbid'",
            )
        else:
            claim(holds=False, otherwise="unknown settings are accepted: set extra='forbid'")
        shown = repr(connector.settings)
        claim(
            not [one for one in connector.secrets() if one in shown],
            "the settings show a secret in their repr: declare it as SecretStr",
        )

    def test_importing_touches_nothing(self) -> None:
        """`gateway --help` and every test would wait for a vendor."""
        module = self.factory.build.__module__
        status, touched = _imported_alone(module)
        claim(status == 0, f"the module {module} cannot be imported alone")
        claim(not touched, f"importing the connector touches: {touched}")

    def test_building_touches_nothing(self, connector: Wired) -> None:
        """A vendor that is away would keep the gateway from starting."""
        told = _Untouched()
        context: ConnectorContext[Any] = ConnectorContext(
            "conformance", connector.settings, told.client, KitClock(), RecordingLog()
        )
        try:
            self.factory.build(context)
        except Exception as error:  # noqa: BLE001 - any error of building is the finding
            claim(holds=False, otherwise=f"building without a network raised {name_of(error)}")
        claim(not told.calls, "building the connector calls the vendor")

    async def test_closing_twice_is_the_same_as_once(self, connector: Wired) -> None:
        """Two ways out of a failed start close everything; the second must not fail."""
        await connector.connector.close()
        error = await caught(connector.connector.close)
        claim(error is None, f"closing again raised {name_of(error)}")

    async def test_preparing_twice_is_the_same_as_once(self, connector: Wired) -> None:
        """Every start prepares the account again."""
        for _ in range(2):
            error = await caught(connector.connector.prepare)
            claim(error is None, f"prepare raised {name_of(error)}")

    async def test_a_good_account_passes_its_probe(self, connector: Wired) -> None:
        """`gateway check` would refuse an account that works."""
        report = await connector.connector.probe()
        claim(report.ok, f"the probe refuses the double: {'; '.join(report.notes)}")
        shown = f"{report.notes} {dict(report.facts)}"
        claim(not [one for one in connector.secrets() if one in shown], "the probe tells a secret")


class _Untouched:
    """A factory of clients that notes whether anything is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def client(self, base_url: str, **_: object) -> HttpClient:
        del base_url
        return _Refusing(self.calls)  # type: ignore[return-value]


class _Refusing:
    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def call(self, method: str, path: str, **_: object) -> None:
        self._calls.append(f"{method} {path}")

    async def close(self) -> None:
        """Nothing is open."""
