"""Loyalty: members, points and purchases in real time (vendor reference, 7 and 8).

Reserve = calculate and pay by points, which blocks them; commit = accrue and confirm; cancel frees
the points again. A purchase that is left open keeps them blocked, so whoever reserves must end it.
After a payment the vendor reckons no more, and wants the sums that it reckoned before: they travel
in the reference of what is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    Customer,
    Offer,
)
from gateway.contract import (
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    Missing,
    PromoState,
    Quote,
    Refund,
    Rejected,
    Sale,
    SaleState,
)

from .buyers import Buyers, known_by
from .errors import BAD_COUPON
from .history import postings
from .offers import MemberOffers
from .people import People, in_brief
from .processing import Steps
from .purchases import Cheque, sums_of, trial_id
from .reference import reference, sale_of, told
from .registration import Registration
from .translator import MEMBER, CustomerTranslator
from .wire import StepWire

T = TypeVar("T")
_STATES = {
    "Created": SaleState.RESERVED,
    "Confirmed": SaleState.COMMITTED,
    "Canceled": SaleState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Processing:
    """See ``LoyaltyProcessing``."""

    people: People
    translator: CustomerTranslator
    registration: Registration
    steps: Steps
    offers: MemberOffers | None = None

    @property
    def buyers(self) -> Buyers:
        """Who buys."""
        return Buyers(self.people)

    async def identify(self, key: MemberKey) -> Member | None:
        """Find a member by id, phone, e-mail or card, in brief; one who left is none."""
        person = await self.buyers.person(key)
        if person is None or person.state != MEMBER:
            return None
        dossier, offers = await self._with_offers(
            known_by(key, person), in_brief(self.people, person)
        )
        seen = self.translator.observed(dossier)
        return Member(seen.external_id, seen.entity, offers)

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member; the one of this phone is returned as it is.

        ``key`` is not sent: the phone makes a repeat find what was begun.
        """
        del key
        person, _ = await self.registration.member(customer)
        seen = self.translator.observed(await self.people.dossier(person))
        return Member(seen.external_id, seen.entity)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the member's points in the configured currency."""
        return self.translator.bonuses(await self.people.profile.balances(external_id))

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return a page of the member's postings, newest first.

        The vendor promises no order, and a recorded sample is ascending (1): so all rows are read
        and sorted here. The cursor counts what is left, which newer postings do not change.
        """
        found = [
            one for row in await self.people.profile.history(external_id) for one in postings(row)
        ]
        found.sort(key=lambda one: (one.at, one.id), reverse=True)
        left = int(cursor) if cursor else len(found)
        items = found[len(found) - left :][:limit]
        left -= len(items)
        return HistoryPage(items=items, cursor=str(left) if left else None)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale under an id of its own. The purchase that this leaves open blocks nothing.

        A promo code that the vendor refuses is left out, as it advises (8.5).
        """
        member = await self.buyers.login(sale.member)
        quoted = self._quoted(replace(sale, id=trial_id(sale)), member)
        quote, offers = await self._with_offers(member, quoted)
        return replace(quote, offers=offers)

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Reckon a sale and block the points that it spends.

        A repeat is refused by the vendor, so what was blocked before is read from the purchase.
        """
        try:
            return await self._reserved(sale, key)
        except (Rejected, Missing) as error:
            sold = await self.steps.paid(_cheque(sale), error)
            if sold is None:
                raise
        return Kept(
            reference=reference(sale.id, sold.sums, sold.paid),
            state=SaleState.RESERVED,
            points_spent=BonusPoints(points=sold.points),
            points_earned=BonusPoints(points=sold.earned) if sold.earned else None,
        )

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Reckon what is earned, then confirm: accounts move then.

        A sale that was closed without the vendor runs through all steps with its own time.
        """
        member, cheque = await self.buyers.login(sale.member), _cheque(sale)
        sums, paid = told(kept)
        if not sums:
            try:
                reckoned = await self._calculated(sale, member)
            except (Rejected, Missing) as error:
                if not await self.steps.is_confirmed(cheque, error):
                    raise
                return await self._committed(cheque)
            sums, paid = sums_of(reckoned, len(sale.lines)), Decimal(0)
        accrued = await self.steps.accrue(
            sale.id,
            cheque,
            sums,
            key=key,
            member=member,
            coupons=self.steps.translator.coupons(sale),
            pays=self.steps.translator.pays(sale.payments, _total(sums) - paid),
        )
        await self.steps.confirm(sale.id, cheque, key=key, member=member)
        if self.offers is not None and member is not None:
            self.offers.forget(member)
        if accrued is None:
            return await self._committed(cheque)
        return Kept(
            reference=sale.id,
            state=SaleState.COMMITTED,
            points_earned=BonusPoints(points=_earned(accrued)),
            points_spent=kept.points_spent if kept is not None else None,
        )

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Cancel a purchase that is not confirmed. By whom it was begun does not matter."""
        now = self.people.client.tokens.clock.now()
        sale_id = sale_of(kept.reference)
        cheque = Cheque(sale_id, now, (), is_dated=False)
        await self.steps.cancel(sale_id, cheque, key=key, member=None)

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Give goods back. The vendor wants the lines that return, also when all do."""
        if refund.lines is None:
            msg = "the vendor wants the lines that come back: name all of them"
            raise Rejected(msg, operation="Processing/Refund", vendor_code="no_lines")
        cheque = Cheque(refund.id, refund.at, refund.lines)
        sale_id = sale_of(refund.reference)
        step = await self.steps.refund(refund.id, sale_id, cheque, key=key, member=None)
        returned = step.bonus_amount if step is not None else None
        return Kept(
            reference=refund.id,
            state=SaleState.COMMITTED,
            points_spent=BonusPoints(points=-returned) if returned is not None else None,
            points_earned=BonusPoints(points=-_earned(step)) if step is not None else None,
        )

    async def find(self, sale_id: str) -> Kept | None:
        """Look a purchase up by the number of its cheque, which is our id (7.7).

        One that was only reckoned is ``None``: nothing is kept of it.
        """
        cheque = Cheque(sale_id, self.people.client.tokens.clock.now(), (), is_dated=False)
        state = _STATES.get(await self.steps.purchases.state(cheque) or "")
        sold = await self.steps.purchases.sold(cheque) if state is not None else None
        if state is None or sold is None:
            return None
        if state is SaleState.RESERVED and not sold.points:
            return None
        reserved = state is SaleState.RESERVED
        return Kept(
            reference=reference(sale_id, sold.sums, sold.paid) if reserved else sale_id,
            state=state,
            points_spent=BonusPoints(points=sold.points),
            points_earned=BonusPoints(points=sold.earned),
        )

    async def _with_offers(
        self, login: str | None, work: Awaitable[T]
    ) -> tuple[T, Sequence[Offer]]:
        """Do what a till waits for, with the member's offers where they are wanted."""
        if self.offers is None or login is None:
            return await work, ()
        return await self.offers.beside(login, work)

    async def _quoted(self, sale: Sale, member: str | None) -> Quote:
        try:
            reckoned = await self._calculated(sale, member, is_trial=True)
            return self.steps.translator.quote(sale, reckoned)
        except Rejected as error:
            if error.vendor_code != BAD_COUPON or not sale.promo_codes:
                raise
        bare = replace(sale, promo_codes=())
        reckoned = await self._calculated(bare, member, is_trial=True)
        quote = self.steps.translator.quote(bare, reckoned)
        refused = [(code, PromoState.NOT_APPLIED) for code in sale.promo_codes]
        return replace(quote, promo_codes=refused)

    async def _reserved(self, sale: Sale, key: str) -> Kept:
        member = await self.buyers.login(sale.member)
        reckoned = await self._calculated(sale, member)
        sums, spent, paid = sums_of(reckoned, len(sale.lines)), Decimal(0), Decimal(0)
        if sale.points is not None and sale.points.points > 0:
            step = await self.steps.pay(
                sale.id,
                _cheque(sale),
                sums,
                key=key,
                member=member,
                coupons=self.steps.translator.coupons(sale),
                amount=sale.points.points,
                pinCode=None,
            )
            spent = step.bonus_amount if step.bonus_amount is not None else sale.points.points
            paid = step.amount if step.amount is not None else spent * reckoned.rate
        return Kept(
            reference=reference(sale.id, sums, paid),
            state=SaleState.RESERVED,
            points_spent=BonusPoints(points=spent),
            points_earned=BonusPoints(points=_earned(reckoned)),
        )

    async def _committed(self, cheque: Cheque) -> Kept:
        """Return a purchase whose answers were lost."""
        sold = await self.steps.purchases.sold(cheque)
        return Kept(
            reference=cheque.number,
            state=SaleState.COMMITTED,
            points_earned=BonusPoints(points=sold.earned) if sold is not None else None,
            points_spent=BonusPoints(points=sold.points) if sold is not None else None,
        )

    async def _calculated(
        self, sale: Sale, member: str | None, *, is_trial: bool = False
    ) -> StepWire:
        more = {}
        if sale.points is not None and sale.points.points > 0:
            more["paymentAmount"] = sale.points.points
        return await self.steps.calculate(
            sale.id,
            _cheque(sale),
            member=member,
            is_trial=is_trial,
            coupons=self.steps.translator.coupons(sale),
            **more,
        )


def _cheque(sale: Sale) -> Cheque:
    """Return the cheque of a sale; its number is our id, by which it can be looked up."""
    return Cheque(sale.id, sale.at, sale.lines)


def _total(parts: Sequence[Decimal]) -> Decimal:
    return sum(parts, start=Decimal(0))


def _earned(step: StepWire | None) -> Decimal:
    lines = step.cheque.lines if step is not None and step.cheque is not None else ()
    return sum((one.cashback for one in lines), start=Decimal(0))
