"""Spool: the files of a session under way, and how far their import has come.

All of it outlives the process. A position is written to a new file that then takes the old one's
name, so that it is whole at any moment.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gateway.commerceml import ZipLimits, unpacked

from .exchange_session import Session, ends_of

_STATE = "state.json"
_FILES = "files"
_UNPACKED = "unpacked"
_PART_LIMIT = 200
_COPY = 2**20
_ARCHIVE = b"PK\x03\x04"
_KEPT = (".xml", ".zip")


@dataclass(slots=True)
class Progress:
    """What a session remembers between calls.

    Shape: ``version`` as 1C sent it in ``init``, ``None`` for the old dialogue. ``name`` is the
    file under import with ``count`` of its records done; ``remarks`` are about refused ones.
    ``finished`` are the files that were imported before it.
    """

    version: str | None = None
    name: str = ""
    count: int = 0
    remarks: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)


def safe_name(name: str) -> str | None:
    """Return a relative name with ``/``; ``None`` for one that would leave its folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    wrong = any(
        part == ".."
        or ":" in part
        or not part.isprintable()
        or len(part.encode("utf-8", "replace")) > _PART_LIMIT
        for part in parts
    )
    return None if wrong or not parts else "/".join(parts)


def is_kept(name: str) -> bool:
    """Tell whether a file can be of use: pictures are not."""
    return PurePosixPath(name).suffix.lower() in _KEPT


def sweep(spool: Path, now: datetime) -> None:
    """Remove the folders of sessions that have ended."""
    for folder in spool.iterdir():
        ends = ends_of(folder.name)
        if ends is not None and ends < now:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """The folder of one session. Names given here are safe ones. All methods block."""

    folder: Path

    @classmethod
    def of(cls, spool: Path, session: Session) -> Upload:
        """Return the folder of a session; it may not be there yet."""
        return cls(spool / session.folder)

    def begin(self, version: str | None) -> None:
        """Forget all files and note what ``init`` agreed on."""
        for name in (_FILES, _UNPACKED):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.save(Progress(version=version))

    def load(self) -> Progress:
        """Return what the session remembers."""
        try:
            return Progress(**json.loads((self.folder / _STATE).read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return Progress()

    def save(self, progress: Progress) -> None:
        """Remember, whole or not at all."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.folder / f"{_STATE}.new"
        with fresh.open("w", encoding="utf-8") as stream:
            json.dump(asdict(progress), stream, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self.folder / _STATE)

    def find(self, name: str) -> Path | None:
        """Return a file that can be imported; ``None`` for none and for an empty one."""
        for folder in (_UNPACKED, _FILES):
            path = self.folder / folder / name
            if path.is_file() and path.stat().st_size:
                return path
        return None

    def remove(self, name: str) -> None:
        """Remove a file that was imported, wherever it lies."""
        for folder in (_UNPACKED, _FILES):
            (self.folder / folder / name).unlink(missing_ok=True)

    def size(self, name: str) -> int:
        """Return how much of an upload is there. Units: bytes."""
        path = self._upload(name)
        return path.stat().st_size if path.is_file() else 0

    def append(self, name: str, piece: bytes) -> None:
        """Add a piece at the end of a file. Raises ``OSError`` when it cannot be kept."""
        path = self._upload(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("ab") as stream:
            stream.write(piece)

    def cut(self, name: str, size: int) -> None:
        """Bring a file back to a size: its last piece did not come whole."""
        with suppress(FileNotFoundError):
            os.truncate(self._upload(name), size)

    def ends_well(self, name: str) -> bool:
        """Tell whether a file ends with the closing tag of its root."""
        with self._upload(name).open("rb") as stream:
            stream.seek(max(0, self.size(name) - 200))
            tail = stream.read().rstrip()
        return tail.endswith(b">") and b"</" in tail and _closes_root(tail)

    def archives(self) -> list[Path]:
        """Return the archives that were not unpacked yet."""
        files = self.folder / _FILES
        if not files.is_dir():
            return []
        return [one for one in sorted(files.rglob("*")) if one.is_file() and _is_archive(one)]

    def unpack(self, archive: Path, limits: ZipLimits) -> None:
        """Unpack the files that can be of use; the archive is removed when all of them are there.

        Raises ``TranslationFailed`` for an archive that is refused; it is removed as well.
        """
        try:
            with archive.open("rb") as stream:
                for member in unpacked(stream, limits):
                    name = safe_name(member.name)
                    if name is not None and name.lower().endswith(".xml"):
                        self._write(name, member.stream)
        finally:
            archive.unlink(missing_ok=True)

    def _upload(self, name: str) -> Path:
        return self.folder / _FILES / name

    def _write(self, name: str, stream: BinaryIO) -> None:
        path = self.folder / _UNPACKED / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target, _COPY)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_ARCHIVE)) == _ARCHIVE


def _closes_root(tail: bytes) -> bool:
    closing = tail.rpartition(b"</")[2].removesuffix(b">").strip()
    name = closing.rpartition(b":")[2]
    root = "КоммерческаяИнформация"
    return name in {root.encode(), root.encode("windows-1251")}
