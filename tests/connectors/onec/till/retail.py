"""A till of Розница: zeep as it comes, on a thread of its own, over real HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import zeep

from .stage import LOGIN, PASSWORD

CARD_REF = "cccc0001-2222-11ee-8c3a-00155d010203"
GOODS = "aaaa0001-2222-11ee-8c3a-00155d010203"
VARIANT = "bbbb0001-2222-11ee-8c3a-00155d010203"
PROGRAMME = "bb900001-2222-11ee-8c3a-00155d010203"
DOCUMENT = "7e000001-2b3d-11f0-8c11-00155d0a0b0c"
SOLD_AT = datetime(2026, 2, 3, 18, 5)  # noqa: DTZ001 - 1C writes no zone
PATH = "/till/tills/ws/DiscountService.1cws"
TIMEOUT_S = 30
Values = Mapping[str, Any]


class Directory:
    """The cards of the base to which the till belongs."""

    def __init__(self, **numbers: str) -> None:
        """Know cards by their references."""
        self.known = {CARD_REF: "2990000000417", **numbers}
        self.asked = 0

    async def numbers(self, refs: Sequence[str]) -> Mapping[str, str]:
        """Return numbers by reference."""
        self.asked += 1
        return {ref: self.known[ref] for ref in refs if ref in self.known}


@dataclass
class RetailTill:
    """A till of Розница."""

    url: str
    port: str = "ДисконтныйСерверSoap"
    client: Any = None

    async def call(self, operation: str, **values: object) -> Any:  # noqa: ANN401 - zeep's objects
        """Call an operation by name."""
        return await asyncio.to_thread(self._call, operation, values)

    def _call(self, operation: str, values: Mapping[str, object]) -> Any:  # noqa: ANN401
        with _ONE_AT_A_TIME:
            if self.client is None:
                transport = zeep.Transport(timeout=TIMEOUT_S, operation_timeout=TIMEOUT_S)
                transport.session.trust_env = False
                # Names of 1C's users are Cyrillic: they are wanted as bytes (3.3).
                transport.session.auth = (LOGIN.encode(), PASSWORD.encode())
                self.client = zeep.Client(f"{self.url}{PATH}?wsdl", transport=transport)
            return self.client.bind("ДисконтныйСервер", self.port)[operation](**values)

    async def balance(self, card: str = CARD_REF) -> Any:  # noqa: ANN401
        """Ask for the points of a card."""
        told = await self.call(
            "ПолучитьОстатокБонусов", ИдентификаторКарты=card, ДатаЗапроса=SOLD_AT
        )
        return told[0]["КоличествоБаллов"] if told else None

    async def post(
        self, rows: Sequence[Values], moves: Sequence[Values], document: str = DOCUMENT
    ) -> tuple[bool, bool | None]:
        """Tell of a document as the till's job does: points only after goods were taken."""
        taken = await self.goods(rows, document)
        return taken, await self.points(moves, document) if taken else None

    async def goods(self, rows: Sequence[Values], document: str = DOCUMENT) -> Any:  # noqa: ANN401
        """Tell of a document's goods."""
        return await self.call(
            "ОбновитьДанныеОПродажах",
            ТипДокумента="ЧекККМ",
            ИдентификаторДокумента=document,
            ТаблицаТоваров={"СтрокиТаблицы": list(rows)},
        )

    async def points(self, moves: Sequence[Values], document: str = DOCUMENT) -> Any:  # noqa: ANN401
        """Tell of a document's points."""
        return await self.call(
            "ОбновитьДанныеОБонусах",
            ТипДокумента="ЧекККМ",
            ИдентификаторДокумента=document,
            ТаблицаБонусов={"СтрокиТаблицы": list(moves)},
        )


_ONE_AT_A_TIME = threading.Lock()


def sold(total: str, quantity: str = "1", card: str = CARD_REF, item: str = GOODS) -> Values:
    """Return a row of goods."""
    return {
        "Период": SOLD_AT,
        "ИдентификаторКарты": card,
        "ИдентификаторНоменклатуры": item,
        "ИдентификаторХарактеристики": VARIANT,
        "Сумма": total,
        "Количество": quantity,
    }


def spent(points: str) -> Values:
    """Return the movement of points that were spent."""
    return _moved(1, points, points)


def earned(points: str) -> Values:
    """Return the movement of points that the till reckons the customer will get."""
    return _moved(0, points, "0")


def _moved(kind: int, accrued: str, written_off: str) -> Values:
    return {
        "Период": SOLD_AT,
        "ВидДвижения": kind,
        "ИдентификаторБонуснойПрограммы": PROGRAMME,
        "ИдентификаторКарты": CARD_REF,
        "Начислено": accrued,
        "КСписанию": written_off,
    }
