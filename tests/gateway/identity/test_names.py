"""Names and cards: parts in any order and field, and numbers with all their zeros."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import Gender
from gateway.identity.normal import (
    Reason,
    Verdict,
    read_card,
    read_name,
    read_parts,
    transliterated,
)

OK, DOUBTFUL, REFUSED = Verdict.OK, Verdict.DOUBTFUL, Verdict.REFUSED
LINES = [
    ("Иванов Иван Иванович", ("Иванов", "Иван", "Иванович"), OK),
    ("Иван Иванович Иванов", ("Иванов", "Иван", "Иванович"), OK),
    ("Мария  Петрова", ("Петрова", "Мария", None), OK),
    ("Петрова Мария", ("Петрова", "Мария", None), OK),
    ("Мамедов Али Гасан оглы", ("Мамедов", "Али", "Гасан оглы"), OK),
    ("Ильин Пётр Ильич", ("Ильин", "Пётр", "Ильич"), OK),
    ("Абрамович Роман Аркадьевич", ("Абрамович", "Роман", "Аркадьевич"), OK),
    ("Римский–Корсаков Николай Андреевич", ("Римский-Корсаков", "Николай", "Андреевич"), OK),
    ("Ольга Марина", ("Ольга", "Марина", None), DOUBTFUL),
    ("Анна Ильинична", (None, "Анна", "Ильинична"), DOUBTFUL),
    ("Анна", (None, "Анна", None), DOUBTFUL),
    ("Иванова", ("Иванова", None, None), DOUBTFUL),
    ("Мaрия", (None, "Мария", None), DOUBTFUL),
    ("Розничный покупатель", (None, None, None), REFUSED),
    ("Тест Тестов", (None, None, None), REFUSED),
    ("89123456789", (None, None, None), REFUSED),
    ("—", (None, None, None), REFUSED),
    ("ааа", (None, None, None), REFUSED),
]


@pytest.mark.parametrize(("text", "parts", "verdict"), LINES)
def test_a_line_is_put_into_its_parts(
    text: str, parts: tuple[str | None, ...], verdict: Verdict
) -> None:
    """A surname would be greeted as a name, or «Покупатель» win over Мария."""
    read = read_name(text)
    assert (read.last, read.first, read.patronymic) == parts
    assert read.verdict is verdict
    assert read.original == text


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (("Иван", "Петров", None), ("Петров", "Иван", None)),
        ((None, "Иванов Иван", None), ("Иванов", "Иван", None)),
        (("Иван", "Иванович", "Иванов"), ("Иванов", "Иван", "Иванович")),
        (("Ким", "Анна", None), ("Ким", "Анна", None)),
        (("Ким", "Анна", "Сергеевна"), ("Ким", "Анна", "Сергеевна")),
        ((None, "Анна", "Ивановна"), (None, "Анна", "Ивановна")),
        ((None, "Анна", " "), (None, "Анна", None)),
    ],
)
def test_fields_are_believed_unless_an_ending_proves_otherwise(
    fields: tuple[str | None, str | None, str | None], parts: tuple[str | None, ...]
) -> None:
    """A name typed into the field of the surname would make two persons of one."""
    read = read_parts(*fields)
    assert (read.last, read.first, read.patronymic) == parts


def test_a_patronymic_hints_at_the_gender() -> None:
    """A letter would begin with the wrong salutation."""
    assert read_name("Иванова Анна Ивановна").gender is Gender.FEMALE
    assert read_name("Мамедова Лейла Гасан кызы").gender is Gender.FEMALE
    assert read_name("Иванов Иван Иванович").gender is Gender.MALE
    assert read_name("Ким Анна").gender is None


@given(st.text(alphabet="аеёИВановична ввA-–.1", max_size=30) | st.text(max_size=20))
def test_no_part_is_lost_or_made_up(text: str) -> None:
    """A person would get a name that was never given."""
    read = read_name(text)
    assert read.original == text
    assert (read.verdict is REFUSED) == (not (read.last or read.first))
    assert (read.verdict is OK) == (read.reason is Reason.NONE)


@pytest.mark.parametrize(
    ("text", "number", "verdict"),
    [
        (" 0012 345 ", "0012345", OK),
        ("2000-1234 5678 9", "2000123456789", OK),
        ("]E02100123456789", "2100123456789", OK),
        (";7777000123456788=99?", "7777000123456788", OK),
        ("ab12cd", "AB12CD", OK),
        ("АВ12СЕ", "AB12CE", DOUBTFUL),
        ("0000000000000", "0000000000000", REFUSED),
        ("Щ12345", None, REFUSED),
        ("", None, REFUSED),
        (None, None, REFUSED),
    ],
)
def test_card_is_read_with_its_zeros(
    text: str | None, number: str | None, verdict: Verdict
) -> None:
    """Card 0012345 would be card 12345 of somebody else."""
    read = read_card(text)
    assert (read.original, read.normal, read.verdict) == (text or "", number, verdict)


def test_transliteration_is_that_of_passports() -> None:
    """A display abroad would show another name than the passport."""
    assert transliterated("Щукина Юлия Подъячева") == "Shchukina Iuliia Podieiacheva"
