"""People at a 1C base and at its tills, as the kit sends them to work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from connectors.onec.values import own_reference
from gateway.canonical import Kind
from gateway.testing import Flaw, Seeded, SpoilingTransport
from mocks.onec import demo

ENTITIES = {
    Kind.CUSTOMER: "Catalog_Партнеры",
    Kind.CARD: "Catalog_КартыЛояльности",
    Kind.PRODUCT: "Catalog_Номенклатура",
    Kind.ORDER: "Document_ЗаказКлиента",
}
_TEXTS = {
    Kind.CUSTOMER: "НаименованиеПолное",
    Kind.CARD: "Штрихкод",
    Kind.PRODUCT: "Description",
    Kind.ORDER: "НомерПоДаннымКлиента",
}
_SPOILT: Mapping[Flaw, Mapping[Kind, Mapping[str, object]]] = {
    Flaw.MALFORMED: {
        Kind.CUSTOMER: {"ДатаРождения": "вчера", "НаименованиеПолное": 17},
        Kind.CARD: {"Штрихкод": ["2990000000417"], "КодКарты": ["2990000000417"]},
        Kind.PRODUCT: {"Артикул": {"текст": "VEGA-1"}},
        Kind.ORDER: {"Date": "вчера"},
    },
    Flaw.UNKNOWN_CODE: {
        Kind.CUSTOMER: {"Пол": "Неизвестен"},
        Kind.CARD: {"Статус": "Утеряна"},
        Kind.PRODUCT: {"ТипНоменклатуры": "Подарок"},
        Kind.ORDER: {"Статус": "ЖдетЗвонка"},
    },
}
_POINTS = "Document_НачислениеИСписаниеБонусныхБаллов"


@dataclass
class BaseSeed:
    """Works in a base through its side door."""

    door: httpx.AsyncClient
    road: SpoilingTransport
    made: int = 0
    entities: Mapping[Kind, str] = field(default_factory=lambda: ENTITIES)

    async def act(self, action: str, **body: Any) -> dict[str, Any]:
        """Do what somebody does in 1C."""
        answer = await self.door.post("/__mock__/act", json={"action": action, **body})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Make records; 1C dates none of them, its nodes remember what changed."""
        return [await self._put(kind, record) for record in records]

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let somebody correct a record."""
        self.made += 1
        number = self.made
        values: Mapping[Kind, Mapping[str, Any]] = {
            Kind.CUSTOMER: {"Description": f"Ежова {number}"},
            Kind.CARD: {"Статус": "Аннулирована"},
            Kind.PRODUCT: {"Артикул": f"VEGA-{number}"},
            Kind.ORDER: {"Статус": "КОтгрузке"},
        }
        entity = self.entities[kind]
        await self.act("object.change", entity=entity, key=external_id, values=values[kind])

    async def held(self, kind: Kind, key: str) -> int:
        """Count the objects under the reference of our key."""
        found = await self.act("inspect", entity=self.entities[kind], key=own_reference(key))
        return sum(row["DeletionMark"] is False for row in found["rows"])

    async def total(self, kind: Kind) -> int:
        """Count all objects."""
        return len((await self.act("inspect", entity=self.entities[kind]))["rows"])

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return points for the demonstration's only buyer."""
        del operation, number
        return {"customer_external_id": demo.PARTNER, "kind": "accrue", "points": "56"}

    async def effects(self, operation: str) -> Decimal:
        """Sum the points of the posted documents."""
        del operation
        rows = (await self.act("inspect", entity=_POINTS, where={"Posted": True}))["rows"]
        return sum(
            (Decimal(str(one["Баллы"])) for row in rows for one in row["Начисление"]),
            start=Decimal(0),
        )

    async def _put(self, kind: Kind, record: Seeded) -> str:
        self.made += 1
        values = self._values(kind, record)
        row = await self.act("object.create", entity=self.entities[kind], values=values)
        ref = str(row["Ref_Key"])
        fields = _SPOILT.get(record.flaw, {}).get(kind, {})
        self.road.spoil(
            lambda found: "DataVersion" in found and found.get("Ref_Key") == ref, **fields
        )
        return ref

    def _values(self, kind: Kind, record: Seeded) -> dict[str, Any]:
        is_sparse = record.flaw is Flaw.SPARSE
        text = "" if is_sparse else record.text
        if kind is Kind.CUSTOMER:
            return {"Description": text, _TEXTS[kind]: text, "Клиент": True}
        if kind is Kind.CARD:
            # A card that no reader could read is none: its code is never empty.
            code = f"29900{self.made:08d}"
            return {
                "Owner_Key": demo.CARD_KIND,
                "Description": text,
                _TEXTS[kind]: code if is_sparse else f"{text}{code}",
                "Статус": "" if is_sparse else "Действует",
            }
        if kind is Kind.PRODUCT:
            return {"Description": text}
        line = {"Номенклатура_Key": demo.PRODUCT, "Количество": 1, "Цена": 990.5, "Сумма": 990.5}
        return {
            "Date": "2026-02-03T15:04:05",
            _TEXTS[kind]: text,
            "Статус": "" if is_sparse else "НеСогласован",
            "Товары": [] if is_sparse else [line],
        }
