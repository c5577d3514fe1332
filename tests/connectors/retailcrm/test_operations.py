"""Operations over the wire: points, merges and notes, each key once in effect."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from gateway.contract import (
    ConnectorError,
    Missing,
    Operation,
    OutcomeUnknown,
    Rejected,
    TranslationFailed,
    Unsupported,
)
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE, CUSTOMER_NOTE

from .conftest import Bench, OpenBench, built, own_settings
from .members import LOYALTY, balance, join, programme


async def _club(open_bench: OpenBench, own: dict[str, Any] | None = None, **switches: Any) -> Bench:
    switches = {"bonus_comment": "present", "combine_delay_ms": 0, **switches}
    bench = await open_bench({"loyalty": {**LOYALTY, **(own or {})}}, **switches)
    await bench.seed(programs=[programme()])
    return bench


def _posting(customer: str, **fields: Any) -> Operation:
    payload = {"customer_external_id": customer, "kind": "accrue", "points": "30", **fields}
    return Operation("op-1", BONUS_POST, payload)


async def _do(bench: Bench, operation: Operation) -> Mapping[str, Any]:
    return await bench.connector.operations[operation.name].perform(operation)


async def _restarted(bench: Bench) -> Bench:
    """Return the bench of a gateway that was started again and remembers nothing."""
    url = str(bench.door.base_url).rstrip("/")
    connector = built(own_settings(url, loyalty=LOYALTY), log=bench.log)
    return Bench(connector, bench.door, bench.log)


@pytest.mark.parametrize(
    ("kind", "left"),
    [("accrue", 130), ("redeem", 70), ("cancel", 70), ("expire", 70)],
)
async def test_points_are_posted_once(open_bench: OpenBench, kind: str, left: int) -> None:
    """A repeated posting is done again by the vendor: points would double."""
    bench = await _club(open_bench)
    customer, account = await join(bench, 100)
    posting = _posting(customer, kind=kind, reason="Подарок", order_number="К-7")
    first = await _do(bench, posting)
    assert first["before"] is False
    assert await balance(bench, account) == left
    for again in (bench, await _restarted(bench)):
        assert (await _do(again, posting))["before"] is True
        assert await balance(bench, account) == left
    told = await bench.api(f"loyalty/account/{account}/bonus/operations")
    assert told["bonusOperations"][0]["comment"] == "Подарок К-7 [op:op-1]"


async def test_days_are_those_of_the_account(open_bench: OpenBench) -> None:
    """Points would be there, or burn, a day early."""
    bench = await _club(open_bench)
    customer, account = await join(bench)
    await _do(
        bench,
        _posting(
            customer,
            active_from="2099-03-08T21:30:00+00:00",
            expires_at="2099-06-08T22:00:00+00:00",
        ),
    )
    told = await bench.api(f"loyalty/account/{account}/bonus/operations")
    assert told["bonusOperations"][0]["bonus"] == {"activationDate": "2099-03-09"}


@pytest.mark.parametrize("restart", [False, True], ids=["same-process", "restarted"])
@pytest.mark.parametrize("kind", ["accrue", "redeem"])
async def test_a_posting_cut_after_its_effect_is_found(
    open_bench: OpenBench, kind: str, *, restart: bool
) -> None:
    """A lost answer would be followed by a second posting."""
    bench = await _club(open_bench)
    customer, account = await join(bench, 100)
    posting = _posting(customer, kind=kind)
    await bench.faults({"kind": "cut_after", "path": "/bonus/c", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await _do(bench, posting)
    left = await balance(bench, account)
    assert left != 100
    if restart:
        bench = await _restarted(bench)
    found = await bench.connector.operations[BONUS_POST].find(posting.key)
    assert (found is None) is restart
    assert (await _do(bench, posting))["before"] is True
    assert await balance(bench, account) == left


@pytest.mark.parametrize("restart", [False, True], ids=["same-process", "restarted"])
async def test_where_no_comments_are_shown_nothing_is_repeated_blindly(
    open_bench: OpenBench, *, restart: bool
) -> None:
    """The setting's default fits most accounts; in the others points would double."""
    bench = await _club(open_bench, bonus_comment="absent")
    customer, account = await join(bench, 100)
    posting = _posting(customer)
    await bench.faults({"kind": "cut_after", "path": "/bonus/c", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await _do(bench, posting)
    if restart:
        bench = await _restarted(bench)
        assert await bench.connector.operations[BONUS_POST].find(posting.key) is None
    else:
        with pytest.raises(Unsupported):
            await bench.connector.operations[BONUS_POST].find(posting.key)
    with pytest.raises(Unsupported):
        await _do(bench, posting)
    assert await balance(bench, account) == 130


async def test_an_account_that_hides_comments_is_held_for_a_person(open_bench: OpenBench) -> None:
    """The core asks whether it was done; a guess would double points or lose them."""
    bench = await _club(open_bench, {"comments_shown": False}, bonus_comment="absent")
    customer, account = await join(bench, 100)
    performer = bench.connector.operations[BONUS_POST]
    with pytest.raises(Unsupported):
        await performer.find("op-1")
    await bench.faults({"kind": "cut_after", "path": "/bonus/c", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await _do(bench, _posting(customer))
    for attempt in (performer.find("op-1"), performer.perform(_posting(customer))):
        with pytest.raises(Unsupported):
            await attempt
    assert await balance(bench, account) == 130


async def test_a_posting_that_never_arrived_is_sent_again(open_bench: OpenBench) -> None:
    """A cut connection would lose a customer's points."""
    bench = await _club(open_bench)
    customer, account = await join(bench, 100)
    await bench.faults({"kind": "cut_before", "path": "/bonus/credit", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await _do(bench, _posting(customer))
    assert await bench.connector.operations[BONUS_POST].find("op-1") is None
    await _do(bench, _posting(customer))
    assert await balance(bench, account) == 130


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"kind": "adjust"}, Rejected),
        ({"programme": "other"}, Rejected),
        ({"customer_external_id": "999"}, Missing),
        ({"kind": "redeem", "points": "101"}, Rejected),
        ({"points": "-1"}, TranslationFailed),
        ({"extra": 1}, TranslationFailed),
    ],
    ids=["adjust", "programme", "nobody", "overcharge", "negative", "unknown-field"],
)
async def test_what_cannot_be_posted_is_refused(
    open_bench: OpenBench, fields: dict[str, Any], error: type[ConnectorError]
) -> None:
    """It would be tried for days, or move points of somebody else."""
    bench = await _club(open_bench)
    customer, account = await join(bench, 100)
    with pytest.raises(error):
        await _do(bench, _posting(customer, **fields))
    assert await balance(bench, account) == 100


async def _three(bench: Bench) -> list[str]:
    return [
        str((await bench.act("customer.create", customer={"firstName": name}))["id"])
        for name in ("Алёна", "Елена", "Лена")
    ]


@pytest.mark.parametrize("merged_get", ["404_combinedTo", "404_plain"])
async def test_customers_are_merged_once(open_bench: OpenBench, merged_get: str) -> None:
    """A repeat would be refused: a merge that was done would count as failed."""
    bench = await _club(open_bench, merged_get=merged_get)
    survivor, *losers = await _three(bench)
    merge = Operation("op-2", CUSTOMER_MERGE, {"survivor": survivor, "losers": losers})
    assert await _do(bench, merge) == {"merged": 2, "before": False}
    left = (await bench.api("customers"))["customers"]
    assert [str(one["id"]) for one in left] == [survivor]
    assert await _do(bench, merge) == {"merged": 2, "before": True}
    assert await _do(await _restarted(bench), merge) == {"merged": 2, "before": True}


async def test_a_merge_cut_after_its_effect_is_found(open_bench: OpenBench) -> None:
    """A lost answer would leave the merge to a person."""
    bench = await _club(open_bench)
    survivor, *losers = await _three(bench)
    merge = Operation("op-2", CUSTOMER_MERGE, {"survivor": survivor, "losers": losers})
    performer = bench.connector.operations[CUSTOMER_MERGE]
    assert await performer.find("op-2") is None
    await bench.faults({"kind": "cut_after", "path": "/combine", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await performer.perform(merge)
    assert await performer.find("op-2") == {"merged": 2, "before": True}


@pytest.mark.parametrize(
    ("survivor", "losers", "error"),
    [(0, [999_999], None), (999_999, [0], Missing), (0, [0], Rejected)],
    ids=["gone-loser", "gone-survivor", "itself"],
)
async def test_odd_merges(
    open_bench: OpenBench, survivor: int, losers: list[int], error: type[ConnectorError] | None
) -> None:
    """A merge into nobody would lose a customer."""
    bench = await _club(open_bench)
    made, *_ = await _three(bench)
    payload = {
        "survivor": str(survivor or made),
        "losers": [str(one or made) for one in losers],
    }
    merge = Operation("op-2", CUSTOMER_MERGE, payload)
    if error is None:
        assert (await _do(bench, merge))["before"] is True
    else:
        with pytest.raises(error):
            await _do(bench, merge)
    assert (await bench.api("customers"))["pagination"]["totalCount"] == 3


async def test_a_note_is_left_once(open_bench: OpenBench) -> None:
    """An operator would read the same complaint many times."""
    bench = await _club(open_bench)
    made, *_ = await _three(bench)
    note = Operation(
        "op-3", CUSTOMER_NOTE, {"customer_external_id": made, "text": "Звонить после шести"}
    )
    performer = bench.connector.operations[CUSTOMER_NOTE]
    assert await performer.find("op-3") is None
    await bench.faults({"kind": "cut_after", "path": "/notes/create", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await performer.perform(note)
    found = await performer.find("op-3")
    assert found is not None
    assert await performer.perform(note) == found
    (held,) = (await bench.api("customers/notes"))["notes"]
    assert held["text"] == "Звонить после шести\n[op:op-3]"
    assert str(held["id"]) == found["note"]
    other = Operation("op-4", CUSTOMER_NOTE, note.payload)
    await performer.perform(other)
    assert len((await bench.api("customers/notes"))["notes"]) == 2


async def test_a_note_is_found_among_many(open_bench: OpenBench) -> None:
    """A customer with a long history would get the same note again and again."""
    bench = await _club(open_bench)
    made, *_ = await _three(bench)
    for number in range(105):
        payload = {"customer_external_id": made, "text": f"Заметка {number}"}
        await _do(bench, Operation(f"op-{number}", CUSTOMER_NOTE, payload))
    last = {"customer_external_id": made, "text": "Заметка 104"}
    assert (await _do(bench, Operation("op-104", CUSTOMER_NOTE, last)))["before"] is True
    count = (await bench.api("customers/notes"))["pagination"]["totalCount"]
    assert count == 105


async def test_a_fraction_of_a_point_is_posted_exactly(open_bench: OpenBench) -> None:
    """A rounded amount would differ from what the receipt says."""
    bench = await _club(open_bench)
    customer, account = await join(bench)
    await _do(bench, _posting(customer, points="1000.50"))
    assert await balance(bench, account) == Decimal("1000.5")
