"""Blocks and write-offs of a till that repeats, hangs up and outlives a restart."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from gateway.contract import Stage as Progress

from .rules import busy
from .stage import CARD, SETTINGS, Stage, TillClient, TillError
from .test_golden import RECEIPT

DONE, FREE = "Бонусы успешно списаны", "Бонусы разблокированы"


async def block(till: TillClient) -> int:
    """Ask for the points, and block them."""
    told = await till.ask("getclientbonuses", ClientCardID=CARD)
    points: int = told["BonusCount"]
    return points


def books(stage: Stage) -> tuple[object, object]:
    """Return the member's points, and those that are blocked."""
    return stage.person.balance, stage.ledger.held(stage.person)


async def spend(till: TillClient, points: str) -> object:
    """Write points off."""
    query = {"ClientCardID": CARD, "BonusesCount": points}
    return await till.ask("writeoffclientbonuses", "POST", **query)


async def test_life_of_a_lock_is_that_of_1c(stage: Stage, till: TillClient) -> None:
    """Two tills see the same points at once, or points stay away after a cancelled payment."""
    assert await block(till) == 350
    assert await block(till) == 0
    assert await block(TillClient(stage.url, "till-2")) == 0
    row = (await till.ask("findclientcard", ClientCardID=CARD))["LoyaltyCardsList"][0]
    assert (row["IsBlocked"], row["BonusData"]["BonusCount"]) == (True, 0)

    assert await till.ask("unlockclientbonuses", "POST", ClientCardID=CARD) == FREE
    assert await till.ask("unlockclientbonuses", "POST", ClientCardID=CARD) == FREE
    assert stage.ledger.held(stage.person) == 0
    assert await block(till) == 350
    assert await spend(till, "100") == DONE
    assert books(stage) == (250, 0)
    assert await block(till) == 250


async def test_finding_a_card_blocks_where_the_till_asks_for_it(
    stage: Stage, till: TillClient
) -> None:
    """A till that blocks by searching is shown no points, or blocks none."""
    told = await till.ask("findclientcard", ClientCardID=CARD, BlockBonuses="1")
    row = told["LoyaltyCardsList"][0]
    assert (row["IsBlocked"], row["BonusData"]["BonusCount"]) == (False, 350)
    assert stage.ledger.held(stage.person) == 350
    asked = await till.ask("calculatediscounts", body={**RECEIPT, "BlockBonuses": "1"})
    assert asked["LoyaltyCardDescription"]["LoyaltyCard"]["IsBlocked"] is True


async def test_repeated_write_off_is_answered_again_and_written_once(
    stage: Stage, till: TillClient
) -> None:
    """The customer pays twice because an answer was lost."""
    await block(till)
    for _ in range(3):
        assert await spend(till, "100") == DONE
    stage.restart()
    assert await spend(till, "100.00") == DONE
    assert stage.person.balance == 250


async def test_write_off_of_another_amount_is_another_one(stage: Stage, till: TillClient) -> None:
    """Points are given away: the till was told that they are written off, and they are not."""
    await block(till)
    assert await spend(till, "100") == DONE
    assert await spend(till, "40") == DONE
    await block(till)
    assert await spend(till, "100") == DONE
    assert stage.person.balance == 110


async def test_write_off_without_a_block_is_written_once(stage: Stage, till: TillClient) -> None:
    """A till that does not block cannot spend at all, or spends twice by repeating."""
    assert await spend(till, "25,5") == DONE
    assert await spend(till, "25.50") == DONE
    assert stage.person.balance == Decimal("324.5")


async def test_till_that_hangs_up_is_not_charged_twice(stage: Stage, till: TillClient) -> None:
    """A till that died before it read the answer repeats after its start, and pays again."""
    await block(till)
    query = {"ClientCardID": CARD, "BonusesCount": "100"}
    await till.hang_up("writeoffclientbonuses", "POST", stage.ledger.closed, **query)
    assert await spend(till, "100") == DONE
    assert stage.person.balance == 250


async def test_calls_that_overtake_each_other_are_one(stage: Stage, till: TillClient) -> None:
    """Two copies of one write-off run side by side, and both are written."""
    await block(till)
    told = await asyncio.gather(*(spend(till, "100") for _ in range(5)))
    assert set(told) == {DONE}
    assert stage.person.balance == 250
    freed = till.ask("unlockclientbonuses", "POST", ClientCardID=CARD)
    await asyncio.gather(freed, block(till), block(till))
    assert stage.ledger.held(stage.person) in {0, 250}


@pytest.mark.parametrize("step", ["cancel", "reserve", "commit"])
async def test_gateway_that_dies_in_the_middle_goes_on_at_the_repeat(
    stage: Stage, till: TillClient, step: str
) -> None:
    """Points are spent twice, or stay blocked, because the gateway died between two steps."""
    await block(till)
    stage.ledger.cut[step] = [RuntimeError("killed")]
    with pytest.raises(TillError):
        await spend(till, "100")
    stage.restart()
    assert await spend(till, "100") == DONE
    assert books(stage) == (250, 0)


async def test_failed_write_off_can_be_tried_again(stage: Stage, till: TillClient) -> None:
    """A refusal of a moment ago is repeated for the rest of the day."""
    await block(till)
    stage.ledger.away = True
    with pytest.raises(TillError):
        await spend(till, "100")
    stage.ledger.away, stage.ledger.refusing = False, True
    with pytest.raises(TillError):
        await spend(till, "100")
    stage.ledger.refusing = False
    stage.ledger.fail["commit"] = [busy()]
    with pytest.raises(TillError):
        await spend(till, "100")
    assert await spend(till, "100") == DONE
    assert books(stage) == (250, 0)


async def test_more_than_there_is_cannot_be_spent(stage: Stage, till: TillClient) -> None:
    """The balance falls below zero."""
    await block(till)
    with pytest.raises(TillError):
        await spend(till, "351")
    assert books(stage) == (350, 0)


async def test_block_ends_by_itself(stage: Stage, till: TillClient) -> None:
    """Points stay blocked for ever when a till dies in the middle of a payment."""
    assert await block(till) == 350
    stage.ledger.expire()
    stage.restart()
    assert await block(till) == 350


async def test_block_is_found_again_after_a_restart(stage: Stage, till: TillClient) -> None:
    """A restart in the middle of a payment leaves the points blocked beside the write-off."""
    assert await block(till) == 350
    stage.restart()
    assert await block(till) == 0
    assert await spend(till, "350") == DONE
    assert books(stage) == (0, 0)


@pytest.mark.parametrize("hours", [10.7, 10.9])
async def test_repeat_over_the_end_of_a_day_is_known(
    stage: Stage, till: TillClient, hours: float
) -> None:
    """A shop that is open all night pays twice at five in the morning."""
    stage.clock.pass_by(hours=10.6)
    await block(till)
    await spend(till, "100")
    stage.restart()
    stage.clock.pass_by(hours=hours - 10.6)
    assert await spend(till, "100") == DONE
    assert stage.person.balance == 250


async def test_open_block_of_the_day_before_is_closed(stage: Stage, till: TillClient) -> None:
    """A write-off in the morning fails, because nobody knows the block of the evening."""
    await block(till)
    stage.clock.pass_by(hours=14)
    assert await spend(till, "350") == DONE
    stage.clock.pass_by(hours=14)
    assert await block(till) == 0
    assert stage.ledger.held(stage.person) == 0


async def test_goods_go_along_where_the_processor_wants_them(
    stage: Stage, till: TillClient
) -> None:
    """A processor that takes no points without goods lets no till of 1C spend."""
    stage.settings = {"till": {**SETTINGS["till"], "loyaltyservice": {"goods": "calculated"}}}
    stage.restart()
    stage.person.posted.append(("gift", Decimal(1000)))
    await till.ask("calculatediscounts", body=RECEIPT)
    assert await block(till) == 594.3
    assert await spend(till, "100") == DONE
    (sale,) = [row.content for row in stage.ledger.rows.values() if row.stage is Progress.COMMITTED]
    assert [one.quantity for one in sale.lines] == [2]
