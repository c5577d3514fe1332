"""Members, quotes, switches, routes and shadows: what a till is told before it sells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.canonical import Customer, EmailContact, Money, PhoneContact
from gateway.contract import (
    MemberKey,
    Reason,
    Stage,
    TillRefused,
)
from gateway.loyalty.routes import Route
from gateway.sync.required import Contact, Required
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.world import ANNA, TILL, World

PHONE = ANNA.phone or ""
START = Decimal(500)
ANNA_BY_ID = MemberKey(external_id=PHONE)


@pytest.fixture
def world() -> World:
    """A member with points."""
    return _with_member(World())


def _with_member(world: World) -> World:
    for ledger in world.ledgers.values():
        ledger.balances[PHONE] = START
    return world


async def test_a_member_is_remembered_while_the_processor_is_away(world: World) -> None:
    """A cashier would see nobody, or an old balance as the present one."""
    seen_at = world.clock.now()
    fresh = await world.service.identify(TILL, ANNA)
    assert fresh.degraded is None
    world.clock.move(60)
    world.ledger.script += [Fault.AWAY] * 3
    again = await world.service.identify(TILL, ANNA)
    assert (again.member, again.degraded and again.degraded.balance_at) == (fresh.member, seen_at)
    balance = await world.service.balance(TILL, ANNA_BY_ID)
    assert (len(balance.accounts), balance.degraded and balance.degraded.reason) == (
        1,
        Reason.AWAY,
    )
    quote = await world.service.quote(TILL, world.sale("s1"))
    assert quote.quote.available is not None
    assert quote.quote.available.points == START


async def test_what_is_too_old_is_not_shown(world: World) -> None:
    """A balance of last month would be shown as today's."""
    await world.service.identify(TILL, ANNA)
    world.clock.move(world.stale_s + 1)
    world.ledger.script += [Fault.AWAY]
    late = await world.service.identify(TILL, ANNA)
    assert (late.member, late.degraded and late.degraded.balance_at) == (None, None)


async def test_nobody_is_surely_nobody(world: World) -> None:
    """A stranger could not be told from a processor that is away."""
    found = await world.service.identify(TILL, MemberKey(phone="+79990000000"))
    assert (found.member, found.degraded) == (None, None)
    with pytest.raises(TillRefused) as caught:
        await world.service.balance(TILL, MemberKey(phone="+79990000000"))
    assert caught.value.code == "member-unknown"


async def test_a_member_is_registered_once(world: World) -> None:
    """A lost answer would leave the till without the member that it made."""
    person = Customer(phones=(PhoneContact(number="+79160000002"),))
    world.ledger.script += [Fault.LOST_AFTER]
    first = await world.service.register(TILL, person, key="k1")
    assert (first.member, first.degraded and first.degraded.reason) == (None, Reason.AWAY)
    again = await world.service.register(TILL, person, key="k1")
    assert again.member is not None


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_required_contact_is_asked_for_at_the_till(world: World, *, refuses: bool) -> None:
    """The cashier would not know what is missing, or send a customer away who may wait."""
    required = Required({Contact.PHONE, Contact.EMAIL}, refuses=refuses)
    world.processors["main"].required = required
    person = Customer(phones=(PhoneContact(number="+79160000002"),))
    if not refuses:
        made = await world.service.register(TILL, person, key="k1")
        assert made.member is not None
        return
    with pytest.raises(TillRefused) as caught:
        await world.service.register(TILL, person, key="k1")
    assert (caught.value.code, caught.value.field) == ("contact-required", "email")
    whole = Customer(phones=person.phones, emails=(EmailContact(address="anna@example.ru"),))
    assert (await world.service.register(TILL, whole, key="k1")).member is not None


async def test_a_quote_without_the_processor_is_the_tills_own(world: World) -> None:
    """A till could not sell, or would promise what nobody reckoned."""
    world.ledger.script += [Fault.AWAY]
    quoted = await world.service.quote(TILL, world.sale("s1", spends=50))
    quote = quoted.quote
    assert (quote.total, quote.lines[0].price) == (Money.of(200), Money.of(100))
    assert (quote.points_earned.points, quote.spendable and quote.spendable.points) == (
        Decimal(0),
        Decimal(0),
    )
    assert (quoted.degraded and quoted.degraded.reason) is Reason.AWAY


async def test_an_anonymous_receipt_invites(world: World) -> None:
    """Nobody would learn of the programme at the till."""
    quoted = await world.service.quote(TILL, world.sale("s1", member=None))
    assert quoted.quote.receipt_texts == ("Join us",)
    named = await world.service.quote(TILL, world.sale("s1"))
    assert named.quote.receipt_texts == ()


async def test_reads_touch_neither_log_nor_store(world: World) -> None:
    """A database that is away would stop the tills."""
    world.disk.is_full = world.table.is_away = True
    await world.service.identify(TILL, ANNA)
    await world.service.balance(TILL, ANNA)
    await world.service.quote(TILL, world.sale("s1"))
    assert world.disk.writes == 0


async def test_a_sale_stays_where_it_was_begun() -> None:
    """A switch of the processor in the middle of a sale would commit it where nothing is held."""
    world = World()
    moved_at = world.clock.now() + timedelta(hours=1)
    world.routes = (Route("main", until=moved_at), Route("next"))
    world.__post_init__()
    _with_member(world)
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    world.clock.move(3600 - 850)
    await world.service.commit(TILL, world.sale("s0"))
    world.clock.move(850)
    assert (await world.service.commit(TILL, world.sale("s1", spends=50))).stage is Stage.COMMITTED
    await world.service.commit(TILL, world.sale("s2"))
    assert [sorted(one.entries) for one in world.ledgers.values()] == [
        ["till-1:s0", "till-1:s1"],
        ["till-1:s2"],
    ]


async def test_a_shop_that_nobody_serves_is_told_so() -> None:
    """A till without a route would get an answer that means nothing."""
    world = World(routes=(Route("main", shop="south"),))
    with pytest.raises(TillRefused) as caught:
        await world.service.identify(TILL, ANNA)
    assert caught.value.code == "no-processor"


async def test_a_shadow_is_compared_and_changes_nothing() -> None:
    """A move to another processor would be a leap in the dark, or disturb the tills."""
    world = _with_member(World(routes=(Route("main", shadow="other"),)))
    world.ledgers["other"].percent = Decimal(5)
    world.ledgers["other"].balances["+79160000002"] = Decimal(1)
    await world.service.identify(TILL, ANNA)
    await world.service.identify(TILL, MemberKey(phone="+79160000002"))
    await world.service.quote(TILL, world.sale("s1"))
    await world.service.commit(TILL, world.sale("s1"))
    world.ledgers["other"].script += [Fault.NONE, Fault.NONE, Fault.AWAY]
    assert world.ledgers["other"].calls == []
    await world.shadow.drain()
    assert world.ledgers["other"].entries == {}
    told = [(row.account, row.detail["step"], row.detail["fields"]) for row in world.table.journal]
    assert told == [("other", "identify", ["found"])]
    shown = world.metrics.exposition().decode()
    assert 'gateway_shadow_comparisons_total{account="other",result="unanswered"} 1.0' in shown


async def test_a_differing_quote_is_named_by_its_fields() -> None:
    """The shop would not see that customers get other points after the move."""
    world = _with_member(World(routes=(Route("main", shadow="other"),)))
    world.ledgers["other"].percent = Decimal(5)
    for _ in range(30):
        await world.service.quote(TILL, world.sale("s1"))
    await world.shadow.drain()
    assert {tuple(row.detail["fields"]) for row in world.table.journal} == {("points_earned",)}
    assert len(world.table.journal) == 20
