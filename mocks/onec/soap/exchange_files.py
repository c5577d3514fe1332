"""Files in parts and long operations of the data exchange services (3.5)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mocks.onec.soap.service import ServiceFault

Status = Literal["Active", "Completed", "Failed", "Canceled"]
_KB = 1024
_ENTRY_LIMIT = 64 * 1024 * 1024


class JobFailed(Exception):
    """A background job that ended with an exception; the text is its detailed message."""


class PartStore:
    """Files sent and prepared, as numbered parts."""

    def __init__(self) -> None:
        """Start without files."""
        self._sent: dict[str, dict[int, bytes]] = {}
        self._prepared: dict[str, list[bytes]] = {}

    def put(self, file_id: str, number: int | None, data: bytes) -> None:
        """Keep a part; a number of 0 or nil is 1, a part sent again replaces the first.

        Raises:
            ServiceFault: no file id, or no data.
        """
        if not file_id:
            msg = "Не указан идентификатор файла"
            raise ServiceFault(msg)
        if not data:
            msg = "Не переданы данные части файла"
            raise ServiceFault(msg)
        self._sent.setdefault(file_id, {})[number or 1] = data

    def count(self, file_id: str) -> int:
        """Return how many parts of a sent file are there."""
        return len(self._sent.get(file_id, {}))

    def take(self, file_id: str) -> bytes:
        """Join the parts of a sent file in order, unpack them and forget them.

        Raises:
            ServiceFault: no parts, or no XML in the archive.
        """
        parts = self._sent.pop(file_id, None)
        if not parts:
            msg = "Не найдены части файла для объединения"
            raise ServiceFault(msg)
        return unpacked(b"".join(parts[number] for number in sorted(parts)))

    def prepare(self, file_id: str, packed: bytes, part_kb: int) -> int:
        """Cut a packed file for download and return the number of parts; 0 KB = one part."""
        size = part_kb * _KB or len(packed)
        pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
        self._prepared[file_id] = pieces
        return len(pieces)

    def part(self, file_id: str, number: int) -> bytes | None:
        """Return a prepared part, counted from 1, or None."""
        pieces = self._prepared.get(file_id, [])
        return pieces[number - 1] if 1 <= number <= len(pieces) else None

    def free(self, file_id: str) -> None:
        """Forget a prepared file."""
        self._prepared.pop(file_id, None)


def packed(name: str, content: bytes) -> bytes:
    """Return a ZIP with one entry, its time fixed so that the same content gives the same file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpacked(archive: bytes) -> bytes:
    """Return the first entry of a ZIP.

    Raises:
        ServiceFault: not a ZIP, an empty one, or one that unpacks to more than 64 MB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if not entries:
                msg = "Архив не содержит файлов"
                raise ServiceFault(msg)
            if entries[0].file_size > _ENTRY_LIMIT:
                msg = "Недостаточно памяти"
                raise ServiceFault(msg)
            return opened.read(entries[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        msg = "Ошибка распаковки архива: неверный формат файла"
        raise ServiceFault(msg) from error


@dataclass
class Operation:
    """A background job: how many polls still find it active, and how it ended."""

    polls_left: int
    status: Status
    error: str = ""
    file_id: str = ""
    part_count: int = 0


@dataclass(frozen=True)
class Prepared:
    """The file that a job made ready for download."""

    file_id: str
    part_count: int


class Operations:
    """Jobs by id. A job does its work when it starts and tells so after some polls."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        """Start without jobs; ``new_id`` makes GUIDs."""
        self._new_id = new_id
        self._jobs: dict[str, Operation] = {}

    def start(self, job: Callable[[], Prepared | None], *, polls: int) -> str:
        """Run a job and return its id; ``polls`` questions will find it still active."""
        number = self._new_id()
        try:
            done = job()
        except JobFailed as error:
            self._jobs[number] = Operation(polls, "Failed", str(error))
        else:
            ready = done or Prepared("", 0)
            self._jobs[number] = Operation(
                polls, "Completed", file_id=ready.file_id, part_count=ready.part_count
            )
        return number

    def ask(self, number: str) -> Operation:
        """Return the state of a job; an unknown one is cancelled."""
        job = self._jobs.get(number.lower())
        if job is None:
            return Operation(0, "Canceled")
        if job.polls_left > 0:
            job.polls_left -= 1
            return Operation(0, "Active")
        return job
