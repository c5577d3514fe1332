"""A couple: customers with members of the house who turn out to be one person, in one store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from gateway.canonical import Customer, Kind
from gateway.canonical.paths import spoken
from gateway.config import HouseSection
from gateway.identity.merging.service import Merging, Undone, Wanted
from gateway.loyalty.house.estate import HouseEstate
from gateway.loyalty.house.lots import Holdings, holdings
from gateway.ports import EntityRow, JournalRow, MergeRow, MergeState, Posting, Tx
from gateway.sync.apply import Applier
from gateway.sync.ownership import Ownership
from tests.gateway.loyalty.house.memory import MemoryStore, done
from tests.gateway.loyalty.house.shop import Clock, Shop, person, shop_on


@dataclass
class Couple:
    """A shop whose customers have canonical records; ``memory.cut`` loses the next commit."""

    form: HouseSection
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Open the shop."""
        self.memory = MemoryStore(self.clock)
        self.shop: Shop = shop_on(self.memory, self.form, self.clock)
        self._numbers = count(1)
        self.applier = Applier(
            {}, Ownership(), self.shop.programme.digester, self.clock,
            lambda kind: f"{kind[0]}-{next(self._numbers)}", lambda: f"i-{next(self._numbers)}",
        )  # fmt: skip

    def customer(self, number: int, made: Customer | None = None) -> str:
        """Store a customer; return the id."""
        done(self.memory.run(lambda tx: put_customer(tx, self.applier, number, made)))
        return f"c-{number}"

    def member(self, number: int) -> str:
        """Register the member of a customer."""
        return done(self.shop.member(number))

    def both(self) -> tuple[str, str]:
        """Two customers, 1 and 2, each with a member of his own; return the members."""
        self.customer(1)
        self.customer(2)
        return self.member(1), self.member(2)

    def merging(self) -> Merging:
        """Return the service, as a process would make it anew."""
        return Merging(
            self.memory, self.clock, self.applier, lambda: f"g-{next(self._numbers)}", (), 3600.0,
            lambda _: None, HouseEstate(self.shop.programme),
        )  # fmt: skip

    def merge(self, survivor: str = "c-1", absorbed: str = "c-2") -> MergeRow:
        """Merge two customers."""
        row = done(self.merging().propose(Wanted(survivor, absorbed, "operator", "olga")))
        assert row.state is MergeState.DONE
        return row

    def undo(self, row: MergeRow) -> Undone:
        """Take a merge back."""
        return done(self.merging().undo(row.id, who="olga"))

    def lots(self, member: str) -> Mapping[Any, Decimal]:
        """What the ledger keeps for a member, by account and lot."""
        sums = done(self.memory.read(lambda tx: tx.house_lots(member)))
        return {(one.account, one.lot): one.points for one in sums}

    def held(self, member: str) -> Holdings:
        """The same as a member's accounts."""
        sums: list[Posting] = list(done(self.memory.read(lambda tx: tx.house_lots(member))))
        return holdings(sums, self.clock.now())

    def total(self) -> Decimal:
        """Sum of all postings."""
        return sum(done(self.memory.read(lambda tx: tx.house_sums())).values(), Decimal(0))

    def steps(self, entity_id: str) -> list[JournalRow]:
        """What somebody's story says of the house."""
        rows = done(self.memory.read(lambda tx: tx.story(entity_id, limit=100)))
        return [one for one in rows if one.event.startswith("house.")]


def put_customer(tx: Tx, applier: Applier, number: int, made: Customer | None = None) -> None:
    """Store a customer with the id ``c-number``."""
    now, entity_id = applier.clock.now(), f"c-{number}"
    origins = {"": ("shop", now.isoformat())}
    held = applier.working_set(tx)
    held.load([entity_id])
    held.put_entity(
        EntityRow(
            entity_id, Kind.CUSTOMER, 1, spoken(made or person(number)), origins, now, now
        )
    )  # fmt: skip
    held.flush(applier.digester)
