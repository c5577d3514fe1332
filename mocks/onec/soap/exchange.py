"""EnterpriseDataExchange_1_0_1_1 and EnterpriseDataUpload_1_0_1_1 (3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.onec.hs.cards import CardBook
from mocks.onec.soap.exchange_files import JobFailed, Operations, PartStore, Prepared, packed
from mocks.onec.soap.loyalty_answers import is_guid
from mocks.onec.soap.node_exchange import NodeExchange
from mocks.onec.soap.service import Operation, Package, ServiceFault, SoapService
from mocks.onec.soap.xdto import BASE64, BOOLEAN, DECIMAL, INT, STRING, ObjectType, Prop

Given = Mapping[str, Any]
_TYPES = "http://v8.1c.ru/SSL/Exchange/EnterpriseDataExchange"
_NO_RIGHTS = "Недостаточно прав для выполнения синхронизации данных"


def _text(name: str) -> Prop:
    return Prop(name, STRING)


_ERROR = Prop("ErrorMessage", STRING, is_nillable=True)
_STARTED = (Prop("OperationID", STRING, is_nillable=True), _ERROR)
_PREPARED = ObjectType(
    _TYPES,
    "PrepareDataOperationResult",
    (_text("ErrorMessage"), _text("FileID"), Prop("PartCount", INT), _text("Status")),
)
_PEER = (_text("ExchangePlanName"), _text("PeerCode"))
_PART = (
    _text("FileID"),
    Prop("PartNumber", INT, is_nillable=True),
    Prop("PartData", BASE64),
)


class EnterpriseDataExchange:
    """Exchange with the nodes of exchange plans, and one-way loading without a node."""

    def __init__(self, cards: CardBook) -> None:
        """Start without files and jobs."""
        self._infobase = cards.infobase
        self._files = PartStore()
        self._jobs = Operations(cards.infobase.new_guid)
        self._nodes = NodeExchange(cards)

    def services(self) -> tuple[SoapService, SoapService]:
        """Return both services as published."""
        exchange = (
            _ping(),
            self._connection_test(_PEER),
            *self._getting(),
            self._put_part_operation(),
            Operation(
                "PutData",
                (*_PEER, _text("FileID")),
                STRING,
                self._put_from_node,
                _STARTED,
                is_write=True,
            ),
            self._put_result_operation(),
        )
        upload = (
            _ping(),
            self._connection_test(()),
            self._put_part_operation(),
            Operation(
                "PutData", (_text("FileID"),), STRING, self._put_alone, _STARTED, is_write=True
            ),
            self._put_result_operation(),
        )
        packages = (Package(_TYPES, (_PREPARED,)),)
        return (
            _service("EnterpriseDataExchange_1_0_1_1", exchange, packages),
            _service("EnterpriseDataUpload_1_0_1_1", upload, ()),
        )

    def _getting(self) -> tuple[Operation, ...]:
        """Return the operations that fetch a file from the base."""
        part = (_text("FileID"), Prop("PartNumber", INT))
        confirmation = (_text("FileID"), Prop("ClearDataPool", BOOLEAN))
        return (
            Operation(
                "PrepareDataForGetting",
                (*_PEER, Prop("PartSize", DECIMAL)),
                STRING,
                self._prepare,
                _STARTED,
                is_write=True,
            ),
            Operation(
                "PrepareDataActionResult",
                (_text("OperationID"),),
                _PREPARED,
                self._prepared,
                (_ERROR,),
                return_nillable=False,
            ),
            Operation("GetDataPart", part, BASE64, self._part, (_ERROR,)),
            Operation("ConfirmGettingFile", confirmation, STRING, self._confirm, (_ERROR,)),
        )

    def _connection_test(self, ins: tuple[Prop, ...]) -> Operation:
        return Operation(
            "TestConnection",
            ins,
            BOOLEAN,
            self._test,
            (_ERROR,),
            return_nillable=False,
            is_write=True,
            denied={"return": False, "ErrorMessage": _NO_RIGHTS},
        )

    def _put_part_operation(self) -> Operation:
        return Operation("PutFilePart", _PART, STRING, self._put_part, (_ERROR,), is_write=True)

    def _put_result_operation(self) -> Operation:
        return Operation(
            "PutDataActionResult",
            (_text("OperationID"),),
            STRING,
            self._put_result,
            (_ERROR,),
            return_nillable=False,
        )

    def _test(self, given: Given) -> Given:
        locked = self._infobase.settings.exchange_locked
        if locked:
            return {"return": False, "ErrorMessage": locked}
        if given:
            try:
                self._nodes.node(given["ExchangePlanName"], given["PeerCode"])
            except JobFailed as error:
                return {"return": False, "ErrorMessage": str(error)}
        return {"return": True, "ErrorMessage": ""}

    def _prepare(self, given: Given) -> Given:
        plan, code, size = given["ExchangePlanName"], given["PeerCode"], given["PartSize"]

        def _job() -> Prepared:
            content = self._nodes.write_out(plan, code)
            file_id = self._infobase.new_guid()
            count = self._files.prepare(file_id, packed("Message.xml", content), int(size))
            return Prepared(file_id, count)

        return self._started(_job)

    def _prepared(self, given: Given) -> Given:
        job = self._jobs.ask(_operation_id(given))
        result = {
            "ErrorMessage": job.error,
            "FileID": job.file_id,
            "PartCount": job.part_count,
            "Status": job.status,
        }
        return {"return": result, "ErrorMessage": job.error}

    def _part(self, given: Given) -> Given:
        data = self._files.part(given["FileID"], given["PartNumber"])
        if data is None:
            text = f"Фрагмент {given['PartNumber']} файла {given['FileID']} не найден"
            return {"return": None, "ErrorMessage": text}
        return {"return": data, "ErrorMessage": ""}

    def _confirm(self, given: Given) -> Given:
        if given["ClearDataPool"]:
            self._files.free(given["FileID"])
        return {"return": "", "ErrorMessage": ""}

    def _put_part(self, given: Given) -> Given:
        self._files.put(given["FileID"], given["PartNumber"], given["PartData"])
        return {"return": "", "ErrorMessage": ""}

    def _put_from_node(self, given: Given) -> Given:
        content = self._files.take(given["FileID"])
        plan, code = given["ExchangePlanName"], given["PeerCode"]
        return self._started(lambda: self._nodes.take_in(plan, code, content))

    def _put_alone(self, given: Given) -> Given:
        content = self._files.take(given["FileID"])
        return self._started(lambda: self._nodes.take_in_alone(content))

    def _put_result(self, given: Given) -> Given:
        job = self._jobs.ask(_operation_id(given))
        return {"return": job.status, "ErrorMessage": job.error}

    def _started(self, job: Any) -> Given:
        number = self._jobs.start(job, polls=self._infobase.settings.exchange_polls)
        return {"return": "", "OperationID": number, "ErrorMessage": ""}


def _operation_id(given: Given) -> str:
    number = str(given["OperationID"])
    if not is_guid(number):
        msg = "Преобразование к типу УникальныйИдентификатор не может быть выполнено"
        raise ServiceFault(msg)
    return number


def _ping() -> Operation:
    return Operation("Ping", (), STRING, lambda _: {"return": ""})


def _service(
    name: str, operations: tuple[Operation, ...], packages: tuple[Package, ...]
) -> SoapService:
    namespace = f"http://www.1c.ru/SSL/{name}"
    return SoapService(name, namespace, name, operations, packages)
