"""Operations: postings, receipts and merges that happen once whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Kind, Money, Receipt, ReceiptKind
from gateway.contract import (
    Missing,
    Operation,
    OutcomeUnknown,
    Rejected,
    TranslationFailed,
    Unavailable,
    Unsupported,
)
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE, RECEIPT_REGISTER
from tests.connectors.bench import Bench

from .conftest import Open
from .world import ANNA, AT, CARD, HONEY, TEA, balance, cut, part, person

POSTING = {"customer_external_id": ANNA, "kind": "accrue", "points": "50", "reason": "Юбилей"}


def posting(key: str = "b-1", **fields: Any) -> Operation:
    """Return a posting of 50 points to Anna."""
    return Operation(key, BONUS_POST, {**POSTING, **fields})


def receipt(key: str = "x-1", member: str | None = ANNA, **fields: Any) -> Operation:
    """Return a closed receipt of tea and honey."""
    told = Receipt(
        id=fields.pop("id", "TILL7-000123"),
        kind=fields.pop("kind", ReceiptKind.SALE),
        shop="7",
        till="2",
        closed_at=AT,
        lines=fields.pop("lines", (TEA, HONEY)),
        total=Money.of(1060),
        **fields,
    )
    payload = {"receipt": told.model_dump(mode="json"), "customer_external_id": member}
    return Operation(key, RECEIPT_REGISTER, payload)


async def perform(base: Bench, operation: Operation) -> Mapping[str, Any]:
    """Perform an operation."""
    return await base.connector.operations[operation.name].perform(operation)


@pytest.mark.parametrize("answer", ["int", "object"])
@pytest.mark.parametrize("version", ["legacy", "v1.2"])
async def test_points_are_posted(open_double: Open, answer: str, version: str) -> None:
    """Points promised by the call centre never come."""
    base = await open_double({"version": version}, version_profile=version, deposit_answer=answer)
    told = await perform(base, posting())
    (batch,) = await part(base, "batches")

    assert told == {"batch": batch["id"], "state": "done"}
    assert batch["internalDescription"] == "b-1"
    assert await balance(base) == (460, 0)


@pytest.mark.parametrize("kind", ["redeem", "cancel", "expire"])
async def test_points_are_taken(base: Bench, kind: str) -> None:
    """A write-off is posted as a gift."""
    await perform(base, posting(kind=kind, points="12.5"))

    assert await balance(base) == (397.5, 0)


async def test_more_than_there_is_cannot_be_taken(base: Bench) -> None:
    """A posting that the vendor refused in its own time is told as done, and stays so."""
    with pytest.raises(Rejected) as caught:
        await perform(base, posting(kind="redeem", points="1000"))
    assert caught.value.vendor_code == "batch_error"
    assert await balance(base) == (410, 0)

    for act in (perform(base, posting(kind="redeem", points="1000")), _find(base, "b-1")):
        with pytest.raises(Rejected):
            await act
    assert len(await part(base, "batches")) == 1


async def _find(base: Bench, key: str) -> Mapping[str, Any] | None:
    return await base.connector.operations[BONUS_POST].find(key)


@pytest.mark.parametrize("version", ["legacy", "v1.2"])
async def test_lost_answer_posts_once(open_double: Open, version: str) -> None:
    """The vendor takes every batch it gets, so a repeat gives the points twice."""
    base = await open_double({"version": version}, version_profile=version)
    assert await _find(base, "b-1") is None
    await base.faults(cut("/deposit$"))
    # The first look at the list is cut too, before anything is posted.
    with pytest.raises(Unavailable):
        await perform(base, posting())
    assert await part(base, "batches") == []

    await perform(base, posting("b-0", points="1"))
    put = base.connector.operations[BONUS_POST].people.client  # type: ignore[attr-defined]
    first = True
    call = put.http.call

    async def lose_the_put(method: str, path: str, **rest: Any) -> object:
        nonlocal first
        if method == "PUT" and first:
            first = False
            await base.faults(cut("/deposit$"))
        return await call(method, path, **rest)

    put.http.call = lose_the_put
    with pytest.raises(OutcomeUnknown):
        await perform(base, posting())
    found = await _find(base, "b-1")
    assert found is not None
    assert await perform(base, posting()) == found
    assert [one["internalDescription"] for one in await part(base, "batches")] == ["b-0", "b-1"]
    assert await balance(base) == (461, 0)


async def test_batch_that_waits_at_the_vendor_is_told_so(open_double: Open) -> None:
    """A worker waits for ever, or the posting is repeated because it was slow."""
    base = await open_double({"deposit_patience_s": 0.01}, deposit_polls=1000, deposit_delay_s=3600)
    told = await perform(base, posting())
    assert told["state"] == "waits at the vendor"

    await base.act("deposits.process")
    assert (await perform(base, posting()))["state"] == "done"
    assert await balance(base) == (460, 0)


async def test_dates_of_points_are_the_callers(base: Bench) -> None:
    """A gift that begins next year can be spent today."""
    await perform(base, posting(active_from="2037-01-01T00:00:00Z"))

    assert await balance(base) == (410, 0)
    assert (await person(base))["notActivated"] == 70


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        pytest.param({"kind": "adjust"}, Rejected, id="no direction"),
        pytest.param({"points": "-5"}, TranslationFailed, id="negative"),
        pytest.param({"customer_external_id": "999999"}, Missing, id="stranger"),
    ],
)
async def test_posting_that_makes_no_sense_is_refused(
    base: Bench, fields: dict[str, Any], error: type[Exception]
) -> None:
    """A mistake in the call is posted to somebody."""
    with pytest.raises(error):
        await perform(base, posting(**fields))
    assert await part(base, "batches") == []


async def test_account_without_a_source_of_points_says_so(open_double: Open) -> None:
    """An error of set-up looks like one of the vendor."""
    base = await open_double({"deposit": None})
    with pytest.raises(Unsupported, match="deposit"):
        await perform(base, posting())


async def test_old_version_posts_to_a_card_only(open_double: Open) -> None:
    """The old server posts to nobody and says nothing."""
    base = await open_double({"version": "legacy"}, version_profile="legacy")
    await base.seed(customers=[{"id": 6000, "phone": "79000006000"}])
    with pytest.raises(Rejected, match="card"):
        await perform(base, posting(customer_external_id="6000"))


@pytest.mark.parametrize("style", ["code", "state"])
@pytest.mark.parametrize("lost", ["", "/Calculate$", "/Bonus$", "/Confirm$"])
async def test_closed_receipt_earns_once(base: Bench, lost: str, style: str) -> None:
    """A receipt of a till that was offline earns twice or never."""
    await base.switch(processing_error_style=style)
    if lost:
        await base.faults(cut(lost))
        with pytest.raises(OutcomeUnknown):
            await perform(base, receipt())
    told = [await perform(base, receipt()) for _ in range(2)]

    assert [one["earned"] for one in told] == ["53", "53"]
    assert await balance(base) == (463, 0)


async def test_receipt_by_card_and_of_nobody(base: Bench) -> None:
    """A card that was swiped earns for nobody, a sale without one for somebody."""
    await perform(base, receipt(member=None, card_number=CARD))
    assert await balance(base) == (463, 0)
    await perform(base, receipt("x-2", None, id="TILL7-000124"))
    assert await balance(base) == (463, 0)


@pytest.mark.parametrize("lost", ["", "/Refund$", "/Confirm$"])
async def test_return_receipt_takes_points_back_once(base: Bench, lost: str) -> None:
    """A return takes its points twice or never."""
    await perform(base, receipt())
    back = receipt(
        "x-2",
        id="TILL7-000200",
        kind=ReceiptKind.RETURN,
        lines=(HONEY,),
        returned_receipt_id="TILL7-000123",
    )
    if lost:
        await base.faults(cut(lost))
        with pytest.raises(OutcomeUnknown):
            await perform(base, back)
    for _ in range(2):
        await perform(base, back)

    assert await balance(base) == (440, 0)


async def test_return_of_nothing_is_refused(base: Bench) -> None:
    """A return that names no sale gives somebody's points away."""
    with pytest.raises(TranslationFailed, match="returned_receipt_id"):
        await perform(base, receipt(kind=ReceiptKind.RETURN))


@pytest.fixture
async def twins(base: Bench) -> Bench:
    """Two more records of Anna."""
    await base.seed(
        customers=[
            {"id": 6000, "phone": "79000006000", "balance": 7},
            {"id": 6001, "phone": "79000006001", "balance": 3},
        ]
    )
    return base


def merging(*losers: str) -> Operation:
    """Return a merge into Anna."""
    return Operation("m-1", CUSTOMER_MERGE, {"survivor": ANNA, "losers": list(losers)})


async def test_records_of_one_person_are_merged_once(twins: Bench) -> None:
    """Points of the second card stay where nobody looks, or are added on every repeat."""
    await twins.faults(cut("MergeAccount/6001$"))
    with pytest.raises(OutcomeUnknown):
        await perform(twins, merging("6000", "6001"))
    told = await perform(twins, merging("6000", "6001"))

    assert told == {"joined": 0, "before": 2}
    assert await balance(twins) == (420, 0)
    seen = (await twins.look(Kind.CUSTOMER, ANNA)).entity
    assert [one.available.points for one in seen.bonuses if one.available] == [Decimal(420)]


async def test_merge_of_a_stranger_joins_nobody_else(twins: Bench) -> None:
    """Half of a merge is done before the stranger is met, and cannot be undone."""
    with pytest.raises(Missing):
        await perform(twins, merging("6000", "999999"))

    assert await balance(twins) == (410, 0)
