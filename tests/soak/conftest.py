"""Fixtures of the soak, and its figures at the end of the test run."""

from __future__ import annotations

import pytest

from tests.services.fixtures import private_postgres, private_rabbitmq

__all__ = ["private_postgres", "private_rabbitmq"]

FIGURES = "soak"


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of what ``make soak`` runs."""
    config.addinivalue_line("markers", "soak: a day with kills; its length comes from SOAK_KILLS")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of each soak, passed or failed."""
    lines = [
        str(value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == FIGURES
    ]
    if lines:
        terminalreporter.section("soak")
        for line in lines:
            terminalreporter.write_line(line)
