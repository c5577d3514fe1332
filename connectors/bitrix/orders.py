"""Orders of one shop, inbound: the feed by date of change, and reading whole orders in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Order
from gateway.contract import (
    Blame,
    Clock,
    Cursor,
    Observed,
    Page,
    Reading,
    RejectedRecord,
    Unsupported,
)

from .batch import Command
from .client import BitrixClient
from .config import BitrixSettings
from .cursors import OrderCursor
from .customers import unreadable
from .errors import ORDER_MISSING, VendorRefused
from .order_feed import READ_BATCH, OrderFeed
from .translator_order import order_from_wire
from .values import is_id, site_time
from .wire import WireOrder, WireOrderRow

FAR_FUTURE = datetime(2099, 1, 1, tzinfo=UTC)
_OWN_VERSIONS_MAX = 20_000


@dataclass(slots=True)
class OwnVersions:
    """Versions of orders that the gateway's own writes made and whose state it was answered.

    An order that the feed shows in that very version holds nothing that is not known already. Lost
    at a restart, which costs one reading.
    """

    _versions: dict[str, str] = field(default_factory=dict)

    def note(self, order_id: str, version: str | None) -> None:
        """Remember the version that a write ended with."""
        self._versions.pop(order_id, None)
        if version is not None:
            self._versions[order_id] = version
        if len(self._versions) > _OWN_VERSIONS_MAX:
            del self._versions[next(iter(self._versions))]

    def is_own(self, row: WireOrderRow) -> bool:
        """Tell whether a row of the feed is the gateway's own last write."""
        return row.version is not None and self._versions.get(row.id) == row.version


@dataclass(slots=True)
class OrderReader:
    """Polling consumer for orders."""

    client: BitrixClient
    settings: BitrixSettings
    clock: Clock
    own: OwnVersions
    _is_proved: bool = False

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Order]:
        """Return the next page of changed orders; see ``EntityReader.pull``.

        Raises: ``Unsupported`` when the shop ignores the date filter (reference 1.7): a pull would
        then read everything for ever.
        """
        await self.prove_filter()
        if cursor is None and self.settings.orders_from is None:
            return Page([], (await self._from_now()).text(), has_more=False)
        if cursor is None:
            start = site_time(self.settings.orders_from or FAR_FUTURE, self.settings.zone())
            at = OrderCursor(at=start, low=start, since=self.clock.now().timestamp())
        else:
            at = OrderCursor.parse(cursor)
        feed = OrderFeed(self.client, self.settings, self.clock)
        step = await feed.step(at, limit=limit)
        fresh = [row for row in step.fresh if not self.own.is_own(row)]
        reading = await self.get([row.id for row in fresh])
        return Page(
            reading.items,
            step.cursor.text(),
            has_more=step.has_more,
            rejected=[*step.rejected, *reading.rejected],
            echoes=len(step.fresh) - len(fresh),
        )

    async def prove_filter(self) -> None:
        """Prove once that the date filter works: a date far ahead must give no rows."""
        if self._is_proved:
            return
        answer = await self.client.call(
            "sale.order.list",
            {
                "filter": {">=dateUpdate": site_time(FAR_FUTURE, self.settings.zone())},
                "select": ["id"],
                "order": {"id": "ASC"},
                "start": -1,
            },
        )
        if answer.get("orders"):
            msg = "the shop ignores the filter by dateUpdate: update its module sale"
            raise Unsupported(msg, operation="sale.order.list", blame=Blame.OPERATOR)
        self._is_proved = True

    async def _from_now(self) -> OrderCursor:
        now = str(await self.client.call("server.time"))
        return OrderCursor(at=now, low=now, since=self.clock.now().timestamp())

    async def get(self, external_ids: Sequence[str]) -> Reading[Order]:
        """Read whole orders, up to 49 in one call; see ``EntityReader.get``."""
        ids = [order_id for order_id in dict.fromkeys(external_ids) if is_id(order_id)]
        rows: dict[str, Any] = {}
        coupons: dict[str, list[str]] = {}
        for start in range(0, len(ids), READ_BATCH):
            found, codes = await self._read(ids[start : start + READ_BATCH])
            rows |= found
            coupons |= codes
        items, rejected = self.translated(rows, coupons)
        missing = [order_id for order_id in external_ids if order_id not in rows]
        return Reading(items, missing, rejected)

    async def _read(self, ids: Sequence[str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
        commands = {order_id: Command("sale.order.get", {"id": order_id}) for order_id in ids}
        asked = coupons_of(ids) if self.settings.asks_for_coupons else None
        every = [*commands.values(), *([asked] if asked else [])]
        results = dict(zip(every, await self.client.run(every, repeatable=True), strict=True))
        rows: dict[str, Any] = {}
        for order_id, command in commands.items():
            result = results[command]
            if isinstance(result, VendorRefused) and result.refusal.code == ORDER_MISSING:
                continue
            rows[order_id] = self.client.value(result)["order"]
        return rows, coupon_codes(self.client.value(results[asked])) if asked else {}

    def translated(
        self, rows: Mapping[str, Any], coupons: Mapping[str, Sequence[str]]
    ) -> tuple[list[Observed[Order]], list[RejectedRecord]]:
        """Translate orders as read; one that cannot be read never hides its neighbours."""
        items: list[Observed[Order]] = []
        rejected: list[RejectedRecord] = []
        for order_id, row in rows.items():
            try:
                order = WireOrder.model_validate(row)
                items.append(order_from_wire(order, coupons.get(order_id, ()), self.settings))
            except ValidationError as error:
                rejected.append(RejectedRecord(order_id, unreadable(error, "sale.order.get")))
        return items, rejected


def coupons_of(ids: Iterable[str]) -> Command:
    """Return the command that reads the promo codes used by orders."""
    return Command("gateway.order.coupons", {"orderIds": list(ids)})


def coupon_codes(answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the promo codes by order id."""
    codes: dict[str, list[str]] = {}
    for row in answer["items"]:
        codes.setdefault(str(row["orderId"]), []).append(str(row["code"]))
    return codes
