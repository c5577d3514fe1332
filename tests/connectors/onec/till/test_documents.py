"""Documents of tills of Розница: told twice, changed, taken back and cut off, they count once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import zeep

from gateway.contract import Stage as Progress

from .retail import DOCUMENT, Directory, RetailTill, earned, sold, spent
from .rules import busy
from .stage import Stage

OTHER = "7e000002-2b3d-11f0-8c11-00155d0a0b0c"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A gateway whose account knows the cards of its base."""
    async with Stage(cards=Directory()).opened() as opened:
        yield opened


@pytest.fixture
def till(stage: Stage) -> RetailTill:
    """The till."""
    return RetailTill(stage.url)


def counted(stage: Stage) -> list[str]:
    """Return the sales that count."""
    done = {Progress.COMMITTED, Progress.ACCEPTED}
    return [name for (_, name), row in stage.ledger.rows.items() if row.stage in done]


async def test_document_spends_and_earns_by_the_processors_rules(
    stage: Stage, till: RetailTill
) -> None:
    """The till's own reckoning is booked beside that of the processor."""
    assert await till.post([sold("1000"), sold("100", "3")], [spent("50"), earned("999")]) == (
        True, True,
    )  # fmt: skip
    assert stage.person.balance == 350 - 50 + 33
    (name,) = counted(stage)
    sale = stage.ledger.rows["till-1", name].content
    assert sum(one.price.amount * one.quantity for one in sale.lines) == 1150
    assert sale.at.isoformat() == "2026-02-03T18:05:00+03:00"


async def test_repeats_in_any_order_count_once(stage: Stage, till: RetailTill) -> None:
    """1C queries rows in no order, and a repeat of the job was another sale."""
    rows, moves = [sold("1000"), sold("20", "2")], [spent("50")]
    first = await till.post(rows, moves)
    again = await till.post(rows[::-1], moves)
    assert first == again == (True, True)
    assert await till.points(moves) is True
    assert counted(stage) == [f"1d.{DOCUMENT}.1"]


async def test_points_without_goods_are_of_an_unknown_document(
    stage: Stage, till: RetailTill
) -> None:
    """After a restart half of a document is counted, and the till thinks it is whole."""
    await till.goods([sold("1000")])
    stage.restart()
    assert await till.points([spent("50")]) is False
    assert await till.post([sold("1000")], [spent("50")]) == (True, True)
    assert stage.person.balance == 350 - 50 + 30


async def test_changed_document_replaces_itself(stage: Stage, till: RetailTill) -> None:
    """A corrected receipt is counted beside the wrong one, or not at all."""
    await till.post([sold("1000")], [spent("50")])
    stage.restart()
    await till.post([sold("2000")], [])
    assert stage.person.balance == 350 + 60
    await till.post([sold("1000")], [spent("50")])
    await till.post([sold("1000")], [spent("50")])
    assert stage.person.balance == 350 - 50 + 30


async def test_document_that_is_taken_back_leaves_nothing(stage: Stage, till: RetailTill) -> None:
    """Points of a receipt that 1C deleted stay with the customer, or come back twice."""
    await till.post([sold("1000")], [spent("50")])
    for _ in range(2):
        assert await till.post([], []) == (True, True)
        assert stage.person.balance == 350
    await till.post([sold("1000")], [spent("50")])
    assert stage.person.balance == 350 - 50 + 30


async def test_gateway_that_dies_after_a_change_goes_on(stage: Stage, till: RetailTill) -> None:
    """A change that was cut off is given back twice, or leaves two versions."""
    await till.post([sold("1000")], [spent("50")])
    stage.ledger.cut["offline"] = [RuntimeError("killed")]
    with pytest.raises(zeep.exceptions.Error):
        await till.post([sold("2000")], [spent("10")])
    stage.restart()
    assert await till.post([sold("2000")], [spent("10")]) == (True, True)
    assert stage.person.balance == 350 - 10 + 60


async def test_return_is_left_to_the_exchange(stage: Stage, till: RetailTill) -> None:
    """A return, whose sale the protocol does not name, is taken for a purchase."""
    assert await till.post([sold("-1000", "-1")], []) == (False, None)
    assert not stage.ledger.rows


async def test_what_the_processor_refuses_waits_for_a_person(
    stage: Stage, till: RetailTill
) -> None:
    """A second version is counted beside one that a person mends afterwards."""
    assert await till.post([sold("1000")], [spent("351")]) == (True, True)
    for points in ("351", "300"):
        assert await till.post([sold("1000")], [spent(points)]) == (True, False)
    assert stage.person.balance == 350
    stage.ledger.rows["till-1", f"1d.{DOCUMENT}.1"].stage = Progress.CANCELLED
    assert await till.post([sold("1000")], [spent("300")]) == (True, True)
    assert stage.person.balance == 350 - 300 + 30


async def test_full_disk_is_a_fault(stage: Stage, till: RetailTill) -> None:
    """A till is told that a receipt is kept, which is not."""
    await till.goods([sold("1000")])
    stage.ledger.fail["offline"] = [busy()]
    with pytest.raises(zeep.exceptions.Fault):
        await till.points([])
    assert await till.points([]) is True


async def test_unknown_cards_and_ids_are_not_counted(stage: Stage, till: RetailTill) -> None:
    """Points go to whoever is found instead."""
    unknown = "cccc0009-2222-11ee-8c3a-00155d010203"
    assert await till.post([sold("1000", card=unknown)], [], OTHER) == (True, False)
    assert await till.goods([sold("1000")], "не ссылка") is False
    assert not stage.ledger.rows
