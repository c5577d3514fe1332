"""The double with the buyer, card and movements of the vendor reference, and a bare client."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from mocks.onec.app import OneCSettings, build_app
from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER, SECOND = f"11111111{TAIL}", f"11111112{TAIL}"
CARD, BLOCKED = f"cccc0001{TAIL}", f"cccc0002{TAIL}"
KIND, PROGRAMME, RUB = f"cc000001{TAIL}", f"bb900001{TAIL}", f"66600001{TAIL}"
BARCODE = "2990000000417"
USER = ("Шлюз", "gateway-secret")
AUDITOR = ("Аудитор", "auditor-secret")
NOW = "2026-02-03T18:10:00"
REGISTER = "AccumulationRegister_БонусныеБаллы"
ACCRUAL = "Document_НачислениеИСписаниеБонусныхБаллов"

_POINTS = {"БонуснаяПрограммаЛояльности_Key": PROGRAMME, "Партнер_Key": PARTNER}


def _move(document: str, kind: str, line: int, record: str, **values: Any) -> dict[str, Any]:
    return {
        "Recorder": document,
        "Recorder_Type": f"StandardODATA.{kind}",
        "LineNumber": line,
        "Active": True,
        "RecordType": record,
        **_POINTS,
        **values,
    }


_ACCRUED, _SPENT = "d0c00000-2a01-11f0-8c11-00155d0a0b0c", "7e000000-2a11-11f0-8c11-00155d0a0b0c"
ROWS: dict[str, list[dict[str, Any]]] = {
    "Catalog_Валюты": [{"Ref_Key": RUB, "Code": "643", "Description": "RUB"}],
    "Catalog_БонусныеПрограммыЛояльности": [
        {
            "Ref_Key": PROGRAMME,
            "Description": "Клубная",
            "КурсКонвертацииБонусовВВалюту": 1,
            "МаксимальныйПроцентОплатыБонусами": 30,
            "ВалютаКонвертацииБонусов_Key": RUB,
        }
    ],
    "Catalog_ВидыКартЛояльности": [
        {
            "Ref_Key": KIND,
            "Description": "Клубная",
            "Статус": "Действует",
            "БонуснаяПрограммаЛояльности_Key": PROGRAMME,
        }
    ],
    "Catalog_Партнеры": [
        {
            "Ref_Key": PARTNER,
            "Code": "00-00000055",
            "Description": "Лапина Вера",
            "НаименованиеПолное": "Лапина Вера Олеговна",
            "ЮрФизЛицо": "ЧастноеЛицо",
            "Клиент": True,
            "ДатаРождения": "1990-04-12T00:00:00",
            "КонтактнаяИнформация": [
                {
                    "Тип": "Телефон",
                    "Представление": "+7 (999) 123-45-67",
                    "НомерТелефона": "79991234567",
                },
                {
                    "Тип": "АдресЭлектроннойПочты",
                    "Представление": "v.lapina@example.ru",
                    "АдресЭП": "v.lapina@example.ru",
                },
            ],
        },
        {"Ref_Key": SECOND, "Description": "Сомов Илья", "ЮрФизЛицо": "ЧастноеЛицо"},
    ],
    "Catalog_КартыЛояльности": [
        {
            "Ref_Key": CARD,
            "Owner_Key": KIND,
            "Description": "Клубная 2990000000417",
            "Штрихкод": BARCODE,
            "Статус": "Действует",
            "Партнер_Key": PARTNER,
        },
        {
            "Ref_Key": BLOCKED,
            "Owner_Key": KIND,
            "Description": "Клубная 2990000000424",
            "Штрихкод": "2990000000424",
            "Статус": "Аннулирована",
            "Партнер_Key": SECOND,
        },
    ],
    f"{REGISTER}_RecordType": [
        _move(_ACCRUED, ACCRUAL, 1, "Receipt", Period="2026-01-10T00:00:00", Начислено=400),
        _move(
            _SPENT,
            "Document_ЧекККМ",
            1,
            "Expense",
            Period="2026-01-20T00:00:00",
            Начислено=50,
            КСписанию=50,
        ),
        _move(_ACCRUED, ACCRUAL, 2, "Receipt", Period="2026-07-10T00:00:00", КСписанию=400),
    ],
}


@dataclass(frozen=True)
class Services:
    """The double behind a bare HTTP client that is logged in as the gateway's user."""

    url: str
    http: httpx.AsyncClient

    async def door(self, name: str, **body: Any) -> dict[str, Any]:
        """Use the side door; it must agree."""
        answer = await self.http.post(f"/__mock__/{name}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def act(self, action: str, **details: Any) -> dict[str, Any]:
        """Do one action in the infobase."""
        return await self.door("act", action=action, **details)

    async def at(self, moment: str) -> None:
        """Freeze the infobase's clock."""
        await self.act("clock.freeze", at=moment)


@asynccontextmanager
async def open_demo(**settings: Any) -> AsyncIterator[Services]:
    """Serve the double with its own demonstration data."""
    async with (
        serve(build_app(OneCSettings(**settings))) as url,
        httpx.AsyncClient(base_url=url, timeout=20, auth=httpx.BasicAuth(*_bytes(USER))) as http,
    ):
        running = Services(url, http)
        await running.at(NOW)
        yield running


@asynccontextmanager
async def open_services(**settings: Any) -> AsyncIterator[Services]:
    """Serve the seeded double, its clock frozen at the moment of the reference's samples."""
    app = build_app(OneCSettings(demo_data=False, **settings))
    async with (
        serve(app) as url,
        httpx.AsyncClient(base_url=url, timeout=20, auth=httpx.BasicAuth(*_bytes(USER))) as http,
    ):
        running = Services(url, http)
        await running.door("seed", rows=ROWS)
        await running.at(NOW)
        yield running


def _bytes(user: tuple[str, str]) -> tuple[bytes, bytes]:
    return user[0].encode(), user[1].encode()
