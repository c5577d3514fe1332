"""The till driver: sales, failures, returns, offline bursts, other servers (5.1, 5.3, 5.6, 2.5)."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.serving import serve
from tests.mocks.onec.hs.services import BARCODE, CARD, PARTNER, USER, Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

# What tills and servers say to each other; the assertions are its types.
Said: TypeAlias = Any
PRODUCT = "aaaa0001-2222-11ee-8c3a-00155d010203"
HOLD = "401d0001-2b3d-11f0-8c11-00155d0a0b0c"
LINES = [
    {"line_id": "1", "product_id": PRODUCT, "barcode": "4600000000017", "qty": 2, "price": 990.5}
]
FOUND = {"status": "found", "card_id": CARD, "client_name": "Лапина Вера", "available": "350.00"}
CALCULATED = {"lines": [{"line_id": "1", "discount_sum": "81.00", "sum": "1900.00"}]}
HELD = {"hold_id": HOLD, "lines": [{"line_id": "1", "bonus_spend": "100.00"}]}
ANSWERS = {
    "identify": FOUND,
    "calculate": CALCULATED,
    "hold": HELD,
    "commit": {"accrued": "56.00"},
    "cancel": {"released": "100.00"},
    "refund": {"balance": "350.00"},
}


class Target:
    """A POS API that answers by script and remembers what it was asked."""

    def __init__(self) -> None:
        """Answer well."""
        self.answers: dict[str, Said] = dict(ANSWERS)
        self.asked: list[tuple[str, Said]] = []

    async def handle(self, request: Request) -> Response:
        """Answer one call; a number instead of a body is the status."""
        name = request.path_params["name"]
        self.asked.append((name, json.loads(await request.body())))
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0)
        return Response(status_code=answer) if isinstance(answer, int) else JSONResponse(answer)

    @property
    def calls(self) -> list[str]:
        """The names of the calls in order."""
        return [name for name, _ in self.asked]

    def sent(self, name: str) -> Said:
        """What the last call of this name carried."""
        return next(body for called, body in reversed(self.asked) if called == name)


@pytest.fixture
async def target() -> AsyncIterator[tuple[Target, str]]:
    """The POS API with its address."""
    async with serving(Target()) as running:
        yield running


@asynccontextmanager
async def serving(api: Target) -> AsyncIterator[tuple[Target, str]]:
    """Serve a POS API; yield it with its address."""
    app = Starlette(routes=[Route("/pos/{name}", api.handle, methods=["POST"])])
    async with serve(app) as url:
        yield api, f"{url}/pos"


async def sale(services: Services, url: str, **details: Any) -> Said:
    """Sell the teapot twice to the holder of the card, paying 100 points."""
    body = {"url": url, "code": BARCODE, "lines": LINES, "bonus": 100} | details
    return await services.act("till.sale", **body)


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


async def loyalty_till(services: Services, method: str, **details: Any) -> Said:
    """Let a till call the double's own loyalty server, as it would call the gateway."""
    url = f"{services.url}/ut/hs/loyaltyservice"
    body = {"url": url, "user": USER[0], "password": USER[1], "method": method} | details
    return await services.act("till.loyalty", **body)


async def test_till_of_the_loyalty_server(services: Services) -> None:
    """The slash before the question mark, the verb of the method, credentials in UTF-8."""
    asked = {"ClientCardID": BARCODE}
    found = await loyalty_till(services, "getclientbonuses", query=asked)
    assert (found["is_error"], found["answer"]["BonusCount"]) == (False, 350)
    done = await loyalty_till(services, "writeoffclientbonuses", query=asked | {"BonusesCount": 50})
    assert (done["is_error"], done["answer"]) == (False, "Бонусы списаны")


async def test_values_go_into_the_url_as_they_are(services: Services) -> None:
    """A plus sign arrives as a space and an ampersand ends the value; only spaces are encoded."""
    asked: list[str] = []

    async def _answer(request: Request) -> Response:
        asked.append(request.url.query)
        return JSONResponse(dict(request.query_params), 201)

    app = Starlette(routes=[Route("/hs/loyaltyservice/{name}/", _answer)])
    async with serve(app) as url:
        found = await loyalty_till(
            services,
            "findclientcard",
            url=f"{url}/hs/loyaltyservice/",
            query={"Phone": "+7 999", "Client": "Ёлка&Ко%41"},
        )
    assert asked == ["Phone=+7%20999&Client=%D0%81%D0%BB%D0%BA%D0%B0&%D0%9A%D0%BE%41"]
    assert found["answer"]["Phone"] == " 7 999"
    # Every status above 200 is an error to this client.
    assert (found["status"], found["is_error"]) == (201, True)


async def test_address_without_hs(services: Services) -> None:
    """The till's setting must contain it; nothing is called."""
    found = await loyalty_till(services, "ping", url=f"{services.url}/loyaltyservice")
    assert (found["status"], found["is_error"]) == (0, True)


async def test_till_of_the_discount_server(services: Services) -> None:
    """The till reads the WSDL, then calls a Cyrillic operation."""
    url = f"{services.url}/ut/ws/DiscountService.1cws"
    login = {"url": url, "user": USER[0], "password": USER[1]}
    values = {"ИдентификаторКарты": CARD, "ДатаЗапроса": "2026-02-03T18:04:00"}
    told = await services.act(
        "till.discount", operation="ПолучитьОстатокБонусов", values=values, **login
    )
    row = told["answer"]["return"]["РезультатЗапроса"]
    assert (told["is_error"], row["КоличествоБаллов"]) == (False, "350")
    refused = await services.act(
        "till.discount",
        operation="ПолучитьОстатокБонусов",
        values=values,
        **(login | {"password": "wrong"}),
    )
    assert (refused["wsdl_status"], refused["is_error"]) == (401, True)
