"""Damaged files: whatever a byte is changed to, there is an answer of the contract."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerceml import CommerceMlReader, Sender
from gateway.contract import Observed, RejectedRecord, TranslationFailed

from .files import MAPPING, commerce, offers
from .samples import BUYER, FROM_ONEC, FROM_SITE
from .test_read_products import CATALOGUE, PRICE

SECRET = "8 (999) 000-11-22"
FILES = {
    "catalogue": commerce(CATALOGUE),
    "offers": offers(
        f"<Ид>a#b</Ид><Цены>{PRICE.format('1 700,50', '<Валюта>руб</Валюта>')}</Цены>"
        '<Количество>12</Количество><Склад ИдСклада="st-1" КоличествоНаСкладе="12"/>'
    ),
    "site, 1251": commerce(FROM_SITE, encoding="windows-1251"),
    "1c": commerce(FROM_ONEC + f"<Контрагенты>{BUYER}</Контрагенты>", "2.10"),
}
NUMBERS = st.sampled_from(
    ["NaN", "1e999", "-0", "9" * 18 + ",99", "9" * 40, "0001-01-01", " ", "1,,2"]
)


def everything(data: bytes) -> Iterator[Any]:
    """Read a file as anything it may be."""
    reader = CommerceMlReader(MAPPING)
    yield from reader.products(io.BytesIO(data))
    for sender in Sender:
        yield from reader.orders(io.BytesIO(data), sender=sender)
    yield from reader.customers(io.BytesIO(data))


def answered(data: bytes) -> None:
    """Read a file; anything but records and the contract's error fails the proof."""
    fault = ""
    found: list[Any] = []
    try:
        found.extend(everything(data))
    except TranslationFailed as refused:
        fault = str(refused)
    assert SECRET not in fault
    for record in found:
        if isinstance(record, RejectedRecord):
            assert SECRET not in str(record.error)
            assert record.error.path.startswith("line ")
        elif isinstance(record, Observed):
            record.entity.model_dump_json()


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_any_byte_may_change(name: str, data: st.DataObject) -> None:
    """An exception of a library would end the exchange without a word to the operator."""
    file = FILES[name]
    at = data.draw(st.integers(0, len(file) - 1))
    length = data.draw(st.sampled_from([0, 1, 2, 40]))
    answered(file[:at] + data.draw(st.binary(max_size=3)) + file[at + length :])


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_any_value_may_be_wrong(name: str, data: st.DataObject) -> None:
    """A value that no program would write is written by a person in the end."""
    encoding = "windows-1251" if "1251" in name else "utf-8"
    parts = FILES[name].decode(encoding).split(">")
    at = data.draw(st.integers(1, len(parts) - 2))
    tag = parts[at][parts[at].index("<") :]
    parts[at] = data.draw(NUMBERS) + tag
    answered(">".join(parts).encode(encoding))
