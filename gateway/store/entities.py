"""Canonical snapshots, identity map and look-up keys: the entity part of a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from gateway.canonical import Kind
from gateway.ports import EntityRow, LinkRow
from gateway.store.part import Grouped, Part
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables import entity, link, mark, mark_seq, match_key

FLAG = sa.Boolean()

ENTITY = shape(
    entity,
    "id",
    "kind",
    "version",
    "deleted",
    "created_at",
    "changed_at",
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
ENTITY_SHOWN = [entity.c[name] for name in ENTITY]
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
    found = sa.select(*LINK_SHOWN).where(d.among(link.c.entity_id, "ids"))
    return found.order_by(link.c.entity_id, link.c.account)


@statement("link put")
def _put_links(d: Dialect) -> Executable:
    insert = d.insert(link, LINK)
    changed = {name: insert.excluded[name] for name in LINK if name not in {"entity_id", "account"}}
    return insert.on_conflict_do_update(index_elements=["entity_id", "account"], set_=changed)


@statement("match read")
def _match(d: Dialect) -> Executable:
    found = sa.select(match_key.c.digest, match_key.c.entity_id)
    return found.where(d.among(match_key.c.digest, "ids")).order_by(match_key.c.entity_id)


def _gone_matches(d: Dialect) -> sa.Delete:
    kept = d.among(match_key.c.digest, "kept")
    return sa.delete(match_key).where(match_key.c.entity_id == param("of_entity"), ~kept)


@statement("match clear")
def _clear_matches(d: Dialect) -> Executable:
    return _gone_matches(d)


@statement("match put")
def _put_matches(d: Dialect) -> Executable:
    return d.insert(match_key, MATCH).on_conflict_do_nothing()


@statement("match replace")
def _replace_matches(d: Dialect) -> Executable:
    """Clear and put in one round trip; PostgreSQL only."""
    return d.insert(match_key, MATCH).on_conflict_do_nothing().add_cte(_gone_matches(d).cte("gone"))


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
        for row in self._about(_links_of, entity_ids):
            grouped.add(row[0], self._link(row))
        return grouped

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

    def match(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Entity ids by digest; an unknown digest reads as empty."""
        grouped: Grouped[str] = Grouped()
        for digest, entity_id in self._about(_match, digests):
            grouped.add(digest, entity_id)
        return grouped

    def put_matches(self, entity_id: str, digests: Sequence[str]) -> None:
        """Replace the digests of an entity."""
        wanted = sorted(set(digests))
        gone = {"of_entity": entity_id, "kept": wanted}
        records = [{"digest": digest, "entity_id": entity_id} for digest in wanted]
        if records and not self._session.serial:
            self._session.each(_replace_matches, records, **gone)
            return
        self._session.all(_clear_matches, **gone)
        self._session.each(_put_matches, records)

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
        plain = (
            "entity_id", "account", "external_id", "version", "told_mark", "told_at", "keyed",
            "sequence",
        )  # fmt: skip
        return {name: getattr(row, name) for name in plain} | {
            "kind": row.kind.value,
            "sealed": self._sealer.seal("link", [row.known, row.inflight]),
        }
