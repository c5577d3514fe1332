"""Archives: what they hold comes out in order, and nothing else comes out of them."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from gateway.commerceml import CommerceMlReader, ZipLimits, unpacked
from gateway.contract import TranslationFailed

from .files import MAPPING, commerce, offers, said
from .test_read_products import CATALOGUE

MIB = 2**20


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """Return an archive of members in the given order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    target.seek(0)
    return target


def names(archive: io.BytesIO, limits: ZipLimits | None = None) -> list[str]:
    """Read everything and return the names."""
    seen = []
    for member in unpacked(archive, limits):
        member.stream.read()
        seen.append(member.name)
    return seen


def test_members_come_in_the_order_of_their_meaning() -> None:
    """Offers before the catalogue would refer to what is not known yet."""
    order = ["rests0_1.xml", "a/import1_1.xml", "prices0_1.xml", "offers0_1.xml", "import0_1.xml",
             "import_files/0a/1.jpg"]  # fmt: skip
    assert names(packed(*((name, b"x") for name in order))) == [
        "a/import1_1.xml",
        "import0_1.xml",
        "offers0_1.xml",
        "prices0_1.xml",
        "rests0_1.xml",
        "import_files/0a/1.jpg",
    ]


def test_an_archive_is_read_as_one_exchange() -> None:
    """The property of the offer is explained in the catalogue, which stands after it."""
    offer = offers(
        "<Ид>0a1b-88#v</Ид><ЗначенияСвойств><ЗначенияСвойства><Ид>prop-1</Ид>"
        "<Значение>val-1</Значение></ЗначенияСвойства></ЗначенияСвойств>"
    )
    archive = packed(
        ("offers0_1.xml", offer),
        ("import_files/1.jpg", b"\xff\xd8"),
        ("import0_1.xml", commerce(CATALOGUE, encoding="windows-1251")),
    )
    first, second = CommerceMlReader(MAPPING).packed_products(archive)
    assert (first.external_id, second.external_id) == ("0a1b-88", "0a1b-88#v")
    assert said(second)["attributes"] == {"taste": "Клубника"}


@pytest.mark.parametrize(
    "name",
    ["../import.xml", "a/../../import.xml", "/etc/import.xml", "..\\import.xml", "C:\\import.xml",
     "c:import.xml", "//host/x", ".."],
)  # fmt: skip
def test_names_that_lead_outside_are_refused(name: str) -> None:
    """A file would be written over one of ours by whoever unpacks to disk."""
    with pytest.raises(TranslationFailed, match="leads out"):
        names(packed((name, b"x")))


def test_russian_names_of_dos() -> None:
    """Old packers write Cyrillic in the code page of DOS and do not say so."""
    archive = packed(("import.xml", b"x"), ("qqqqqq.jpg", b"y")).getvalue()
    old = archive.replace(b"qqqqqq", "ПОЛЮШК".encode("cp866"))
    assert names(io.BytesIO(old)) == ["import.xml", "ПОЛЮШК.jpg"]


def test_a_name_that_occurs_twice_is_refused() -> None:
    """Which of the two is the price list?"""
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = packed(("offers.xml", b"1"), ("offers.xml", b"2"))
    with pytest.raises(TranslationFailed, match="occurs twice"):
        names(archive)


def test_an_encrypted_member_is_refused() -> None:
    """It cannot be read, and waiting for a password would hang the exchange."""
    data = bytearray(packed(("import.xml", b"x")).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data[at : at + 2] = struct.pack("<H", 1)
    with pytest.raises(TranslationFailed, match="encrypted"):
        names(io.BytesIO(bytes(data)))


def test_a_link_is_refused() -> None:
    """A link would make a later member land elsewhere."""
    info = zipfile.ZipInfo("import.xml")
    info.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(TranslationFailed, match="is a link"):
        names(target)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        pytest.param(ZipLimits(members=2), "more than 2 members", id="count"),
        pytest.param(ZipLimits(member_bytes=MIB), "the member holds more than", id="member"),
        pytest.param(
            ZipLimits(total_bytes=4 * MIB, ratio=999_999), "the archive holds more than", id="total"
        ),
        pytest.param(ZipLimits(), "unpacks to more than 200 times", id="ratio"),
    ],
)
def test_bombs_are_refused_before_anything_comes_out(limits: ZipLimits, reason: str) -> None:
    """Six megabytes of zeros in six kilobytes: by each of the limits."""
    archive = packed(*((f"{n}.xml", bytes(2 * MIB)) for n in range(3)))
    with pytest.raises(TranslationFailed, match=reason):
        next(unpacked(archive, limits))


def test_a_bomb_that_declares_too_little_gives_no_more_than_that() -> None:
    """The declared size is the attacker's: a small one would let a large member through."""
    data = bytearray(packed(("import.xml", bytes(3 * MIB))).getvalue())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 1000)
    members = unpacked(io.BytesIO(bytes(data)))
    stream, seen = next(members).stream, 0

    def drain() -> None:
        nonlocal seen
        while piece := stream.read1(100):  # type: ignore[attr-defined]
            seen += len(piece)

    with pytest.raises(TranslationFailed, match="damaged"):
        drain()
    assert seen <= 1000


def test_small_texts_may_pack_well() -> None:
    """A price list with one price for all is no bomb."""
    assert names(packed(("offers.xml", b" " * 900_000))) == ["offers.xml"]


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_what_is_no_archive_is_refused(cut: int) -> None:
    """Half an upload, or a page of a broken site."""
    data = packed(("import.xml", bytes(range(256)) * 9)).getvalue()
    for broken in (data[:-cut], b"<html>", b""):
        with pytest.raises(TranslationFailed, match="cannot be read"):
            names(io.BytesIO(broken))


def test_damage_inside_a_member_is_told() -> None:
    """A flipped byte must not pass for the end of the file."""
    data = bytearray(packed(("import.xml", bytes(range(256)) * 99), method=0).getvalue())
    data[500] ^= 255
    with pytest.raises(TranslationFailed, match="damaged"):
        names(io.BytesIO(bytes(data)))
