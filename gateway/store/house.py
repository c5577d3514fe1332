"""Members of the house programme and keys of orders: their part of a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.ports import HouseMemberRow, OrderKeyRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_house import (
    house_contact,
    house_member,
    house_order_key,
    house_rules,
    house_sale,
)

MEMBER = shape(
    house_member, "id", "registered_at", "changed_at", "tier", "entity_id", "sealed", "joined_into"
)  # fmt: skip
CONTACT = shape(house_contact, "digest", "member_id")
ORDER_KEY = shape(
    house_order_key,
    "digest",
    "sale_id",
    "issued_at",
    "expires_at",
    "issued_by",
    "uses",
    "used_at",
)
RULES = shape(house_rules, "version", "first_at", "rules")
EVER = datetime(1970, 1, 1, tzinfo=UTC)
KOPECKS = 100


@statement("house member read")
def _members(d: Dialect) -> Executable:
    shown = (house_member.c[name] for name in MEMBER)
    return sa.select(*shown).where(d.among(house_member.c.id, "ids"))


@statement("house member put")
def _put_member(d: Dialect) -> Executable:
    insert = d.insert(house_member, MEMBER)
    changed = {name: insert.excluded[name] for name in MEMBER if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("house members of customers")
def _members_of(d: Dialect) -> Executable:
    mine = (house_member.c.entity_id != const(""), d.among(house_member.c.entity_id, "ids"))
    return sa.select(house_member.c.id).where(*mine).order_by(house_member.c.id)


@statement("house members joined")
def _joined(d: Dialect) -> Executable:
    mine = (house_member.c.joined_into != const(""), d.among(house_member.c.joined_into, "ids"))
    return sa.select(house_member.c.id).where(*mine).order_by(house_member.c.id)


@statement("house contact read")
def _contacts(d: Dialect) -> Executable:
    found = sa.select(house_contact.c.digest, house_contact.c.member_id)
    return found.where(d.among(house_contact.c.digest, "ids"))


@statement("house contact put")
def _put_contacts(d: Dialect) -> Executable:
    return d.insert(house_contact, CONTACT).on_conflict_do_nothing()


def _counted(member: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Sum what counts for a member's tier."""
    total = sa.cast(sa.func.coalesce(sa.func.sum(house_sale.c.turnover), 0), COUNT)
    return sa.select(total).where(
        house_sale.c.member_id == member,
        house_sale.c.counted_at > param("since", MOMENT),
        house_sale.c.counted_at <= param("until", MOMENT),
        house_sale.c.state == const("committed"),
    )


@statement("house purchases")
def _purchases(_: Dialect) -> Executable:
    return _counted(param("member_id"))


@statement("house tiers")
def _tiers(_: Dialect) -> Executable:
    purchases = _counted(house_member.c.id).correlate(house_member).scalar_subquery()
    return (
        sa.select(house_member.c.id, house_member.c.tier, purchases)
        .where(house_member.c.id > param("after"), house_member.c.joined_into == const(""))
        .order_by(house_member.c.id)
        .limit(param("limit", COUNT))
    )


@statement("house rules put")
def _put_rules(d: Dialect) -> Executable:
    return d.insert(house_rules, RULES).on_conflict_do_nothing()


@statement("house rules read")
def _rules(_: Dialect) -> Executable:
    return sa.select(house_rules.c.rules).where(house_rules.c.version == param("version"))


@statement("house order key put")
def _put_key(d: Dialect) -> Executable:
    insert = d.insert(house_order_key, ORDER_KEY)
    changed = {name: insert.excluded[name] for name in ("uses", "used_at")}
    return insert.on_conflict_do_update(index_elements=["digest"], set_=changed)


@statement("house order key read")
def _key(_: Dialect) -> Executable:
    shown = (house_order_key.c[name] for name in ORDER_KEY)
    return sa.select(*shown).where(house_order_key.c.digest == param("digest"))


class HouseMemberPart(Part):
    """See ``gateway.ports.HouseMemberTx``."""

    def house_members(self, ids: Sequence[str]) -> Mapping[str, HouseMemberRow]:
        """Members by id."""
        return {row[0]: self._member(row) for row in self._about(_members, ids)}

    def house_members_of(self, entity_ids: Sequence[str]) -> Sequence[str]:
        """Ids of members by their customers."""
        return [member_id for (member_id,) in self._about(_members_of, entity_ids)]

    def house_joined(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of those who were joined into members."""
        return [member_id for (member_id,) in self._about(_joined, ids)]

    def house_contacts(self, digests: Sequence[str]) -> Mapping[str, str]:
        """Member ids by digest."""
        return dict(self._about(_contacts, digests))

    def put_house_member(self, row: HouseMemberRow, *, digests: Sequence[str]) -> None:
        """Store a member, and contacts that nobody has yet."""
        record = {
            "id": row.id,
            "registered_at": row.registered_at,
            "changed_at": row.changed_at,
            "tier": row.tier,
            "entity_id": row.entity_id,
            "sealed": self._sealer.seal("house_member", row.fields),
            "joined_into": row.joined_into,
        }
        self._session.each(_put_member, [record])
        contacts = [{"digest": digest, "member_id": row.id} for digest in sorted(set(digests))]
        self._session.each(_put_contacts, contacts)

    def house_purchases(
        self, member_id: str, *, since: datetime | None, until: datetime
    ) -> Decimal:
        """Money that counts for a tier."""
        found = self._session.all(_purchases, member_id=member_id, since=since or EVER, until=until)
        return Decimal(found[0][0]) / KOPECKS

    def house_tiers(
        self, *, since: datetime | None, until: datetime, after: str, limit: int
    ) -> Sequence[tuple[str, str, Decimal]]:
        """Members with their purchases."""
        found = self._session.all(
            _tiers, since=since or EVER, until=until, after=after, limit=limit
        )
        return [(member, tier, Decimal(kopecks) / KOPECKS) for member, tier, kopecks in found]

    def put_house_rules(self, version: str, rules: str, *, now: datetime) -> None:
        """Note a version of the rules."""
        self._session.each(_put_rules, [{"version": version, "first_at": now, "rules": rules}])

    def house_rules(self, version: str) -> str | None:
        """The rules of a version."""
        found = self._session.all(_rules, version=version)
        return str(found[0][0]) if found else None

    def put_order_key(self, row: OrderKeyRow) -> None:
        """Store a key or its use."""
        self._session.each(_put_key, [{name: getattr(row, name) for name in ORDER_KEY}])

    def order_key(self, digest: str) -> OrderKeyRow | None:
        """A key by its digest."""
        found = self._session.all(_key, digest=digest)
        return OrderKeyRow(*found[0]) if found else None

    def _member(self, row: tuple[Any, ...]) -> HouseMemberRow:
        key, registered_at, changed_at, tier, entity_id, sealed, joined_into = row
        fields = self._sealer.open("house_member", sealed)
        return HouseMemberRow(key, registered_at, changed_at, tier, entity_id, fields, joined_into)
