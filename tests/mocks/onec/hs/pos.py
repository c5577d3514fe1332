"""A POS API that answers a till by script (vendor reference, 5.6)."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.serving import serve
from tests.mocks.onec.hs.services import BARCODE, CARD, Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

# What tills and servers say to each other; the assertions are its types.
Said: TypeAlias = Any


PRODUCT = "aaaa0001-2222-11ee-8c3a-00155d010203"


HOLD = "401d0001-2b3d-11f0-8c11-00155d0a0b0c"


LINES = [
    {"line_id": "1", "product_id": PRODUCT, "barcode": "4600000000017", "qty": 2, "price": 990.5}
]


FOUND = {"status": "found", "card_id": CARD, "client_name": "Лапина Вера", "available": "350.00"}


CALCULATED = {"lines": [{"line_id": "1", "discount_sum": "81.00", "sum": "1900.00"}]}


HELD = {"hold_id": HOLD, "lines": [{"line_id": "1", "bonus_spend": "100.00"}]}


ANSWERS = {
    "identify": FOUND,
    "calculate": CALCULATED,
    "hold": HELD,
    "commit": {"accrued": "56.00"},
    "cancel": {"released": "100.00"},
    "refund": {"balance": "350.00"},
}


class Target:
    """A POS API that answers by script and remembers what it was asked."""

    def __init__(self) -> None:
        """Answer well."""
        self.answers: dict[str, Said] = dict(ANSWERS)
        self.asked: list[tuple[str, Said]] = []

    async def handle(self, request: Request) -> Response:
        """Answer one call; a number instead of a body is the status."""
        name = request.path_params["name"]
        self.asked.append((name, json.loads(await request.body())))
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0)
        return Response(status_code=answer) if isinstance(answer, int) else JSONResponse(answer)

    @property
    def calls(self) -> list[str]:
        """The names of the calls in order."""
        return [name for name, _ in self.asked]

    def sent(self, name: str) -> Said:
        """What the last call of this name carried."""
        return next(body for called, body in reversed(self.asked) if called == name)


@asynccontextmanager
async def serving(api: Target) -> AsyncIterator[tuple[Target, str]]:
    """Serve a POS API; yield it with its address."""
    app = Starlette(routes=[Route("/pos/{name}", api.handle, methods=["POST"])])
    async with serve(app) as url:
        yield api, f"{url}/pos"


async def sale(services: Services, url: str, **details: Any) -> Said:
    """Sell the teapot twice to the holder of the card, paying 100 points."""
    body = {"url": url, "code": BARCODE, "lines": LINES, "bonus": 100} | details
    return await services.act("till.sale", **body)
