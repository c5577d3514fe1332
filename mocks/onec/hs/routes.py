"""The HTTP services that the double publishes, and what the side door does in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.endpoint import Published, http_service_routes
from mocks.onec.hs.loyalty_server import LoyaltyServer
from mocks.onec.hs.points import PointBook
from mocks.onec.infobase import Infobase
from mocks.sidedoor import SideDoorRefused

Body = Mapping[str, Any]


class HttpServices:
    """The services over one infobase."""

    def __init__(self, infobase: Infobase) -> None:
        """Start the services with nothing blocked."""
        self._infobase = infobase
        self._server = LoyaltyServer(PointBook(CardBook(infobase)))
        self._actions = {"loyalty.receipt_arrives": self._receipt_arrives}

    def routes(self) -> list[Route]:
        """Return the routes under ``/hs/``."""
        return http_service_routes(self._infobase, [Published(self._server.service())])

    def knows(self, body: Body) -> bool:
        """Tell whether an action of the side door belongs here."""
        return body.get("action") in self._actions

    async def act(self, body: Body) -> Body:
        """Do one action.

        Raises:
            SideDoorRefused: the action makes no sense now.
        """
        return self._actions[body["action"]](body)

    def _receipt_arrives(self, body: Body) -> Body:
        """Let the receipt of earlier write-offs of a card arrive by exchange (2.5)."""
        card = self._server.cards.card(str(body.get("card", "")))
        if card is None:
            msg = "card must be the GUID of a card"
            raise SideDoorRefused(msg)
        return {"settled": float(self._server.locks.settle(card))}
