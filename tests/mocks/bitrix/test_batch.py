"""Batches: substitution, halt, the limit of 50, errors inside (reference 1.6, 10.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.bitrix.shop import WEBHOOK

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop


async def _batch(shop: Shop, cmd: object, halt: object = 0) -> Json:
    found: Json = await shop.result("batch", {"cmd": cmd, "halt": halt})
    return found


async def test_earlier_results_are_substituted(shop: Shop) -> None:
    """A chain add → get must work in one request, whole values and parts of texts alike."""
    add = "sale.order.add?fields[lid]=s1&fields[personTypeId]=1&fields[currency]=RUB"
    commands = {
        "new": add + "&fields[xmlId]=gw-7",
        "same": "sale.order.list?filter[xmlId]=gw-$result[new][order][id]&select[]=id",
        "got": "sale.order.get?id=$result[new][order][id]",
        "first": "sale.order.list?filter[id]=$result[list][orders][0][id]",
    }
    result = await _batch(shop, commands)
    assert result["result"]["got"]["order"]["xmlId"] == "gw-7"
    assert result["result"]["same"]["orders"] == []
    assert result["result_error"] == []
    assert set(result["result_time"]) == set(commands)


async def test_failed_command_leaves_only_its_error(shop: Shop) -> None:
    """A failure must be absent from results and times, its code a text, HTTP still 200."""
    result = await _batch(shop, {"bad": "sale.order.get?id=9", "good": "server.time"})
    assert result["result_error"]["bad"]["error"] == "200540400001"
    assert set(result["result"]) == set(result["result_time"]) == {"good"}


async def test_list_of_commands_answers_lists(shop: Shop) -> None:
    """A list ``cmd`` gives lists; where a key is missing PHP makes it a map again."""
    assert (await _batch(shop, ["user.admin", "user.admin"]))["result"] == [True, True]
    gap = await _batch(shop, ["no.such", "user.admin", "profile?x=$result[1]"])
    assert set(gap["result"]) == {"1", "2"}
    assert gap["result_error"][0]["error"] == "ERROR_METHOD_NOT_FOUND"


@pytest.mark.parametrize(("halt", "runs"), [(0, True), (False, True), (1, False), ("false", False)])
async def test_halt_is_read_as_php_reads_it(shop: Shop, halt: object, *, runs: bool) -> None:
    """``halt=false`` as a text is true and stops the batch."""
    result = await _batch(shop, {"bad": "no.such", "later": "user.admin"}, halt)
    assert ("later" in result["result"]) is runs


async def test_limit_of_fifty(shop: Shop) -> None:
    """The 51st command gets its own error, the first 50 run."""
    result = await _batch(shop, {f"c{n}": "user.admin" for n in range(51)})
    assert len(result["result"]) == 50
    assert result["result_error"]["c50"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"


async def test_batch_inside_a_batch_is_refused(shop: Shop) -> None:
    """A nested batch would multiply the limit."""
    result = await _batch(shop, {"inner": "batch?cmd[a]=user.admin"})
    assert result["result_error"]["inner"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


async def test_batch_pages_each_list_by_itself(shop: Shop) -> None:
    """``total`` and ``next`` of a list inside must stand in the batch's own maps."""
    await shop.door("seed", {"orders": [{"items": [{"product_id": 88}]}] * 60})
    result = await _batch(
        shop, {"a": "sale.order.list?select[]=id", "b": "sale.order.list?start=50&select[]=id"}
    )
    assert result["result_total"] == {"a": 60, "b": 60}
    assert result["result_next"] == {"a": 50}
    assert len(result["result"]["b"]["orders"]) == 10


async def test_form_body_carries_a_batch(shop: Shop) -> None:
    """In a form the commands are encoded twice; keys in any case are read."""
    data = {"CMD[o]": "sale.order.list?filter[%3E%3Did]=1&select[]=id", "HALT": "0"}
    answer = await shop.http.post(f"{WEBHOOK}batch", data=data)
    assert answer.json()["result"]["result"] == {"o": {"orders": []}}


async def test_scope_is_checked_for_each_command(shop: Shop) -> None:
    """A batch must not open methods that its webhook may not call."""
    await shop.door("settings", {"scopes": ["catalog"]})
    result = await _batch(shop, {"o": "sale.order.list"})
    assert result["result_error"]["o"]["error"] == "insufficient_scope"
