"""The side door: faults, clock, acts, dumps, and serving through ``python -m mocks``."""

from __future__ import annotations

import httpx
import pytest

from mocks.__main__ import DOUBLES
from mocks.loymax.app import LoymaxSettings, build_app, describe
from mocks.serving import serve
from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import NOW, PHONE, SYSTEM, WORLD, Loymax

LINE = {"goodsId": "B-03", "amount": 460}


async def test_a_lost_answer_leaves_the_payment_in_force() -> None:
    """The fault that matters most: the points are blocked and the caller does not know."""
    async with (
        serve(build_app(LoymaxSettings(operator_password="Secret-2"))) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        double = Loymax(client)
        await double.door("clock", freeze=NOW)
        await double.door("seed", **WORLD)
        token = await double.customer()
        cheque = {"number": "1", "date": NOW, "lines": [{"position": 1, "amount": 1000}]}
        sent = {"operationId": "c", "operationDate": NOW, "cheque": cheque, "amount": 100}
        await double.data("POST", "Processing/Purchases/S/Calculate", token, sent)
        rule = {"kind": "cut_after", "path": "Bonus/Payment$", "times": 1}
        await double.door("faults", rules=[rule])
        sent["operationId"] = "p"
        with pytest.raises(httpx.RemoteProtocolError):
            await double.call("POST", "Processing/Purchases/S/Bonus/Payment", token, sent)
        again = await double.data("POST", "Processing/Purchases/S/Bonus/Payment", token, sent)
        assert again[0]["code"] == "NotUniqueOperationID"
        assert (await double.person())["blocked"] == 100.0


async def test_a_system_failure_comes_on_order(loymax: Loymax) -> None:
    """State Fail inside HTTP 200, with nothing done."""
    token = await loymax.operator()
    await loymax.act("api.fail", times=1)
    path = f"{SYSTEM}users/5012"
    refused = await loymax.refusal("GET", path, token)
    assert (refused["state"], refused["httpCode"]) == ("Fail", 400)
    assert await loymax.data("GET", path, token)


async def test_tokens_expire_on_order(loymax: Loymax) -> None:
    """A connector must log in anew in the middle of its work."""
    token = await loymax.operator()
    assert (await loymax.act("tokens.expire"))["expired"] == 1
    assert (await loymax.call("GET", f"{SYSTEM}users/5012", token)).status_code == 401


async def test_an_operator_edits_a_customer(loymax: Loymax) -> None:
    """What people change in the back office shows in both APIs."""
    change = {
        "answers": {"LastName": "Петрова", "Sex": "Мужской"},
        "phone": "79000008888",
        "email": "p@example.com",
        "consents": False,
        "attributes": {"ExternalCode": "17"},
    }
    await loymax.act("customer.edit", phone=PHONE, change=change)
    token = await loymax.member("79000008888")
    shown = await loymax.data("GET", "User", token)
    assert (shown["lastName"], shown["phoneNumber"], shown["email"]) == (
        "Петрова",
        "***8888",
        "p@example.com",
    )
    found = await loymax.data("GET", f"{SYSTEM}users?phone={PHONE}", await loymax.operator())
    assert found == []


async def test_points_come_and_go_with_history(loymax: Loymax) -> None:
    """Credits may wait and end; both acts write a row."""
    await loymax.act("points.credit", phone=PHONE, amount=7, activates="2025-03-01")
    await loymax.act("points.withdraw", phone=PHONE, amount=10, description="Ошибка кассы")
    row = (await loymax.data("GET", "User/Balance", await loymax.member()))[0]
    assert (row["balance"], row["notActivated"]) == (400.0, 27.0)
    rows = (await loymax.data("GET", "History", await loymax.member()))["rows"]
    assert [one["data"]["amount"]["amount"] for one in rows[-2:]] == [7.0, -10.0]


async def test_a_till_sells_and_takes_back(loymax: Loymax) -> None:
    """Side-door sales run through the same processing as the API's."""
    sold = await loymax.act("till.sell", phone=PHONE, lines=[LINE], pay=100)
    assert (sold["amount"], sold["cashback"]) == (460.0, 18.0)
    back = await loymax.act(
        "till.refund", phone=PHONE, lines=[LINE], refundPurchaseId=sold["purchaseId"]
    )
    assert back["bonusAmount"] == 100.0
    assert (await loymax.person())["balance"] == 410.0
    states = [one["state"] for one in (await loymax.state())["purchases"]]
    assert states == ["Confirmed", "Confirmed"]


async def test_rules_change_while_it_runs(loymax: Loymax) -> None:
    """A programme is edited in the back office."""
    await loymax.act("rules", rules={"accrual": {"percent": 10}, "payment": {"percent": 50}})
    sold = await loymax.act("till.sell", phone=PHONE, lines=[LINE], pay=230)
    assert sold["cashback"] == 23.0


@pytest.mark.parametrize(
    ("door", "body", "text"),
    [
        ("act", {"action": "nothing"}, "no action is called nothing"),
        ("act", {"action": "points.credit", "phone": "1", "amount": 1}, "no such customer"),
        ("act", {"action": "points.credit", "phone": PHONE}, "amount"),
        ("act", {"action": "rules", "rules": {"x": 1}}, "no rule is called x"),
        ("seed", {"people": []}, "no part is called people"),
        ("settings", {"seed": 2}, "no switch is called seed"),
        ("settings", {"two_factor": "maybe"}, "two_factor must be one of off, on"),
        ("settings", {"code_sends": -1}, "code_sends must be a whole number"),
        ("clock", {"jump": 1}, "unknown field jump"),
        ("clock", {"freeze": "soon"}, "soon"),
    ],
)
async def test_the_side_door_refuses_nonsense(
    loymax: Loymax, door: str, body: dict[str, object], text: str
) -> None:
    """A test that misspells something learns it at once."""
    answer = await loymax.client.post(f"/__mock__/{door}", json=body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


async def test_settings_are_shown_and_kept(loymax: Loymax) -> None:
    """A switch set at run time holds."""
    changed = await loymax.door("settings", history_lag_s=5, version_profile="legacy")
    shown = (await loymax.client.get("/__mock__/settings")).json()
    assert changed == shown
    assert (shown["history_lag_s"], shown["version_profile"]) == (5, "legacy")


async def test_the_journal_tells_calls_without_personal_data(loymax: Loymax) -> None:
    """Paths are written as patterns: a phone in a path stays out."""
    shop = await loymax.merchant()
    await loymax.data("GET", f"users/code/{PHONE}/balance", shop)
    rows = (await loymax.client.get("/__mock__/journal")).json()["entries"]
    assert rows[-1]["path"] == "/publicapi/v1.2/users/code/{identifier}/balance"
    assert (rows[-1]["key"], rows[-1]["status"], rows[-1]["effect"]) == ("5012", 200, "none")
    assert PHONE not in str(rows)


async def test_one_seed_gives_one_set_of_secrets(start: Start) -> None:
    """Runs repeat: tokens, codes and ids follow the seed."""
    tokens = [await (await start(seed=WORLD)).member() for _ in range(2)]
    assert tokens[0] == tokens[1]


async def test_the_double_is_started_by_name() -> None:
    """``python -m mocks --only loymax`` prints what a connector needs."""
    _, tell = DOUBLES["loymax"].load(2)
    shown = tell("http://127.0.0.1:1")
    assert shown == describe(LoymaxSettings(seed=2), "http://127.0.0.1:1")
    assert shown["till_url"] == "http://127.0.0.1:1/pos/xml"
    assert shown["applications"][0]["client_id"] == "shop-app"


async def test_a_dump_has_parts(loymax: Loymax) -> None:
    """A long run asks for the codes only."""
    await loymax.data("POST", "ResetPassword/Start", body={"notifierIdentity": PHONE})
    shown = (await loymax.client.get("/__mock__/inspect?part=messages")).json()
    assert set(shown) == {"now", "messages"}
    assert shown["messages"][0]["to"] == PHONE
    refused = await loymax.client.get("/__mock__/inspect?part=secrets")
    assert (refused.status_code, "no part is called secrets" in refused.text) == (400, True)
