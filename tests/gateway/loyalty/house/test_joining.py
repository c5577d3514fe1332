"""Two members of one person: points, sales, cards and grants come together once, and apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.canonical import CardRef, Customer, PhoneContact
from gateway.contract import MemberKey, Rejected, StoreError
from gateway.identity.merging.estate import GivenBack
from gateway.identity.merging.join import MergeBusy, MergeRefused
from gateway.identity.merging.service import Wanted
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.upkeep import Upkeep
from tests.gateway.loyalty.house.couple import Couple
from tests.gateway.loyalty.house.memory import done
from tests.gateway.loyalty.house.shop import E3, NOON, back, line, rules, sale

ONE, OTHER = "c-1", "c-2"


@pytest.fixture
def couple() -> Couple:
    """Ten percent, up to a half by points; 50 points of welcome for a month."""
    return Couple(rules(grants={"welcome": {"points": 50, "expire_days": 30}}, expire_days=90))


def office_of(couple: Couple) -> Office:
    """Return the office of the couple's shop."""
    return Office(couple.shop.house, couple.shop.programme, couple.clock)


def test_lots_come_with_their_dates_and_their_turn(couple: Couple) -> None:
    """A point would live longer after a merge, die earlier, or be used out of its turn."""
    ours, theirs = couple.both()
    done(couple.shop.give(ours, "20", days=40))
    done(couple.shop.give(theirs, "7", days=5))
    before = {**couple.lots(ours), **couple.lots(theirs)}
    couple.merge()
    assert couple.lots(ours) == before
    assert couple.lots(theirs) == {}
    assert [one.points for one in couple.held(ours).active] == [7, 50, 50, 20]
    assert done(couple.shop.buy("s", theirs, line(price="20"), spends="8")) == Decimal("1.2")
    assert [one.points for one in couple.held(ours).active] == [49, 50, 20, Decimal("1.2")]
    assert couple.total() == 0


def test_every_card_leads_to_the_survivor(couple: Couple) -> None:
    """A cashier who reads the old card would find nobody, or an empty purse."""
    couple.customer(1)
    card = Customer(phones=(PhoneContact(number="+79161230000"),), cards=(CardRef(number="77"),))
    couple.customer(2, card)
    ours = couple.member(1)
    theirs = done(couple.shop.house.register(card, key="k")).external_id
    couple.merge()
    for key in (MemberKey(card="77"), MemberKey(external_id=theirs), MemberKey(phone="9161230000")):
        found = done(couple.shop.house.identify(key))
        assert found is not None
        assert found.external_id == ours
    assert done(couple.shop.house.register(card, key="k2")).external_id == ours
    assert done(couple.shop.points(theirs)) == done(couple.shop.points(ours))


def test_purchases_come_together_for_the_tier() -> None:
    """Somebody who bought for 60,000 by two cards would stay Bronze with both."""
    couple = Couple(rules(E3))
    ours, theirs = couple.both()
    office = office_of(couple)
    for member, sale_id in ((ours, "a"), (theirs, "b")):
        done(office.count_purchase(member, sale_id, Decimal(30_000), NOON))
    row = couple.merge()
    (account,) = done(couple.shop.house.balance(theirs))
    assert account.tier == "Silver"
    assert not done(office.count_purchase(theirs, "b", Decimal(30_000), NOON))
    couple.undo(row)
    tiers = [done(couple.shop.house.balance(one))[0].tier for one in (ours, theirs)]
    assert tiers == ["Bronze", "Bronze"]
    tiered = [one.outcome for one in couple.steps(ONE) if one.event == "house.tier"]
    assert len(tiered) == 3


def test_a_member_alone_becomes_the_survivors(couple: Couple) -> None:
    """His points would be told of in the story of somebody who is no more."""
    couple.customer(1)
    couple.customer(2)
    theirs = couple.member(2)
    held = couple.lots(theirs)

    def person() -> str:
        rows = done(couple.memory.read(lambda tx: tx.house_members([theirs])))
        return rows[theirs].entity_id

    row = couple.merge()
    assert (couple.lots(theirs), person()) == (held, ONE)
    assert couple.undo(row).back is None
    assert (couple.lots(theirs), person()) == (held, OTHER)


def test_a_familys_member_is_not_taken_for_his(couple: Couple) -> None:
    """The points of a third person with the same phone would be given away."""
    shared = Customer(phones=(PhoneContact(number="+79161230000"),))
    for number in (2, 3):
        couple.customer(number, shared)
    couple.customer(1)
    ours = couple.member(1)
    familys = done(couple.shop.house.register(shared, key="k")).external_id
    couple.merge()
    assert familys in {one[1].id.rpartition(":")[2] for one in couple.lots(familys)}
    assert len(couple.lots(ours)) == 1


def test_a_merge_whose_process_dies_is_done_once(couple: Couple) -> None:
    """Points would be doubled by the second try, or stay behind with the first."""
    ours, theirs = couple.both()
    before = {**couple.lots(ours), **couple.lots(theirs)}
    wish = Wanted(ONE, OTHER, "operator", "olga")
    done(couple.memory.run(lambda tx: couple.merging().propose_in(tx, wish)))
    for cut in ("before", "after"):
        couple.memory.cut = cut
        with pytest.raises(StoreError):
            done(couple.merging().work_off())
    assert done(couple.merging().work_off()) == 0
    assert (couple.lots(ours), couple.lots(theirs)) == (before, {})


def test_a_sale_under_way_goes_along(couple: Couple) -> None:
    """Who pays while he is merged would be refused the points that were promised to him."""
    ours, theirs = couple.both()
    made = sale("s", theirs, line(price="60"), spends="30")
    kept = done(couple.shop.house.reserve(made, key="r"))
    row = couple.merge()
    assert couple.held(ours).blocked == 30
    again = done(couple.shop.house.reserve(made, key="r"))
    assert again.reference == kept.reference
    closed = done(couple.shop.house.commit(made, kept, key="c"))
    assert couple.held(ours).available == 73
    assert couple.held(ours).blocked == 0
    assert couple.undo(row).back == GivenBack(Decimal(20), Decimal(30), Decimal(0))
    repeated = done(couple.shop.house.commit(made, kept, key="c"))
    assert (repeated.reference, repeated.state) == (closed.reference, closed.state)


def test_a_sale_that_is_open_at_the_undo_goes_back_with_its_points(couple: Couple) -> None:
    """A reservation would stay with a member who never made it."""
    ours, theirs = couple.both()
    before = couple.lots(ours), couple.lots(theirs)
    made = sale("s", theirs, line(price="60"), spends="30")
    kept = done(couple.shop.house.reserve(made, key="r"))
    couple.undo(couple.merge())
    assert couple.held(theirs).blocked == 30
    done(couple.shop.house.cancel(kept, key="x"))
    assert (couple.lots(ours), couple.lots(theirs)) == before


def test_nothing_is_taken_apart_while_a_sale_of_since_is_paid(couple: Couple) -> None:
    """The till would close a sale of one member with the card of another."""
    ours, theirs = couple.both()
    row = couple.merge()
    made = sale("s", theirs, line(price="60"), spends="30")
    kept = done(couple.shop.house.reserve(made, key="r"))
    with pytest.raises(MergeBusy, match="being paid"):
        couple.undo(row)
    done(couple.shop.house.cancel(kept, key="x"))
    couple.undo(row)
    assert [couple.held(one).available for one in (ours, theirs)] == [50, 50]


@pytest.mark.parametrize("who", [0, 1])
def test_a_merge_at_once_taken_back_never_was(couple: Couple, who: int) -> None:
    """A debt that the other's points paid at the merge would stay paid by them."""
    members = couple.both()
    office = office_of(couple)
    done(office.adjust(members[who], Decimal(-80), key="d", reason="fraud"))
    assert couple.held(members[who]).debt == 30
    before = [couple.lots(one) for one in members]
    row = couple.merge()
    held = couple.held(members[0])
    assert [held.available, held.debt] == [20, 0]
    couple.undo(row)
    assert [couple.lots(one) for one in members] == before
    assert couple.total() == 0


def test_an_undo_gives_back_what_is_there_and_says_what_is_not(couple: Couple) -> None:
    """Points that were spent since would be given back, out of nothing or of the other's purse."""
    ours, theirs = couple.both()
    done(couple.shop.give(theirs, "40", days=10))
    row = couple.merge()
    done(couple.shop.buy("s", ours, line(price="60"), spends="30"))
    couple.clock.move(days=11)
    assert couple.undo(row).back == GivenBack(Decimal(50), Decimal(30), Decimal(10))
    assert couple.held(theirs).available == 50
    assert couple.held(ours).available == 53
    assert couple.total() == 0
    with pytest.raises(MergeRefused, match="nothing to take back"):
        couple.undo(row)


def test_what_returns_of_his_sales_brought_is_his_again(couple: Couple) -> None:
    """Goods that he brings back as one person would pay the other after the undo."""
    ours, theirs = couple.both()
    done(couple.shop.buy("s", theirs, line(price="60"), spends="30"))
    row = couple.merge()
    done(couple.shop.house.refund(back("b", "s"), key="b"))
    assert couple.held(ours).available == 100
    couple.undo(row)
    assert [couple.held(one).available for one in (ours, theirs)] == [50, 50]
    with pytest.raises(Rejected):
        done(couple.shop.house.refund(back("b2", "s", line(quantity="1")), key="b2"))


def test_a_grant_is_given_to_a_person_once(couple: Couple) -> None:
    """Who got points for a questionnaire as one member would get them as the other, too."""
    form = rules(grants={"welcome": {"points": 50}, "questionnaire": {"points": 100}})
    couple = Couple(form)
    ours, theirs = couple.both()
    office = office_of(couple)
    assert done(office.grant(theirs, "questionnaire"))
    row = couple.merge()
    assert couple.held(ours).available == 200
    assert not done(office.grant(ours, "questionnaire"))
    assert not done(office.grant(theirs, "welcome"))
    couple.undo(row)
    assert done(office.grant(ours, "questionnaire"))


def test_who_was_joined_gets_no_tier_and_no_message_of_his_own() -> None:
    """The nightly pass would write to somebody who is no more that his tier has fallen."""
    couple = Couple(rules(E3))
    ours, theirs = couple.both()
    done(office_of(couple).count_purchase(theirs, "b", Decimal(60_000), NOON))
    couple.merge()
    couple.shop.told.by_key.clear()
    upkeep = Upkeep(couple.shop.house, couple.shop.programme)
    assert done(upkeep.run_once(couple.clock.now())).tiers == 0
    assert couple.shop.told.by_key == {}
    assert done(couple.shop.house.balance(ours))[0].tier == "Silver"


def test_chains_come_apart_in_their_order(couple: Couple) -> None:
    """Points would go to the wrong one of three."""
    members = [*couple.both()]
    couple.customer(3)
    members.append(couple.member(3))
    before = [couple.lots(one) for one in members]
    first = couple.merge(OTHER, "c-3")
    second = couple.merge(ONE, OTHER)
    assert couple.held(members[0]).available == 150
    assert done(couple.shop.available(members[2])) == 150
    with pytest.raises(MergeRefused):
        couple.undo(first)
    couple.undo(second)
    assert couple.held(members[1]).available == 100
    couple.undo(first)
    assert [couple.lots(one) for one in members] == before


def test_points_of_a_later_merge_do_not_go_with_an_adopted_member(couple: Couple) -> None:
    """The points of a third would be given to whoever is taken apart first."""
    for number in (1, 2, 3):
        couple.customer(number)
    couple.member(2)
    couple.member(3)
    first = couple.merge(ONE, OTHER)
    couple.clock.move(minutes=1)
    second = couple.merge(ONE, "c-3")
    with pytest.raises(MergeRefused, match="take that merge back first"):
        couple.undo(first)
    couple.undo(second)
    couple.undo(first)


def test_both_stories_tell_it(couple: Couple) -> None:
    """Nobody could say where the points came from."""
    ours, theirs = couple.both()
    row = couple.merge()
    couple.undo(row)
    for who in (ONE, OTHER):
        told = {one.outcome: one.detail for one in couple.steps(who)}
        assert told["joined"] == {"from": theirs, "into": ours, "points": "50"}
        assert told["parted"]["points"] == "50"
    page = done(couple.shop.house.history(theirs, cursor=None, limit=10))
    assert [str(one.kind) for one in page.items].count("adjust") == 2
