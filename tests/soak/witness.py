"""Witness: both doubles in this process, and every value that a call of the gateway left there.

What a call did is noted at the moment when the double begins to answer it, before any other call
can run, so no value is missed that was there between two calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mocks.bitrix.app import BitrixSettings, Double
from mocks.bitrix.app import describe as describe_site
from mocks.faults import FaultPlan
from mocks.retailcrm.account import Account
from mocks.retailcrm.app import RetailCrmSettings
from mocks.retailcrm.app import build_app as build_crm
from mocks.retailcrm.app import describe as describe_crm
from mocks.serving import serve
from mocks.sidedoor import side_door

Values = dict[str, int]


@dataclass(slots=True)
class Witness:
    """Notes how a value of each order changes; ``seen`` maps an order's number to its story.

    The value must be one that nobody but the gateway writes at this vendor.
    """

    app: ASGIApp
    api: str
    look: Callable[[], Values]
    seen: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http" or not scope["path"].startswith(self.api):
            await self.app(scope, receive, send)
            return

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note()
            await send(message)

        await self.app(scope, receive, note)

    def _note(self) -> None:
        for number, value in self.look().items():
            story = self.seen[number]
            if not story or story[-1] != value:
                story.append(value)

    def steps(self) -> int:
        """Count all changes so far."""
        return sum(len(story) for story in self.seen.values())

    def backwards(self) -> dict[str, list[int]]:
        """Return the stories in which a value is followed by a smaller one."""
        return {number: story for number, story in self.seen.items() if story != sorted(story)}


@dataclass(slots=True)
class Vendors:
    """The served doubles, what the gateway must know of them, and their witnesses."""

    about: dict[str, Any]
    site: Witness
    crm: Witness


@asynccontextmanager
async def vendors() -> AsyncIterator[Vendors]:
    """Serve a shop whose comments, and a CRM whose quantities, are watched."""
    shop, crm = Double(BitrixSettings()), build_crm(RetailCrmSettings())
    account: Account = crm.state.account
    site = Witness(_site_app(shop), "/rest/", lambda: _comments(shop.site.orders))
    desk = Witness(crm, "/api/", lambda: _quantities(account))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(shop.sender.close)
        site_url = await stack.enter_async_context(serve(site))
        crm_url = await stack.enter_async_context(serve(desk))
        about = {
            "bitrix": describe_site(shop.settings, site_url),
            "retailcrm": dict(describe_crm(account.settings, crm_url)),
        }
        yield Vendors(about, site, desk)


def _site_app(shop: Double) -> Starlette:
    """Return the double's own routes over a shop that the test can look into."""
    return Starlette(
        routes=[
            Route("/rest/{tail:path}", shop.rest, methods=["GET", "POST"]),
            *side_door(
                FaultPlan(), shop.journal,
                act=shop.act, seed=shop.seed, settings=shop.change_settings,
                show_settings=shop.show_settings,
            ),
        ]
    )  # fmt: skip


def _comments(rows: Iterable[dict[str, Any]]) -> Values:
    """Return the manager's comment of each order of the site, which counts upwards."""
    return {str(row["accountNumber"]): int(row["comments"] or 0) for row in rows}


def _quantities(account: Account) -> Values:
    """Return the quantity in the one line of each order of the CRM, which counts upwards."""
    return {
        str(order.values["number"]): int(order.items[0].values["quantity"])
        for order in account.orders.by_id.values()
    }
