"""Support desk: what somebody in a chat may know of a customer or an order, within seconds.

The same search and the same masks as everywhere. Who asked is written down before anything is
shown; where it cannot be written, nothing is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    Kind,
    Order,
)
from gateway.contract import (
    ChatAnswer,
    Clock,
    ConnectorError,
    HistoryPage,
    Log,
    LoyaltyProcessing,
    MemberKey,
    StoreError,
    SupportBalance,
    SupportChat,
    SupportCustomer,
    SupportFound,
    SupportOrder,
    SupportQuestion,
    SupportTopic,
    SupportTrouble,
    SupportUnfreeze,
)
from gateway.ops.audit import deed
from gateway.ops.masked import mask_card
from gateway.ops.search import find_entities
from gateway.ports import EntityRow, JournalRow, Store, Tx
from gateway.sync.lookup import Digester
from gateway.telemetry import mask_email, mask_name, mask_phone

ANSWER_S = 2.4
"""Seconds for all: the chat shows an error after three, and the way to it takes some."""

PROCESSOR_S = 1.4
MOST_CUSTOMERS = 3
MOST_ORDERS = 10
MOST_UNFREEZES = 10
_POSTINGS = 50
_LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows under a question."""

    customers: Sequence[EntityRow]
    orders: Sequence[EntityRow]
    of_customer: Mapping[str, Sequence[EntityRow]]


@dataclass(frozen=True, slots=True)
class _Points:
    """What processors say of a person now."""

    accounts: Mapping[str, Sequence[BonusAccount]]
    postings: Mapping[str, HistoryPage]
    silent: Sequence[str]


@dataclass(frozen=True, slots=True)
class SupportDesk:
    """Answers questions of chats. ``processors`` are those who keep points, by name."""

    store: Store
    accounts: Iterable[str]
    digester: Digester
    processors: Mapping[str, LoyaltyProcessing]
    clock: Clock
    log: Log

    async def answer(
        self, account: str, chat: SupportChat, question: SupportQuestion
    ) -> ChatAnswer:
        """Find, write down who asked, and answer; never later than the chat waits."""
        if not question.is_allowed:
            self.log.warning("support.refused", account=account, cause="not allowed")
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._answered(account, chat, question)
        except (StoreError, TimeoutError) as error:
            self.log.warning("support.late", account=account, cause=type(error).__name__)
            return chat.trouble(question, SupportTrouble.LATE)

    async def _answered(
        self, account: str, chat: SupportChat, question: SupportQuestion
    ) -> ChatAnswer:
        if not question.is_allowed:
            await self._note(account, question, "refused", ())
            return chat.trouble(question, SupportTrouble.FORBIDDEN)
        known = await self.store.read(lambda tx: self._look(tx, question))
        subjects = [*known.orders, *known.customers]
        await self._note(account, question, "shown" if subjects else "nothing", subjects)
        if not subjects:
            return chat.trouble(question, SupportTrouble.NOTHING)
        points = await asyncio.gather(*(self._ask(row) for row in known.customers))
        customers = [
            self._customer(row, known.of_customer.get(row.id, ()), held, chat.shows)
            for row, held in zip(known.customers, points, strict=True)
        ]
        postings = [page for held in points for page in held.postings.values()]
        orders = [_order(row, postings) for row in known.orders]
        return chat.answer(question, SupportFound(customers, orders))

    def _look(self, tx: Tx, question: SupportQuestion) -> _Known:
        about = question.about[:_LONGEST_QUERY]
        ids = find_entities(tx, about, digester=self.digester, accounts=self.accounts)
        rows = tx.entities(ids[: 4 * MOST_CUSTOMERS])
        kinds = {kind: [one for one in rows.values() if one.kind is kind] for kind in Kind}
        orders = kinds[Kind.ORDER][:MOST_CUSTOMERS] if question.topic is SupportTopic.ORDER else []
        customers = kinds[Kind.CUSTOMER] if question.topic is SupportTopic.CUSTOMER else []
        # A card or an order leads to whose it is.
        others = [*orders, *(kinds[Kind.CARD] if question.topic is SupportTopic.CUSTOMER else [])]
        buyers = {str(row.fields.get("customer_id") or "") for row in others} - {""}
        wanted = sorted(buyers - {one.id for one in customers})
        customers = [*customers, *tx.entities(wanted).values()][:MOST_CUSTOMERS]
        of_customer = {
            one.id: tx.belongings(one.id, kind=str(Kind.ORDER), before=None, most=MOST_ORDERS)
            for one in customers
        }
        return _Known(customers, orders, of_customer)

    async def _note(
        self, account: str, question: SupportQuestion, outcome: str, rows: Sequence[EntityRow]
    ) -> None:
        """Write down who asked; what was typed may be a phone and is not written."""
        now = self.clock.now()
        about = [(row.id, row.kind) for row in rows] or [("", Kind.CUSTOMER)]
        deeds: list[JournalRow] = [
            deed(
                now, one, event="support", outcome=outcome, who=f"{account}:{question.who}",
                topic=str(question.topic), place=question.place,
            )
            for one in about
        ]  # fmt: skip
        await self.store.run(lambda tx: tx.write_journal(deeds))

    async def _ask(self, row: EntityRow) -> _Points:
        """Ask all processors at once for what they hold of a person."""
        names = list(self.processors)
        answers = await asyncio.gather(*(self._asked(name, row) for name in names))
        given = {n: one for n, one in zip(names, answers, strict=True) if one is not None}
        return _Points(
            {name: one[0] for name, one in given.items()},
            {name: one[1] for name, one in given.items()},
            [name for name in names if name not in given],
        )

    async def _asked(
        self, name: str, row: EntityRow
    ) -> tuple[Sequence[BonusAccount], HistoryPage] | None:
        key = _member_key(row)
        if key is None:
            return (), HistoryPage(())
        processor = self.processors[name]
        try:
            async with asyncio.timeout(PROCESSOR_S):
                member = await processor.identify(key)
                if member is None:
                    return (), HistoryPage(())
                page = await processor.history(member.external_id, cursor=None, limit=_POSTINGS)
                return member.customer.bonuses, page
        except (ConnectorError, TimeoutError):
            return None

    def _customer(
        self, row: EntityRow, orders: Sequence[EntityRow], points: _Points, shows: frozenset[str]
    ) -> SupportCustomer:
        customer = row.entity
        if not isinstance(customer, Customer):
            return SupportCustomer(row.id, "")
        postings = list(points.postings.values())
        bought = sorted(orders, key=_placed, reverse=True)
        return SupportCustomer(
            id=row.id,
            name=_name(customer, in_clear="name" in shows),
            phones=[
                one.number if "phones" in shows else mask_phone(one.number)
                for one in customer.phones
            ],
            emails=[
                one.address if "emails" in shows else mask_email(one.address)
                for one in customer.emails
            ],
            cards=[
                one.number if "cards" in shows else mask_card(one.number) for one in customer.cards
            ],
            balances=_balances(customer, points),
            unfreezes=self._unfreezes(points),
            orders=[_order(one, postings) for one in bought[:MOST_ORDERS]],
            more_orders=len(bought) > MOST_ORDERS,
            silent=points.silent,
        )

    def _unfreezes(self, points: _Points) -> Sequence[SupportUnfreeze]:
        now = self.clock.now()
        found = [
            SupportUnfreeze(name, one.active_from, one.points.points, one.order_number)
            for name, page in points.postings.items()
            for one in page.items
            if one.kind is BonusOperationKind.ACCRUE
            and one.active_from is not None
            and one.active_from > now
        ]
        return sorted(found, key=lambda one: one.at)[:MOST_UNFREEZES]


def _balances(customer: Customer, points: _Points) -> Sequence[SupportBalance]:
    """Return what processors say, and what is known of those that say nothing."""
    fresh = [(one, True) for accounts in points.accounts.values() for one in accounts]
    told = {one.programme for one, _ in fresh}
    known = [(one, False) for one in customer.bonuses if one.programme not in told]
    # Where all answered, a programme that nobody speaks of any more is no balance.
    shown = [*fresh, *(known if points.silent or not points.accounts else [])]
    return [
        SupportBalance(
            one.programme, _plain(one.available), _plain(one.pending), _plain(one.blocked),
            one.tier, is_fresh=is_fresh,
        )
        for one, is_fresh in shown
    ]  # fmt: skip


def _order(row: EntityRow, postings: Sequence[HistoryPage]) -> SupportOrder:
    """Return an order; its points by the snapshot, else by the processors' postings."""
    order = row.entity
    if not isinstance(order, Order):
        return SupportOrder(row.id, None, "", None, None, None, None)
    number = order.number or row.id
    mine = [one for page in postings for one in page.items if one.order_number == number]
    earned, spent = _plain(order.points_earned), _plain(order.points_spent)
    if earned is None:
        earned = _sum(mine, BonusOperationKind.ACCRUE)
    if spent is None:
        spent = _sum(mine, BonusOperationKind.REDEEM)
    return SupportOrder(
        number=number,
        placed_at=order.placed_at,
        status=str(order.status or ""),
        total=order.goods_total() if order.lines else None,
        earned=earned,
        spent=spent,
        shop=order.shop,
    )


def _placed(row: EntityRow) -> datetime:
    order = row.entity
    placed = order.placed_at if isinstance(order, Order) else None
    return placed or row.created_at


def _plain(points: BonusPoints | None) -> Decimal | None:
    return None if points is None else points.points


def _sum(postings: Sequence[BonusOperation], kind: BonusOperationKind) -> Decimal | None:
    """Add up what an order's postings moved; some processors write what was taken as negative."""
    moved = [abs(one.points.points) for one in postings if one.kind is kind]
    return sum(moved, Decimal(0)) if moved else None


def _member_key(row: EntityRow) -> MemberKey | None:
    customer = row.entity
    if not isinstance(customer, Customer):
        return None
    if customer.phones:
        return MemberKey(phone=customer.phones[0].number)
    if customer.emails:
        return MemberKey(email=customer.emails[0].address)
    return MemberKey(card=customer.cards[0].number) if customer.cards else None


def _name(customer: Customer, *, in_clear: bool) -> str:
    name = customer.name
    parts = [] if name is None else [name.last, name.first, name.patronymic]
    known = [one for one in parts if one]
    return " ".join(known if in_clear else map(mask_name, known))
