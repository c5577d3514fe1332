"""The HTTP services that the double publishes, and what the side door does in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.routing import Route

from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.custom import CustomService
from mocks.onec.hs.endpoint import Published, http_service_routes
from mocks.onec.hs.exchange_dsl import ExchangeService
from mocks.onec.hs.loyalty_server import LoyaltyServer
from mocks.onec.hs.points import PointBook
from mocks.onec.hs.till_discount import call_discount_server
from mocks.onec.hs.till_loyalty import call_loyalty_server
from mocks.onec.hs.till_pos import PosTill
from mocks.onec.infobase import Infobase
from mocks.onec.soap.discount import DiscountServer
from mocks.onec.soap.loyalty import LoyaltyExchange
from mocks.sidedoor import SideDoorRefused

Body = Mapping[str, Any]


class HttpServices:
    """The services over one infobase; ``loyalty`` is what the custom one shares with SOAP."""

    def __init__(self, infobase: Infobase) -> None:
        """Start the services with nothing blocked."""
        self._infobase = infobase
        cards = CardBook(infobase)
        points = PointBook(cards)
        self.loyalty = LoyaltyExchange(points)
        self._server = LoyaltyServer(points)
        self._published = [
            Published(self._server.service()),
            Published(CustomService(self.loyalty).service(), reuse="manual"),
        ]
        if infobase.settings.configuration == "trade":
            self._published.append(Published(ExchangeService(cards).service()))
        pos = PosTill(infobase)
        discount = DiscountServer(points).service()
        self._actions: Mapping[str, Callable[[Body], Awaitable[Body]]] = {
            "loyalty.receipt_arrives": self._receipt_arrives,
            "till.loyalty": call_loyalty_server,
            "till.discount": lambda body: call_discount_server(discount, body),
            "till.sale": pos.sale,
            "till.refund": pos.refund,
            "till.reconnect": pos.reconnect,
        }

    def routes(self) -> list[Route]:
        """Return the routes under ``/hs/``."""
        return http_service_routes(self._infobase, self._published)

    def knows(self, body: Body) -> bool:
        """Tell whether an action of the side door belongs here."""
        return body.get("action") in self._actions

    async def act(self, body: Body) -> Body:
        """Do one action.

        Raises:
            SideDoorRefused: the action makes no sense now.
        """
        return await self._actions[body["action"]](body)

    async def _receipt_arrives(self, body: Body) -> Body:
        """Let the receipt of earlier write-offs of a card arrive by exchange (2.5)."""
        card = self._server.cards.card(str(body.get("card", "")))
        if card is None:
            msg = "card must be the GUID of a card"
            raise SideDoorRefused(msg)
        return {"settled": float(self._server.locks.settle(card))}
