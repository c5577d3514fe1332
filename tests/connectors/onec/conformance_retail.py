"""People at a base of Розница 2.x, whose objects and fields have other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Kind
from gateway.testing import Flaw, Seeded
from mocks.onec import demo

from .conformance_seed import ENTITIES, BaseSeed
from .conftest import own_settings

RETAIL = ENTITIES | {
    Kind.CUSTOMER: "Catalog_Контрагенты",
    Kind.CARD: "Catalog_ИнформационныеКарты",
}


def retail_settings(url: str) -> dict[str, Any]:
    """Return the account's settings."""
    return own_settings(url, configuration="retail2")


@dataclass
class RetailSeed(BaseSeed):
    """Cards have no status here: the mark of deletion stands for it."""

    entities: Mapping[Kind, str] = field(default_factory=lambda: RETAIL)

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let somebody correct a record."""
        if kind is not Kind.CARD:
            await super().touch(kind, external_id)
            return
        entity = self.entities[kind]
        await self.act("object.change", entity=entity, key=external_id, values={"Description": "Б"})

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return points for a buyer who has one card."""
        (buyer,) = await self.put(Kind.CUSTOMER, [Seeded()])
        self.made += 1
        await self.act(
            "card.issue",
            barcode=f"29900{self.made:08d}",
            owner=buyer,
            owner_type=self.entities[Kind.CUSTOMER],
        )
        return {**await super().payload(operation, number), "customer_external_id": buyer}

    def _values(self, kind: Kind, record: Seeded) -> dict[str, Any]:
        values = super()._values(kind, record)
        if kind is Kind.CUSTOMER:
            return {"Description": record.text if record.flaw is not Flaw.SPARSE else ""}
        if kind is Kind.CARD:
            number = values["Штрихкод"]
            return {"КодКарты": number, "ВидДисконтнойКарты_Key": demo.CARD_KIND}
        return values
