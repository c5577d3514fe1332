"""``{base}/ws/{service}``: WSDL and calls, both behind the same login (3.1, 3.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.onec.front import guarded, page
from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.points import PointBook
from mocks.onec.hs.reuse import ServiceSessions
from mocks.onec.infobase import Infobase
from mocks.onec.rules import PostingRefused
from mocks.onec.settings import InfobaseUser
from mocks.onec.soap.discount import DiscountServer
from mocks.onec.soap.envelope import (
    CONTENT_TYPES,
    Call,
    NotAnEnvelope,
    answer,
    fault,
    read_call,
)
from mocks.onec.soap.exchange import EnterpriseDataExchange
from mocks.onec.soap.interface_version import interface_version
from mocks.onec.soap.loyalty import LoyaltyExchange
from mocks.onec.soap.service import Operation, ServiceFault, SoapService
from mocks.onec.soap.wsdl import SOAP11, SOAP12, wsdl
from mocks.onec.soap.xdto import XdtoMismatch, local_name, read_props

_ACTION = re.compile(r'action="([^"]*)"')
_OFFERED = {"both": (SOAP11, SOAP12), "soap11": (SOAP11,), "soap12": (SOAP12,)}
_OK, _FAULT = 200, 500
# Ids by which the journal tells calls apart; none of them is a personal datum.
_KEYS = ("RequestID", "OperationID", "FileID", "CardID", "ИдентификаторДокумента")
_DENIED = "Нарушение прав доступа!"


@dataclass(frozen=True)
class Done:
    """What came of a call: the answer, and what the journal tells of it."""

    content: bytes
    effect: str
    key: str = ""


class RequestFault(Exception):
    """A request that the platform itself refuses, before the service's code."""


class SoapEndpoint:
    """All SOAP services of one infobase."""

    def __init__(self, infobase: Infobase, services: tuple[SoapService, ...]) -> None:
        """Publish the services by name and by file."""
        self._infobase = infobase
        self._sessions = ServiceSessions(infobase)
        self._published = {item.name: item for item in services}
        self._published |= {f"{item.file}.1cws": item for item in services}
        self._texts: dict[tuple[str, str, str], bytes] = {}

    async def handle(self, request: Request, user: InfobaseUser) -> Response:
        """Answer one request of a user who is logged in."""
        service = self._published.get(request.path_params["service"])
        if service is None:
            return page(404, "Not Found")
        if request.method == "GET":
            return self._wsdl(request, service)
        raw = await request.body()

        async def _work() -> Response:
            return self._call(request, user, service, raw)

        name = f"WebService.{service.name}"
        return await self._sessions.run(request, user, name, service.reuse, _work)

    def _wsdl(self, request: Request, service: SoapService) -> Response:
        if "wsdl" not in {name.lower() for name in request.query_params}:
            return page(405, "Method Not Allowed")
        settings = self._infobase.settings
        host = settings.wsdl_host or request.url.netloc
        address = f"{request.url.scheme}://{host}/{settings.publication}/ws/{service.file}.1cws"
        key = (service.name, address, settings.soap_versions)
        if key not in self._texts:
            versions = _OFFERED[settings.soap_versions]
            self._texts[key] = wsdl(service, address, versions).encode()
        return Response(self._texts[key], media_type="text/xml; charset=utf-8")

    def _call(
        self, request: Request, user: InfobaseUser, service: SoapService, raw: bytes
    ) -> Response:
        version, operation = SOAP11, ""
        done = Done(b"", effect="refused")
        try:
            call = read_call(raw)
            version, operation = call.version, local_name(call.body)
            done = self._done(request, user, service, call)
            content, status = done.content, _OK
        except (NotAnEnvelope, RequestFault) as error:
            content, status = fault(version, str(error), is_sender=True), _FAULT
        except (XdtoMismatch, ServiceFault, PostingRefused) as error:
            content, status = fault(version, str(error)), _FAULT
        self._infobase.journal.write(
            "POST",
            f"/ws/{service.file}.1cws",
            op=f"{service.name}:{operation}",
            key=done.key,
            status=status,
            effect=done.effect,
        )
        return Response(content, status, headers={"content-type": CONTENT_TYPES[version]})

    def _done(self, request: Request, user: InfobaseUser, service: SoapService, call: Call) -> Done:
        """Do one call.

        Raises:
            RequestFault: another version, operation or action than published.
            XdtoMismatch: parameters that do not fit. ServiceFault: an exception of the code.
        """
        if call.version not in _OFFERED[self._infobase.settings.soap_versions]:
            msg = "Версия SOAP не поддерживается"
            raise RequestFault(msg)
        operation = _operation(service, call)
        self._check_action(request, service, operation)
        if f"WebService.{service.name}" in user.hidden:
            raise ServiceFault(_DENIED)
        loose = self._infobase.settings.soap_loose_dates
        given = read_props(call.body, service.namespace, operation.ins, loose_dates=loose)
        values: Mapping[str, Any]
        if operation.is_write and {"*", f"WebService.{service.name}"} & set(user.read_only):
            if operation.denied is None:
                raise ServiceFault(_DENIED)
            values = operation.denied
        else:
            values = operation.handler(given)
        names_type = self._infobase.settings.soap_sent_type
        return Done(
            answer(service, operation, call.version, values, names_sent_type=names_type),
            effect=_effect(operation, values),
            key=next((str(given[name]) for name in _KEYS if given.get(name)), ""),
        )

    def _check_action(self, request: Request, service: SoapService, operation: Operation) -> None:
        sent = request.headers.get("soapaction", "").strip('"')
        if not sent:
            found = _ACTION.search(request.headers.get("content-type", ""))
            sent = found[1] if found else ""
        # The header carries UTF-8 bytes: an operation's name may be Cyrillic (3.3).
        name = sent.encode("latin-1").decode(errors="replace")
        is_checked = bool(name) and self._infobase.settings.soap_check_action
        if is_checked and name != service.action(operation.name):
            msg = "SOAPAction не соответствует операции"
            raise RequestFault(msg)


def _effect(operation: Operation, values: Mapping[str, Any]) -> str:
    if values.get("ErrorCode") or values.get("return") is False:
        return "refused"
    is_change = operation.is_write and operation.denied is None
    return "changed" if is_change else "none"


def _operation(service: SoapService, call: Call) -> Operation:
    name = local_name(call.body)
    operation = service.by_name.get(name)
    if operation is None or call.body.tag != f"{{{service.namespace}}}{name}":
        msg = f"Операция {name} не найдена"
        raise RequestFault(msg)
    return operation


def soap_routes(infobase: Infobase, loyalty: LoyaltyExchange) -> list[Route]:
    """Return the routes of the SOAP services over an infobase."""
    cards = CardBook(infobase)
    points = PointBook(cards)
    services: tuple[SoapService, ...] = (
        interface_version(),
        loyalty.service(),
        DiscountServer(points).service(),
    )
    if infobase.settings.configuration == "trade":
        # Rules for the objects of messages are those of УТ.
        services += EnterpriseDataExchange(cards).services()
    endpoint = SoapEndpoint(infobase, services)
    path = f"/{infobase.settings.publication}/ws/{{service:path}}"
    handler = guarded(infobase, endpoint.handle, takes_seat=False)
    return [Route(path, handler, methods=["GET", "POST"])]
