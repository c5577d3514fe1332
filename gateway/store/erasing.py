"""Erasing: what is done to rows of all tables when a person is erased.

The search knows no table by name: it goes through whatever has sealed columns, so that a table of
tomorrow is searched too. Left out are those that are erased by the person's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from gateway.contract import StoreError
from gateway.ports import DeliveryState
from gateway.ports.erasure import SealedRow
from gateway.store.columns import COUNT, SEALED
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Statement, const, param, statement
from gateway.store.tables import delivery, entity, event, journal, link, operation, seal_proof
from gateway.store.tables_codes import one_time_code
from gateway.store.tables_erasure import erasure
from gateway.store.tables_house import house_contact, house_member
from gateway.store.tables_identity import identity_pair, identity_proof
from gateway.store.tables_letters import dead_letter

BY_ID = frozenset(
    one.name for one in (entity, link, house_member, erasure, identity_pair, seal_proof)
)
"""Tables whose sealed columns are emptied by the ids of the person."""
_SENDING = const(DeliveryState.SENDING)
_EMPTY = const("")


@statement("event drop of entity")
def _drop_events(d: Dialect) -> Executable:
    return sa.delete(event).where(d.among(event.c.entity_id, "ids"))


@statement("delivery drop of entity")
def _drop_deliveries(d: Dialect) -> Executable:
    return sa.delete(delivery).where(d.among(delivery.c.entity_id, "ids"))


@statement("identity pair drop of entity")
def _drop_pairs(d: Dialect) -> Executable:
    one, other = identity_pair.c.one, identity_pair.c.other
    return sa.delete(identity_pair).where(sa.or_(d.among(one, "ids"), d.among(other, "ids")))


@statement("identity proof drop of entity")
def _drop_proofs(d: Dialect) -> Executable:
    return sa.delete(identity_proof).where(d.among(identity_proof.c.entity_id, "ids"))


@statement("journal empty of entity")
def _empty_journal(d: Dialect) -> Executable:
    return (
        sa.update(journal)
        .where(
            d.among(journal.c.entity_id, "ids"),
            journal.c.entity_id != _EMPTY,
            journal.c.account != const("operator"),
        )
        .values(detail=const("{}"))
    )


@statement("dead letter empty")
def _empty_letters(d: Dialect) -> Executable:
    is_open = dead_letter.c.state == const("open")
    closed_at = dead_letter.c.closed_at
    closed = sa.case((is_open, param("now", closed_at.type)), else_=closed_at)
    return (
        sa.update(dead_letter)
        .where(d.among(dead_letter.c.id, "ids"))
        .values(
            state=sa.case((is_open, const("dropped")), else_=dead_letter.c.state),
            closed_at=closed,
            cause=_EMPTY,
        )
    )


@statement("operation end")
def _end_operations(d: Dialect) -> Executable:
    return (
        sa.update(operation)
        .where(d.among(operation.c.key, "ids"), operation.c.state != _SENDING)
        .values(state=const(DeliveryState.DONE), cause=_EMPTY)
    )


@statement("house contact drop of member")
def _drop_contacts(d: Dialect) -> Executable:
    return sa.delete(house_contact).where(d.among(house_contact.c.member_id, "ids"))


@statement("house member empty")
def _empty_members(d: Dialect) -> Executable:
    return (
        sa.update(house_member)
        .where(d.among(house_member.c.id, "ids"))
        .values(sealed=param("sealed", SEALED))
    )


@statement("one-time code drop")
def _drop_codes(d: Dialect) -> Executable:
    return sa.delete(one_time_code).where(d.among(one_time_code.c.recipient, "ids"))


def places() -> Mapping[str, sa.Table]:
    """Return the tables that are searched."""
    tables = sorted(entity.metadata.tables.items())
    return {name: one for name, one in tables if name not in BY_ID and _sealed_columns(one)}


class ErasingPart(Part):
    """The search of ``gateway.ports.ErasureTx``."""

    def sealed_places(self) -> Sequence[str]:
        """Tables that are searched."""
        return list(places())

    def sealed_page(self, place: str, *, after: str, limit: int) -> Sequence[SealedRow]:
        """Rows of a table after a key."""
        table = places()[place]
        reading = _reading(place)
        key = _key_of(table)
        begin: object = after
        if not isinstance(key.type, sa.Text):
            begin = int(after or -1)
        shown = [column.name for column in _shown(table)]
        rows = self._session.all(reading, after=begin, limit=limit)
        return [self._row(table, dict(zip(shown, row, strict=True))) for row in rows]

    def put_sealed(self, place: str, rows: Sequence[SealedRow]) -> None:
        """Write sealed columns back."""
        table = places()[place]
        writing = _writing(place)
        is_text = isinstance(_key_of(table).type, sa.Text)
        for row in rows:
            sealed = {
                f"new_{name}": self._sealer.seal(self._word(table, name), value)
                for name, value in row.values.items()
            }
            self._session.all(writing, of_key=row.key if is_text else int(row.key), **sealed)

    def silence_rows(self, entity_ids: Sequence[str]) -> None:
        """Delete events, deliveries, pairs and proofs, empty stories."""
        for one in (_drop_events, _drop_deliveries, _drop_pairs, _drop_proofs, _empty_journal):
            self._about(one, entity_ids)

    def empty_letters(self, ids: Sequence[str]) -> None:
        """Close letters and take vendors' words out."""
        self._about(_empty_letters, ids, now=self._clock.now())

    def end_operations(self, keys: Sequence[str]) -> None:
        """Let operations be done with."""
        self._about(_end_operations, keys)

    def forget_members(self, ids: Sequence[str]) -> None:
        """Empty members and what they are found by."""
        self._about(_empty_members, ids, sealed=self._sealer.seal("house_member", {}))
        self._about(_drop_contacts, ids)

    def forget_codes(self, recipients: Sequence[str]) -> None:
        """Delete one-time codes."""
        self._about(_drop_codes, recipients)

    def _row(self, table: sa.Table, row: Mapping[str, Any]) -> SealedRow:
        sealed = _sealed_columns(table)
        values = {name: self._opened(table, name, row[name]) for name in sealed}
        texts = {name: str(value) for name, value in row.items() if name not in sealed}
        return SealedRow(texts[_key_of(table).name], texts, values)

    def _opened(self, table: sa.Table, name: str, raw: bytes) -> Any:  # noqa: ANN401 - JSON
        return self._sealer.open(self._word(table, name), raw)

    def _word(self, table: sa.Table, name: str) -> str:
        """Return the word that a column is sealed with: most name the column too."""
        return WORDS.get(table.name, f"{table.name}.{name}")


WORDS = {"event": "event", "house_sale": "house_sale"}
"""Tables that are sealed with their own name alone."""


@cache
def _reading(place: str) -> Statement:
    table = places()[place]
    key = _key_of(table)

    def build(_: Dialect) -> Executable:
        found = sa.select(*_shown(table)).where(key > param("after", key.type))
        return found.order_by(key).limit(param("limit", COUNT))

    return Statement(f"{place} search", build)


@cache
def _writing(place: str) -> Statement:
    table = places()[place]
    key = _key_of(table)

    def build(_: Dialect) -> Executable:
        values = {name: param(f"new_{name}", SEALED) for name in _sealed_columns(table)}
        return sa.update(table).where(key == param("of_key", key.type)).values(**values)

    return Statement(f"{place} empty", build)


def _key_of(table: sa.Table) -> sa.Column[Any]:
    """Return the only column of the primary key. Raises ``StoreError`` for several."""
    columns = list(table.primary_key.columns)
    if len(columns) != 1:
        msg = f"{table.name}: a table with sealed columns needs a key of one column to be searched"
        raise StoreError(msg)
    return columns[0]


def _shown(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the key, the open texts and the sealed columns."""
    return [
        column
        for column in table.columns
        if column.primary_key or isinstance(column.type, (sa.Text, sa.LargeBinary))
    ]


def _sealed_columns(table: sa.Table) -> list[str]:
    return [one.name for one in table.columns if isinstance(one.type, sa.LargeBinary)]
