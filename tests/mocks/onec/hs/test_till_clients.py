"""The till as a client: loyalty server, ДисконтныйСервер (vendor reference, 2.5 and 3.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.serving import serve
from tests.mocks.onec.hs.pos import Said
from tests.mocks.onec.hs.services import BARCODE, CARD, USER, Services

if TYPE_CHECKING:
    from starlette.requests import Request


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
