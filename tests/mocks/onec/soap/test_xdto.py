"""XDTO values: written and read back, and read strictly (vendor reference, 3.2 and 6)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mocks.onec.soap.xdto import (
    BASE64,
    BOOLEAN,
    DAY,
    DECIMAL,
    INT,
    MOMENT,
    STRING,
    ObjectType,
    Prop,
    XdtoMismatch,
    read_props,
    text_of,
    write_props,
)

SPACE, TYPES = "urn:service", "urn:types"
ROW = ObjectType(
    TYPES, "Строка", (Prop("Сумма", DECIMAL), Prop("Примечание", STRING, is_optional=True))
)
PROPS = (
    Prop("Имя", STRING),
    Prop("Когда", MOMENT, is_nillable=True),
    Prop("День", DAY, is_optional=True),
    Prop("Данные", BASE64),
    Prop("Верно", BOOLEAN),
    Prop("Число", INT),
    Prop("Строки", ROW, is_optional=True, is_many=True),
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
ROWS = st.fixed_dictionaries({"Сумма": AMOUNTS, "Примечание": st.none() | TEXT})
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(3999, 12, 31)).map(  # noqa: DTZ001 - local
    lambda moment: moment.replace(microsecond=0)
)
VALUES = st.fixed_dictionaries(
    {
        "Имя": TEXT,
        "Когда": st.none() | MOMENTS,
        "День": st.none() | st.dates(),
        "Данные": st.binary(max_size=40),
        "Верно": st.booleans(),
        "Число": st.integers(-(2**31), 2**31 - 1),
        "Строки": st.lists(ROWS, max_size=3),
    }
)


def written(values: dict[str, Any]) -> etree._Element:
    """Values as an element that went over the wire."""
    element = etree.Element(f"{{{SPACE}}}Вызов")
    write_props(element, SPACE, PROPS, values)
    return etree.fromstring(etree.tostring(element, encoding="utf-8"))


@given(values=VALUES)
def test_values_come_back(values: dict[str, Any]) -> None:
    """Whatever was written is read again; nil, absent and empty stay apart."""
    assert read_props(written(values), SPACE, PROPS, loose_dates=False) == values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(Decimal("350.00"), "350", id="whole"),
        pytest.param(Decimal("56.50"), "56.5", id="fraction"),
        pytest.param(Decimal("1E+3"), "1000", id="no exponent"),
        pytest.param(Decimal(0), "0", id="zero"),
        pytest.param(False, "false", id="boolean"),
        pytest.param(datetime(1, 1, 1), "0001-01-01T00:00:00", id="empty date"),  # noqa: DTZ001
        pytest.param(date(1, 1, 1), "0001-01-01", id="empty day"),
        pytest.param(b"PK", "UEs=", id="bytes"),
    ],
)
def test_lexical_forms(value: object, text: str) -> None:
    """Numbers without needless zeros, dates without zone and fraction."""
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("Верно", "да", id="boolean"),
        pytest.param("Число", "1.5", id="fraction for an integer"),
        pytest.param("Сумма", "1 981,00", id="comma and space"),
        pytest.param("Сумма", "NaN", id="not a number"),
        pytest.param("Когда", "2026-02-03", id="date without time"),
        pytest.param("Когда", "2026-02-30T00:00:00", id="no such day"),
        pytest.param("Данные", "???", id="base64"),
    ],
)
def test_wrong_lexical_forms(name: str, text: str) -> None:
    """What is none of the type is an exception of the platform."""
    good = {"Имя": "ё", "Когда": None, "День": None, "Данные": b"", "Верно": True, "Число": 1}
    element = written(good | {"Строки": [{"Сумма": Decimal(1), "Примечание": None}]})
    found = next(one for one in element.iter() if etree.QName(one).localname == name)
    found.attrib.clear()
    found.text = text
    with pytest.raises(XdtoMismatch, match=name):
        read_props(element, SPACE, PROPS, loose_dates=False)
