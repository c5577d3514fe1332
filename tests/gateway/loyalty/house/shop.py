"""A shop on the house programme: short spellings of rules, goods, members and sales."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from gateway.canonical import (
    BonusPoints,
    Customer,
    Discount,
    DiscountReason,
    EmailContact,
    Money,
    OrderLine,
    PhoneContact,
    ProductRef,
)
from gateway.config import HouseSection
from gateway.contract import Member, MemberKey, Refund, Sale, StoreError
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import NoticeKind, Programme
from gateway.ports import LedgerAccount, Store, Tx
from gateway.sync.lookup import Digester

R = TypeVar("R")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
E3: dict[str, Any] = {
    "tiers": [
        {"name": "Participant"},
        {"name": "Bronze", "purchases": 10_000, "percent": 3, "share": 30},
        {"name": "Silver", "purchases": 50_000, "percent": 5, "share": 30},
        {"name": "Gold", "purchases": 100_000, "percent": 7, "share": 30},
    ],
    "expire_days": 365,
}
D2: dict[str, Any] = {"tiers": [{"name": "Club", "points": 3, "per": 100, "share": 50}]}
PLAIN: dict[str, Any] = {"tiers": [{"name": "Club", "percent": 10, "share": 50}]}


def rules(form: Mapping[str, Any] = PLAIN, **changes: Any) -> HouseSection:
    """Rules of a form, with changes."""
    return HouseSection.model_validate({**form, **changes})


def line(
    key: str = "1",
    price: str = "100.00",
    quantity: str = "1",
    *,
    base: str | None = None,
    promo: bool = False,
    product: str | None = None,
) -> OrderLine:
    """A line."""
    why = (Discount(id="d", reason=DiscountReason.PROMOTION),) if promo else ()
    return OrderLine(
        id=key,
        product=ProductRef(sku=product or f"sku-{key}"),
        quantity=Decimal(quantity),
        base_price=Money.of(base or price),
        price=Money.of(price),
        discounts=why,
    )


def sale(key: str, member: str | None, *lines: OrderLine, spends: str = "0", **more: Any) -> Sale:
    """A sale at noon, unless told."""
    return Sale(
        **{
            "id": key,
            "lines": lines or (line(),),
            "at": NOON,
            "member": MemberKey(external_id=member) if member else None,
            "points": BonusPoints(points=Decimal(spends)) if spends != "0" else None,
            **more,
        }
    )


def back(key: str, of: str, *lines: OrderLine) -> Refund:
    """A return; without lines of all that is left."""
    return Refund(key, of, "", NOON, lines=lines or None)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        """The held moment."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since noon."""
        return (self.at - NOON).total_seconds()

    def move(self, **by: float) -> None:
        """Go on."""
        self.at += timedelta(**by)


class FragileStore:
    """A store whose next commit may be lost: before it, or its answer after it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cut: str = ""

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run, or fail once in the way that was asked for."""
        cut, self.cut = self.cut, ""
        if cut == "before":
            raise StoreError
        made = await self._store.run(work)
        if cut == "after":
            raise StoreError
        return made

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Read."""
        return await self._store.read(work)

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take slots."""
        return await self._store.reserve(account, calls=calls, interval_s=interval_s)

    async def close(self) -> None:
        """Close."""
        await self._store.close()


@dataclass
class Told:
    """Notices that were submitted; a key counts once, as it does with operations."""

    by_key: dict[str, tuple[str, NoticeKind, Mapping[str, str]]] = field(default_factory=dict)

    def __call__(
        self, key: str, member: Member, kind: NoticeKind, params: Mapping[str, str], tx: Tx
    ) -> None:
        """Note one."""
        self.by_key.setdefault(key, (member.external_id, kind, dict(params)))


@dataclass
class Shop:
    """A house at hand."""

    store: FragileStore
    programme: Programme
    house: House
    clock: Clock
    told: Told

    async def member(self, number: int = 1, points: str = "0") -> str:
        """Register somebody; give points without an end."""
        made = await self.house.register(person(number), key=f"register-{number}")
        if points != "0":
            await self.give(made.external_id, points)
        return made.external_id

    async def give(
        self, member: str, points: str, *, key: str = "gift", days: int | None = None
    ) -> None:
        """Give points by hand."""
        office = Office(self.house, self.programme, self.clock)
        await office.adjust(
            member, Decimal(points), key=f"{key}-{member}", reason="test", expire_days=days
        )

    async def points(self, member: str) -> dict[str, Decimal]:
        """A member's account: available, pending, blocked."""
        (account,) = await self.house.balance(member)
        found = {"available": account.available, "pending": account.pending}
        found["blocked"] = account.blocked
        return {name: value.points for name, value in found.items() if value is not None}

    async def available(self, member: str) -> Decimal:
        """Points that can be spent."""
        return (await self.points(member))["available"]

    async def sums(self) -> Mapping[LedgerAccount, Decimal]:
        """Sums of all accounts."""
        return await self.store.read(lambda tx: tx.house_sums())

    async def buy(self, key: str, member: str | None, *lines: OrderLine, **more: Any) -> Decimal:
        """Reserve and commit; return the points earned."""
        made = sale(key, member, *lines, **more)
        kept = await self.house.reserve(made, key=f"r-{key}") if made.points else None
        done = await self.house.commit(made, kept, key=f"c-{key}")
        assert done.points_earned is not None
        return done.points_earned.points


def person(number: int) -> Customer:
    """Somebody."""
    return Customer(
        phones=(PhoneContact(number=f"+7916000{number:04d}"),),
        emails=(EmailContact(address=f"p{number}@example.ru"),),
    )


def shop_on(store: Store, form: HouseSection, clock: Clock | None = None) -> Shop:
    """Open a shop."""
    clock, told, numbers = clock or Clock(), Told(), itertools.count(1)
    programme = Programme(form, Digester(b"k" * 32), lambda: f"{next(numbers):08d}", told)
    fragile = FragileStore(store)
    return Shop(fragile, programme, House(fragile, programme, clock), clock, told)
