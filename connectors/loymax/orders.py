"""Orders: online orders as purchases, which earn their points when they are complete.

An order is reckoned while it is open, confirmed when it is complete, cancelled when it is dropped
and given back when it returns (vendor reference, 8.4). Points are spent at the checkout, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.canonical import Kind, Order, OrderLine, OrderStatus
from gateway.contract import (
    Change,
    Clock,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Outcome,
    Rejected,
    Written,
    side_by_side,
)

from .people import People
from .processing import Steps
from .purchases import Cheque, purchase_id, sums_of, to_pay

_OVER = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELLED, OrderStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class OrderWriter:
    """Writer of orders. A purchase's id is made of our key, so every step may be repeated."""

    steps: Steps
    people: People
    clock: Clock

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what the vendor would hold; see ``EntityWriter.held``.

        Nothing of a purchase changes once it is over, but that a complete one may return.
        """
        before = known.status if known is not None else None
        status = entity.status if entity.status in _OVER else OrderStatus.NEW
        if known is not None and before in _OVER:
            returns = before is OrderStatus.COMPLETE and status is OrderStatus.RETURNED
            return known.model_copy(update={"status": status}) if returns else known
        return Order(
            number=entity.number,
            status=status,
            placed_at=entity.placed_at,
            lines=tuple(_held(line) for line in entity.lines),
            promo_codes=self._coupons(entity),
        )

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Bring purchases to the state of their orders; see ``EntityWriter.write``."""
        at_once = self.people.client.settings.at_once
        return await side_by_side(changes, self._write, at_once=at_once)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find nothing: purchases cannot be asked for by our key (7.7).

        A creation looks for the purchase by number and time itself, so it may be repeated.
        """
        del keys
        return {}

    async def _write(self, change: Change[Order]) -> Outcome[Order]:
        external_id = purchase_id(change.key)
        try:
            if change.external_id not in (None, external_id):
                msg = "the order's id is none that was made of its key"
                raise Missing(msg, operation="purchase")
            cheque = self._cheque(change)
            if change.external_id is None and await self.steps.purchases.state(cheque):
                return Exists(external_id)
            await self._bring(change, cheque)
        except ConnectorError as error:
            return Failed(error)
        member, is_over = change.customer_external_id, change.entity.status in _OVER
        return Written(
            external_id,
            created=change.external_id is None,
            # Points move when a purchase ends, and the vendor has no stream of such changes.
            touched=((Kind.CUSTOMER, member),) if member is not None and is_over else (),
        )

    async def _bring(self, change: Change[Order], cheque: Cheque) -> None:
        entity, member = change.entity, await self._member(change)
        was = change.known.status if change.known is not None else None
        if entity.status is OrderStatus.CANCELLED:
            await self.steps.cancel(change.key, cheque, key=change.key, member=member)
            return
        if was is not OrderStatus.COMPLETE:
            await self._reckon(change, cheque, member)
        if entity.status in (OrderStatus.COMPLETE, OrderStatus.RETURNED):
            await self.steps.confirm(change.key, cheque, key=change.key, member=member)
        if entity.status is OrderStatus.RETURNED:
            refund_id = f"{change.key}-r"
            back = replace(cheque, number=f"{cheque.number}-r")
            await self.steps.refund(refund_id, change.key, back, key=refund_id, member=member)

    async def _reckon(self, change: Change[Order], cheque: Cheque, member: str | None) -> None:
        """Reckon discounts and points; what is confirmed already stays as it is."""
        coupons = [{"number": code} for code in self._coupons(change.entity)]
        try:
            reckoned = await self.steps.calculate(
                change.key, cheque, member=member, coupons=coupons
            )
        except (Rejected, Missing) as error:
            if await self.steps.is_confirmed(cheque, error):
                return
            raise
        key = f"{change.key}:{_mark(change.entity)}"
        pays = self.steps.translator.pays(change.entity.payments, to_pay(reckoned))
        sums = sums_of(reckoned, len(cheque.lines))
        await self.steps.accrue(
            change.key, cheque, sums, key=key, member=member, coupons=coupons, pays=pays
        )

    def _coupons(self, order: Order) -> tuple[str, ...]:
        """Return the codes that the vendor issued: it refuses a purchase with any other."""
        return order.promo_codes if self.people.client.settings.sends_coupons else ()

    async def _member(self, change: Change[Order]) -> str | None:
        """Return by what the buyer is known to the vendor: the phone of the member."""
        if change.customer_external_id is None:
            return None
        person = await self.people.get(change.customer_external_id)
        if person is None:
            msg = "the vendor does not know the buyer"
            raise Missing(msg, operation="purchase")
        return await self.people.login_of(person)

    def _cheque(self, change: Change[Order]) -> Cheque:
        """Return the order's cheque, with the number by which people know it."""
        entity = change.entity
        at, number = entity.placed_at or self.clock.now(), entity.number or change.key
        return Cheque(number, at, entity.lines, is_dated=entity.placed_at is not None)


def _held(line: OrderLine) -> OrderLine:
    return OrderLine(
        id=line.id,
        sort=line.sort,
        product=line.product,
        quantity=line.quantity,
        base_price=line.base_price,
        price=line.price,
    )


def _mark(entity: Order) -> str:
    """Tell one content of an order from another: each is reckoned under an id of its own."""
    lines = [
        f"{line.id}={line.quantity}x{line.price.amount if line.price else ''}"
        for line in entity.lines
    ]
    return ";".join([*lines, *entity.promo_codes])
