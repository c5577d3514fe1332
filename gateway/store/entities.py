"""Canonical snapshots, identity map and look-up keys: the entity part of a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.ports import EntityRow, LinkRow
from gateway.store.columns import COUNT
from gateway.store.part import Grouped, Part
from gateway.store.report_changes import note_snapshots
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables import entity, link, mark, mark_seq, match_key

ENTITY = shape(
    entity,
    "id",
    "kind",
    "version",
    "deleted",
    "created_at",
    "changed_at",
    "customer_id",
    "sealed",
)
LINK = shape(
    link,
    "entity_id",
    "account",
    "kind",
    "external_id",
    "version",
    "told_mark",
    "told_at",
    "keyed",
    "sequence",
    "sealed",
)
MATCH = shape(match_key, "digest", "entity_id")
PAST = "~"
"""A text that sorts behind every id."""
ENTITY_SHOWN = [entity.c[name] for name in ENTITY if name != "customer_id"]
LINK_SHOWN = [link.c[name] for name in LINK]


@statement("lock keys")
def _lock_keys(_: Dialect) -> Executable:
    """Take advisory locks in the order of their numbers; PostgreSQL only."""
    keys = sa.func.unnest(param("keys", postgresql.ARRAY(sa.Text()))).table_valued(
        sa.column("key", sa.Text()), name="keys"
    )
    number = sa.func.hashtextextended(keys.render_derived().c.key, sa.literal_column("0"))
    numbers = sa.select(number.label("number")).distinct().order_by("number").subquery("numbers")
    return sa.select(sa.func.pg_advisory_xact_lock(numbers.c.number))


@statement("entity read")
def _entities(d: Dialect) -> Executable:
    return sa.select(*ENTITY_SHOWN).where(d.among(entity.c.id, "ids"))


@statement("entity lock")
def _lock_entities(d: Dialect) -> Executable:
    found = sa.select(*ENTITY_SHOWN).where(d.among(entity.c.id, "ids"))
    return found.order_by(entity.c.id).with_for_update()


@statement("entity hold")
def _hold_entities(d: Dialect) -> Executable:
    """As ``entity lock``, without the snapshots; PostgreSQL only."""
    found = sa.select(entity.c.id).where(d.among(entity.c.id, "ids"))
    return found.order_by(entity.c.id).with_for_update()


@statement("entity put")
def _put_entities(d: Dialect) -> Executable:
    insert = d.insert(entity, ENTITY)
    changed = {name: insert.excluded[name] for name in ENTITY if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("link by external id")
def _links(d: Dialect) -> Executable:
    return sa.select(*LINK_SHOWN).where(
        link.c.account == param("account"),
        link.c.kind == param("kind"),
        d.among(link.c.external_id, "ids"),
    )


@statement("link by entity")
def _links_of(d: Dialect) -> Executable:
    """Read them in any order: to have them in order, the whole index might be read."""
    return sa.select(*LINK_SHOWN).where(d.among(link.c.entity_id, "ids"))


@statement("link at account")
def _links_at(d: Dialect) -> Executable:
    mine = link.c.account == param("account")
    return sa.select(*LINK_SHOWN).where(d.among(link.c.entity_id, "ids"), mine)


@statement("link put")
def _put_links(d: Dialect) -> Executable:
    insert = d.insert(link, LINK)
    changed = {name: insert.excluded[name] for name in LINK if name not in {"entity_id", "account"}}
    return insert.on_conflict_do_update(index_elements=["entity_id", "account"], set_=changed)


@statement("match read")
def _match(d: Dialect) -> Executable:
    found = sa.select(match_key.c.digest, match_key.c.entity_id)
    return found.where(d.among(match_key.c.digest, "ids")).order_by(match_key.c.entity_id)


@statement("match of entities")
def _matches_of(d: Dialect) -> Executable:
    found = sa.select(match_key.c.digest, match_key.c.entity_id)
    return found.where(d.among(match_key.c.entity_id, "ids"))


@statement("match drop")
def _drop_matches(d: Dialect) -> Executable:
    given = d.given(MATCH)
    pair = sa.tuple_(match_key.c.digest, match_key.c.entity_id)
    return sa.delete(match_key).where(pair.in_(sa.select(given.c.digest, given.c.entity_id)))


@statement("match put")
def _put_matches(d: Dialect) -> Executable:
    return d.insert(match_key, MATCH).on_conflict_do_nothing()


@statement("entity of customer")
def _belongings(_: Dialect) -> Executable:
    found = sa.select(*ENTITY_SHOWN).where(
        entity.c.customer_id == param("customer_id"),
        entity.c.kind == param("kind"),
        entity.c.id < param("before"),
    )
    return found.order_by(entity.c.id.desc()).limit(param("most", COUNT))


@statement("mark next")
def _next_mark(d: Dialect) -> Executable:
    if d.name == "postgresql":
        return sa.select(mark_seq.next_value())
    return sa.update(mark).values(value=mark.c.value + 1).returning(mark.c.value)


class EntityPart(Part):
    """See ``gateway.ports.EntityTx``."""

    def lock_keys(self, keys: Sequence[str]) -> None:
        """Serialise with other transactions; on SQLite all writers are serial already."""
        if keys and not self._session.serial:
            self._session.all(_lock_keys, keys=list(keys))

    def links(self, account: str, kind: Kind, external_ids: Sequence[str]) -> Mapping[str, LinkRow]:
        """Links by external id."""
        found = self._about(_links, external_ids, account=account, kind=kind.value)
        return {row[3]: self._link(row) for row in found}

    def links_of(self, entity_ids: Sequence[str]) -> Mapping[str, Sequence[LinkRow]]:
        """All links of entities; an entity without links reads as empty."""
        grouped: Grouped[LinkRow] = Grouped()
        for row in sorted(self._about(_links_of, entity_ids), key=_key_of):
            grouped.add(row[0], self._link(row))
        return grouped

    def links_at(self, account: str, entity_ids: Sequence[str]) -> Mapping[str, LinkRow]:
        """Links of entities to one account."""
        found = self._about(_links_at, entity_ids, account=account)
        return {row[0]: self._link(row) for row in found}

    def put_links(self, rows: Sequence[LinkRow]) -> None:
        """Insert or replace links; those that give an external id up go first."""
        last = {(row.entity_id, row.account): row for row in rows}
        ordered = sorted(
            last.values(), key=lambda row: (row.external_id is not None, row.entity_id, row.account)
        )
        self._session.each(_put_links, [self._link_record(row) for row in ordered])

    def entities(self, ids: Sequence[str], *, lock: bool = False) -> Mapping[str, EntityRow]:
        """Snapshots by id."""
        found = self._about(_lock_entities if lock else _entities, ids)
        return {row[0]: self._entity(row) for row in found}

    def put_entities(self, rows: Sequence[EntityRow]) -> None:
        """Insert or replace snapshots; of several with one id the last counts."""
        last = {row.id: row for row in rows}
        self._session.each(_put_entities, [self._entity_record(last[key]) for key in sorted(last)])
        note_snapshots(self._session, ((row.kind, row.id) for row in last.values()))

    def lock_entities(self, ids: Sequence[str]) -> None:
        """Lock rows; on SQLite all writers are serial already."""
        if not self._session.serial:
            self._about(_hold_entities, ids)

    def match(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Entity ids by digest; an unknown digest reads as empty."""
        grouped: Grouped[str] = Grouped()
        for digest, entity_id in self._about(_match, digests):
            grouped.add(digest, entity_id)
        return grouped

    def put_matches(self, digests: Mapping[str, Sequence[str]]) -> None:
        """Replace the digests of entities."""
        had: dict[str, set[str]] = {}
        for digest, entity_id in self._about(_matches_of, sorted(digests)):
            had.setdefault(entity_id, set()).add(digest)
        gone = {
            (digest, entity_id)
            for entity_id, known in had.items()
            for digest in known.difference(digests[entity_id])
        }
        new = {
            (digest, entity_id)
            for entity_id, wanted in digests.items()
            for digest in set(wanted).difference(had.get(entity_id, ()))
        }
        self._session.each(_drop_matches, _match_records(gone))
        self._session.each(_put_matches, _match_records(new))

    def belongings(
        self, customer_id: str, *, kind: str, before: str | None, most: int
    ) -> Sequence[EntityRow]:
        """Entities of a customer; ids sort by the time of their making."""
        about = {"customer_id": customer_id, "kind": kind, "before": before or PAST, "most": most}
        return [self._entity(row) for row in self._session.all(_belongings, **about)]

    def next_mark(self) -> int:
        """Give the next number."""
        return int(self._session.all(_next_mark)[0][0])

    def _entity(self, row: tuple[Any, ...]) -> EntityRow:
        key, kind, version, deleted, created_at, changed_at, sealed = row
        fields, origins = self._sealer.open("entity", sealed)
        return EntityRow(
            id=key,
            kind=Kind(kind),
            version=version,
            fields=fields,
            origins={path: (account, at) for path, (account, at) in origins.items()},
            created_at=created_at,
            changed_at=changed_at,
            deleted=deleted,
        )

    def _entity_record(self, row: EntityRow) -> dict[str, Any]:
        return {
            "id": row.id,
            "kind": row.kind.value,
            "version": row.version,
            "deleted": row.deleted,
            "created_at": row.created_at,
            "changed_at": row.changed_at,
            "customer_id": _customer_of(row),
            "sealed": self._sealer.seal("entity", [row.fields, row.origins]),
        }

    def _link(self, row: tuple[Any, ...]) -> LinkRow:
        (
            entity_id, account, kind, external_id, version, told_mark, told_at, keyed, sequence,
            sealed,
        ) = row  # fmt: skip
        known, inflight = self._sealer.open("link", sealed)
        return LinkRow(
            entity_id=entity_id,
            kind=Kind(kind),
            account=account,
            external_id=external_id,
            known=known,
            inflight=tuple(inflight),
            version=version,
            told_mark=told_mark,
            told_at=told_at,
            keyed=keyed,
            sequence=sequence,
        )

    def _link_record(self, row: LinkRow) -> dict[str, Any]:
        return {
            "entity_id": row.entity_id,
            "account": row.account,
            "kind": row.kind.value,
            "external_id": row.external_id,
            "version": row.version,
            "told_mark": row.told_mark,
            "told_at": row.told_at,
            "keyed": row.keyed,
            "sequence": row.sequence,
            "sealed": self._sealer.seal("link", [row.known, row.inflight]),
        }


def _customer_of(row: EntityRow) -> str | None:
    found = row.fields.get("customer_id") if row.kind in OF_CUSTOMER else None
    return str(found) if found else None


def _key_of(row: tuple[Any, ...]) -> tuple[str, str]:
    return row[0], row[1]


def _match_records(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"digest": digest, "entity_id": entity_id} for digest, entity_id in sorted(pairs)]
