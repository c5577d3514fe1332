"""People at a base with a customer's own service of cards, as the kit sends them to work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Kind, Money, OrderLine, ProductRef
from gateway.contract import MemberKey, Sale
from gateway.contract.operations import BONUS_POST
from gateway.testing import SideDoorFaults
from mocks.onec import demo

from .conformance_seed import ENTITIES, BaseSeed

BARCODE = "2990000000417"
_NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)


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

    async def member(self, points: int) -> str:
        """Make a partner with points and a card, and return the card's id."""
        self.made += 1
        values = {"Description": "Ежова Анна", "Клиент": True}
        partner = await self.act("object.create", entity=ENTITIES[Kind.CUSTOMER], values=values)
        code = f"29901{self.made:08d}"
        card = await self.act("card.issue", barcode=code, partner=partner["Ref_Key"])
        if points:
            await self.act("points.accrue", partner=partner["Ref_Key"], points=points)
        return str(card["Ref_Key"])

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return a sale of two kettles."""
        line = OrderLine(
            id="1",
            product=ProductRef(external_id=demo.PRODUCT),
            quantity=Decimal(2),
            price=Money.of("990.50"),
        )
        return Sale(
            id=f"K-{number}",
            lines=[line],
            at=_NOON,
            member=None if external_id is None else MemberKey(external_id=external_id),
            points=BonusPoints(points=Decimal(spends)),
        )

    async def points(self, external_id: str) -> Decimal:
        """Return what the service would let the card spend."""
        login = ("Шлюз", "gateway-secret")
        path = f"/ut/hs/loyalty/cards/{external_id}/balance"
        answer = await self.door.get(path, auth=login)
        return Decimal(str(answer.json()["result"]["Available"]))

    async def members(self, phone: str) -> int:
        """Count the partners with a phone."""
        rows = (await self.act("inspect", entity=ENTITIES[Kind.CUSTOMER]))["rows"]
        numbers = [one["НомерТелефона"] for row in rows for one in row["КонтактнаяИнформация"]]
        return numbers.count(phone.removeprefix("+"))


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
