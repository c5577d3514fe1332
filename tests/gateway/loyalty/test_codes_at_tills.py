"""Codes at tills: spending wants one where the shop says so, ours or the vendor's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from gateway.contract import (
    Caller,
    CodePurpose,
    CodeSent,
    MemberKey,
    Stage,
    TillBusy,
    TillRefused,
)
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.ledger import Ledger
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


@dataclass
class Stamp:
    """Proofs that name their member."""

    def make(self, caller: Caller, member: MemberKey, purpose: CodePurpose) -> str:
        """Return the member's name."""
        return f"{caller.name}:{member.phone}"

    def holds(self, proof: str, caller: Caller, member: MemberKey) -> bool:
        """Compare names."""
        return proof == f"{caller.name}:{member.phone}"


@dataclass
class OneCode:
    """Codes that are always 1234."""

    async def send(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send nothing."""
        return CodeSent(length=4)

    async def confirm(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Compare."""
        return code == "1234"


async def test_spending_wants_a_code_of_this_very_member() -> None:
    """Somebody's points would be spent by whoever knows the number of his card."""
    world = _with_member(World(code_needed=True, proofs=Stamp(), codes=OneCode()))
    sale = replace(world.sale("s1", spends=50), member=ANNA_BY_ID)
    strange = Stamp().make(TILL, MemberKey(phone="+79990000000"), CodePurpose.SPENDING)
    for proof in ("", strange):
        with pytest.raises(TillRefused) as caught:
            await world.service.reserve(TILL, sale, proof=proof)
        assert caught.value.code == "code-needed"
    purpose = CodePurpose.SPENDING
    assert await world.service.confirm_code(TILL, ANNA, "0000", purpose=purpose) is None
    proof = await world.service.confirm_code(TILL, ANNA, "1234", purpose=purpose) or ""
    assert (await world.service.reserve(TILL, sale, proof=proof)).stage is Stage.RESERVED
    again = await world.service.reserve(TILL, sale, proof="")
    assert (again.stage, again.replayed) == (Stage.RESERVED, True)


async def test_codes_that_nobody_sends_are_refused(world: World) -> None:
    """A till would wait for an SMS that never comes."""
    with pytest.raises(TillRefused) as caught:
        await world.service.send_code(TILL, ANNA, purpose=CodePurpose.SPENDING)
    assert caught.value.code == "codes-off"


async def test_the_vendors_codes_and_its_limits_are_passed_on() -> None:
    """A locked phone would look like a wrong code."""
    world = _with_member(World(proofs=Stamp()))

    class Limited:
        """A vendor that has enough."""

        async def send(self, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
            """Refuse by the ledger's script."""
            await _scripted(world.ledger)
            return CodeSent()

        async def confirm(
            self, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
        ) -> bool:
            """Take any."""
            return True

    world.processors["main"].codes = Limited()
    await world.service.send_code(TILL, ANNA, purpose=CodePurpose.SPENDING)
    world.ledger.script += [Fault.LIMITED]
    with pytest.raises(TillBusy) as caught:
        await world.service.send_code(TILL, ANNA, purpose=CodePurpose.SPENDING)
    assert (caught.value.code, caught.value.retry_after_s) == ("code-limited", 2.0)


async def _scripted(ledger: Ledger) -> None:
    await ledger.identify(ANNA)
