"""The section of alerts: defaults that work, and addresses that are refused before a start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config import RULES, AlertsSection, ConfigProblems, load
from gateway.ops.alerts.words import DO, SUBJECTS, WHAT

_TOML = """
[accounts.a]
connector = "canonical"
[alerts.to.board]
"""


def test_an_address_is_all_that_is_needed() -> None:
    """A shop would have to learn twelve rules before the first message."""
    section = AlertsSection.model_validate({"to": {"ops": {"account": "mail", "to": "a@b.ru"}}})
    assert all(section.rule(name).on for name in RULES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": {"ops": {}}},
        {"to": {"ops": {"account": "mail"}}},
        {"to": {"ops": {"account": "mail", "to": "a@b.ru", "hook": "https://x.ru", "secret": "s"}}},
        {"to": {"ops": {"hook": "https://x.ru/in"}}},
        {"to": {"ops": {"hook": "ftp://x.ru/in", "secret": "s"}}},
        {"to": {"ops": {"account": "mail", "to": "a@b.ru", "quiet": "25:00-08:00"}}},
        {"to": {"ops": {"account": "mail", "to": "a@b.ru", "only": ["moon"]}}},
        {"zone": "Moscow/Europe"},
        {"console_url": "gw.example"},
        {"lag": {"minutes": 0}},
        {"silence": {"weeks": 1}},
    ],
)
def test_what_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    """The first outage would show it."""
    with pytest.raises(ValidationError):
        AlertsSection.model_validate(wrong)


def test_secrets_of_addresses_are_references(tmp_path: Path) -> None:
    """A token of a receiver would stand in a file that is copied."""
    path = tmp_path / "gateway.toml"
    path.write_text(f'{_TOML}hook = "https://x.ru/in"\nsecret = "s3cr3t"\n', "utf-8")
    with pytest.raises(ConfigProblems) as caught:
        load(path)
    told = {problem.path for problem in caught.value.problems}
    assert {"alerts.to.board.hook", "alerts.to.board.secret"} <= told
    assert "s3cr3t" not in str(caught.value)


def test_every_rule_has_its_words_in_both_languages() -> None:
    """A message would say the rule's name and nothing else."""
    for words in (*WHAT.values(), *DO.values()):
        assert sorted(words) == sorted(RULES)
    assert {frozenset(one) for one in SUBJECTS.values()} == {frozenset({"cards", "codes"})}


def test_every_rule_has_its_runbook() -> None:
    """A link in a message would lead nowhere."""
    guide = Path(__file__).parents[2] / "docs/how-to/alerts.md"
    text = guide.read_text("utf-8")
    assert [name for name in RULES if f"\n### alert: {name}\n" not in text] == []
