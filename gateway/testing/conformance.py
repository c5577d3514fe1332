"""Conformance kit: the promises of the contract as one test class, to be subclassed per connector.

A connector's own test gives the class its factory and three fixtures; which checks there are
follows from the manifest::

    class TestConformance(ConnectorConformance):
        factory = CONNECTOR

        @pytest.fixture
        async def connector(self) -> AsyncIterator[Wired]: ...

        @pytest.fixture
        def seed(self) -> MySeeder: ...

        @pytest.fixture
        def faults(self) -> Faults: ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.contract import Manifest
from gateway.testing.checks.anatomy import AnatomyChecks
from gateway.testing.checks.behaviour import BehaviourChecks
from gateway.testing.checks.feeds import FeedChecks
from gateway.testing.checks.loyalty import LoyaltyChecks
from gateway.testing.checks.notices import NoticeChecks
from gateway.testing.checks.operations import OperationChecks
from gateway.testing.checks.secrecy import SecrecyChecks
from gateway.testing.checks.services import CodeChecks, DoorChecks, HookChecks
from gateway.testing.checks.tills import TillChecks
from gateway.testing.checks.trouble import TroubleChecks
from gateway.testing.checks.writing import WritingChecks
from gateway.testing.marks import mark_of


@dataclass(frozen=True, slots=True)
class Case:
    """One run of one check: its name, and the parameter that its mark gives it."""

    check: str
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name as pytest shows it."""
        given = "-".join(str(value) for value in self.parameters.values())
        return f"{self.check}[{given}]" if given else self.check


class ConnectorConformance(
    AnatomyChecks,
    FeedChecks,
    WritingChecks,
    OperationChecks,
    BehaviourChecks,
    LoyaltyChecks,
    CodeChecks,
    HookChecks,
    DoorChecks,
    TillChecks,
    NoticeChecks,
    TroubleChecks,
    SecrecyChecks,
):
    """All checks of the kit; see ``Subject`` for what a subclass may set."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take away the checks that this connector has no case of; refuse wrong exemptions."""
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "factory"):
            return
        whole = cases(cls, cls.factory.manifest)
        known = {case.name for case in whole} | {case.check for case in whole}
        for name, reason in cls.exempt.items():
            if name not in known or not reason.strip():
                msg = f"exempt: {name}: no such check for this connector, or no reason given"
                raise TypeError(msg)
        there = {case.check for case in cases(cls)}
        for name in _names(ConnectorConformance):
            if name not in there:
                setattr(cls, name, None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give a check its cases (pytest's hook, by its name)."""
        mark = mark_of(metafunc.function)
        if mark is not None and mark.parameter:
            found = mark.cases(self.promised())
            metafunc.parametrize(mark.parameter, found, ids=[str(one) for one in found])

    @pytest.fixture(autouse=True)
    def _exemption(self, request: pytest.FixtureRequest) -> None:
        """Skip what the connector is exempt from, before anything is started for it."""
        for name in (request.node.name, request.node.originalname):
            if name in self.exempt:
                pytest.skip(f"exempt: {self.exempt[name]}")


def cases(suite: type[ConnectorConformance], manifest: Manifest | None = None) -> list[Case]:
    """Return every run of every check that a suite has (by another manifest), exempt ones too."""
    manifest = manifest or suite.promised()
    found: list[Case] = []
    for name in _names(suite):
        mark = mark_of(getattr(suite, name))
        if mark is None:
            found.append(Case(name, {}))
        else:
            found += [
                Case(name, {mark.parameter: one} if mark.parameter else {})
                for one in mark.cases(manifest)
            ]
    return found


def _names(suite: type[ConnectorConformance]) -> Iterator[str]:
    for name in dir(suite):
        if name.startswith("test_") and callable(getattr(suite, name)):
            yield name
