"""A record of EnterpriseData that cannot be read, among others that can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from connectors.onec.enterprise import EnterpriseData
from connectors.onec.enterprise_feed import MessageFeed
from connectors.onec.translator_enterprise_order import Sales
from connectors.onec.wire_enterprise import Message, Numbers, Tree
from gateway.canonical import Kind

_CARD = "Справочник.ДисконтныеКарты"
GOOD = "cccc0001-2222-11ee-8c3a-00155d010203"
BAD = "cccc0002-2222-11ee-8c3a-00155d010203"


@dataclass
class OneMessage:
    """An exchange that has one message."""

    message: Message

    async def fetch(self, wanted: frozenset[str]) -> Message:
        """Return it."""
        assert _CARD in wanted
        return self.message


async def test_card_without_a_number_spares_its_neighbour() -> None:
    """One card that nobody can read keeps all others of its message from the site."""
    good: Tree = {"КлючевыеСвойства": {"Ссылка": GOOD, "НомерКарты": "2990000000417"}}
    bad: Tree = {"КлючевыеСвойства": {"Ссылка": BAD}}
    message = Message(Numbers(17, 16), ((_CARD, bad), (_CARD, good)), 2)
    exchange = cast("EnterpriseData", OneMessage(message))
    sales = Sales(ZoneInfo("Europe/Moscow"), "RUB")
    page = await MessageFeed(exchange, Kind.CARD, sales).pull("null", limit=10)

    assert [one.external_id for one in page.items] == [GOOD]
    assert [(one.external_id, one.error.path) for one in page.rejected] == [
        (BAD, f"{_CARD}/КлючевыеСвойства/НомерКарты")
    ]
