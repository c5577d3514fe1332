"""Dictionaries of a site: whose ids the mapping of an account is made of."""

from __future__ import annotations

import io

import pytest

from gateway.commerceml import Dictionaries, read_dictionaries, write_dictionaries
from gateway.contract import TranslationFailed

ANSWER = """<?xml version="1.0" encoding="windows-1251"?>
<Справочник>
  <{letter}татусы><Элемент><Ид>N</Ид><Название>Принят</Название></Элемент></{letter}татусы>
  <ПлатежныеСистемы><Элемент><Ид>2</Ид><Название>Карта</Название></Элемент></ПлатежныеСистемы>
  <СлужбыДоставки><Элемент><Ид>3</Ид><Название>Курьер</Название></Элемент></СлужбыДоставки>
</Справочник>"""
KNOWN = Dictionaries({"N": "Принят"}, {"2": "Карта"}, {"3": "Курьер"})


@pytest.mark.parametrize("letter", ["C", "С"], ids=["Latin", "Cyrillic"])
def test_both_spellings_of_statuses_are_read(letter: str) -> None:
    """The first letter is Latin at the vendor, and would be mended one day."""
    data = ANSWER.format(letter=letter).encode("windows-1251")
    assert read_dictionaries(io.BytesIO(data)) == KNOWN


def test_what_is_written_is_the_vendors_form() -> None:
    """A receiver that knows only the vendor's spelling must find the statuses."""
    written = write_dictionaries(KNOWN)
    assert written.startswith(b'<?xml version="1.0" encoding="windows-1251"?>\n')
    assert b"<C" + "татусы>".encode("cp1251") in written
    assert read_dictionaries(io.BytesIO(written)) == KNOWN


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"failure\nx", "is no XML"),
        ("<КоммерческаяИнформация />".encode(), "the root is not"),
        ("<Справочник>\n<a></Справочник>".encode(), "line 2: the XML is broken"),
        ("<!DOCTYPE a><Справочник />".encode(), "document type definition"),
        ("<Справочник>".encode() + b" " * 2**22, "take more than"),
    ],
)
def test_what_is_no_dictionary_is_refused(data: bytes, reason: str) -> None:
    """An empty mapping would set every status aside as unknown."""
    with pytest.raises(TranslationFailed, match=reason):
        read_dictionaries(io.BytesIO(data))
