"""Every text of the console exists in both languages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from gateway.console.build import TEMPLATES
from gateway.console.nav import NAV
from gateway.console.texts import LOCALE, language, read
from gateway.ops.actions import ActionKind
from gateway.ops.rights import Role

CODE = TEMPLATES.parent
_CALLS = re.compile(
    r"""\b(?:_|text|n_|plural|N_)\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
)
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def used() -> dict[str, Path]:
    """Return the texts that templates and pages name, and where."""
    found = {}
    for path in sorted([*TEMPLATES.rglob("*.html"), *CODE.rglob("*.py")]):
        for match in _CALLS.finditer(path.read_text("utf-8")):
            key = match[1] if match[1] is not None else match[2]
            found[key.replace('\\"', '"').replace("\\'", "'")] = path
    computed = [*(entry.text for entry in NAV), *map(str, ActionKind), *map(str, Role)]
    return found | dict.fromkeys(computed, CODE)


def test_every_text_of_a_page_has_a_russian_one() -> None:
    """An operator would read half of a page."""
    russian = language("ru").texts
    missing = {key: path.name for key, path in used().items() if key not in russian}
    assert missing == {}


def test_no_text_stands_twice_or_is_english() -> None:
    """Of two texts for one key the one in the later file would win."""
    entries = list(read("ru"))
    assert [key for key, count in Counter(key for _, key, _ in entries).items() if count > 1] == []
    flat = [
        (key, one)
        for _, key, made in entries
        for one in ([made] if isinstance(made, str) else made)
    ]
    assert [
        key for key, made in flat if re.search("[a-z]{4}", key) and not _CYRILLIC.search(made)
    ] == []


def test_values_of_a_text_are_the_same_in_both_languages() -> None:
    """A page would fail, in one language only."""
    hole = re.compile(r"\{(\w+)\}")
    wrong = [
        key
        for _, key, made in read("ru")
        for one in ([made] if isinstance(made, str) else made)
        if set(hole.findall(one)) != set(hole.findall(key))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 письмо"), (3, "3 письма"), (11, "11 писем"), (22, "22 письма")]
)
def test_russian_numbers_take_their_forms(count: int, text: str) -> None:
    """A number with the wrong form is what a machine says."""
    russian = language("ru")
    forms = {"{n} letter": ["{n} письмо", "{n} письма", "{n} писем"]}
    made = type(russian)("ru", forms)
    assert made.plural("{n} letter", "{n} letters", count) == text


def test_what_services_say_is_translated_with_its_values() -> None:
    """A remedy that nobody understands is none."""
    russian = language("ru")
    assert russian.said("it was approved already by anna") == "решение уже есть (approved): anna"
    assert russian.said("something new") == "something new"
    assert language("en").said("something new") == "something new"


def test_templates_never_trust_what_they_show() -> None:
    """A name with a script in it would run in the operator's session."""
    wrong = re.compile(
        r"\|\s*safe\b|Markup|autoescape\s+false|on(?:click|load|change)=|style=|<script>"
    )
    found = {
        path.name: wrong.findall(path.read_text("utf-8"))
        for path in TEMPLATES.rglob("*.html")
        if wrong.search(path.read_text("utf-8"))
    }
    assert found == {}
    assert LOCALE.is_dir()
