"""Checks of loyalty processing: points move once, and what became of a sale can be asked."""

from __future__ import annotations

from gateway.canonical import Customer, Kind
from gateway.contract import (
    Capability,
    Kept,
    LoyaltyProcessing,
    MemberKey,
    Missing,
    OutcomeUnknown,
    Refund,
    SaleState,
)
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.marks import needs
from gateway.testing.ports import Faults, LoyaltySeeder
from gateway.testing.subject import Subject
from gateway.testing.wired import Wired

per_programme = needs(Capability.LOYALTY)
POINTS = 500
SPENT = 50


def _of(wired: Wired) -> LoyaltyProcessing:
    loyalty = wired.connector.services.loyalty
    if loyalty is None:
        msg = "LOYALTY is declared and services.loyalty is None"
        raise AssertionError(msg)
    return loyalty


class LoyaltyChecks(Subject):
    """What ``LoyaltyProcessing`` promises."""

    @per_programme
    async def test_a_member_is_identified_and_nobody_is_nobody(
        self, connector: Wired, seed: LoyaltySeeder
    ) -> None:
        """A till would take a stranger for a member, or an error for no membership."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        member = await loyalty.identify(MemberKey(external_id=external_id))
        claim(member is not None, "a member is not identified")
        claim(getattr(member, "external_id", "") == external_id, "another member is identified")
        error = await caught(lambda: loyalty.identify(MemberKey(phone="+79990000000")))
        claim(error is None, f"an unknown phone must be None, it raised {name_of(error)}")
        nobody = await loyalty.identify(MemberKey(phone="+79990000000"))
        claim(nobody is None, "an unknown phone is identified as a member")

    @per_programme
    async def test_one_registration_makes_one_member(
        self, connector: Wired, seed: LoyaltySeeder
    ) -> None:
        """A person who asks twice would have two memberships."""
        loyalty, person = _of(connector), self.sample(Kind.CUSTOMER, 3)
        if not isinstance(person, Customer):
            msg = "`sample` must return a Customer for the kind customer"
            raise TypeError(msg)
        first = await loyalty.register(person, key="kit-register-1")
        again = await loyalty.register(person, key="kit-register-1")
        claim(first.external_id == again.external_id, "a repeated registration is another member")
        count = await seed.members(person.phones[0].number)
        claim(count == 1, f"after a repeated registration {count} members have the phone")

    @per_programme
    async def test_a_balance_is_told_or_missing(
        self, connector: Wired, seed: LoyaltySeeder
    ) -> None:
        """A till would show somebody's points, or none for an error."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        accounts = await loyalty.balance(external_id)
        told = sum(one.available.points for one in accounts if one.available is not None)
        claim(told == POINTS, f"the balance is {told}, the vendor holds {POINTS}")
        error = await caught(lambda: loyalty.balance(self.nowhere))
        claim(isinstance(error, Missing), f"an unknown member must be Missing: {name_of(error)}")

    @per_programme
    async def test_asking_for_a_quote_changes_nothing(
        self, connector: Wired, seed: LoyaltySeeder
    ) -> None:
        """Each look into the basket would cost points."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        sale = seed.sale(1, external_id, spends=SPENT)
        first, again = await loyalty.quote(sale), await loyalty.quote(sale)
        claim(first == again, "two quotes of one sale differ")
        lines = {line.id for line in sale.lines}
        claim({line.id for line in first.lines} == lines, "a quote's lines are not the sale's")
        claim(await seed.points(external_id) == POINTS, "a quote moved points")

    @per_programme
    async def test_a_reservation_blocks_once_and_is_given_up(
        self, connector: Wired, seed: LoyaltySeeder
    ) -> None:
        """Points of a sale that never was would stay blocked, or be blocked twice."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        sale = seed.sale(1, external_id, spends=SPENT)
        kept = await loyalty.reserve(sale, key="kit-sale-1")
        once = await seed.points(external_id)
        claim(kept.state is SaleState.RESERVED, f"a reserved sale is {kept.state}")
        claim(once < POINTS, "a reservation blocks nothing")
        await loyalty.reserve(sale, key="kit-sale-1")
        claim(await seed.points(external_id) == once, "a repeated reservation blocks again")
        await loyalty.cancel(kept, key="kit-cancel-1")
        await loyalty.cancel(kept, key="kit-cancel-1")
        claim(await seed.points(external_id) == POINTS, "a cancelled sale does not free its points")

    @per_programme
    async def test_one_key_commits_once(self, connector: Wired, seed: LoyaltySeeder) -> None:
        """Points would move twice for one purchase."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        sale = seed.sale(1, external_id, spends=SPENT)
        kept = await loyalty.reserve(sale, key="kit-sale-1")
        done = await loyalty.commit(sale, kept, key="kit-commit-1")
        once = await seed.points(external_id)
        claim(done.state is SaleState.COMMITTED, f"a committed sale is {done.state}")
        claim(once != POINTS, "a committed sale moved no points")
        await loyalty.commit(sale, kept, key="kit-commit-1")
        claim(await seed.points(external_id) == once, "a repeated commit moves points again")

    @per_programme
    async def test_two_keys_commit_twice(self, connector: Wired, seed: LoyaltySeeder) -> None:
        """Two purchases would be credited once."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        steps = []
        for number in (1, 2):
            sale = seed.sale(number, external_id, spends=SPENT)
            kept = await loyalty.reserve(sale, key=f"kit-sale-{number}")
            await loyalty.commit(sale, kept, key=f"kit-commit-{number}")
            steps.append(await seed.points(external_id))
        claim(steps[0] != steps[1], "a second sale moved no points")

    @per_programme
    async def test_a_sale_is_looked_up(self, connector: Wired, seed: LoyaltySeeder) -> None:
        """After a lost answer a sale would be repeated blindly, or never."""
        loyalty = _of(connector)
        sale = seed.sale(1, await seed.member(POINTS), spends=SPENT)
        claim(await loyalty.find(sale.id) is None, "a sale that never was is found")
        kept = await loyalty.reserve(sale, key="kit-sale-1")
        await loyalty.commit(sale, kept, key="kit-commit-1")
        _claim_committed(await loyalty.find(sale.id))

    @per_programme
    async def test_a_commit_cut_after_its_effect_is_found(
        self, connector: Wired, seed: LoyaltySeeder, faults: Faults
    ) -> None:
        """A sale that was done and not answered would be called failed, and done again."""
        loyalty = _of(connector)
        sale = seed.sale(1, await seed.member(POINTS), spends=SPENT)
        kept = await loyalty.reserve(sale, key="kit-sale-1")
        await faults.cut("sale", after=True)
        error = await caught(lambda: loyalty.commit(sale, kept, key="kit-commit-1"))
        await faults.clear()
        claim(isinstance(error, OutcomeUnknown), f"a commit not answered is {name_of(error)}")
        _claim_committed(await loyalty.find(sale.id))

    @per_programme
    async def test_a_refund_gives_back_once(self, connector: Wired, seed: LoyaltySeeder) -> None:
        """Goods that come back would return their points twice, or never."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        sale = seed.sale(1, external_id, spends=SPENT)
        kept = await loyalty.reserve(sale, key="kit-sale-1")
        done = await loyalty.commit(sale, kept, key="kit-commit-1")
        refund = Refund("kit-refund-1", sale.id, done.reference, sale.at, lines=sale.lines)
        await loyalty.refund(refund, key="kit-refund-1")
        await loyalty.refund(refund, key="kit-refund-1")
        points = await seed.points(external_id)
        claim(points == POINTS, f"after a refund the member has {points} points, had {POINTS}")

    @per_programme
    async def test_history_comes_in_pages_and_ends(
        self, connector: Wired, seed: LoyaltySeeder
    ) -> None:
        """A member's postings would be shown twice, out of order, or without end."""
        loyalty = _of(connector)
        external_id = await seed.member(POINTS)
        for number in (1, 2, 3):
            sale = seed.sale(number, external_id, spends=SPENT)
            kept = await loyalty.reserve(sale, key=f"kit-sale-{number}")
            await loyalty.commit(sale, kept, key=f"kit-commit-{number}")
        moments, ids, cursor = [], [], None
        for _ in range(20):
            page = await loyalty.history(external_id, cursor=cursor, limit=self.page)
            moments += [item.at for item in page.items]
            ids += [item.id for item in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        claim(cursor is None, "the history does not end")
        claim(len(ids) >= 3 and len(set(ids)) == len(ids), "postings are missing or repeat")  # noqa: PLR2004
        claim(moments == sorted(moments, reverse=True), "postings are not newest first")


def _claim_committed(found: Kept | None) -> None:
    state = found.state if found is not None else None
    claim(state is SaleState.COMMITTED, f"find says {state} of a committed sale")
