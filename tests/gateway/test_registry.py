"""Registry: what is installed is found, and confusions are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.bootstrap.foundation import validated
from gateway.config import ConfigProblems, parse
from gateway.contract import CONTRACT_VERSION, ConfigInvalid
from gateway.registry import discover

GOOD = """
from datetime import date
from pydantic import BaseModel
from gateway.contract import ConnectorFactory, Manifest

class Settings(BaseModel):
    site: str

def build(context):
    raise AssertionError("discovery builds nothing")

CONNECTOR = ConnectorFactory(
    Manifest("{key}", "Vendor", "1", frozenset(), date(2026, 1, 1), contract_version="{version}"),
    Settings,
    build,
)
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install distributions as a package manager would, for this test only."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def _install(distribution: str, key: str, source: str = GOOD, version: str = "") -> None:
        module = f"{distribution}_module_of_tests"
        text = source.replace("{key}", key).replace("{version}", version or CONTRACT_VERSION)
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        folder = tmp_path / f"{distribution}-2.5.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.5\n", encoding="utf-8"
        )
        (folder / "entry_points.txt").write_text(
            f"[gateway.connectors]\n{key} = {module}:CONNECTOR\n", encoding="utf-8"
        )

    yield _install
    for name in set(sys.modules) - before:
        if name.endswith("_module_of_tests"):
            del sys.modules[name]


def test_connector_of_another_distribution_is_found(install: Install) -> None:
    """A third party's connector is not found although it is installed."""
    install("acme", "till")
    found = discover().found("till")

    assert (found.key, found.distribution, found.version) == ("till", "acme", "2.5")
    assert discover().factory("till").manifest.key == "till"


def test_two_distributions_with_one_key_are_refused_by_name(install: Install) -> None:
    """Which of two connectors runs depends on the order of folders."""
    install("acme", "till")
    install("umbrella", "till")

    with pytest.raises(ConfigInvalid, match=r"till is claimed by .*: remove one") as caught:
        discover()
    assert "acme" in str(caught.value)
    assert "umbrella" in str(caught.value)


BROKEN = [
    pytest.param("import a_module_that_nobody_has", "ModuleNotFoundError at import", id="import"),
    pytest.param("raise RuntimeError('key 7788')", "RuntimeError at import", id="raises"),
    pytest.param("def (", "SyntaxError at import", id="syntax"),
    pytest.param("", "AttributeError at import", id="no such name"),
    pytest.param("CONNECTOR = 5", "does not name a ConnectorFactory", id="something else"),
]


@pytest.mark.parametrize(("source", "wanted"), BROKEN)
def test_broken_connector_does_not_hide_the_others(
    install: Install, source: str, wanted: str
) -> None:
    """One broken plug-in stops all accounts, or is silently missing."""
    install("acme", "till", source)
    install("umbrella", "kiosk")
    registry = discover()

    connectors, broken = registry.all()

    assert "kiosk" in connectors
    assert wanted in broken["till"]
    assert "7788" not in broken["till"]
    with pytest.raises(ConfigInvalid, match=f"connector till cannot be loaded: .*{wanted}"):
        registry.factory("till")


@pytest.mark.parametrize(("version", "fits"), [("1.0", True), ("1.9", True), ("2.0", False)])
def test_connector_for_another_contract_is_refused(
    install: Install,
    version: str,
    fits: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A connector made for a later contract runs and misunderstands the core."""
    install("acme", "till", version=version)
    connectors, broken = discover().all()

    assert ("till" in connectors) is fits
    assert ("another contract" in broken.get("till", "")) is not fits


def test_unknown_key_is_told_with_the_known_ones(install: Install) -> None:
    """An operator who misspelt a connector does not learn what there is."""
    install("acme", "till")

    with pytest.raises(ConfigInvalid, match=r"no connector is called tiil; installed are: .*till"):
        discover().factory("tiil")


def test_connector_that_exits_at_import_does_not_hide_the_others(install: Install) -> None:
    """A plug-in that is really a script ends the gateway without a word."""
    install("acme", "till", "raise SystemExit(0)")

    assert "till" in discover().all()[1]


def test_connector_whose_manifest_has_another_key_is_refused(install: Install) -> None:
    """Reports and accounts call one connector by two names."""
    install("acme", "till", GOOD.replace("{key}", "kiosk"))

    assert "its manifest calls it kiosk" in discover().all()[1]["till"]


def test_everything_wrong_with_accounts_is_told_at_once(install: Install) -> None:
    """An operator mends one account, starts again, and only then learns of the next."""
    install("acme", "till", "raise SystemExit(0)")
    install("umbrella", "kiosk")
    connectors = {"one": "tiil", "two": "kiosk", "three": "till"}
    accounts = {name: {"connector": key} for name, key in connectors.items()}

    with pytest.raises(ConfigProblems) as caught:
        validated(parse({"accounts": accounts}), discover())
    told = {problem.path: problem.text for problem in caught.value.problems}
    assert told.pop("accounts.two.settings.site") == "this key is needed: add it"
    assert set(told) == {"accounts.one.connector", "accounts.three.connector"}
    assert "no connector is called tiil; installed are: " in told["accounts.one.connector"]
    assert "till cannot be loaded: SystemExit" in told["accounts.three.connector"]
