"""WSDL, envelopes, faults and login of SOAP services (vendor reference, 3.1, 3.2, 3.7)."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import CARD, Services
from tests.mocks.onec.soap.envelopes import (
    LOYALTY,
    SOAP11,
    SOAP12,
    call,
    envelope,
    loyalty,
    post,
    read,
    same,
    sample,
)

PING = f'<Ping xmlns="{LOYALTY}"/>'
ACTION = "http://www.example.ru/LoyaltyExchange#LoyaltyExchange:"


def _address(document: etree._Element) -> None:
    """Take the host out of the addresses, which differ from run to run."""
    for element in document.iter("{*}address"):
        element.attrib.pop("location")


async def test_wsdl_is_that_of_the_reference(services: Services) -> None:
    """Clients generate their code from this text, so its shape must be the platform's."""
    answer = await services.http.get("/ut/ws/LoyaltyExchange.1cws?wsdl")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    got, wanted = (
        etree.fromstring(answer.content),
        etree.fromstring(sample("loyalty.wsdl").encode()),
    )
    addresses = {element.get("location") for element in got.iter("{*}address")}
    assert addresses == {f"{services.url}/ut/ws/LoyaltyExchange.1cws"}
    _address(got)
    _address(wanted)
    assert same(got, wanted)


@pytest.mark.parametrize("name", ["LoyaltyExchange", "LoyaltyExchange.1cws"])
async def test_name_and_file_lead_to_the_service(services: Services, name: str) -> None:
    """The publication gives a service a name and an alias."""
    assert (await services.http.get(f"/ut/ws/{name}", params="wsdl")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "/ut/ws/LoyaltyExchange.1cws?wsdl", id="wsdl"),
        pytest.param("POST", "/ut/ws/LoyaltyExchange.1cws", id="call"),
    ],
)
async def test_both_need_the_login(services: Services, method: str, path: str) -> None:
    """A client that loads the WSDL without credentials must fail already there."""
    answer = await services.http.request(method, path, auth=("client", "wrong"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_unknown_service_is_a_page_of_the_web_server(services: Services) -> None:
    """A typing error in the address gives HTML, not a fault."""
    answer = await services.http.get("/ut/ws/Nope.1cws?wsdl")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("version", "content_type"),
    [
        pytest.param(SOAP11, "text/xml; charset=utf-8", id="1.1"),
        pytest.param(SOAP12, "application/soap+xml; charset=utf-8", id="1.2"),
    ],
)
async def test_answer_comes_in_the_version_of_the_request(
    services: Services, version: str, content_type: str
) -> None:
    """Both bindings lead to the same address."""
    answer = await post(services, "LoyaltyExchange", envelope(PING, version))
    assert answer.headers["content-type"] == content_type
    root = etree.fromstring(answer.content)
    assert root.tag == f"{{{version}}}Envelope"
    assert root[0][0].tag == f"{{{LOYALTY}}}PingResponse"


async def test_fault_of_soap_11_is_that_of_the_reference(services: Services) -> None:
    """An exception of the service's code is HTTP 500 with its text as the reason."""
    answer = read(await post(services, "LoyaltyExchange", _status("Потеряна")))
    wanted = etree.fromstring(sample("fault.xml").encode())[0][0]
    assert answer.status == 500
    assert [(one.tag, one.text if one.tag == "faultcode" else None) for one in answer.body] == [
        (one.tag, one.text if one.tag == "faultcode" else None) for one in wanted
    ]
    assert "перечисления" in (answer.text("faultstring") or "")


async def test_fault_of_soap_12(services: Services) -> None:
    """The code is Receiver, the reason carries the text."""
    answer = read(await post(services, "LoyaltyExchange", _status("Потеряна", SOAP12)))
    assert answer.status == 500
    assert answer.text("Code", "Value") == "soap:Receiver"
    assert "перечисления" in (answer.text("Reason", "Text") or "")
    assert answer.text("Detail") == ""


def _status(status: str, version: str = SOAP11) -> bytes:
    request = "401d0000-2b3d-11f0-8c11-00155d0a0b0c"
    body = (
        f'<SetCardStatus xmlns="{LOYALTY}"><RequestID>{request}</RequestID>'
        f"<CardID>{CARD}</CardID><Status>{status}</Status></SetCardStatus>"
    )
    return envelope(body, version)


BOMB = '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY c "&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html/>", id="no envelope"),
        pytest.param(b"<e:Envelope", id="not well-formed"),
        pytest.param(BOMB.encode() + envelope(PING), id="entities"),
        pytest.param(OUTSIDE.encode() + envelope(PING), id="external entity"),
        pytest.param(envelope(""), id="empty body"),
        pytest.param(envelope(PING + PING), id="two elements"),
        pytest.param(envelope(f'<Nope xmlns="{LOYALTY}"/>'), id="unknown operation"),
        pytest.param(envelope('<Ping xmlns="urn:x"/>'), id="other namespace"),
    ],
)
async def test_platform_refuses(services: Services, content: bytes) -> None:
    """What is no call of an operation blames the sender."""
    answer = read(await post(services, "LoyaltyExchange", content))
    assert (answer.status, answer.text("faultcode")) == (500, "soap:Client")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"CardID": CARD}, id="missing parameter"),
        pytest.param({"AtDate": None, "CardID": CARD}, id="wrong order"),
        pytest.param({"CardID": None, "AtDate": None}, id="nil where not allowed"),
        pytest.param({"CardID": CARD, "AtDate": "03.02.2026"}, id="no date"),
        pytest.param({"CardID": CARD, "AtDate": "2026-02-03T18:04:00Z"}, id="zone"),
        pytest.param({"CardID": CARD, "AtDate": "2026-02-03T18:04:00.5"}, id="fraction"),
        pytest.param({"CardID": CARD, "AtDate": None, "Extra": 1}, id="unknown parameter"),
    ],
)
async def test_parameters_must_fit_their_types(services: Services, values: dict[str, str]) -> None:
    """XDTO reads strictly; a client that sends a zone or the wrong order finds out here."""
    answer = await loyalty(services, "GetBalance", **values)
    assert (answer.status, answer.text("faultcode")) == (500, "soap:Server")


async def test_loose_dates_are_a_switch(services: Services) -> None:
    """What a zone suffix does is unconfirmed, so the double may also drop it."""
    await services.door("settings", soap_loose_dates=True)
    answer = await loyalty(
        services, "GetBalance", CardID=CARD, AtDate="2026-02-03T18:04:00.5+03:00"
    )
    assert answer.text("return", "AsOf") == "2026-02-03T18:04:00"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"SOAPAction": f'"{ACTION}Ping"'}, 200, id="right"),
        pytest.param({"SOAPAction": '""'}, 200, id="empty"),
        pytest.param({"SOAPAction": f'"{ACTION}FindCard"'}, 500, id="other operation"),
        pytest.param(
            {"Content-Type": f'application/soap+xml; action="{ACTION}FindCard"'},
            500,
            id="other action in the content type",
        ),
    ],
)
async def test_action_must_name_the_operation(
    services: Services, headers: dict[str, str], status: int
) -> None:
    """An action of another operation is refused, none at all is not."""
    answer = await post(services, "LoyaltyExchange", envelope(PING), **headers)
    assert answer.status_code == status


async def test_one_binding_only(services: Services) -> None:
    """A base may offer SOAP 1.2 alone: the WSDL and the calls follow."""
    await services.door("settings", soap_versions="soap12")
    text = (await services.http.get("/ut/ws/LoyaltyExchange?wsdl")).text
    assert "LoyaltyExchangeSoap12Binding" in text
    assert "LoyaltyExchangeSoapBinding" not in text
    refused = read(await post(services, "LoyaltyExchange", envelope(PING)))
    assert refused.text("faultcode") == "soap:Client"
    assert (await post(services, "LoyaltyExchange", envelope(PING, SOAP12))).status_code == 200


async def test_address_behind_a_proxy(services: Services) -> None:
    """The WSDL names the host as the web server sees it."""
    await services.door("settings", wsdl_host="onec-inner:8080")
    text = (await services.http.get("/ut/ws/LoyaltyExchange?wsdl")).text
    assert 'location="http://onec-inner:8080/ut/ws/LoyaltyExchange.1cws"' in text


async def test_journal(services: Services) -> None:
    """It tells operations, ids and effects, and no personal data."""
    request = "401d0000-2b3d-11f0-8c11-00155d0a0b0c"
    await loyalty(services, "FindCard", CardCode=None, Phone="79991234567")
    await loyalty(services, "SetCardStatus", RequestID=request, CardID=CARD, Status="Действует")
    await loyalty(services, "CancelHold", RequestID=request, HoldID=request)
    await loyalty(services, "Nope")
    entries = (await services.http.get("/__mock__/journal")).json()["entries"]
    assert [(one["op"], one["key"], one["status"], one["effect"]) for one in entries] == [
        ("LoyaltyExchange:FindCard", "", 200, "none"),
        ("LoyaltyExchange:SetCardStatus", request, 200, "changed"),
        ("LoyaltyExchange:CancelHold", request, 200, "refused"),
        ("LoyaltyExchange:Nope", "", 500, "refused"),
    ]
    assert "79991234567" not in str(entries)


async def test_versions_of_interfaces(services: Services) -> None:
    """GetVersions returns an array of the platform's core types (3.4)."""
    namespace = "http://www.1c.ru/SaaS/1.0/WS"
    answer = await call(
        services,
        "InterfaceVersion",
        namespace,
        "GetVersions",
        InterfaceName="EnterpriseDataExchange",
    )
    (value,) = answer.body[0]
    assert value.tag == "{http://v8.1c.ru/8.1/data/core}Value"
    assert value.text == "1.0.1.1"
