"""Calls of the SOAP services as texts, the way that a plain HTTP client sends them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from tests.mocks.onec.hs.services import Services

if TYPE_CHECKING:
    import httpx

SAMPLES = Path(__file__).parent / "samples"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
LOYALTY = "http://www.example.ru/LoyaltyExchange"
EXCHANGE = "http://www.1c.ru/SSL/EnterpriseDataExchange_1_0_1_1"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def sample(name: str) -> str:
    """A document of the vendor reference."""
    return SAMPLES.joinpath(name).read_text(encoding="utf-8")


def envelope(body: str, version: str = SOAP11) -> bytes:
    """A SOAP message with this body."""
    text = f'<e:Envelope xmlns:e="{version}"><e:Body>{body}</e:Body></e:Envelope>'
    return text.encode()


def same(one: etree._Element, other: etree._Element) -> bool:
    """Whether two elements say the same, whatever their prefixes and layout."""
    return (
        one.tag == other.tag
        and sorted(one.items()) == sorted(other.items())
        and (one.text or "").strip() == (other.text or "").strip()
        and len(one) == len(other)
        and all(map(same, one, other))
    )


@dataclass(frozen=True)
class Answer:
    """An answer: HTTP status and the element of the body."""

    status: int
    body: etree._Element

    def text(self, *path: str) -> str | None:
        """The text at a path of local names; ``nil`` where the value is nil, None if absent."""
        element: etree._Element | None = self.body
        for name in path:
            children = () if element is None else element
            element = next((one for one in children if etree.QName(one).localname == name), None)
        if element is None:
            return None
        return "nil" if element.get(NIL) else element.text or ""


async def post(services: Services, service: str, content: bytes, **headers: str) -> httpx.Response:
    """Send a document to a service."""
    given = {"Content-Type": "text/xml; charset=utf-8"} | headers
    return await services.http.post(f"/ut/ws/{service}.1cws", content=content, headers=given)


async def call(
    services: Services, service: str, namespace: str, operation: str, **values: object
) -> Answer:
    """Call an operation with parameters in their order; None is sent as nil."""
    rows = "".join(_parameter(name, value) for name, value in values.items())
    body = f'<{operation} xmlns="{namespace}">{rows}</{operation}>'
    answer = await post(services, service, envelope(body))
    return read(answer)


def read(answer: httpx.Response) -> Answer:
    """The element of an answer's body."""
    root = etree.fromstring(answer.content)
    return Answer(answer.status_code, root[0][0])


async def loyalty(services: Services, operation: str, **values: object) -> Answer:
    """Call LoyaltyExchange."""
    return await call(services, "LoyaltyExchange", LOYALTY, operation, **values)


def _parameter(name: str, value: object) -> str:
    if value is None:
        return f'<{name} xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode()
    return f"<{name}>{value}</{name}>"
