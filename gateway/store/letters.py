"""Dead letter channel: what a human must decide about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports import DeadLetter
from gateway.store.columns import COUNT, MOMENT, SEALED
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_letters import dead_letter

OPEN = const("open")
GIVEN = shape(
    dead_letter,
    "id",
    "source",
    "subject",
    "kind",
    "account",
    "state",
    "cause_code",
    "cause",
    "remedy",
    "attempts",
    "version",
    "first_at",
    "last_at",
    "held",
    "correlation_id",
    "request",
    "answer",
    "note",
)
SHOWN = [dead_letter.c[name] for name in GIVEN]
SEALED_NAMES = ("request", "answer", "note")
ONE_OPEN = ("subject", "account", "source", "kind")
KEPT = {"id", "first_at", *ONE_OPEN}


@statement("dead letter put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(dead_letter, GIVEN, opened_at=param("now", MOMENT))
    return insert.on_conflict_do_update(
        index_elements=list(ONE_OPEN),
        index_where=sa.text("state = 'open'"),
        set_={name: insert.excluded[name] for name in GIVEN if name not in KEPT},
    )


@statement("dead letter list")
def _list(_: Dialect) -> Executable:
    account = param("account")
    return (
        sa.select(*SHOWN)
        .where(
            dead_letter.c.state == param("state"),
            sa.or_(account.is_(None), dead_letter.c.account == account),
        )
        .order_by(dead_letter.c.last_at.desc(), dead_letter.c.id)
        .limit(param("limit", COUNT))
    )


@statement("dead letter about")
def _about(d: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(
        d.among(dead_letter.c.subject, "ids"), d.usual(dead_letter.c.state == OPEN)
    )
    return found.order_by(dead_letter.c.last_at.desc(), dead_letter.c.id)


@statement("dead letter read")
def _read(_: Dialect) -> Executable:
    return sa.select(*SHOWN).where(dead_letter.c.id == param("id"))


@statement("dead letter close")
def _close(_: Dialect) -> Executable:
    return (
        sa.update(dead_letter)
        .where(
            dead_letter.c.source == param("of_source"),
            dead_letter.c.subject == param("of_subject"),
            dead_letter.c.account == param("of_account"),
            dead_letter.c.state == OPEN,
        )
        .values(state=param("state"), note=param("note", SEALED), closed_at=param("now", MOMENT))
        .returning(dead_letter.c.id)
    )


@statement("dead letter count")
def _count(_: Dialect) -> Executable:
    group = (dead_letter.c.account, dead_letter.c.cause_code)
    found = sa.select(*group, sa.func.count()).where(dead_letter.c.state == OPEN)
    return found.group_by(*group)


@statement("dead letter purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(dead_letter.c.id)
        .where(dead_letter.c.closed_at < param("before", MOMENT))
        .order_by(dead_letter.c.closed_at)
        .limit(param("limit", COUNT))
    )
    return sa.delete(dead_letter).where(dead_letter.c.id.in_(old)).returning(dead_letter.c.id)


class LetterPart(Part):
    """The dead letters of ``gateway.ports.PeopleTx``."""

    def put_dead(self, rows: Sequence[DeadLetter]) -> None:
        """Open letters; of several for one subject and account the last counts."""
        last = {(row.subject, row.account, row.source): row for row in rows}
        records = [self._letter_record(last[key]) for key in sorted(last)]
        self._session.each(_put, records, now=self._clock.now())

    def dead_letters(self, *, state: str, account: str | None, limit: int) -> Sequence[DeadLetter]:
        """Letters, newest first."""
        found = self._session.all(_list, state=state, account=account, limit=limit)
        return [self._letter(row) for row in found]

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """One letter."""
        found = self._session.all(_read, id=letter_id)
        return self._letter(found[0]) if found else None

    def letters_about(self, subjects: Sequence[str]) -> Sequence[DeadLetter]:
        """Open letters about subjects, the newest first."""
        return [self._letter(row) for row in self._about(_about, subjects)]

    def close_dead(
        self, source: str, subject: str, account: str, *, state: str, note: str = ""
    ) -> int:
        """Close the open letters of a source about a subject."""
        sealed = self._sealer.seal("dead_letter.note", note)
        where = {"of_source": source, "of_subject": subject, "of_account": account}
        now = self._clock.now()
        return len(self._session.all(_close, **where, state=state, note=sealed, now=now))

    def count_dead(self) -> Mapping[tuple[str, str], int]:
        """(account, cause code) → open letters."""
        return {(account, code): rows for account, code, rows in self._session.all(_count)}

    def _purge_letters(self, before: datetime, limit: int) -> int:
        return len(self._session.all(_purge, before=before, limit=limit))

    def _letter_record(self, row: DeadLetter) -> dict[str, Any]:
        sealed = {
            name: self._sealer.seal(f"dead_letter.{name}", getattr(row, name))
            for name in SEALED_NAMES
        }
        return {name: getattr(row, name) for name in GIVEN} | {"kind": row.kind.value} | sealed

    def _letter(self, row: tuple[Any, ...]) -> DeadLetter:
        values = dict(zip(GIVEN, row, strict=True))
        values |= {"kind": Kind(values["kind"]), "held": bool(values["held"])}
        for name in SEALED_NAMES:
            values[name] = self._sealer.open(f"dead_letter.{name}", values[name])
        return DeadLetter(**values)
