"""Who is who: the part of a transaction that keeps proofs and decisions about pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports.identity import Pair, PairRow, PairState, ProofRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Statement, const, param, shape, statement
from gateway.store.tables import entity, match_key
from gateway.store.tables_identity import identity_pair, identity_proof

PAIR = shape(
    identity_pair, "one", "other", "state", "rule", "points", "findings", "found_at", "decided_at",
    "decided_by", "note",
)  # fmt: skip
PROOF = shape(
    identity_proof,
    "digest",
    "entity_id",
    "proof",
    "source",
    "confirmed_at",
    "expired_at",
    "expired",
)
PAIR_SHOWN = [identity_pair.c[name] for name in PAIR]
_AFTER_COLON = ";"
"""The character after the colon that ends a digest's sort."""


@statement("identity pairs")
def _pairs(d: Dialect) -> Executable:
    return sa.select(*PAIR_SHOWN).where(d.among(identity_pair.c.one, "ids"))


@statement("identity pairs of others")
def _pairs_of_others(d: Dialect) -> Executable:
    return sa.select(*PAIR_SHOWN).where(d.among(identity_pair.c.other, "ids"))


@statement("identity pair put")
def _put_pairs(d: Dialect) -> Executable:
    insert = d.insert(identity_pair, PAIR)
    kept = {"one", "other", "found_at"}
    changed = {name: insert.excluded[name] for name in PAIR if name not in kept}
    return insert.on_conflict_do_update(index_elements=["one", "other"], set_=changed)


def _in_order(found: sa.Select[Any]) -> sa.Select[Any]:
    c = identity_pair.c
    found = found.where(c.state == param("state"))
    ordered = found.order_by(c.points.desc(), c.one.desc(), c.other.desc())
    return ordered.limit(param("limit", COUNT))


@statement("identity pairs of a state")
def _list(_: Dialect) -> Executable:
    return _in_order(sa.select(*PAIR_SHOWN))


@statement("identity pairs of a state, further")
def _list_below(_: Dialect) -> Executable:
    c = identity_pair.c
    place = sa.tuple_(param("points", COUNT), param("one"), param("other"))
    return _in_order(sa.select(*PAIR_SHOWN).where(sa.tuple_(c.points, c.one, c.other) < place))


@statement("identity pairs to ask")
def _to_ask(_: Dialect) -> Executable:
    return _in_order(sa.select(*PAIR_SHOWN).where(identity_pair.c.asked_at.is_(None)))


@statement("identity pairs asked")
def _asked(_: Dialect) -> Executable:
    named = (identity_pair.c.one == param("of_one"), identity_pair.c.other == param("of_other"))
    return sa.update(identity_pair).where(*named).values(asked_at=param("at", MOMENT))


@statement("identity pairs counted")
def _count(_: Dialect) -> Executable:
    state = identity_pair.c.state
    return sa.select(state, sa.func.count()).group_by(state)


def _holders() -> sa.Select[Any]:
    """Count the customers of digests: a card's record and an order have digests too."""
    customers = entity.c.kind == const(Kind.CUSTOMER.value)
    joined = match_key.join(entity, sa.and_(entity.c.id == match_key.c.entity_id, customers))
    found = sa.select(match_key.c.digest, sa.func.count()).select_from(joined)
    return found.group_by(match_key.c.digest)


@statement("identity shared digests")
def _shared(_: Dialect) -> Executable:
    digest = match_key.c.digest
    between = sa.and_(digest > param("after"), digest < param("end"))
    several = _holders().where(between).having(sa.func.count() > 1)
    return several.order_by(digest).limit(param("limit", COUNT))


@statement("identity holders")
def _count_holders(d: Dialect) -> Executable:
    return _holders().where(d.among(match_key.c.digest, "ids"))


@statement("identity proofs")
def _proofs(d: Dialect) -> Executable:
    shown = [identity_proof.c[name] for name in PROOF]
    return sa.select(*shown).where(d.among(identity_proof.c.entity_id, "ids"))


@statement("identity proof put")
def _put_proofs(d: Dialect) -> Executable:
    insert = d.insert(identity_proof, PROOF)
    keys = {"digest", "entity_id"}
    changed = {name: insert.excluded[name] for name in PROOF if name not in keys}
    return insert.on_conflict_do_update(index_elements=["digest", "entity_id"], set_=changed)


class IdentityPart(Part):
    """See ``gateway.ports.identity.IdentityTx``."""

    def pairs(self, pairs: Sequence[Pair]) -> Mapping[Pair, PairRow]:
        """What stands about pairs."""
        wanted = set(pairs)
        found = self._pair_rows(_pairs, sorted({one for one, _ in wanted}))
        return {row.pair: row for row in found if row.pair in wanted}

    def pairs_of(self, entity_ids: Sequence[str]) -> Sequence[PairRow]:
        """All that stands about customers with anybody."""
        ids = sorted(set(entity_ids))
        found = [*self._pair_rows(_pairs, ids), *self._pair_rows(_pairs_of_others, ids)]
        return list({row.pair: row for row in found}.values())

    def put_pairs(self, rows: Sequence[PairRow]) -> None:
        """Insert or replace what stands about pairs."""
        last = {row.pair: row for row in rows}
        self._session.each(_put_pairs, [self._pair_record(last[pair]) for pair in sorted(last)])

    def list_pairs(
        self, state: PairState, *, below: tuple[int, Pair] | None, limit: int
    ) -> Sequence[PairRow]:
        """Pairs of a state, the most certain first."""
        asked: dict[str, object] = {"state": state.value, "limit": limit}
        if below is None:
            return [self._pair_row(row) for row in self._session.all(_list, **asked)]
        points, (one, other) = below
        asked |= {"points": points, "one": one, "other": other}
        return [self._pair_row(row) for row in self._session.all(_list_below, **asked)]

    def pairs_to_ask(self, state: PairState, *, limit: int) -> Sequence[PairRow]:
        """Pairs of a state whose person was never asked."""
        found = self._session.all(_to_ask, state=state.value, limit=limit)
        return [self._pair_row(row) for row in found]

    def note_pairs_asked(self, pairs: Sequence[Pair], *, at: datetime) -> None:
        """Note that these were asked."""
        for one, other in pairs:
            self._session.all(_asked, of_one=one, of_other=other, at=at)

    def count_pairs(self) -> Mapping[PairState, int]:
        """Pairs by state."""
        return {PairState(state): number for state, number in self._session.all(_count)}

    def shared_digests(self, sort: str, *, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """Digests of a sort that several customers have."""
        start, end = max(after, f"{sort}:"), f"{sort}{_AFTER_COLON}"
        found = self._session.all(_shared, after=start, end=end, limit=limit)
        return [(digest, number) for digest, number in found]

    def count_holders(self, digests: Sequence[str]) -> Mapping[str, int]:
        """How many customers have each of these digests."""
        return dict(self._about(_count_holders, sorted(set(digests))))

    def proofs(self, entity_ids: Sequence[str]) -> Sequence[ProofRow]:
        """All proofs of customers."""
        found = self._about(_proofs, sorted(set(entity_ids)))
        return [ProofRow(**dict(zip(PROOF, row, strict=True))) for row in found]

    def put_proofs(self, rows: Sequence[ProofRow]) -> None:
        """Insert or replace proofs."""
        last = {(row.digest, row.entity_id): row for row in rows}
        records = [{name: getattr(last[at], name) for name in PROOF} for at in sorted(last)]
        self._session.each(_put_proofs, records)

    def _pair_rows(self, statement_: Statement, ids: Sequence[str]) -> list[PairRow]:
        return [self._pair_row(row) for row in self._about(statement_, ids)]

    def _pair_row(self, row: tuple[Any, ...]) -> PairRow:
        values = dict(zip(PAIR, row, strict=True))
        pair = values.pop("one"), values.pop("other")
        values["state"] = PairState(values["state"])
        values["findings"] = orjson.loads(values["findings"])
        values["note"] = self._sealer.open("identity_pair", values["note"])
        return PairRow(pair=pair, **values)

    def _pair_record(self, row: PairRow) -> dict[str, Any]:
        plain = {name: getattr(row, name) for name in PAIR if name not in {"one", "other"}}
        return plain | {
            "one": row.pair[0],
            "other": row.pair[1],
            "state": row.state.value,
            "findings": orjson.dumps(row.findings).decode(),
            "note": self._sealer.seal("identity_pair", row.note),
        }
