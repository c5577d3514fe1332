"""House estate: the members of two people come together, and apart, with them.

A member is somebody's when he stands for him, or has one of his contacts and stands for nobody; in
the second case not while another customer has one of the member's contacts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from gateway.canonical import Customer, Kind
from gateway.identity.merging.estate import GivenBack
from gateway.identity.merging.join import MergeRefused
from gateway.loyalty.house.joining import join, joint_of
from gateway.loyalty.house.lots import ZERO
from gateway.loyalty.house.parting import part
from gateway.loyalty.house.programme import HOUSE_ACCOUNT, Programme, living, locks
from gateway.ports import EntityRow, HouseMemberRow, JournalRow, MergeRow, Tx
from gateway.sync.absorbed import survivors


@dataclass(frozen=True, slots=True)
class HouseEstate:
    """See ``Estate``. Nobody is written to: a merge is no occasion for a message."""

    programme: Programme

    def join(
        self, tx: Tx, row: MergeRow, pair: tuple[EntityRow, EntityRow], now: datetime
    ) -> dict[str, Any]:
        """Join the absorbed person's members into the survivor's oldest one.

        Where the survivor has none, the absorbed person's become his as they are.
        """
        ours, theirs = self._members(tx, pair)
        if not theirs:
            return {}
        if not ours:
            for one in theirs:
                heir = replace(one, entity_id=row.survivor, changed_at=now)
                tx.put_house_member(heir, digests=())
            return {"adopted": {one.id: one.entity_id for one in theirs}, "at": now.isoformat()}
        into = replace(ours[0], entity_id=row.survivor)
        tx.put_house_member(into, digests=())
        joints = []
        for one in theirs:
            gone = replace(one, entity_id=row.absorbed)
            into = tx.house_members([into.id])[into.id]
            joint = join(tx, self.programme, (into, gone), key=row.id, now=now)
            told = {"from": gone.id, "into": into.id, "points": str(joint.points - joint.debt)}
            self._tell(tx, row, "joined", told, now)
            joints.append(joint.stored())
        return {"joints": joints}

    def part(
        self, tx: Tx, row: MergeRow, record: Mapping[str, Any], now: datetime
    ) -> GivenBack | None:
        """Give members back, the last joined first. Raises ``MergeBusy``, ``MergeRefused``."""
        if "adopted" in record:
            self._give_up(tx, record, now)
        joints = [joint_of(stored) for stored in reversed(record.get("joints", ()))]
        ids = {one for joint in joints for one in (joint.into, joint.gone)}
        tx.lock_keys([key for one in sorted(ids) for key in locks(member_id=one)])
        backs = []
        for joint in joints:
            rows = tx.house_members([joint.into, joint.gone])
            pair = (rows[joint.into], rows[joint.gone])
            back = part(tx, self.programme, joint, pair, key=row.id, now=now)
            told = {
                "from": joint.gone, "into": joint.into, "points": str(back.points),
                "spent": str(back.spent), "expired": str(back.expired),
            }  # fmt: skip
            self._tell(tx, row, "parted", told, now)
            backs.append(back)
        if not backs:
            return None
        return GivenBack(
            _sum(one.points for one in backs),
            _sum(one.spent for one in backs),
            _sum(one.expired for one in backs),
        )

    def _members(
        self, tx: Tx, pair: tuple[EntityRow, EntityRow]
    ) -> tuple[list[HouseMemberRow], list[HouseMemberRow]]:
        """Lock and return the members of both, the oldest first; who is both's is the first's."""
        held: set[str] = set()
        while True:
            ours, theirs = (self._of(tx, one, pair) for one in pair)
            shared = {one.id for one in ours}
            theirs = [one for one in theirs if one.id not in shared]
            found = {one.id for one in (*ours, *theirs)}
            if found <= held:
                return ours, theirs
            tx.lock_keys([key for one in sorted(found) for key in locks(member_id=one)])
            held |= found

    def _of(
        self, tx: Tx, who: EntityRow, pair: tuple[EntityRow, EntityRow]
    ) -> list[HouseMemberRow]:
        digests = self.programme.digests_of(cast("Customer", who.entity))
        named = {*tx.house_contacts(digests).values(), *tx.house_members_of([who.id])}
        found = [row for row in (living(tx, one) for one in named) if row is not None]
        mine = {row.id: row for row in found if self._is_of(tx, row, who, pair)}
        return sorted(mine.values(), key=lambda one: (one.registered_at, one.id))

    def _is_of(
        self, tx: Tx, row: HouseMemberRow, who: EntityRow, pair: tuple[EntityRow, EntityRow]
    ) -> bool:
        if row.entity_id:
            now = survivors(tx, [row.entity_id])
            return now.get(row.entity_id, row.entity_id) == who.id
        digests = self.programme.digests_of(Customer.model_validate(row.fields))
        near = {one for found in tx.match(digests).values() for one in found}
        others = tx.entities(sorted(near - {one.id for one in pair}))
        return not any(one.kind is Kind.CUSTOMER and not one.deleted for one in others.values())

    def _give_up(self, tx: Tx, record: Mapping[str, Any], now: datetime) -> None:
        """Let members who only changed their person be whose they were."""
        adopted, since = record["adopted"], datetime.fromisoformat(record["at"])
        joined = tx.house_members(tx.house_joined(sorted(adopted)))
        if any(one.changed_at > since for one in joined.values()):
            msg = (
                "points of somebody else came to the same member since: take that merge back first"
            )
            raise MergeRefused(msg)
        for member_id, row in tx.house_members(sorted(adopted)).items():
            was = replace(row, entity_id=adopted[member_id], changed_at=now)
            tx.put_house_member(was, digests=())

    def _tell(
        self, tx: Tx, row: MergeRow, outcome: str, told: Mapping[str, object], now: datetime
    ) -> None:
        """Tell both stories, in the words of one."""
        tx.write_journal(
            [
                JournalRow(
                    now, one, Kind.CUSTOMER, HOUSE_ACCOUNT, "house.points", outcome, row.id, told
                )
                for one in (row.survivor, row.absorbed)
            ]
        )


def _sum(points: Iterable[Decimal]) -> Decimal:
    return sum(points, ZERO)
