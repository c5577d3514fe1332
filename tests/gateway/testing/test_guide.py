"""The guide tells all that the kit asks for, and nobody needs the kit to run the gateway."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.contract import Capability
from gateway.testing import ports
from gateway.testing.subject import Subject
from tests.architecture.sources import REPOSITORY

GUIDE = (REPOSITORY / "docs/how-to/add-a-connector.md").read_text("utf-8")
SEEDERS = (
    ports.RecordSeeder, ports.OperationSeeder, ports.LoyaltySeeder, ports.CodeSeeder,
    ports.HookCaller, ports.DoorVisitor, ports.TillVisitor, ports.NoticeSeeder,
    ports.BehaviourSeeder,
)  # fmt: skip
WITHOUT_PYTEST = """\
import pkgutil, sys
sys.modules["pytest"] = None
import gateway
for one in pkgutil.walk_packages(gateway.__path__, "gateway."):
    if not one.name.startswith(("gateway.testing", "gateway.__main__", "gateway.store.migrations")):
        __import__(one.name)
assert "gateway.testing" not in sys.modules
"""


@pytest.mark.parametrize("seeder", SEEDERS, ids=[one.__name__ for one in SEEDERS])
def test_every_method_that_a_seed_needs_is_told(seeder: type) -> None:
    """An author would learn of it from an AttributeError in the middle of a check."""
    (row,) = [line for line in GUIDE.splitlines() if f"`{seeder.__name__}`" in line]
    methods = [name for name, one in vars(seeder).items() if callable(one) and name[0] != "_"]
    assert methods
    assert [name for name in methods if f"`{name}`" not in row] == []


def test_every_knob_is_told() -> None:
    """A knob that only the code knows is replaced by an exemption."""
    knobs = {*Subject.__annotations__, "sample", "edited"} - {"factory", "exempt"}
    told = GUIDE.partition("What differs between vendors")[2].partition("A check that cannot")[0]
    assert {knob for knob in knobs if f"`{knob}" not in told} == set()


def test_every_capability_has_its_part_in_the_guide() -> None:
    """Whoever declares it would not know where to put what does it."""
    assert [str(one) for one in Capability if f"`{one}`" not in GUIDE] == []


def test_the_gateway_runs_without_the_kit() -> None:
    """A server would need a test runner."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYTEST], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
