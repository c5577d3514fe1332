"""The kit as pytest sees it: which checks there are, and what is exempt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.contract import Capability
from gateway.testing import exemptions
from gateway.testing.conformance import cases
from tests.architecture.sources import REPOSITORY
from tests.gateway.testing.toy.connector import MANIFEST
from tests.gateway.testing.toy.stage import ToySuite

pytest_plugins = ["pytester"]

OWN_TEST = """
import pytest
from gateway.testing import ConnectorConformance
from tests.gateway.testing.toy.stage import ToySuite, open_stage


class TestToy(ToySuite):
    exempt = {"test_a_forged_call_is_refused": "the toy trusts everybody",
              "test_an_edit_is_read_back[card]": "cards are final"}

    @pytest.fixture
    async def stage(self):
        async with open_stage("open door") as stage:
            yield stage

    @pytest.fixture
    def connector(self, stage):
        return stage.connector

    @pytest.fixture
    def seed(self, stage):
        return stage.seed

    @pytest.fixture
    def faults(self, stage):
        return stage.faults
"""


def test_a_subclass_is_all_that_a_connector_writes(pytester: pytest.Pytester) -> None:
    """An exemption would hide a check without its reason, or more checks than it names."""
    pytester.makepyfile(test_own=OWN_TEST)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function")
    pytester.syspathinsert(REPOSITORY)
    ended = pytester.runpytest_subprocess("-q", "-rs", "-p", "no:cacheprovider")
    total = len(cases(ToySuite))
    ended.assert_outcomes(passed=total - 2, skipped=2)
    ended.stdout.fnmatch_lines_random(
        ["*exempt: the toy trusts everybody*", "*exempt: cards are final*"]
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("test_nothing_of_the_kind", "because"),
        ("test_an_edit_is_read_back[nobody]", "because"),
        ("test_a_forged_call_is_refused", " "),
    ],
)
def test_a_wrong_exemption_is_refused(name: str, reason: str) -> None:
    """A check that was renamed would stay switched off, or nobody would know why."""
    with pytest.raises(TypeError, match="exempt: "):
        type("Wrong", (ToySuite,), {"exempt": {name: reason}})


def test_what_is_not_declared_has_no_checks() -> None:
    """A connector of one ability would report a hundred skipped tests."""
    manifest = replace(
        MANIFEST,
        capabilities=frozenset({Capability.WEBHOOK_SOURCE}),
        write_batch={},
        read_batch={},
        probes=frozenset(),
        assigns_keys=frozenset(),
    )
    factory = replace(ToySuite.factory, manifest=manifest)
    suite = type("Small", (ToySuite,), {"factory": factory})
    names = {case.check for case in cases(suite)}
    assert "test_a_forged_call_is_refused" in names
    assert "test_the_manifest_is_whole" in names
    assert len(names) == 14
    assert vars(suite)["test_an_edit_is_read_back"] is None


@pytest.mark.parametrize("entry", ['"todo"', '{ exempt = " " }', '{ because = "so" }'])
def test_an_exemption_without_a_reason_is_refused(entry: str, tmp_path: Path) -> None:
    """A checklist could switch checks off in silence."""
    checklist = tmp_path / "quality.toml"
    checklist.write_text(f"[conformance]\ntest_x = {entry}\n", "utf-8")
    with pytest.raises(ValueError, match=r"conformance\.test_x"):
        exemptions(checklist)


def test_an_account_s_profile_narrows_what_is_checked() -> None:
    """Of two ways that exclude each other one would fail all checks of the other."""
    profile = frozenset({Capability.WEBHOOK_SOURCE})
    exempt = {"test_an_edit_is_read_back[card]": "cards are final"}
    suite = type("Profiled", (ToySuite,), {"profile": profile, "exempt": exempt})
    names = {case.check for case in cases(suite)}
    assert "test_a_forged_call_is_refused" in names
    assert len(names) == 14
    assert vars(suite)["test_an_edit_is_read_back"] is None
