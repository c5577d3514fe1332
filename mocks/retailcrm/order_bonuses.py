"""What an order has to do with its customer's bonuses (reference, 11.8 and 11.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.participation import ZERO, Lot, Participation, Taken

if TYPE_CHECKING:
    from mocks.retailcrm.programs import Event, Level


@dataclass(slots=True)
class OrderBonuses:
    """Participation and level that apply, and what the order has charged and credited so far.

    ``holder`` is the participation that ``charged``, ``booked`` and ``counted`` lie on; it may be
    another one when the order has got another customer. ``withdrawn``: the bonus operations were
    cancelled, so the order earns no more.
    """

    member: Participation | None = None
    level: Level | None = None
    event: Event | None = None
    holder: Participation | None = None
    charged: Decimal = ZERO
    taken: Taken = field(default_factory=list)
    booked: Decimal = ZERO
    lot: Lot | None = None
    counted: Decimal = ZERO
    withdrawn: bool = False

    def rehold(self, ended: Mapping[int, Participation]) -> None:
        """Let a participation that took over stand in for the one that ended."""
        if self.holder is not None:
            self.holder = ended.get(self.holder.id, self.holder)
        if self.member is not None:
            self.member = ended.get(self.member.id, self.member)

    def view(self) -> dict[str, Any]:
        """Return what an order shows of its participation."""
        view: dict[str, Any] = {}
        if self.member is not None:
            view["loyaltyAccount"] = self.member.account()
        if self.level is not None:
            view["loyaltyLevel"] = {"id": self.level.id, "name": self.level.name}
        if self.event is not None:
            view["loyaltyEventDiscount"] = {"id": self.event.id}
        return view
