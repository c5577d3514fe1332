"""What a customer gets in hand: 32 columns, in either language."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.demo.till.printer import WIDTH, Slip, printed, texts_of
from gateway.demo.till.reference import Line
from gateway.demo.till.screen import WIDTH as SCREEN_WIDTH
from gateway.demo.till.screen import Shown, shown
from gateway.demo.till.words import EN, RU, Words

AT = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)
LINES = [
    Line(
        "1", "T-101", "Чай чёрный «Байкал», 100 г", Decimal(2), Decimal("249.50"), Decimal("249.50")
    ),
    Line("2", "T-203", "Конфеты «Южная ночь»", Decimal("0.25"), Decimal(400), Decimal(360)),
]
SLIP = Slip(
    "Мира, 1", "S-01-00007", AT, LINES, Decimal(100), Decimal("11.97"), Decimal("512.30"),
    ["Приходите за подарком в пятницу, он ждёт вас"],
)  # fmt: skip


def test_a_receipt_is_printed_as_it_should_look() -> None:
    """A column would be missing, or a sum stand under another name."""
    assert printed(SLIP, RU).split("\n") == [
        "            Мира, 1",
        "          КАССОВЫЙ ЧЕК",
        "S-01-00007           30.11 18:05",
        "--------------------------------",
        "Чай чёрный «Байкал», 100 г",
        "  2 x 249.50              499.00",
        "Конфеты «Южная ночь»",
        "  0.25 x 400.00           100.00",
        "  скидка                  -10.00",
        "--------------------------------",
        "ИТОГО                     589.00",
        "Оплачено баллами         -100.00",
        "К ОПЛАТЕ                  489.00",
        "--------------------------------",
        "Начислено баллов           11.97",
        "Баланс баллов              512.3",
        "--------------------------------",
        "Приходите за подарком в пятницу,",
        "он ждёт вас",
        "--------------------------------",
        "      СПАСИБО ЗА ПОКУПКУ!",
    ]


@pytest.mark.parametrize("words", [RU, EN], ids=["ru", "en"])
@pytest.mark.parametrize(
    "name", ["Й" * 90, "Щётка №2", 'Шарф "Вьюга" & Ко'], ids=["long", "short", "odd"]
)
def test_nothing_is_wider_than_the_paper_or_the_screen(words: Words, name: str) -> None:
    """A long name would be cut by the printer, and its sum with it."""
    line = Line("1", "A", name, Decimal("1000.125"), Decimal("99999.99"), Decimal("99999.99"))
    slip = Slip("Очень длинный переулок, 115, строение 2", "x" * 60, AT, [line], Decimal(1))
    assert max(len(row) for row in printed(slip, words).split("\n")) <= WIDTH
    quote = {"lines": [{"id": "1", "points_earned": "123456.78"}], "available": "1", "total": "5"}
    rows = shown(Shown([line], name, Decimal(5), quote), words).split("\n")
    assert max(len(row) for row in rows) <= SCREEN_WIDTH


def test_a_stranger_is_invited() -> None:
    """Somebody without a card would never learn of the programme."""
    assert texts_of({"receipt_texts": ["a"], "invitation": "Вступайте!"}) == ["a", "Вступайте!"]
    assert texts_of({"receipt_texts": [], "invitation": None}) == []


def test_the_screen_shows_what_the_cashier_needs() -> None:
    """A hint, an offer, or that the answer is not whole would stay unseen."""
    quote = {
        "lines": [{"id": "1", "points_earned": "14.97"}],
        "total": "489.00",
        "points_earned": "14.97",
        "available": "600.33",
        "spendable": "294.50",
        "cashier_hints": ["Предложите вторую пару"],
        "offers": [{"title": "Чай за полцены"}],
        "degraded": {"reason": "slow"},
        "allowed": {"spending": False},
    }
    text = shown(Shown(LINES, "Ольга Ёлкина", Decimal(100), quote), RU)
    for part in (
        "Покупатель: Ольга Ёлкина", "600.33 баллов", "+14.97", "489.00", "можно списать",
        "> Предложите вторую пару", "* Чай за полцены", "! Ответ неполный: slow",
        "! списание выключено",
    ):  # fmt: skip
        assert part in text
