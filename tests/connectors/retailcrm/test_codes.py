"""One-time codes over the wire: the SMS of a membership, and of a charge."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.canonical import BonusPoints, PhoneContact
from gateway.contract import CodePurpose, MemberKey, Missing, Rejected, SaleState, Unsupported

from .conftest import Bench, OpenBench
from .members import LOYALTY, PHONE, balance, codes_of, join, loyalty_of, programme, sale
from .samples import customer

TO = MemberKey(phone=PHONE)


async def _club(open_bench: OpenBench) -> Bench:
    bench = await open_bench({"loyalty": LOYALTY})
    await bench.seed(programs=[programme(confirmSmsRegistration=True)])
    return bench


async def _registered(bench: Bench) -> None:
    person = customer(phones=(PhoneContact(number=PHONE, rank=0),))
    member = await loyalty_of(bench).register(person, key="c-01jd7fhq3v9m2x4k")
    assert member.customer.bonuses


async def _is_active(bench: Bench) -> bool:
    (row,) = (await bench.api("loyalty/accounts"))["loyaltyAccounts"]
    active: bool = row["active"]
    return active


@pytest.mark.parametrize("named", [True, False], ids=["reference", "no-reference"])
async def test_a_membership_is_active_after_its_code(open_bench: OpenBench, *, named: bool) -> None:
    """Somebody else's phone could be registered, or nobody's own."""
    bench = await _club(open_bench)
    await _registered(bench)
    assert not await _is_active(bench)
    reference = ""
    if named:
        reference = (await codes_of(bench).send(TO, purpose=CodePurpose.PHONE)).reference
        assert reference
    for code, expected in (("9999", False), ("1234", True)):
        told = await codes_of(bench).confirm(
            TO, code, purpose=CodePurpose.PHONE, reference=reference
        )
        assert (told, await _is_active(bench)) == (expected, expected)


async def test_a_check_that_nobody_knows_is_no_success(open_bench: OpenBench) -> None:
    """A stale reference would let anybody in."""
    bench = await _club(open_bench)
    told = await codes_of(bench).confirm(
        TO, "1234", purpose=CodePurpose.PHONE, reference="3f0c8a52-0000-4c55-9a3b-0d6f2b9e7a10"
    )
    assert told is False


async def test_a_code_without_a_check_is_refused(open_bench: OpenBench) -> None:
    """A confirmation of nothing would be called wrong for ever."""
    bench = await _club(open_bench)
    with pytest.raises(Rejected, match="reference"):
        await codes_of(bench).confirm(TO, "1234", purpose=CodePurpose.PHONE)


async def test_there_is_nothing_to_send(open_bench: OpenBench) -> None:
    """A screen would wait for an SMS that never comes."""
    bench = await _club(open_bench)
    with pytest.raises(Missing):
        await codes_of(bench).send(TO, purpose=CodePurpose.PHONE)
    await join(bench)
    with pytest.raises(Rejected, match="active"):
        await codes_of(bench).send(TO, purpose=CodePurpose.PHONE)


@pytest.mark.parametrize("purpose", [CodePurpose.LOGIN, CodePurpose.EMAIL, CodePurpose.SPENDING])
async def test_the_vendor_sends_no_other_codes(open_bench: OpenBench, purpose: CodePurpose) -> None:
    """A login by a code of a membership would prove nothing."""
    bench = await _club(open_bench)
    with pytest.raises(Unsupported):
        await codes_of(bench).send(TO, purpose=purpose)


@pytest.mark.parametrize("purpose", [CodePurpose.LOGIN, CodePurpose.EMAIL])
async def test_the_vendor_confirms_no_other_codes(
    open_bench: OpenBench, purpose: CodePurpose
) -> None:
    """A login would be granted by whatever code fits."""
    bench = await _club(open_bench)
    with pytest.raises(Unsupported):
        await codes_of(bench).confirm(TO, "1234", purpose=purpose, reference="x")


async def _charging(open_bench: OpenBench) -> Bench:
    bench = await open_bench({"loyalty": LOYALTY})
    await bench.seed(programs=[programme(confirmSmsCharge=True)])
    return bench


async def test_a_charge_by_sms_waits_for_its_code(open_bench: OpenBench) -> None:
    """Points would be called taken while the member has not agreed."""
    bench = await _charging(open_bench)
    _, account = await join(bench, 300)
    loyalty, codes, bought = loyalty_of(bench), codes_of(bench), sale(spends=20)
    kept = await loyalty.reserve(bought, key="k1")
    assert kept.reference.startswith(f"{bought.id}|")
    assert kept.expires_at is not None
    assert kept.points_spent == BonusPoints(points=Decimal(0))
    with pytest.raises(Rejected, match="SMS"):
        await loyalty.commit(bought, kept, key="k2")
    for code, expected in (("0000", False), ("1234", True)):
        told = await codes.confirm(TO, code, purpose=CodePurpose.SPENDING, reference=kept.reference)
        assert told is expected
    assert await balance(bench, account) == 280
    done = await loyalty.commit(bought, kept, key="k2")
    assert (done.reference, done.state) == (bought.id, SaleState.COMMITTED)
    assert await balance(bench, account) == 324


async def test_a_reserved_sale_by_sms_can_be_given_up(open_bench: OpenBench) -> None:
    """The reference of a waiting charge names more than the sale."""
    bench = await _charging(open_bench)
    await join(bench, 300)
    kept = await loyalty_of(bench).reserve(sale(spends=20), key="k1")
    await loyalty_of(bench).cancel(kept, key="k2")
    (row,) = (await bench.api("orders"))["orders"]
    assert row["status"] == "cancel-other"
