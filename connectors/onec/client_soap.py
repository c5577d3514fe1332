"""SOAP client: zeep on a thread of its own, with the account's one HTTP client under it.

The only module that knows zeep, and it is loaded for accounts with SOAP alone. zeep blocks, so it
runs in a worker thread; what it sends goes back to the event loop, and so through the account's
budget, deadline and errors. Statuses are judged before zeep sees an answer, because it reads a page
as a fault (vendor reference, 3.3). A document type definition is refused.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.proxy import ServiceProxy
from zeep.transports import Transport

from gateway.contract import (
    HttpClient,
    OutcomeUnknown,
    Rejected,
    TranslationFailed,
    Unavailable,
)

from .config_services import Soap
from .errors import checked

FAULT = "fault"
_UNREADABLE = "unreadable"
_ANSWER = "return"
_WSDL = "http://1c.invalid/"
"""zeep wants an address; where it really leads, the account's client knows."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as zeep wants it."""

    status_code: int
    content: bytes
    headers: Mapping[str, str]
    encoding: str = "utf-8"


@dataclass(slots=True)
class _Call:
    """The call that a worker thread is making."""

    operation: str
    repeatable: bool
    is_sent: bool = False


class _OverHttp(Transport):
    """zeep's transport for one service, over the account's client."""

    def __init__(self, http: HttpClient, loop: asyncio.AbstractEventLoop, path: str) -> None:
        # Not the base's: it opens a session of requests, and nothing may leave by that.
        self.cache = None
        self.logger = logging.getLogger(__name__)
        self._close_session = False
        self._http, self._loop, self._path = http, loop, path
        self.local = threading.local()

    def load(self, url: str) -> bytes:
        """Fetch the WSDL; it is behind the same login as the calls (3.1)."""
        if url != _WSDL + self._path:
            msg = "the WSDL refers to another document: it must be whole"
            raise Unavailable(msg, operation="wsdl")
        response = self._on_loop(
            self._http.call(
                "GET", self._path, operation="wsdl", repeatable=True, query=[("wsdl", "")]
            )
        )
        return checked(response, operation="wsdl", repeatable=True)

    def post_xml(
        self, address: str, envelope: etree._Element, headers: Mapping[str, str]
    ) -> _Answer:
        """Send an envelope to our own address: that of the WSDL may be an inner one (3.2)."""
        del address
        call: _Call = self.local.call
        call.is_sent = True
        response = self._on_loop(
            self._http.call(
                "POST",
                self._path,
                operation=call.operation,
                repeatable=call.repeatable,
                content=etree.tostring(envelope, encoding="utf-8", xml_declaration=True),
                headers=_sendable(headers),
            )
        )
        is_fault = response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        if not (is_fault and _is_envelope(response.content)):
            checked(response, operation=call.operation, repeatable=call.repeatable)
        return _Answer(response.status_code, response.content, response.headers)

    def _on_loop(self, work: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@dataclass(slots=True)
class SoapClient:
    """Calls the SOAP services of one base."""

    http: HttpClient
    settings: Soap
    _services: dict[str, tuple[ServiceProxy, _OverHttp]] = field(default_factory=dict)
    _loading: threading.Lock = field(default_factory=threading.Lock)
    _room: asyncio.Semaphore | None = None

    async def call(
        self, file: str, operation: str, values: Mapping[str, Any], *, repeatable: bool
    ) -> Mapping[str, Any]:
        """Call an operation of the service that is published as ``file``.

        Shape: plain values by name; the value of the function is ``return``. Of an absent complex
        value all fields are ``None`` (3.3). Raises ``Rejected`` with code ``fault`` for an
        exception in 1C, whose text may name persons and is not told; ``TranslationFailed`` for
        values that the WSDL does not admit; else as ``errors``.
        """
        if self._room is None:
            self._room = asyncio.Semaphore(self.settings.at_once)
        loop = asyncio.get_running_loop()
        async with self._room:
            return await asyncio.to_thread(
                self._call, loop, file, operation, values, repeatable=repeatable
            )

    def _call(
        self,
        loop: asyncio.AbstractEventLoop,
        file: str,
        operation: str,
        values: Mapping[str, Any],
        *,
        repeatable: bool,
    ) -> Mapping[str, Any]:
        call = _Call(operation, repeatable)
        error: Exception
        try:
            service, transport = self._service(loop, file)
            transport.local.call = call
            told = serialize_object(service[operation](**values), dict)
        except Fault:
            msg = "the service raised an exception: see 1C"
            error = Rejected(
                msg, operation=operation, vendor_code=FAULT,
                http_status=HTTPStatus.INTERNAL_SERVER_ERROR,
            )  # fmt: skip
        except (ZeepError, etree.Error, AttributeError, TypeError, ValueError, KeyError) as failure:
            error = _unreadable(failure, call)
        else:
            is_named = isinstance(told, Mapping) and _ANSWER in told
            return told if is_named else {_ANSWER: told}
        # zeep's own errors quote what was sent, so none of them is chained.
        raise error from None

    def _service(
        self, loop: asyncio.AbstractEventLoop, file: str
    ) -> tuple[ServiceProxy, _OverHttp]:
        with self._loading:
            if file not in self._services:
                path = f"ws/{file}"
                transport = _OverHttp(self.http, loop, path)
                client = zeep.Client(_WSDL + path, transport=transport, settings=self._safe())
                self._services[file] = self._bound(client), transport
            return self._services[file]

    def _safe(self) -> zeep.Settings:
        return zeep.Settings(
            strict=self.settings.strict,
            xsd_ignore_sequence_order=not self.settings.strict,
            forbid_dtd=True,
            forbid_entities=True,
            forbid_external=True,
            force_https=False,
        )

    def _bound(self, client: zeep.Client) -> ServiceProxy:
        """Bind to the port of the wanted version; 1C names them ``…Soap`` and ``…Soap12``."""
        ending = "Soap12" if self.settings.version == "1.2" else "Soap"
        for name, service in client.wsdl.services.items():
            for port in service.ports:
                if port.endswith(ending):
                    bound: ServiceProxy = client.bind(name, port)
                    return bound
        msg = f"the service has no port {ending}"
        raise Unavailable(msg, operation="wsdl")


def _unreadable(failure: Exception, call: _Call) -> Exception:
    reason = f"{type(failure).__name__} in {call.operation}"
    if not call.is_sent:
        return TranslationFailed(
            f"does not fit the service's WSDL ({reason})", path=call.operation,
            operation=call.operation,
        )  # fmt: skip
    failed = Unavailable if call.repeatable else OutcomeUnknown
    msg = f"the answer cannot be read ({reason})"
    return failed(msg, operation=call.operation, vendor_code=_UNREADABLE)


def _is_envelope(content: bytes) -> bool:
    return b"Envelope" in content[:1024]


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out what no header can hold: the action of an operation with a Cyrillic name.

    The operation is found by the element of the body (that a missing action is admitted is
    unconfirmed); with SOAP 1.2 the type alone stays of the content type.
    """
    sent: dict[str, str] = {}
    for name, value in headers.items():
        text = str(value)
        if text.isascii():
            sent[name] = text
        elif name.lower() == "content-type":
            sent[name] = text.partition("; action=")[0]
    return sent
