"""Direct: a day told to a processor's contract itself, with no service between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Money, OrderLine, Payment, PaymentState, ProductRef
from gateway.contract import Kept, LoyaltyProcessing, MemberKey, Refund, Sale
from gateway.demo.till.plan import Back, Plan, Ring, Step
from gateway.demo.till.reference import Line, Reference, Rules, total

Wait = Callable[[], Awaitable[None]]
NOON = datetime(2026, 3, 9, 9, 10, tzinfo=UTC)


def resolved(value: Any, env: Mapping[str, str]) -> Any:  # noqa: ANN401 - any TOML
    """Return settings with their secrets filled in, as the gateway's configuration does."""
    if isinstance(value, dict):
        if set(value) == {"env"}:
            return env[value["env"]]
        return {name: resolved(one, env) for name, one in value.items()}
    return value


@dataclass(slots=True)
class DirectDay:
    """A day at one processor. ``waits`` lets what the vendor queued be done."""

    loyalty: LoyaltyProcessing
    plan: Plan
    reference: Reference
    waits: Wait
    rings: dict[str, Ring] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)

    @classmethod
    def of(cls, loyalty: LoyaltyProcessing, plan: Plan, rules: Rules, waits: Wait) -> DirectDay:
        """Open the accounts of a day."""
        reference = Reference(rules)
        for buyer in plan.buyers:
            reference.open(buyer.number, buyer.opening)
        return cls(loyalty, plan, reference, waits)

    async def live(self) -> None:
        """Tell all shops' days, one shop after the other."""
        for shop in self.plan.shops:
            for entry in shop.entries:
                if isinstance(entry, Ring):
                    await self._ring(entry)
                else:
                    await self._back(entry)

    async def _ring(self, ring: Ring) -> None:
        sale = self._sale(ring)
        self.rings[ring.id] = ring
        if not ring.offline:
            await self.loyalty.quote(sale)
        kept = None
        if ring.spend:
            kept = await self.loyalty.reserve(sale, key=f"r-{ring.id}")
            if Step.RESERVE in ring.repeats:
                kept = await self.loyalty.reserve(sale, key=f"r-{ring.id}")
            assert kept.points_spent is not None
            assert kept.points_spent.points == ring.spend
        if ring.given_up:
            assert kept is not None
            for _ in range(1 + (Step.CANCEL in ring.repeats)):
                await self.loyalty.cancel(kept, key=f"x-{ring.id}")
            return
        for _ in range(1 + (Step.COMMIT in ring.repeats)):
            self.kept[ring.id] = await self.loyalty.commit(sale, kept, key=f"c-{ring.id}")
        self.reference.close(ring.id, ring.member, ring.lines, ring.spend)

    async def _back(self, back: Back) -> None:
        ring = self.rings[back.sale]
        lines = [
            _line(line, (back.parts or {}).get(line.id))
            for line in ring.lines
            if back.parts is None or line.id in back.parts
        ]
        refund = Refund(
            back.id,
            back.sale,
            self.kept[back.sale].reference,
            NOON,
            lines=lines,
        )
        await self.waits()
        for _ in range(1 + (Step.REFUND in back.repeats)):
            await self.loyalty.refund(refund, key=f"b-{back.id}")
        await self.waits()
        self.reference.give_back(back.id, back.sale, back.parts)

    def _sale(self, ring: Ring) -> Sale:
        member = None
        if ring.member is not None:
            member = MemberKey(phone=self.plan.buyers[ring.member].phone)
        paid = Money.of(total(ring.lines) - ring.spend)
        return Sale(
            id=ring.id,
            lines=[_line(line) for line in ring.lines],
            at=NOON,
            member=member,
            points=BonusPoints(points=ring.spend) if ring.spend else None,
            payments=[Payment(id="1", method="card", amount=paid, state=PaymentState.PAID)],
            shop=None,
            till="1",
        )


def _line(line: Line, quantity: Decimal | None = None) -> OrderLine:
    return OrderLine(
        id=line.id,
        product=ProductRef(external_id=line.sku, name=line.name),
        quantity=line.quantity if quantity is None else quantity,
        base_price=Money.of(line.base),
        price=Money.of(line.price),
    )
