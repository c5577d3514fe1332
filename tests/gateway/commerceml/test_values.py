"""Values as files write them: by the regional settings of some computer of long ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from gateway.commerceml import values

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1719", "1719", id="whole"),
        pytest.param("640.0000", "640.0000", id="as PHP prints"),
        pytest.param("1234,50", "1234.50", id="decimal comma"),
        pytest.param("1 234 567,5", "1234567.5", id="spaces"),
        pytest.param("1\u00a0719,00", "1719.00", id="no-break space"),
        pytest.param("1\u202f719", "1719", id="narrow no-break space"),
        pytest.param("1'719.5", "1719.5", id="apostrophe"),
        pytest.param("-0,5", "-0.5", id="negative"),
        pytest.param("+3", "3", id="sign"),
    ],
)
def test_numbers_are_read(text: str, expected: str) -> None:
    """A price of an old base would be refused or read as another."""
    assert values.number(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    ["1.2.3", "1,234,567", "NaN", "Infinity", "1e5", "12 шт", "", ",5", "٣", "9" * 19],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """Guessing at ``1,234,567`` or ``NaN`` would put a wrong price on sale."""
    with pytest.raises(ValueError, match="is no number"):
        values.number(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(word, True) for word in ("true", "1", "Да", "ДА", "True", " true ")],
        *[(word, False) for word in ("false", "0", "Нет", "нет")],
    ],
)
def test_switches_are_read(text: str, expected: object) -> None:
    """A cancelled order would live on because 1C says «Да»."""
    assert values.switch(text) is expected


def test_a_switch_of_another_word_is_refused() -> None:
    """A word that nobody knows must not pass for false."""
    with pytest.raises(ValueError, match="neither true nor false"):
        values.switch("возможно")


@pytest.mark.parametrize(
    ("text", "clock", "expected"),
    [
        pytest.param("2025-03-03T14:06:40", "", (2025, 3, 3, 11, 6, 40), id="T"),
        pytest.param("2007-10-16 15:44:47", "", (2007, 10, 16, 11, 44, 47), id="space, old offset"),
        pytest.param("03.03.2025 14:06:40", "", (2025, 3, 3, 11, 6, 40), id="site format"),
        pytest.param("2025-03-03", "14:06:40", (2025, 3, 3, 11, 6, 40), id="time apart"),
        pytest.param("2025-03-03", "", (2025, 3, 2, 21, 0, 0), id="no time is midnight"),
        pytest.param("2025-03-03T9:05", "", (2025, 3, 3, 6, 5, 0), id="no seconds"),
        pytest.param("2025-03-03T14:06:40.123", "", (2025, 3, 3, 11, 6, 40), id="fraction"),
    ],
)
def test_moments_are_local_time(text: str, clock: str, expected: tuple[int, ...]) -> None:
    """Files name no zone: an order would be placed three hours late."""
    found = values.moment(text, MOSCOW, clock)
    assert found == datetime(*expected, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_the_empty_date_of_1c_is_none() -> None:
    """The year 1 would overflow on its way to UTC, or be stored as a date."""
    assert values.moment("0001-01-01T00:00:00", MOSCOW) is None
    assert values.day("0001-01-01") is None
    assert values.day("24.05.1990") == date(1990, 5, 24)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (values.day, "2025-13-01"),
        (values.day, "31.02.2025"),
        (values.day, "вчера"),
        (values.hour, "25:00:00"),
        (values.hour, "noon"),
    ],
)
def test_what_is_no_date_or_time_is_refused_without_its_value(
    read: Callable[[str], date | time | None], text: str
) -> None:
    """The reason goes to a log: it must not hold what the file held."""
    with pytest.raises(ValueError, match=r"^is no (date|time of day)$"):
        read(text)


@pytest.mark.parametrize(
    ("text", "variant", "expected"),
    [
        pytest.param("0A1B-88", "", ("0A1B-88", None), id="no GUID keeps its case"),
        pytest.param(
            "BD72D910-55BC-11D9-848A-00112F43529A",
            "",
            ("bd72d910-55bc-11d9-848a-00112f43529a", None),
            id="GUID in lower case",
        ),
        pytest.param("p#v", "", ("p#v", "p"), id="variant"),
        pytest.param("p", "v", ("p#v", "p"), id="variant apart"),
        pytest.param("p#p", "", ("p", None), id="collapsed"),
        pytest.param("p#", "", ("p", None), id="empty variant"),
        pytest.param("p#00000000-0000-0000-0000-000000000000", "", ("p", None), id="empty GUID"),
    ],
)
def test_ids_of_variants(text: str, variant: str, expected: tuple[str, str | None]) -> None:
    """A variant would hang under no product, or a product under itself."""
    assert values.product_ids(text, variant) == expected


def test_versions_compare_as_receivers_compare_them() -> None:
    """2.10 is above 2.09 and the same as 2.1; an unread one is below all."""
    texts = ["2.03", "2.05", "2.08", "2.09", "2.10"]
    numbers = [values.version_number(text) for text in texts]
    assert numbers == sorted(numbers)
    assert values.version_number("2.1") == values.version_number("2.10")
    assert values.version_number("v2") == values.version_number(None) == 0
