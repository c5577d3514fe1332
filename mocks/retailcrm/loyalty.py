"""The loyalty desk: programs, participations, the ledger of bonuses, SMS checks (reference, 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.checks import Checks
from mocks.retailcrm.member_index import MemberIndex
from mocks.retailcrm.participation import NEVER, Lot, Participation, Taken

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.programs import Level, Program


@dataclass(frozen=True)
class Operation:
    """One row of the ledger; a charge is negative. ``id`` shows in cursors only."""

    id: int
    type: str
    at: str
    amount: Decimal
    member: int
    program: int
    order: int | None = None
    start: str | None = None
    event: Mapping[str, Any] | None = None
    comment: str | None = None


class Loyalty:
    """Programs, participations and bonuses of one account."""

    def __init__(self, account: Account) -> None:
        """Start with the programs of the settings and nobody in them."""
        self._account = account
        self.programs: dict[int, Program] = {one.id: one for one in account.settings.programs}
        self.members: dict[int, Participation] = {}
        self.operations: list[Operation] = []
        self.checks = Checks(account)
        self.index = MemberIndex()
        self._of_customer: dict[int, list[Participation]] = {}
        self._settled = ""

    def program_of(self, site: str | None) -> Program | None:
        """Return the working program of a shop, the lowest id first."""
        for number in sorted(self.programs):
            program = self.programs[number]
            if program.works and (not program.sites or site in program.sites):
                return program
        return None

    def joined(self, customer: int) -> list[Participation]:
        """Return the participations of a customer."""
        return self._of_customer.get(customer, [])

    def of(self, customer: int | None, site: str | None) -> Participation | None:
        """Return the customer's participation in a program of a shop, a working one first."""
        if customer not in self._of_customer:
            return None
        here = [
            one
            for one in self._of_customer[customer]
            if not self.programs[one.program].sites or site in self.programs[one.program].sites
        ]
        return min(here, key=lambda one: (not self.works(one), one.program), default=None)

    def works(self, member: Participation) -> bool:
        """Tell whether the program of a participation is active and not blocked."""
        return self.programs[member.program].works

    def join(self, member: Participation) -> None:
        """Enter a new participation."""
        self.members[member.id] = member
        self.index.put(member)
        self._of_customer.setdefault(member.customer, []).append(member)

    def move(self, customer: int, survivor: int) -> dict[int, Participation]:
        """Let a merged customer's participations follow.

        In a shared program bonuses, purchases and operations do; return by the id of each
        participation that ends so the one that takes over.
        """
        ended: dict[int, Participation] = {}
        for member in self._of_customer.pop(customer, []):
            twin = next(
                (one for one in self.joined(survivor) if one.program == member.program), None
            )
            if twin is None:
                member.customer = survivor
                self._of_customer.setdefault(survivor, []).append(member)
                continue
            twin.lots.extend(member.lots)
            twin.orders_sum += member.orders_sum
            ended[member.id] = twin
            self._forget(member)
        if ended:
            self.operations = [
                replace(row, member=ended[row.member].id) if row.member in ended else row
                for row in self.operations
            ]
        return ended

    def leave(self, customer: int) -> None:
        """Forget the participations of a deleted customer."""
        for member in self._of_customer.pop(customer, []):
            self._forget(member)

    def _forget(self, member: Participation) -> None:
        self.index.take(member)
        del self.members[member.id]

    def level(self, member: Participation) -> Level:
        """Return the present level: what purchases reach, or a higher one given by hand."""
        program = self.programs[member.program]
        earned = program.earned_level(member.orders_sum)
        pinned = next((one for one in program.levels if one.id == member.pinned_level), earned)
        return max(earned, pinned, key=lambda level: level.sum)

    def credit(
        self,
        member: Participation,
        amount: Decimal,
        kind: str,
        *,
        start: str | None = None,
        end: str | None = None,
        **about: Any,
    ) -> Lot:
        """Credit bonuses from the day ``start`` (default today) to ``end`` (default by program)."""
        today = self._account.now()[:10]
        start = start or today
        life = self.programs[member.program].life_days
        if end is None and life:
            end = str(date.fromisoformat(start) + timedelta(days=life))
        lot = Lot(amount, start, end, active=start <= today)
        member.lots.append(lot)
        self.note(member, kind, amount, start=start, **about)
        return lot

    def charge(self, member: Participation, amount: Decimal, kind: str, **about: Any) -> Taken:
        """Charge bonuses that the balance holds."""
        taken = member.take(amount)
        self.note(member, kind, -amount, **about)
        return taken

    def note(
        self, member: Participation, kind: str, amount: Decimal, *, at: str = "", **about: Any
    ) -> None:
        """Write a row of the ledger."""
        number = self._account.next_id("operation")
        stamp = at or self._account.now()
        self.operations.append(
            Operation(number, kind, stamp, amount, member.id, member.program, **about)
        )

    def settle(self) -> None:
        """Activate and burn what has come due; looks at the lots once a day."""
        if not self.members:
            return
        today = self._account.now()[:10]
        if today == self._settled:
            return
        self._settled = today
        for member in self.members.values():
            self._settle(member, today)

    def _settle(self, member: Participation, today: str) -> None:
        for lot in sorted(member.lots, key=lambda one: one.end or NEVER):
            lot.active = lot.active or lot.start <= today
            if lot.end is not None and lot.end < today:
                member.lots.remove(lot)
                midnight = f"{date.fromisoformat(lot.end) + timedelta(days=1)} 00:00:00"
                self.note(member, "burn", -lot.left, at=midnight)
