"""``exchange_dsl_1_0_0_1`` of the standard subsystem library (2.4).

"Download" and "Upload" are named from the server's side. Errors are 400 with ``Message``; JSON goes
out as ``text/html``, as the library does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from mocks.onec.hs.answers import json_answer, text_answer
from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.routing import Handler, HsRequest, HttpService, Template
from mocks.onec.soap.exchange_files import JobFailed, Operations, PartStore, Prepared, packed
from mocks.onec.soap.node_exchange import NodeExchange
from mocks.onec.soap.service import ServiceFault

_HTML = "text/html; charset=utf-8"
_BAD = 400
Values = Mapping[str, Any]


class DslRefused(Exception):
    """A request that the service answers with 400 and this text."""


class ExchangeService:
    """The methods over one infobase."""

    def __init__(self, cards: CardBook) -> None:
        """Start without files and jobs."""
        self._infobase = cards.infobase
        self._nodes = NodeExchange(cards)
        self._sent = PartStore()
        self._ready = PartStore()
        self._files: dict[str, bytes] = {}
        self._jobs = Operations(cards.infobase.new_guid)

    def service(self) -> HttpService:
        """Return the service as published."""
        methods: Mapping[str, tuple[str, Callable[[Values, bytes], Response]]] = {
            "GetIBParameters": ("GET", self._parameters),
            "CreateExchangeNode": ("POST", self._create_node),
            "RemoveExchangeNode": ("DELETE", self._remove_node),
            "PutFilePart": ("POST", self._put_part),
            "SaveFileFromParts": ("POST", self._save),
            "DownloadData": ("POST", self._download),
            "UploadData": ("POST", self._upload),
            "GetContinuousOperationStatus": ("GET", self._status),
            "PrepareGetFile": ("POST", self._prepare),
            "GetFilePart": ("GET", self._part),
            "ReleaseFile": ("DELETE", self._release),
        }
        templates = [
            Template(f"/{{Версия}}/{name}", {verb: _handler(work)})
            for name, (verb, work) in methods.items()
        ]
        version = Template("/version", {"GET": _handler(lambda _values, _body: text_answer("1"))})
        return HttpService("exchange_dsl_1_0_0_1", [version, *templates])

    def _parameters(self, values: Values, _body: bytes) -> Response:
        plan, code = _text(values, "ExchangePlanName"), _text(values, "NodeCode")
        exists = self._exists(plan, code)
        return _json({"ExchangePlanExists": self._has(plan), "NodeExists": exists})

    def _create_node(self, values: Values, _body: bytes) -> Response:
        plan, code = _text(values, "ExchangePlanName"), _text(values, "NodeCode")
        if not self._has(plan):
            msg = f"Не найден план обмена {plan}"
            raise DslRefused(msg)
        if self._exists(plan, code):
            msg = f"Узел обмена {code} уже существует"
            raise DslRefused(msg)
        self._infobase.create(f"ExchangePlan_{plan}", {"Code": code, "Description": code})
        return Response(status_code=200)

    def _remove_node(self, values: Values, _body: bytes) -> Response:
        plan = _text(values, "ExchangePlanName")
        node = self._nodes.node(plan, _text(values, "NodeCode"))
        self._infobase.remove(f"ExchangePlan_{plan}", (node["Ref_Key"],))
        return Response(status_code=200)

    def _put_part(self, values: Values, body: bytes) -> Response:
        self._sent.put(_text(values, "SessionID"), _number(values, "PartNumber"), body)
        return Response(status_code=200)

    def _save(self, values: Values, _body: bytes) -> Response:
        session = _text(values, "SessionID")
        if self._sent.count(session) != _number(values, "PartCount"):
            msg = "Получены не все части файла"
            raise DslRefused(msg)
        file_id = self._infobase.new_guid()
        self._files[file_id] = self._sent.take(session)
        return _json({"FileID": file_id})

    def _download(self, values: Values, _body: bytes) -> Response:
        content = self._files.pop(_text(values, "FileID"), None)
        if content is None:
            msg = "Файл не найден"
            raise DslRefused(msg)
        plan, code = _text(values, "ExchangePlanName"), _text(values, "NodeCode")
        number = self._start(lambda: self._nodes.take_in(plan, code, content))
        return _json({"TimeConsumingOperation": True, "OperationID": number})

    def _upload(self, values: Values, _body: bytes) -> Response:
        plan, code = _text(values, "ExchangePlanName"), _text(values, "NodeCode")
        file_id = self._infobase.new_guid()

        def _job() -> None:
            self._files[file_id] = packed("Message.xml", self._nodes.write_out(plan, code))

        number = self._start(_job)
        started = {"TimeConsumingOperation": True, "OperationID": number, "FileID": file_id}
        return _json(started)

    def _status(self, values: Values, _body: bytes) -> Response:
        job = self._jobs.ask(_text(values, "OperationID"))
        return _json({"ActionState": job.status, "Message": job.error})

    def _prepare(self, values: Values, _body: bytes) -> Response:
        content = self._files.get(_text(values, "FileID"))
        if content is None:
            msg = "Файл не найден"
            raise DslRefused(msg)
        session = self._infobase.new_guid()
        count = self._ready.prepare(session, content, _number(values, "BlockSize"))
        return _json({"SessionID": session, "PartCount": count})

    def _part(self, values: Values, _body: bytes) -> Response:
        data = self._ready.part(_text(values, "SessionID"), _number(values, "PartNumber"))
        if data is None:
            msg = "Фрагмент файла не найден"
            raise DslRefused(msg)
        return Response(data, media_type="application/octet-stream")

    def _release(self, values: Values, _body: bytes) -> Response:
        self._files.pop(_text(values, "FileID"), None)
        return Response(status_code=200)

    def _start(self, job: Callable[[], None]) -> str:
        def _work() -> Prepared | None:
            job()
            return None

        return self._jobs.start(_work, polls=self._infobase.settings.exchange_polls)

    def _has(self, plan: str) -> bool:
        return f"ExchangePlan_{plan}" in self._infobase.configuration.entities

    def _exists(self, plan: str, code: str) -> bool:
        try:
            self._nodes.node(plan, code)
        except JobFailed:
            return False
        return True


def _handler(work: Callable[[Values, bytes], Response]) -> Handler:
    """Give a method its parameters: those of the query, else those of a JSON body."""

    async def _handle(request: HsRequest) -> Response:
        try:
            return work(_values(request), request.body)
        except (DslRefused, JobFailed, ServiceFault) as error:
            return json_answer({"Message": str(error)}, _BAD, media_type=_HTML)

    return _handle


def _values(request: HsRequest) -> Values:
    if request.query or not request.body.startswith(b"{"):
        return request.query
    values: Values = json.loads(request.body)
    return values


def _json(body: Values) -> Response:
    return json_answer(body, media_type=_HTML)


def _text(values: Values, name: str) -> str:
    value = str(values.get(name, ""))
    if not value:
        msg = f"Не указан параметр {name}"
        raise DslRefused(msg)
    return value


def _number(values: Values, name: str) -> int:
    text = _text(values, name)
    if not text.isdigit():
        msg = f"Параметр {name} должен быть числом"
        raise DslRefused(msg)
    return int(text)
