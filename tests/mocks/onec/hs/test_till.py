"""The till driver: sales, failures, returns, offline bursts (vendor reference, 5.1, 5.3, 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.onec.hs.pos import HELD, HOLD, LINES, Said, Target, sale, serving
from tests.mocks.onec.hs.services import BARCODE, PARTNER, Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def target() -> AsyncIterator[tuple[Target, str]]:
    """The POS API with its address."""
    async with serving(Target()) as running:
        yield running


async def test_sale_from_card_to_commit(services: Services, target: tuple[Target, str]) -> None:
    """One call per moment, one receipt number in all of them, points taken off the row."""
    api, url = target
    told = await sale(services, url, headers={"X-Key": "k"})
    assert api.calls == ["identify", "calculate", "hold", "commit"]
    receipts = {body["receipt_id"] for name, body in api.asked if name != "identify"}
    assert receipts == {told["receipt_id"]}
    commit = api.sent("commit")
    assert (commit["hold_id"], commit["total"], commit["date_local"]) == (
        HOLD,
        "1800.00",
        "2026-02-03T18:10:00",
    )
    assert commit["lines"][0]["bonus_spend"] == "100.00"
    assert commit["lines"][0]["qty"] == "2.000"
    assert commit["payments"] == [{"kind": "card", "sum": "1800.00"}]
    assert set(commit["fiscal"]) == {"fn", "fd", "fpd", "device_receipt_no"}
    assert told["queued"] == 0


async def test_sale_leaves_a_punched_receipt(
    services: Services, target: tuple[Target, str]
) -> None:
    """The document is that of the receipt; its points are spent in the register."""
    told = await sale(services, target[1])
    found = await services.act("inspect", entity="Document_ЧекККМ", key=told["document"])
    (receipt,) = found["rows"]
    assert (receipt["Ref_Key"], receipt["Статус"], receipt["Posted"]) == (
        told["receipt_id"],
        "Пробит",
        True,
    )
    assert (receipt["СуммаДокумента"], receipt["Партнер_Key"]) == (1800, PARTNER)
    balance = await services.act("points.balance", partner=PARTNER)
    assert balance["spendable"] == 250


@pytest.mark.parametrize("outcome", ["fiscal_error", "cancelled"])
async def test_no_receipt_no_commit(
    services: Services, target: tuple[Target, str], outcome: str
) -> None:
    """The hold is cancelled, the document stays unpunched, nothing is spent."""
    api, url = target
    told = await sale(services, url, outcome=outcome)
    assert api.calls == ["identify", "calculate", "hold", "cancel"]
    assert (api.sent("cancel")["hold_id"], api.sent("cancel")["reason"]) == (HOLD, outcome)
    found = await services.act("inspect", entity="Document_ЧекККМ", key=told["document"])
    assert (found["rows"][0]["Статус"], found["rows"][0]["Posted"]) == ("", False)


@pytest.mark.parametrize(
    ("answers", "calls", "total"),
    [
        pytest.param(
            {"calculate": 503}, ["identify", "calculate", "commit"], "1981.00", id="calculate"
        ),
        pytest.param(
            {"hold": 500}, ["identify", "calculate", "hold", "commit"], "1900.00", id="hold"
        ),
        pytest.param(
            {"hold": {"otp_required": True}},
            ["identify", "calculate", "hold", "commit"],
            "1900.00",
            id="no code for the hold",
        ),
    ],
)
async def test_till_is_never_blocked(
    services: Services,
    target: tuple[Target, str],
    answers: dict[str, Said],
    calls: list[str],
    total: str,
) -> None:
    """Whatever fails before the payment, the sale goes on without that step."""
    api, url = target
    api.answers |= answers
    await sale(services, url)
    assert api.calls == calls
    assert (api.sent("commit")["hold_id"], api.sent("commit")["total"]) == (None, total)


@pytest.mark.parametrize(
    ("answer", "queued"),
    [
        pytest.param(500, 1, id="link lost"),
        pytest.param({"status": "blocked"}, 0, id="blocked card"),
    ],
)
async def test_sale_without_loyalty(
    services: Services, target: tuple[Target, str], answer: Said, queued: int
) -> None:
    """Without an answer the receipt waits in the queue; a blocked card has no part in it."""
    api, url = target
    api.answers["identify"] = answer
    told = await sale(services, url)
    assert (api.calls, told["queued"]) == (["identify"], queued)
    found = await services.act("inspect", entity="Document_ЧекККМ", key=told["document"])
    assert (found["rows"][0]["Статус"], found["rows"][0]["СуммаДокумента"]) == ("Пробит", 1981)


async def test_code_from_a_message(services: Services, target: tuple[Target, str]) -> None:
    """The second hold carries the code and the same request id."""
    api, url = target
    api.answers["hold"] = [{"otp_required": True}, HELD]
    await sale(services, url, otp="1234")
    first, second = (body for name, body in api.asked if name == "hold")
    assert ("otp" in first, second["otp"]) == (False, "1234")
    assert first["request_id"] == second["request_id"]


async def test_lost_commit_comes_later(services: Services, target: tuple[Target, str]) -> None:
    """It is queued, sent as offline, and leaves the queue only with a final status."""
    api, url = target
    api.answers["commit"] = 503
    assert (await sale(services, url))["queued"] == 1
    api.answers["offline"] = [{"items": [{"status": "busy"}]}, {"items": [{"status": "accepted"}]}]
    assert (await services.act("till.reconnect", url=url))["queued"] == 1
    assert (await services.act("till.reconnect", url=url))["queued"] == 0
    (item,) = api.sent("offline")["items"]
    assert item == api.sent("commit") | {"offline": True}
    assert await services.act("till.reconnect", url=url) == {"steps": [], "queued": 0}


async def test_burst_after_a_night_without_a_link(
    services: Services, target: tuple[Target, str]
) -> None:
    """Offline sales call nobody; their times and order are kept, a return among them."""
    api, url = target
    api.answers |= {"refund": 500, "offline": {"items": [{"status": "accepted"}] * 4}}
    for hour in (9, 10, 11):
        await services.at(f"2026-02-03T{hour:02d}:00:00")
        await sale(services, url, offline=True)
    await services.act("till.refund", url=url, lines=[{"line_id": "1", "qty": 1, "sum": 900}])
    assert api.calls == ["refund"]
    assert (await services.act("till.reconnect", url=url))["queued"] == 0
    items = api.sent("offline")["items"]
    assert [item.get("date_local", "")[11:13] for item in items] == ["09", "10", "11", ""]
    assert [item["hold_id"] for item in items[:3]] == [None, None, None]
    assert [item["code"] for item in items[:3]] == [BARCODE] * 3


async def test_punched_but_not_recorded(services: Services, target: tuple[Target, str]) -> None:
    """The commit comes much later: neither commit nor cancel is called now."""
    api, url = target
    told = await sale(services, url, outcome="write_failed")
    assert api.calls == ["identify", "calculate", "hold"]
    assert told["queued"] == 1


@pytest.mark.parametrize("receipt", [None, HOLD])
async def test_refund(services: Services, target: tuple[Target, str], receipt: str | None) -> None:
    """With its receipt, or without one."""
    api, url = target
    lines = [{"line_id": "1", "qty": 1, "sum": 950}]
    await services.act("till.refund", url=url, receipt_id=receipt, lines=lines)
    sent = api.sent("refund")
    assert sent.get("receipt_id") == receipt
    assert sent["lines"] == [{"line_id": "1", "qty": "1.000", "sum": "950.00"}]


async def test_nobody_listens(services: Services) -> None:
    """No connection is a failure of a step, not of the sale."""
    told = await sale(services, "http://127.0.0.1:9/pos")
    assert [(step["call"], step["status"]) for step in told["steps"]] == [("identify", 0)]
    assert told["queued"] == 1


async def test_unknown_outcome(services: Services) -> None:
    """The side door says what there is."""
    body = {"action": "till.sale", "url": "http://x", "lines": LINES, "outcome": "lost"}
    answer = await services.http.post("/__mock__/act", json=body)
    assert answer.status_code == 400
    assert "punched, fiscal_error" in answer.json()["error"]
