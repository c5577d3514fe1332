"""Loyalty: members, points and purchases in real time (vendor reference, 7 and 8).

Reserve = calculate and pay by points, which blocks them; commit = accrue and confirm; cancel frees
the points again. A purchase that is left open keeps them blocked, so whoever reserves must end it.
After a payment the vendor reckons no more, and wants the sums that it reckoned before: they travel
in the reference of what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import TypeAdapter

from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    Customer,
    normal_email,
    normal_phone,
)
from gateway.contract import (
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    Missing,
    Quote,
    Refund,
    Rejected,
    Sale,
    SaleState,
)

from .history import postings
from .people import People
from .processing import Steps
from .purchases import Cheque, sums_of, to_pay
from .registration import Registration
from .translator import MEMBER, CustomerTranslator
from .values import phone_text
from .versions import Call
from .wire import HistoryRowWire, PersonWire, PurchaseWire, StepWire

_ROWS = TypeAdapter(list[HistoryRowWire])
_PURCHASES = TypeAdapter(list[PurchaseWire])
_STATES = {
    "Created": SaleState.RESERVED,
    "Confirmed": SaleState.COMMITTED,
    "Canceled": SaleState.CANCELLED,
}
_NOT_POINTS = "Discount"
_SUMS = "|"


@dataclass(frozen=True, slots=True)
class Processing:
    """See ``LoyaltyProcessing``."""

    people: People
    translator: CustomerTranslator
    registration: Registration
    steps: Steps

    async def identify(self, key: MemberKey) -> Member | None:
        """Find a member by id, phone, e-mail or card; one who left is none."""
        person = await self._person(key)
        if person is None or person.state != MEMBER:
            return None
        seen = self.translator.observed(await self.people.dossier(person))
        return Member(seen.external_id, seen.entity)

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
        return self.translator.bonuses(await self.people.balances(external_id))

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return a page of the member's postings.

        The vendor's order is not promised, so each page is sorted by itself (1).
        """
        start = int(cursor or "0")
        query = [("filter.from", str(start)), ("filter.count", str(limit))]
        data = await self.people.client.read(
            Call.SYSTEM, "users/history", query, path=f"users/{external_id}/History"
        )
        rows = data.get("rows") if isinstance(data, Mapping) else data
        found = _ROWS.validate_python(rows or [])
        items = [one for row in found for one in postings(row)]
        items.sort(key=lambda one: one.at, reverse=True)
        more = len(found) >= limit
        return HistoryPage(items=items, cursor=str(start + len(found)) if more else None)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale. The purchase that this leaves open blocks nothing without a payment."""
        step = await self._calculated(sale)
        return self.steps.translator.quote(sale, step)

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Reckon a sale and block the points that it spends."""
        reckoned = await self._calculated(sale)
        sums = sums_of(reckoned, len(sale.lines))
        wanted = sale.points.points if sale.points is not None else Decimal(0)
        if wanted > 0:
            paid = await self.steps.pay(
                sale.id,
                _cheque(sale),
                sums,
                key=key,
                member=await self._identifier(sale.member),
                coupons=self.steps.translator.coupons(sale),
                amount=wanted,
                pinCode=None,
            )
            spent = paid.bonus_amount if paid is not None else None
            wanted = spent if spent is not None else wanted
        return Kept(
            reference=_reference(sale.id, sums),
            state=SaleState.RESERVED,
            points_spent=BonusPoints(points=wanted),
            points_earned=BonusPoints(points=_earned(reckoned)),
        )

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Reckon what is earned, then confirm: accounts move then.

        A sale that was closed without the vendor runs through all steps with its own time.
        """
        member, cheque = await self._identifier(sale.member), _cheque(sale)
        sums = _sums(kept.reference) if kept is not None else ()
        total = sum(sums, start=Decimal(0)) - _spent(kept)
        if not sums:
            reckoned = await self._calculated(sale)
            sums, total = sums_of(reckoned, len(sale.lines)), to_pay(reckoned)
        accrued = await self.steps.accrue(
            sale.id,
            cheque,
            sums,
            key=key,
            member=member,
            coupons=self.steps.translator.coupons(sale),
            pays=self.steps.translator.pays(sale.payments, total),
        )
        await self.steps.confirm(sale.id, cheque, key=key, member=member)
        earned = _earned(accrued) if accrued is not None else None
        before = kept.points_earned if kept is not None else None
        return Kept(
            reference=sale.id,
            state=SaleState.COMMITTED,
            points_earned=BonusPoints(points=earned) if earned is not None else before,
            points_spent=kept.points_spent if kept is not None else None,
        )

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Cancel a purchase that is not confirmed. By whom it was begun does not matter."""
        now = self.people.client.tokens.clock.now()
        sale_id = kept.reference.partition(_SUMS)[0]
        await self.steps.cancel(sale_id, Cheque(sale_id, now, ()), key=key, member=None)

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Give goods back. The vendor wants the lines that return, also when all do."""
        if refund.lines is None:
            msg = "the vendor wants the lines that come back: name all of them"
            raise Rejected(msg, operation="Processing/Refund", vendor_code="no_lines")
        cheque = Cheque(refund.id, refund.at, refund.lines)
        step = await self.steps.refund(refund.id, refund.reference, cheque, key=key, member=None)
        returned = step.bonus_amount if step is not None else None
        return Kept(
            reference=refund.id,
            state=SaleState.COMMITTED,
            points_spent=BonusPoints(points=-returned) if returned is not None else None,
            points_earned=BonusPoints(points=-_earned(step)) if step is not None else None,
        )

    async def find(self, sale_id: str) -> Kept | None:
        """Look a purchase up by the number of its cheque, which is our id (7.7)."""
        body = {"chequeNumber": sale_id, "from": 0, "count": 10}
        data = await self.people.client.write(
            Call.SYSTEM, "purchases/search", json=body, repeatable=True, path="purchases"
        )
        for one in _PURCHASES.validate_python(data or []):
            if one.cheque_number == sale_id:
                state = _STATES.get(one.state or "", SaleState.RESERVED)
                return Kept(reference=sale_id, state=state)
        return None

    async def _calculated(self, sale: Sale) -> StepWire:
        more = {}
        if sale.points is not None and sale.points.points > 0:
            more["paymentAmount"] = sale.points.points
        return await self.steps.calculate(
            sale.id,
            _cheque(sale),
            member=await self._identifier(sale.member),
            coupons=self.steps.translator.coupons(sale),
            **more,
        )

    async def _person(self, key: MemberKey) -> PersonWire | None:
        if key.phone is not None:
            return await self.people.by_phone(key.phone)
        if key.email is not None:
            return await self.people.by_text(normal_email(key.email) or key.email)
        person_id = key.external_id
        if key.card is not None:
            owner = await self.people.by_card(key.card)
            person_id = str(owner) if owner is not None else None
        if person_id is None:
            return None
        try:
            return await self.people.get(person_id)
        except Missing:
            return None

    async def _identifier(self, key: MemberKey | None) -> str | None:
        """Return the phone or card by which processing knows a member (2.4)."""
        if key is None:
            return None
        if key.phone is not None or key.card is not None:
            return phone_text(key.phone) if key.phone is not None else key.card
        person = await self._person(key)
        phone = person.phone.current_value if person and person.phone else None
        if phone is None or normal_phone(f"+{phone.lstrip('+')}") is None:
            msg = "the vendor knows no phone of the member"
            raise Missing(msg, operation="purchase")
        return phone_text(phone)


def _cheque(sale: Sale) -> Cheque:
    """Return the cheque of a sale; its number is our id, by which it can be looked up."""
    return Cheque(sale.id, sale.at, sale.lines)


def _reference(sale_id: str, sums: Sequence[Decimal]) -> str:
    return _SUMS.join([sale_id, ",".join(str(one) for one in sums)]) if sums else sale_id


def _sums(reference: str) -> tuple[Decimal, ...]:
    told = reference.partition(_SUMS)[2]
    return tuple(Decimal(one) for one in told.split(",")) if told else ()


def _spent(kept: Kept | None) -> Decimal:
    spent = kept.points_spent if kept is not None else None
    return spent.points if spent is not None else Decimal(0)


def _earned(step: StepWire | None) -> Decimal:
    lines = step.cheque.lines if step is not None and step.cheque is not None else ()
    return sum((one.cashback for one in lines), start=Decimal(0))
