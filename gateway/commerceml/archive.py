"""Archives of an exchange: members one after another, in memory that does not grow, and no bombs.

1C packs its files when a site says ``zip=yes`` (vendor reference of Bitrix, section 3.2). What an
archive declares is checked before anything is unpacked. A declaration that is too small does not
help a bomb: of a member no more is unpacked than it declares, and its checksum is then wrong.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, BinaryIO, NamedTuple, NoReturn

from gateway.contract import TranslationFailed

_ENCRYPTED = 0x1
_UNICODE_NAME = 0x800
_LINK = 0o120000
_TYPE = 0o170000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)
_GOODS = ("import", "goods", "offers", "prices", "rests", "orders")
"""File names by their beginning, in the order in which they build on each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipLimits:
    """What is unpacked at most.

    Units: bytes of one member and of all; unpacked bytes per packed byte of a member (above
    ``ratio_floor`` unpacked bytes, because small texts pack very well); number of members.
    """

    members: int = 10_000
    member_bytes: int = 2 * 2**30
    total_bytes: int = 4 * 2**30
    ratio: int = 200
    ratio_floor: int = 2**20


class Member(NamedTuple):
    """A file of an archive. ``stream`` is valid until the next member is asked for."""

    name: str
    stream: BinaryIO


def unpacked(stream: BinaryIO, limits: ZipLimits | None = None) -> Iterator[Member]:
    """Go through the files of an archive: catalogue before offers, before prices, before rests.

    ``stream`` is seekable and is not closed. Names are relative with ``/``. Folders are left out.

    Raises ``TranslationFailed`` before the first member for an archive that is none, has an
    encrypted member, a link, a name outside its folder or twice, or declares more than the limits;
    and while a member is read, for one that is damaged or holds more than it declares.
    """
    allowed = limits or ZipLimits()
    try:
        archive = zipfile.ZipFile(stream)
    except _BROKEN:
        _refuse("the archive cannot be read", "zip")
    with archive:
        members = _checked(archive.infolist(), allowed)
        for name in sorted(members, key=_turn):
            info = members[name]
            try:
                opened = archive.open(info)
            except (*_BROKEN, RuntimeError):
                _refuse("the member cannot be read", "zip member")
            with opened:
                yield Member(name, io.BufferedReader(_Told(opened)))


def _refuse(reason: str, path: str) -> NoReturn:
    raise TranslationFailed(reason, path=path) from None


def _turn(name: str) -> tuple[int, str]:
    base = PurePosixPath(name).name.casefold()
    turn = next((at for at, start in enumerate(_GOODS) if base.startswith(start)), len(_GOODS))
    return turn, name.casefold()


def _checked(infos: list[zipfile.ZipInfo], limits: ZipLimits) -> Mapping[str, zipfile.ZipInfo]:
    """Return the files by name. Raises ``TranslationFailed`` for what is declared and refused."""
    if len(infos) > limits.members:
        _refuse(f"the archive has more than {limits.members} members", "zip")
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for place, info in enumerate(infos, start=1):
        where = f"zip member {place}"
        name = _name(info, where)
        if info.flag_bits & _ENCRYPTED:
            _refuse("the member is encrypted", where)
        if info.is_dir():
            continue
        if (info.external_attr >> 16) & _TYPE == _LINK:
            _refuse("the member is a link", where)
        if info.compress_type not in _METHODS:
            _refuse("the member is packed by an unknown method", where)
        if name in found:
            _refuse("the name occurs twice", where)
        total += info.file_size
        _check_size(info.file_size, info.compress_size, limits, where)
        found[name] = info
    if total > limits.total_bytes:
        _refuse(f"the archive holds more than {limits.total_bytes} bytes", "zip")
    return found


def _check_size(size: int, packed: int, limits: ZipLimits, where: str) -> None:
    if size > limits.member_bytes:
        _refuse(f"the member holds more than {limits.member_bytes} bytes", where)
    if size > limits.ratio_floor and size > packed * limits.ratio:
        _refuse(f"the member unpacks to more than {limits.ratio} times its size", where)


def _name(info: zipfile.ZipInfo, where: str) -> str:
    """Return a relative name. Raises ``TranslationFailed`` for one that leaves its folder."""
    name = info.orig_filename.replace("\\", "/")
    if not info.flag_bits & _UNICODE_NAME:
        # Without the flag a Russian name is in the code page of DOS, which zipfile took for 437.
        name = name.encode("cp437", "replace").decode("cp866", "replace")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in name or "\0" in name or not name.strip("/"):
        _refuse("the name leads out of the archive's folder", where)
    return "/".join(part for part in parts if part not in {"", "."})


class _Told(io.RawIOBase):
    """A member's bytes, whose damage is told in the contract's words."""

    def __init__(self, member: IO[bytes]) -> None:
        self._member = member

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read. Raises ``TranslationFailed`` for a member that is not what it declares."""
        try:
            piece = self._member.read(len(buffer))
        except _BROKEN:
            _refuse("the member is damaged", "zip member")
        buffer[: len(piece)] = piece
        return len(piece)
