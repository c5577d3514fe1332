"""People at a base with a customer's own service of cards, as the kit sends them to work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.contract.operations import BONUS_POST
from gateway.testing import SideDoorFaults
from mocks.onec import demo

from .conformance_seed import ENTITIES, BaseSeed

BARCODE = "2990000000417"


@dataclass
class ServiceSeed(BaseSeed):
    """A service that knows cards by their barcodes and nothing of our keys."""

    async def held(self, kind: Kind, key: str) -> int:
        """Count the cards with the number of the sample of a key."""
        number = f"28{int(key[-11:]):011d}"
        found = await self.act("inspect", entity=ENTITIES[kind], where={"Штрихкод": number})
        return len(found["rows"])

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return points for the card of the demonstration's only buyer."""
        known = {"Штрихкод": BARCODE}
        found = await self.act("inspect", entity=ENTITIES[Kind.CARD], where=known)
        if not found["rows"]:
            await self.act("card.issue", barcode=BARCODE, partner=demo.PARTNER, kind=demo.CARD_KIND)
        payload = await super().payload(operation, number)
        return {**payload, "customer_external_id": BARCODE}


class SoapFaults(SideDoorFaults):
    """All operations have one address: points are posted by the second call, after the card's."""

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the next writing call; see ``Faults``."""
        if what != BONUS_POST:
            await super().cut(what, after=after)
            return
        rule = {"path": self.writes[what], "method": "POST", "times": 1}
        passed = {**rule, "kind": "delay", "delay_s": 0.0}
        await self._script(passed, {**rule, "kind": "cut_after" if after else "cut_before"})
