"""Files that would harm: refused, and large ones read in little memory."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.canonical import Kind
from tests.connectors.onec.exchange import seen
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.files import offer, package, zipped

SIZE = 17_000_000
DONE = "success\nИмпорт успешно завершен.\n"


HOSTILE = [
    pytest.param(
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
        "<КоммерческаяИнформация>&a;</КоммерческаяИнформация>",
        id="entity",
    ),
    pytest.param(
        '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><КоммерческаяИнформация/>',
        id="external",
    ),
    pytest.param("<html/>", id="another root"),
    pytest.param("success", id="no xml"),
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_file_is_refused(shop: Shop, text: str) -> None:
    """A file could make the gateway read others, or eat all memory."""
    served, onec = await shop.open()
    (told,) = await onec.catalogue(("import.xml", text.encode()))
    assert told.startswith("failure\nline 1: ")
    assert "root:" not in told
    assert list(await seen.causes(served)) == ["import.xml"]


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("import.xml", b" " * 30_000_000)
    return target.getvalue()


ARCHIVES = [
    pytest.param(_bomb(), id="bomb"),
    pytest.param(zipped(import_xml=b"<a/>")[:60], id="cut"),
    pytest.param(zipped(**{"../../x_xml": b"<a/>"}), id="leaves its folder"),
]


@pytest.mark.parametrize("content", ARCHIVES)
async def test_hostile_archive_is_refused(shop: Shop, content: bytes) -> None:
    """An archive of kilobytes fills the disk, or writes beside its folder."""
    _, onec = await shop.open()
    (told,) = await onec.catalogue(("import.xml", content), zip_name="goods.zip")
    assert told == "failure\nОшибка распаковки архива."
    assert [path for path in shop.spool.parent.rglob("*.xml") if path.stat().st_size] == []


def _offers(size: int) -> Iterator[bytes]:
    head, tail = package(["|"]).split(b"|")
    yield head
    told = f"<Описание>{'Чайник из нержавеющей стали. ' * 25}</Описание></Предложение>"
    row = offer("{}").replace("</Предложение>", told).encode()
    total = number = 0
    while total < size:
        many = b"".join(row.replace(b"{}", b"p-%d" % (number + n)) for n in range(100))
        number += 100
        total += len(many)
        yield many
    yield tail


def _resident() -> int:
    """Return the memory that this process holds, XML trees outside of Python's heap included."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="memory is read from /proc")
async def test_large_file_needs_no_large_memory(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large catalogue takes the gateway down on a small machine; what it needs must not grow.

    `benchmarks/commerceml.py` measures reading with 51 MB.
    """
    served, onec = await shop.open()
    received: list[int] = []
    most: list[int] = []

    async def counted(_: object, hints: list[object], *more: object, kind: Kind) -> None:
        assert (kind, more) == (Kind.PRODUCT, ([],))
        received.append(len(hints))
        most.append(_resident())

    # What the store does with records is proved elsewhere, and takes minutes for so many.
    monkeypatch.setattr(type(served.gateway.desks["erp"]), "receive", counted)
    await onec.log_in()
    await onec.said("type=catalog&mode=init")
    sent = goods = 0
    for piece in _offers(SIZE):
        sent += len(piece)
        goods += piece.count("</Предложение>".encode())
        query = "type=catalog&mode=file&filename=offers.xml"
        assert (await onec.call("POST", query, piece)).content == b"success\n"
    before = _resident()
    assert await onec.bring("offers.xml") == DONE
    assert sent > SIZE
    assert sum(received) == goods > 8_000
    assert max(most) - before < SIZE * 2 / 3
