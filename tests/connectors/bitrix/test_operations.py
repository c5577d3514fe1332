"""Keyed operations against the running double: points on inner accounts, merged users."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.contract import (
    Operation,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TranslationFailed,
)
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE
from tests.connectors.bitrix.test_customers import register
from tests.connectors.bitrix.world import World

KEY = "spend-gw-1001"


def posting(user_id: str, kind: str = "accrue", points: str = "150", **more: Any) -> Operation:
    """Return a posting of points."""
    payload = {"customer_external_id": user_id, "kind": kind, "points": points, **more}
    return Operation(KEY, BONUS_POST, payload)


async def balance(world: World, user_id: str) -> str:
    """Return what is on an account."""
    params = {"userId": int(user_id), "currency": "RUB"}
    answer = await world.shop.result("gateway.account.get", params)
    return str(answer["account"]["balance"])


async def test_points_are_posted_once_for_a_key(world: World) -> None:
    """A repeated posting would give points twice."""
    user_id = await register(world)
    bonus = world.connector.operations[BONUS_POST]
    said = posting(user_id, reason="За отзыв", order_number="51")
    first = await bonus.perform(said)
    assert first == await bonus.perform(said) == await bonus.find(KEY)
    assert first["balance"] == "150.00" == await balance(world, user_id)
    history = await world.shop.result(
        "gateway.account.history", {"filter": {"userId": int(user_id)}}
    )
    (row,) = history["items"]
    assert (row["amount"], row["reason"], row["comment"], row["idempotencyKey"]) == (
        "150.00",
        "GATEWAY_ACCRUE",
        "За отзыв №51",
        KEY,
    )


@pytest.mark.parametrize("kind", ["redeem", "cancel", "expire"])
async def test_points_are_taken(world: World, kind: str) -> None:
    """Points that were spent at the till would stay on the account."""
    user_id = await register(world)
    await world.shop.act("account.change", user_id=int(user_id), amount="100.00")
    await world.connector.operations[BONUS_POST].perform(posting(user_id, kind, "30.25"))
    assert await balance(world, user_id) == "69.75"


async def test_a_posting_cut_after_commit_has_its_effect_once(world: World) -> None:
    """A lost answer would double the points, or lose them from the books."""
    user_id = await register(world)
    bonus = world.connector.operations[BONUS_POST]
    assert await bonus.find(KEY) is None
    await world.fault({"kind": "cut_after", "path": "gateway.account.change", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await bonus.perform(posting(user_id))
    found = await bonus.find(KEY)
    assert found is not None
    assert found == await bonus.perform(posting(user_id))
    assert await balance(world, user_id) == "150.00"


async def test_what_an_account_lacks_is_refused_for_good(world: World) -> None:
    """A posting that can never succeed would be repeated for ever."""
    user_id = await register(world)
    with pytest.raises(Rejected, match="balance is too low"):
        await world.connector.operations[BONUS_POST].perform(posting(user_id, "redeem"))
    assert await world.connector.operations[BONUS_POST].find(KEY) is None


async def test_a_locked_account_is_waited_for(world: World) -> None:
    """A posting beside a checkout would be given up because the account was locked."""
    user_id = await register(world)
    await world.shop.act("account.lock", user_id=int(user_id), seconds=40)
    with pytest.raises(RateLimited) as limited:
        await world.connector.operations[BONUS_POST].perform(posting(user_id))
    assert limited.value.retry_after_s == pytest.approx(40, abs=2)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "adjust"}, "direction"),
        ({"points": "1.005"}, "two decimals"),
        ({"points": "1000000000000"}, "twelve digits"),
        ({"expires_at": "2030-01-01T00:00:00+03:00"}, "no days"),
        ({"user_id": "c-7"}, "not one of this shop"),
    ],
)
async def test_what_an_account_cannot_hold_is_named(
    world: World, change: dict[str, Any], word: str
) -> None:
    """Points would be rounded, or would live for ever although they were given for a month."""
    said = posting(**{"user_id": "7", **change})
    with pytest.raises(Rejected, match=word):
        await world.connector.operations[BONUS_POST].perform(said)


async def test_a_bad_payload_names_its_field_only(world: World) -> None:
    """The value of a wrong field may be somebody's phone."""
    with pytest.raises(TranslationFailed) as failed:
        await world.connector.operations[BONUS_POST].perform(
            posting("7", points="8 (999) 000-11-22")
        )
    assert failed.value.path == "points"
    assert "999" not in str(failed.value)


async def test_a_merge_moves_what_the_loser_had(world: World) -> None:
    """Two records of one person would keep half of his points, cards and orders each."""
    survivor = await register(world)
    loser = await register(world, phone="8 (999) 000-11-33", email="anna2@example.ru")
    await world.shop.act("card.put", number="17", user_id=int(loser))
    await world.shop.act("account.change", user_id=int(loser), amount="35.00")
    merge = world.connector.operations[CUSTOMER_MERGE]
    said = Operation("m-7-19", CUSTOMER_MERGE, {"survivor": survivor, "losers": [loser]})
    await world.fault({"kind": "cut_after", "path": "gateway.user.merge", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await merge.perform(said)
    found = await merge.find("m-7-19")
    assert found == {"merge": 3, "moved": {"orders": 0, "cards": 1, "account": "35.00"}}
    assert await merge.perform(said) == found
    gone = await world.customer(loser)
    assert (gone.deleted, gone.merged_into) == (True, survivor)
    again = Operation("m-2", CUSTOMER_MERGE, {"survivor": survivor, "losers": [loser]})
    with pytest.raises(Rejected, match="state"):
        await merge.perform(again)


async def test_a_key_of_another_call_is_no_answer(world: World) -> None:
    """Somebody else's posting would be taken for the merge that was asked for."""
    user_id = await register(world)
    await world.connector.operations[BONUS_POST].perform(posting(user_id))
    merge = world.connector.operations[CUSTOMER_MERGE]
    with pytest.raises(Rejected, match="another call"):
        await merge.find(KEY)
    assert await merge.find("ключ") is None
    with pytest.raises(Rejected, match="1 to 64"):
        await merge.perform(Operation("ключ", CUSTOMER_MERGE, {"survivor": "7", "losers": ["8"]}))
    with pytest.raises(Rejected, match="not one of this shop"):
        await merge.perform(Operation("k", CUSTOMER_MERGE, {"survivor": "7", "losers": ["x"]}))
