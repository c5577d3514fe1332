"""The HTTP services that the double publishes."""

from __future__ import annotations

from starlette.routing import Route

from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.endpoint import Published, http_service_routes
from mocks.onec.hs.loyalty_server import LoyaltyServer
from mocks.onec.hs.points import PointBook
from mocks.onec.infobase import Infobase


def hs_routes(infobase: Infobase) -> list[Route]:
    """Return the routes of the HTTP services over an infobase."""
    server = LoyaltyServer(PointBook(CardBook(infobase)))
    return http_service_routes(infobase, [Published(server.service())])
