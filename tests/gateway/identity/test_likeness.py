"""Likeness of names: what is a typing error, and what is another person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.matching import Likeness, Names, likeness, names_of
from gateway.identity.normal import read_name

PAIRS = [
    ("Иванов Иван Иванович", "ИВАНОВ ИВАН ИВАНОВИЧ", Likeness.FULL),
    ("Семёнова Алёна", "Семенова Алена Петровна", Likeness.SAME),
    ("Иванов Иван", "Иван Иванов", Likeness.SAME),
    ("Ким Анна", "Анна Ким", Likeness.SAME),
    ("Иванова Мaрия", "Иванова Мария", Likeness.SAME),
    ("Иванова Маша", "Иванова Мария", Likeness.SAME),
    ("Иванова Мария", "Иваонва Мария", Likeness.CLOSE),
    ("Иванова Мария", "Иванова М.", Likeness.NEAR),
    ("Иванова Алина", "Иванова Арина", Likeness.NEAR),
    ("Иванова Мария Петровна", "Орлова Мария Петровна", Likeness.RENAMED),
    ("Мария", "Иванова Мария", Likeness.FIRST),
    ("Мария", "Покупатель", Likeness.UNKNOWN),
    ("Иванова", "Иванова Мария", Likeness.UNKNOWN),
    ("Ivanova Maria", "Иванова Мария", Likeness.UNKNOWN),
    ("Иванова Мария", "Орлова Мария", Likeness.UNLIKE),
    ("Иванов Иван Петрович", "Иванов Иван Сергеевич", Likeness.UNLIKE),
    ("Иванова Мария", "Иванов Пётр", Likeness.DIFFERENT),
    ("Мария", "Пётр", Likeness.DIFFERENT),
]


@pytest.mark.parametrize(("one", "other", "found"), PAIRS)
def test_names_are_compared_as_people_write_them(one: str, other: str, found: Likeness) -> None:
    """A typing error would make two persons, or a wife be taken for her husband."""
    mine, theirs = names_of(read_name(one)), names_of(read_name(other))
    assert likeness(mine, theirs) is found
    assert likeness(theirs, mine) is found


PARTS = st.sampled_from(["", "а", "анна", "аннна", "иван", "иванов", "ivan", "мария", "маша"])


@given(st.builds(Names, PARTS, PARTS, PARTS), st.builds(Names, PARTS, PARTS, PARTS))
def test_likeness_has_no_direction(one: Names, other: Names) -> None:
    """A decision would depend on which record came first."""
    assert likeness(one, other) is likeness(other, one)
