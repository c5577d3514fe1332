"""Alerts: their course, what of them is to be told, and silences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.ports import AlertRow, AlertState, NoteRow, NoteState, SilenceRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_alerts import alert, alert_note, alert_silence

ROW = shape(
    alert, "id", "rule", "subject", "state", "since", "seen_at", "bad_at", "clear_at",
    "began_at", "ended_at", "told_at", "reminded", "flaps", "value",
)  # fmt: skip
NOTE = shape(
    alert_note, "alert_id", "turn", "address", "state", "due_at", "message", "attempts", "cause"
)
NOTE_KEY = ("alert_id", "turn", "address")
SILENCE = shape(alert_silence, "id", "rule", "subject", "since", "until", "sealed")
SEALED = "alert_silence.sealed"

_COLUMNS = [alert.c[name] for name in ROW]
_NOTE_COLUMNS = [alert_note.c[name] for name in NOTE]


@statement("alert open")
def _open(_: Dialect) -> Executable:
    """Read by the partial index; ordered afterwards, as the key's order would read all rows."""
    return sa.select(*_COLUMNS).where(alert.c.state != const("over"))


OPEN = _open


@statement("alert by id")
def _by_id(d: Dialect) -> Executable:
    return sa.select(*_COLUMNS).where(d.among(alert.c.id, "ids"))


@statement("alert over")
def _over(_: Dialect) -> Executable:
    before = param("before")
    found = sa.select(*_COLUMNS).where(
        alert.c.state == const("over"),
        sa.or_(before == sa.literal_column("''"), alert.c.id < before),
    )
    return found.order_by(alert.c.id.desc()).limit(param("limit", COUNT))


@statement("alert put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(alert, ROW)
    changed = {name: insert.excluded[name] for name in ROW if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("alert drop")
def _drop(d: Dialect) -> Executable:
    return sa.delete(alert).where(d.among(alert.c.id, "ids"))


@statement("alert note put")
def _put_note(d: Dialect) -> Executable:
    return d.insert(alert_note, NOTE).on_conflict_do_nothing(index_elements=list(NOTE_KEY))


@statement("alert note settle")
def _settle_note(d: Dialect) -> Executable:
    insert = d.insert(alert_note, NOTE)
    changed = {name: insert.excluded[name] for name in NOTE if name not in NOTE_KEY}
    return insert.on_conflict_do_update(index_elements=list(NOTE_KEY), set_=changed)


@statement("alert notes open")
def _open_notes(_: Dialect) -> Executable:
    """As ``alert open``: what waits is little, and what was sent is not."""
    is_open = sa.or_(alert_note.c.state == const("waiting"), alert_note.c.state == const("handed"))
    return sa.select(*_NOTE_COLUMNS).where(is_open)


OPEN_NOTES = _open_notes


@statement("alert notes of")
def _notes_of(d: Dialect) -> Executable:
    return sa.select(*_NOTE_COLUMNS).where(d.among(alert_note.c.alert_id, "ids"))


@statement("alert silences")
def _silences(_: Dialect) -> Executable:
    columns = [alert_silence.c[name] for name in SILENCE]
    found = sa.select(*columns).where(alert_silence.c.until > param("at", MOMENT))
    return found.order_by(alert_silence.c.until)


SILENCES = _silences


@statement("alert silence put")
def _put_silence(d: Dialect) -> Executable:
    insert = d.insert(alert_silence, SILENCE)
    changed = {name: insert.excluded[name] for name in SILENCE if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("alert purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(alert.c.id)
        .where(alert.c.ended_at < param("before", MOMENT))
        .order_by(alert.c.ended_at)
        .limit(param("limit", COUNT))
    )
    return sa.delete(alert).where(alert.c.id.in_(old)).returning(alert.c.id)


@statement("alert note purge")
def _purge_notes(d: Dialect) -> Executable:
    return sa.delete(alert_note).where(d.among(alert_note.c.alert_id, "ids"))


class AlertPart(Part):
    """See ``gateway.ports.AlertTx``."""

    def alerts_open(self) -> Sequence[AlertRow]:
        """Alerts that are not over, oldest first."""
        return sorted(map(_row, self._session.all(OPEN)), key=lambda row: row.id)

    def alerts_by_id(self, ids: Sequence[str]) -> Mapping[str, AlertRow]:
        """Alerts by id."""
        return {found[0]: _row(found) for found in self._about(_by_id, ids)}

    def alerts_over(self, *, before: str = "", limit: int) -> Sequence[AlertRow]:
        """Alerts that are over, the newest first."""
        return [_row(found) for found in self._session.all(_over, before=before, limit=limit)]

    def put_alerts(self, rows: Sequence[AlertRow]) -> None:
        """Insert or replace alerts."""
        self._session.each(_put, [_record(row) for row in rows])

    def drop_alerts(self, ids: Sequence[str]) -> None:
        """Forget alerts that never began."""
        self._about(_drop, ids)

    def put_notes(self, rows: Sequence[NoteRow]) -> None:
        """Store notes; one that is there already stays as it is."""
        self._session.each(_put_note, [_note_record(row) for row in rows])

    def open_notes(self) -> Sequence[NoteRow]:
        """Notes that are not sent and not given up."""
        found = map(_note, self._session.all(OPEN_NOTES))
        return sorted(found, key=lambda note: (note.alert_id, note.turn, note.address))

    def notes_of(self, ids: Sequence[str]) -> Sequence[NoteRow]:
        """All notes of alerts."""
        return [_note(found) for found in self._about(_notes_of, ids)]

    def settle_notes(self, rows: Sequence[NoteRow]) -> None:
        """Replace the state of notes."""
        self._session.each(_settle_note, [_note_record(row) for row in rows])

    def silences(self, *, at: datetime) -> Sequence[SilenceRow]:
        """Silences that are not over at a moment."""
        return [self._silence(found) for found in self._session.all(SILENCES, at=at)]

    def put_silence(self, row: SilenceRow) -> None:
        """Insert or replace a silence."""
        given = {name: getattr(row, name) for name in SILENCE if name != "sealed"}
        sealed = self._sealer.seal(SEALED, [row.who, row.reason])
        self._session.each(_put_silence, [given | {"sealed": sealed}])

    def purge_alerts(self, *, before: datetime, limit: int) -> int:
        """Delete alerts that ended before then, with their notes."""
        gone = [found[0] for found in self._session.all(_purge, before=before, limit=limit)]
        self._about(_purge_notes, gone)
        return len(gone)

    def _silence(self, found: tuple[Any, ...]) -> SilenceRow:
        number, rule, subject, since, until, sealed = found
        who, reason = self._sealer.open(SEALED, sealed)
        return SilenceRow(number, rule, subject, since, until, who, reason)


def _record(row: AlertRow) -> dict[str, Any]:
    record = {name: getattr(row, name) for name in ROW}
    return record | {"state": str(row.state), "value": orjson.dumps(row.value).decode()}


def _row(found: tuple[Any, ...]) -> AlertRow:
    values = dict(zip(ROW, found, strict=True))
    values["state"] = AlertState(values["state"])
    values["value"] = orjson.loads(values["value"])
    return AlertRow(**values)


def _note_record(row: NoteRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in NOTE} | {"state": str(row.state)}


def _note(found: tuple[Any, ...]) -> NoteRow:
    values = dict(zip(NOTE, found, strict=True))
    values["state"] = NoteState(values["state"])
    return NoteRow(**values)
