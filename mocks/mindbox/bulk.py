"""Bulk imports: acceptance of a CSV file and the jobs behind it (section 20)."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mocks.mindbox.bulk_rows import IMPORTERS
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json
from mocks.mindbox.runner import Runner

_CODE_PAGES = {"65001": "utf-8-sig", "1251": "cp1251"}


@dataclass
class Job:
    """One import; its state and row errors show in the admin only."""

    id: int
    operation: str
    columns: list[str]
    rows: list[dict[str, str]]
    query: Mapping[str, str]
    state: Literal["Accepted", "Processing", "Done", "DoneWithErrors"] = "Accepted"
    errors: list[Json] = field(default_factory=list)

    def as_json(self) -> Json:
        """Return the job as the double's own admin page shows it."""
        return {
            "id": self.id,
            "operation": self.operation,
            "state": self.state,
            "rows": len(self.rows),
            "errors": self.errors,
        }


class Imports:
    """Accepts files and processes them later, one file as one job."""

    def __init__(self, project: Project, runner: Runner) -> None:
        """Start without jobs."""
        self._project = project
        self._runner = runner
        self.jobs: list[Job] = []

    def prepare(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Job:
        """Read a file.

        Raises:
            ProtocolRefused: an unknown import, a wrong type or code page, too large, no header row.
        """
        operation = query.get("operation", "")
        if operation not in IMPORTERS:
            msg = f"operation: операция {operation} не найдена"
            raise ProtocolRefused(msg)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
            msg = "Content-Type должен быть text/csv"
            raise ProtocolRefused(msg)
        if len(body) > self._project.settings.bulk_max_bytes:
            msg = "Размер файла превышает 200 МБ"
            raise ProtocolRefused(msg)
        text = _decoded(body, headers.get("content-encoding", ""), query)
        reader = csv.DictReader(
            io.StringIO(text, newline=""),
            delimiter=query.get("csvColumnDelimiter") or ";",
            quotechar=query.get("csvTextQualifier") or '"',
            restval="",
        )
        columns = list(reader.fieldnames or [])
        missing = [one for one in IMPORTERS[operation].required if one not in columns]
        if not columns or missing:
            msg = f"В файле нет колонки {missing[0]}" if missing else "Файл пуст"
            raise ProtocolRefused(msg)
        rows = [{key: (value or "").strip() for key, value in row.items() if key} for row in reader]
        return Job(len(self.jobs) + 1, operation, columns, rows, dict(query))

    def accept(self, job: Job) -> None:
        """Take a file; it is processed later."""
        job.id = len(self.jobs) + 1
        self.jobs.append(job)
        self._runner.later(lambda: self._process(job))

    def _process(self, job: Job) -> None:
        job.state = "Processing"
        importer = IMPORTERS[job.operation]
        for number, group in importer.groups(job.rows):
            try:
                importer.load(self._project, group, job.query)
            except (ProtocolRefused, ValidationRefused) as refusal:
                job.errors.append({"row": number, "message": refusal.message})
        job.state = "DoneWithErrors" if job.errors else "Done"
        # Imports do not start real-time mechanics (section 20).
        self._project.events.clear()
        self._runner.note(job.operation, job.state)


def _decoded(body: bytes, encoding: str, query: Mapping[str, str]) -> str:
    if "gzip" in encoding:
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            msg = "Тело запроса не является корректным gzip"
            raise ProtocolRefused(msg) from None
    page = _CODE_PAGES.get(query.get("csvCodePage") or "65001")
    if page is None:
        msg = "csvCodePage: неизвестная кодовая страница"
        raise ProtocolRefused(msg)
    try:
        return body.decode(page)
    except UnicodeDecodeError:
        msg = "csvCodePage: файл не в указанной кодировке"
        raise ProtocolRefused(msg) from None
