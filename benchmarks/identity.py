"""Normalisation benchmark: how many rows a second, and how that compares with the libraries alone.

    python -m benchmarks.identity --rows 450000

A row is a phone, an e-mail, a name and a card as people type them; 1 % of the phones are foreign or
bad, 10 % of the e-mails are bad. Nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from gateway.identity.normal import read_card, read_email, read_name, read_phone

SHARE_OF_LIBRARY = 10
"""The libraries are timed on every tenth row: they would take a minute on all."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is read. Shape: lists of one length."""

    phones: Sequence[str]
    emails: Sequence[str]
    names: Sequence[str]
    cards: Sequence[str]


_SHAPES = ("8 ({0}) {1}-{2}-{3}", "+7{0}{1}{2}{3}", "8{0}{1}{2}{3}", "{0}{1}{2}{3}",
           "+7 {0} {1} {2} {3}", "7{0}{1}{2}{3}", "8-{0}-{1}-{2}-{3}")  # fmt: skip
_STRANGE = ("+375 29 {1}-{2}-{3}", "8 (495) {1}-{2}-{3}", "{1}-{2}-{3}", "+998 90 {1} {2} {3}",
            "8 {0} {1} {2}", "8 701 {1} {2} {3}")  # fmt: skip
_DOMAINS = ("mail.ru", "yandex.ru", "gmail.com", "bk.ru", "rambler.ru", "ya.ru", "firma-sever.ru")
_BAD = ("нет", "no@mail.ru", "ivan@", "ivan@gmail.con", "и.иvanov@mail.ru", "ivan..p@ya.ru")
_FIRST = ("Иван", "Мария", "Пётр", "Анна", "Сергей", "Ольга", "Дмитрий", "Наталья")
_LAST = ("Иванов", "Петрова", "Ким", "Сидоренко", "Кузнецова", "Белых", "Орловский", "Дзюба")
_FATHER = ("Иванович", "Петровна", "", "Сергеевна", "", "Олегович")


def made_rows(count: int, seed: int = 7) -> Rows:
    """Make rows."""
    random = Random(seed)
    return Rows(
        [_phone(random) for _ in range(count)],
        [_email(random) for _ in range(count)],
        [
            f"{random.choice(_LAST)} {random.choice(_FIRST)} {random.choice(_FATHER)}".strip()
            for _ in range(count)
        ],
        [f"2000 {random.randrange(10**8):08} {random.randrange(10)}" for _ in range(count)],
    )


def _phone(random: Random) -> str:
    shape = random.choice(_STRANGE if random.random() < 0.01 else _SHAPES)  # noqa: PLR2004
    number = f"{random.randrange(10**7):07}"
    return shape.format(f"9{random.randrange(100):02}", number[:3], number[3:5], number[5:])


def _email(random: Random) -> str:
    if random.random() < 0.1:  # noqa: PLR2004 - one in ten
        return random.choice(_BAD)
    return f"Name{random.randrange(10**6)}@{random.choice(_DOMAINS)}"


def timed(read: Callable[[str], object], values: Sequence[str]) -> float:
    """Return rows a second."""
    began = time.perf_counter()
    for value in values:
        read(value)
    return len(values) / (time.perf_counter() - began)


def library_phone(text: str) -> str | None:
    """Read a phone as the library alone does it."""
    try:
        parsed = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def library_email(text: str) -> str | None:
    """Read an address as the library alone does it."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def whole_row(rows: Rows) -> float:
    """Return rows a second of all four values."""
    began = time.perf_counter()
    for phone, email, name, card in zip(
        rows.phones, rows.emails, rows.names, rows.cards, strict=True
    ):
        read_phone(phone)
        read_email(email)
        read_name(name)
        read_card(card)
    return len(rows.phones) / (time.perf_counter() - began)


def main() -> int:
    """Print the table; exit 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity")
    parser.add_argument("--rows", type=int, default=450_000)
    count = parser.parse_args().rows
    rows, say = made_rows(count), sys.stdout.write
    say(f"{'what':<10}{'rows/s':>12}{'all, s':>10}{'library rows/s':>17}{'ratio':>8}\n")
    for what, read, library, values in (
        ("phone", read_phone, library_phone, rows.phones),
        ("e-mail", read_email, library_email, rows.emails),
    ):
        rate, alone = timed(read, values), timed(library, values[::SHARE_OF_LIBRARY])
        say(f"{what:<10}{rate:>12,.0f}{count / rate:>10.1f}{alone:>17,.0f}{rate / alone:>8.1f}\n")
    for what, read_it, values in (("name", read_name, rows.names), ("card", read_card, rows.cards)):
        rate = timed(read_it, values)
        say(f"{what:<10}{rate:>12,.0f}{count / rate:>10.1f}\n")
    rate = whole_row(rows)
    say(f"{'whole row':<10}{rate:>12,.0f}{count / rate:>10.1f}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
