"""Files that are broken or hostile: what is refused, and what is read in spite of it."""

from __future__ import annotations

import io
import itertools
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.commerceml import CommerceMlReader, Limits, Sender
from gateway.contract import Observed, TranslationFailed

from .files import MAPPING, Trickle, commerce, documents_of, offers, product_of, products_of, said

DTD = '<!DOCTYPE КоммерческаяИнформация [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
STATUS = Path("/proc/self/statm")
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("dtd", [DTD, EXTERNAL, '<!DOCTYPE x SYSTEM "http://198.51.100.1/x.dtd">'])
@pytest.mark.parametrize("before", ["", "\n \n", "<!-- c -->\n", "<?pi x?>"])
def test_a_dtd_is_refused(dtd: str, before: str) -> None:
    """Entities would read files of this machine or blow up in memory."""
    data = offers("<Ид>&b;</Ид>").replace(b"?>\n", f"?>\n{before}{dtd}".encode(), 1)
    with pytest.raises(TranslationFailed, match="document type definition is refused"):
        products_of(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "ibm037"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """A DTD could hide from the check in an encoding where ``<`` is another byte."""
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    with pytest.raises(TranslationFailed):
        products_of(f'{declaration}<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode(encoding))
    with pytest.raises(TranslationFailed, match="declared encoding"):
        products_of(f"{declaration}<a/>".encode("ascii"))


def test_an_unknown_entity_is_refused() -> None:
    """Without a DTD there is nothing that ``&nbsp;`` could be; guessing would change the text."""
    with pytest.raises(TranslationFailed, match=r"line 2: the XML is broken"):
        products_of(offers("<Ид>a&nbsp;b</Ид>"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf\n", "the file is empty", id="BOM only"),
        pytest.param(b"success\n", "the file is no XML", id="text"),
        pytest.param(b"<html><body/></html>", "the root is not", id="HTML"),
        pytest.param(b"<?xml version='1.0'?>", "has no root element", id="prolog only"),
        pytest.param(b"<!-- " + b"x" * 100_000, "has no root element", id="endless comment"),
    ],
)
def test_what_is_no_commerceml_is_refused(data: bytes, reason: str) -> None:
    """A page of a broken site must not pass for a file without goods."""
    with pytest.raises(TranslationFailed, match=reason):
        products_of(data)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_file_that_ends_too_early_is_refused_after_what_is_whole(cut: int) -> None:
    """Half an upload must not pass for a full set: what is missing would be switched off."""
    data = offers("<Ид>a</Ид>", "<Ид>b</Ид>", "<Ид>c</Ид>")
    pieces = Trickle(data[:-cut], itertools.repeat(50))
    reader = CommerceMlReader(MAPPING).products(pieces)
    seen: list[str] = []
    with pytest.raises(TranslationFailed, match="ends too early"):
        seen.extend(record.external_id for record in reader)
    assert seen == ["a", "b", "c"]


def test_what_precedes_a_fault_is_handed_out() -> None:
    """The records before a fault are good, whatever piece of the file they came in."""
    data = offers("<Ид>a</Ид>", "<Ид>b</Ид>").replace(b"<\xd0\x98\xd0\xb4>b", b"<x>b")
    reader = CommerceMlReader(MAPPING).products(io.BytesIO(data))
    assert next(reader).external_id == "a"
    with pytest.raises(TranslationFailed, match=r"^line 2: the XML is broken$"):
        next(reader)


def test_control_characters_become_spaces() -> None:
    """1C writes what a user pasted; XML forbids it; the order is worth more."""
    data = commerce("<Документ><Ид>1</Ид><Комментарий>а\x0bб\x00в\x1fг</Комментарий></Документ>")
    (found,) = documents_of(data)
    assert said(found)["customer_comment"] == "а б в г"


@pytest.mark.parametrize(
    "before", [b"\xef\xbb\xbf", b"\n\n", b"\xef\xbb\xbf\xef\xbb\xbf \r\n"], ids=repr
)
def test_marks_and_blanks_before_the_declaration(before: bytes) -> None:
    """PHP sites print blank lines first, and a BOM twice; the lines told still count from 1."""
    assert product_of(before + offers("<Ид>a</Ид>")).external_id == "a"
    (bad,) = products_of(before + offers("<Артикул/>"))
    assert not isinstance(bad, Observed)
    assert bad.error.path.startswith(f"line {2 + before.count(10)}, ")


def test_a_bom_wins_over_the_declaration() -> None:
    """A file is saved as UTF-8 by an editor, and still declares windows-1251."""
    text = offers("<Ид>a</Ид><Наименование>Ёжик</Наименование>").decode()
    data = b"\xef\xbb\xbf" + text.replace("utf-8", "windows-1251").encode()
    assert said(product_of(data))["name"] == "Ёжик"


@pytest.mark.parametrize(
    "space", ["urn:1C.ru:commerceml_2", "urn:1C.ru:commerceml_205", "urn:1C.ru:commerceml_210"]
)
def test_namespaces_do_not_matter(space: str) -> None:
    """Four namespaces are met, and none."""
    text = offers("<Ид>a</Ид><Количество>2</Количество>").decode()
    data = text.replace(" ВерсияСхемы", f' xmlns="{space}" ВерсияСхемы').encode()
    assert said(product_of(data))["stock"][0]["quantity"] == "2"


def test_one_record_cannot_fill_the_memory() -> None:
    """An order of endless rows is refused while it comes, not when it has come."""

    def endless() -> Iterator[bytes]:
        yield commerce("<Документ><Ид>1</Ид><Товары>").removesuffix(
            "</КоммерческаяИнформация>".encode()
        )
        yield from itertools.repeat("<Товар><Ид>a</Ид></Товар>".encode() * 1000)

    reader = CommerceMlReader(MAPPING, Limits(record_bytes=2**20))
    with pytest.raises(TranslationFailed, match="one record takes more than 1048576 bytes"):
        list(reader.orders(Endless(endless()), sender=Sender.SITE))


def test_a_classifier_cannot_fill_the_memory() -> None:
    """Words are kept, so their number is limited."""
    groups = "".join(f"<Группа><Ид>{n}</Ид></Группа>" for n in range(11))
    data = commerce(f"<Классификатор><Группы>{groups}</Группы></Классификатор>")
    reader = CommerceMlReader(MAPPING, Limits(classifier_entries=10))
    with pytest.raises(TranslationFailed, match="more than 10 entries"):
        list(reader.products(io.BytesIO(data)))


class Endless(io.BytesIO):
    """A stream of pieces as they come."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces

    def read(self, _size: int | None = -1, /) -> bytes:
        """Return the next piece."""
        return next(self._pieces, b"")


class Watched(Endless):
    """A stream that looks at this process's memory whenever it is asked for more."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(pieces)
        self.pieces_seen = 0
        self.lowest_kib = self.highest_kib = self._resident_kib()

    def read(self, _size: int | None = -1, /) -> bytes:
        """Return the next piece."""
        self.pieces_seen += 1
        self.highest_kib = max(self.highest_kib, self._resident_kib())
        return super().read()

    @staticmethod
    def _resident_kib() -> int:
        if not STATUS.is_file():
            pytest.skip("the memory of a process is looked up in /proc, which is not here")
        pages = int(STATUS.read_text("ascii").split()[1])
        return pages * resource.getpagesize() // 1024


def big(section: str, count: int) -> Iterator[bytes]:
    """Yield a file with ``count`` thousands of ``section``, then one offer."""
    whole = commerce("<!--here-->" + "<ПакетПредложений><Предложения><Предложение><Ид>a</Ид>"
                     "</Предложение></Предложения></ПакетПредложений>")  # fmt: skip
    before, _, after = whole.partition(b"<!--here-->")
    yield before
    yield from itertools.repeat(section.encode() * 1000, count)
    yield after


@pytest.mark.parametrize(
    "section",
    [
        pytest.param("<Акт><Ид>1</Ид><Текст>привет</Текст></Акт>", id="unknown"),
        pytest.param("<Каталог><Ид>1</Ид><Товары/><Описание>о</Описание></Каталог>", id="package"),
        pytest.param("<Документ><Ид>1</Ид><Номер>1</Номер></Документ>", id="orders"),
    ],
)
def test_memory_does_not_grow_with_the_file(section: str) -> None:
    """40 MB of sections that nobody asked for would stay in the tree."""
    count = 40_000_000 // (len(section.encode()) * 1000)
    list(CommerceMlReader(MAPPING).products(Endless(big(section, 1))))
    stream = Watched(big(section, count))
    (found,) = CommerceMlReader(MAPPING).products(stream)
    assert found.external_id == "a"
    assert stream.pieces_seen > 100
    assert stream.highest_kib - stream.lowest_kib < 16 * 1024
