"""Sessions of the exchange: who is logged in, what was uploaded, how far an import is (3.1)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocks.bitrix.exchange.catalog_steps import CatalogRun

_UNPACKED_MAX = 256 * 1024 * 1024


class BrokenArchive(Exception):
    """An upload that is no archive, or one that would not fit."""


@dataclass
class Session:
    """One PHP session of an exchange."""

    cookie: str
    sessid: str
    is_known: bool = False
    version: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    packed: list[str] = field(default_factory=list)
    has_announced_unpacking: bool = False
    pending: str | None = None
    offered: list[tuple[int, int]] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)
    runs: dict[str, CatalogRun] = field(default_factory=dict)

    @property
    def scheme(self) -> float:
        """The version that 1C sent, as PHP reads it: ``2.10`` is 2.1; without one 2.05 (3.3)."""
        try:
            return float(self.version) if self.version else 2.05
        except ValueError:
            return 2.05

    def clear_uploads(self) -> None:
        """Forget what was uploaded and how far its import was (``init``)."""
        self.files.clear()
        self.packed.clear()
        self.done.clear()
        self.runs.clear()
        self.has_announced_unpacking = False

    def append(self, name: str, body: bytes, *, is_packed: bool) -> None:
        """Append a chunk to the file of that name.

        With ``zip=yes`` every ``.xml`` counts as an archive, as every ``.zip`` does.
        """
        self.files[name] = self.files.get(name, b"") + body
        if is_packed and name.lower().endswith((".zip", ".xml")) and name not in self.packed:
            self.packed.append(name)

    def unpack(self) -> None:
        """Put the files of every uploaded archive beside the other uploads.

        Raises:
            BrokenArchive: an upload is no archive.
        """
        left = _UNPACKED_MAX
        for name in self.packed:
            try:
                with zipfile.ZipFile(io.BytesIO(self.files[name])) as archive:
                    for info in archive.infolist():
                        left -= info.file_size
                        if left < 0:
                            raise BrokenArchive
                        if not info.is_dir():
                            self.files[clean_name(info.filename)] = archive.read(info)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
                raise BrokenArchive from error
        self.packed.clear()


def clean_name(name: str) -> str:
    """Return a file's name with its sub-folders, without drive, root and steps upwards."""
    parts = name.replace("\\", "/").split("/")
    kept = [part for part in parts if part not in {"", ".", ".."} and ":" not in part]
    return "/".join(kept)


class Sessions:
    """All sessions by cookie."""

    def __init__(self, seed: int) -> None:
        """Start without any; cookies repeat with the seed."""
        self._seed = seed
        self._rows: dict[str, Session] = {}

    def find(self, cookie: str) -> Session | None:
        """Return a session."""
        return self._rows.get(cookie)

    def open(self) -> Session:
        """Start a session."""
        number = len(self._rows) + 1
        session = Session(self._hex("cookie", number), self._hex("sessid", number))
        self._rows[session.cookie] = session
        return session

    def _hex(self, what: str, number: int) -> str:
        text = f"{self._seed} {what} {number}".encode()
        return hashlib.md5(text, usedforsecurity=False).hexdigest()
