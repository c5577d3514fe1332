"""The SOAP client itself: Cyrillic operations, hostile answers, and what it must not load."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from connectors.onec.client_soap import SoapClient
from connectors.onec.config_services import Soap
from gateway.contract import Rejected, TranslationFailed, Unavailable
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.http import build_client
from tests.connectors.bench import SystemClock
from tests.connectors.onec.services.conftest import BARCODE, OpenBase, soap
from tests.gateway.contract.fakes import FakeLog

SERVICE = "LoyaltyExchange.1cws"
FIND = {"CardCode": BARCODE, "Phone": None}
XXE = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>&x;</e:Body>'
    "</e:Envelope>"
)
FAULT = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
    "<faultcode>e:Server</faultcode><faultstring>Лапина Вера: карта занята</faultstring>"
    "</e:Fault></e:Body></e:Envelope>"
)


def told_wsdl(open_base: OpenBase) -> Any:  # noqa: ANN401 - a coroutine
    """Return a coroutine of the double's WSDL."""

    async def read() -> bytes:
        base = await open_base(soap())
        login = ("Шлюз".encode(), b"gateway-secret")
        answer = await base.door.get(f"/ut/ws/{SERVICE}?wsdl", auth=login)
        assert answer.status_code == 200
        return answer.content

    return read()


@asynccontextmanager
async def answered(wsdl: bytes, status: int, text: str, kind: str) -> AsyncIterator[SoapClient]:
    """A client of a service that gives one answer to every call."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.method == "GET":
            return httpx.Response(200, content=wsdl, headers={"Content-Type": "text/xml"})
        return httpx.Response(status, content=text.encode(), headers={"Content-Type": kind})

    clock = SystemClock()
    http = build_client(
        "http://base/ut", account="erp", budget=UnlimitedBudget(clock), clock=clock, log=FakeLog(),
        transport=httpx.MockTransport(answer),
    )  # fmt: skip
    yield SoapClient(http, Soap(loyalty=SERVICE))
    await http.close()


ANSWERS = [
    pytest.param(200, XXE, "text/xml", Unavailable, "unreadable", id="document type"),
    pytest.param(200, "<a", "text/xml", Unavailable, "unreadable", id="broken"),
    pytest.param(200, "<a/>", "text/xml", Unavailable, "unreadable", id="no envelope"),
    pytest.param(200, "<html/>", "text/html", Unavailable, "html", id="page"),
    pytest.param(500, FAULT, "text/xml", Rejected, "fault", id="fault"),
    pytest.param(500, "Ошибка", "text/plain", Unavailable, "", id="plain text"),
    pytest.param(502, "<html/>", "text/html", Unavailable, "", id="proxy"),
]


@pytest.mark.parametrize(("status", "text", "kind", "error", "code"), ANSWERS)
async def test_answers_are_judged_and_never_quoted(
    open_base: OpenBase, status: int, text: str, kind: str, error: type[Rejected], *, code: str
) -> None:
    """A hostile answer is expanded, a page is read as a fault, or a person's name is logged."""
    wsdl = await told_wsdl(open_base)
    async with answered(wsdl, status, text, kind) as client:
        with pytest.raises(error) as caught:
            await client.call(SERVICE, "FindCard", FIND, repeatable=True)
    assert (type(caught.value), caught.value.vendor_code) == (error, code)
    assert "Лапина" not in str(caught.value)
    error_before = caught.value.__context__
    assert error_before is None or caught.value.__suppress_context__


async def test_wsdl_with_a_document_type_is_refused() -> None:
    """A WSDL can make the gateway read files of its own machine."""
    async with answered(XXE.encode(), 200, "<a/>", "text/xml") as client:
        with pytest.raises(TranslationFailed):
            await client.call(SERVICE, "FindCard", FIND, repeatable=True)


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        ("IssueCard", {"CardData": {"Barcode": BARCODE}}),
        ("FindCard", {"Number": "1"}),
        ("Dance", {}),
    ],
    ids=["missing", "unknown", "no operation"],
)
async def test_values_that_do_not_fit_are_not_sent(
    open_base: OpenBase, operation: str, values: dict[str, Any]
) -> None:
    """A wrong call is repeated for ever, because it looks like a base that is away."""
    wsdl = await told_wsdl(open_base)
    async with answered(wsdl, 200, "<a/>", "text/xml") as client:
        with pytest.raises(TranslationFailed) as caught:
            await client.call(SERVICE, operation, values, repeatable=True)
    assert BARCODE not in str(caught.value)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_operation_with_a_cyrillic_name(open_base: OpenBase, version: str) -> None:
    """The standard service of Розница has Cyrillic operations, which no header can name."""
    base = await open_base(soap())
    clock = SystemClock()
    login = "Basic 0KjQu9GO0Lc6Z2F0ZXdheS1zZWNyZXQ="
    http = build_client(
        f"{base.door.base_url}/ut".replace("//ut", "/ut"), account="erp",
        budget=UnlimitedBudget(clock), clock=clock, log=FakeLog(),
        headers={"Authorization": login},
    )  # fmt: skip
    client = SoapClient(http, Soap.model_validate({"version": version, "strict": False}))
    card = (await client.call(SERVICE, "FindCard", FIND, repeatable=True))["return"]["CardID"]
    values = {"ИдентификаторКарты": card, "ДатаЗапроса": "2026-02-03T18:10:00"}
    told = await client.call(
        "DiscountService.1cws", "ПолучитьОстатокБонусов", values, repeatable=True
    )
    await http.close()
    assert "return" in told


def test_accounts_without_soap_do_not_load_zeep() -> None:
    """Every worker pays a second and 20 MB for a library that its accounts never use."""
    script = (
        "import sys, connectors.onec.connector\n"
        "print('zeep' in sys.modules, 'requests' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "False"]
