"""Writing of orders: many orders' commands in one batch, each order's outcome on its own.

A creation is looked up by its key first, as the shop does not refuse a second order with the
same external id (reference 10.3). What was found is left as it is: the core reads it, and what a
cut left out is told as an edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Order
from gateway.canonical.paths import spoken
from gateway.contract import (
    Blame,
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Observed,
    Outcome,
    OutcomeUnknown,
    Unsupported,
    Written,
)

from .batch import Answer, Command, Result
from .client import BitrixClient
from .config import BitrixSettings
from .customers import unreadable
from .errors import ORDER_MISSING, VendorRefused
from .held_order import held_order
from .order_plan import OrderPlan, needs_reading
from .order_properties import PropertyIds, property_ids
from .orders import OwnVersions, coupon_codes, coupons_of
from .translator_order import order_from_wire
from .values import is_id
from .wire import WireOrder, WireOrderRow, WirePropertyDefinition

PAGE = 50


@dataclass(slots=True)
class OrderWriter:
    """Writer for orders."""

    client: BitrixClient
    settings: BitrixSettings
    own: OwnVersions
    _properties: PropertyIds | None = None

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce to what the shop holds; see ``held_order``."""
        return held_order(entity, known, self.settings)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Create and edit orders; see ``EntityWriter.write``."""
        writing = _Writing(self.client, self.settings, self.own, changes)
        existing = await self.find([c.key for c in changes if c.external_id is None])
        await writing.read(existing)
        if writing.needs_properties:
            writing.properties = await self.properties()
        return await writing.send()

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up orders by external id; of several with one key the oldest counts."""
        found: dict[str, str] = {}
        asked = list(dict.fromkeys(keys))
        for start in range(0, len(asked), PAGE):
            await self._find(asked[start : start + PAGE], found)
        return found

    async def _find(self, keys: Sequence[str], found: dict[str, str]) -> None:
        last = "0"
        while True:
            params = {
                "filter": {"@xmlId": list(keys), ">id": last},
                "select": ["id", "xmlId", "dateUpdate"],
                "order": {"id": "ASC"},
                "start": -1,
            }
            answer = await self.client.call("sale.order.list", params)
            rows = [WireOrderRow.model_validate(row) for row in answer.get("orders", [])]
            for row in rows:
                if row.xml_id not in keys:
                    msg = "the shop ignores the filter by xmlId: update its module sale"
                    raise Unsupported(msg, operation="sale.order.list", blame=Blame.OPERATOR)
                found.setdefault(row.xml_id or "", row.id)
            if len(rows) < PAGE:
                return
            last = rows[-1].id

    async def properties(self) -> PropertyIds:
        """Return the ids of the shop's order properties, read once."""
        if self._properties is None:
            definitions: list[WirePropertyDefinition] = []
            while True:
                params = {
                    "filter": {">id": definitions[-1].id if definitions else "0"},
                    "select": ["id", "personTypeId", "code", "active"],
                    "order": {"id": "ASC"},
                    "start": -1,
                }
                answer = await self.client.call("sale.property.list", params)
                rows = [
                    WirePropertyDefinition.model_validate(row)
                    for row in answer.get("properties", [])
                ]
                definitions += rows
                if len(rows) < PAGE:
                    break
            self._properties = property_ids(definitions)
        return self._properties


@dataclass(slots=True)
class _Writing:
    """One ``write``: plans by place, then commands in order, then outcomes by place."""

    client: BitrixClient
    settings: BitrixSettings
    own: OwnVersions
    changes: Sequence[Change[Order]]
    properties: PropertyIds = field(default_factory=dict)
    _ids: dict[int, str] = field(default_factory=dict)
    _current: dict[int, WireOrder] = field(default_factory=dict)
    _outcomes: dict[int, Outcome[Order]] = field(default_factory=dict)

    @property
    def needs_properties(self) -> bool:
        """Tell whether any change touches more than an order's own fields."""
        return any(needs_reading(change) for change in self.changes)

    async def read(self, existing: Mapping[str, str]) -> None:
        """Set aside creations that exist, and read the orders whose parts are to be compared."""
        wanted: dict[int, Command] = {}
        for place, change in enumerate(self.changes):
            if change.external_id is None:
                if change.key in existing:
                    self._outcomes[place] = Exists(existing[change.key])
                continue
            self._ids[place] = change.external_id
            if not is_id(change.external_id):
                self._outcomes[place] = Failed(_missing())
            elif needs_reading(change):
                wanted[place] = Command("sale.order.get", {"id": change.external_id})
        if not wanted:
            return
        results = await self.client.run(list(wanted.values()), repeatable=True)
        for place, result in zip(wanted, results, strict=True):
            self._keep(place, result)

    def _keep(self, place: int, result: Result) -> None:
        if isinstance(result, VendorRefused) and result.refusal.code == ORDER_MISSING:
            self._outcomes[place] = Failed(_missing())
            return
        try:
            self._current[place] = WireOrder.model_validate(self.client.value(result)["order"])
        except ValidationError as error:
            self._outcomes[place] = Failed(unreadable(error, "sale.order.get"))
        except ConnectorError as error:
            self._outcomes[place] = Failed(error)

    async def send(self) -> list[Outcome[Order]]:
        """Send all plans and return one outcome per change."""
        plans = self._plans()
        commands = [command for plan in plans.values() for command in plan.commands]
        ids = [self._ids[place] for place in plans if place in self._ids]
        asked = coupons_of(ids) if ids and self.settings.asks_for_coupons else None
        if asked is not None:
            commands.append(asked)
        if commands:
            found = await self.client.run(commands, repeatable=False)
            results = dict(zip(commands, found, strict=True))
            coupons = _coupons(results[asked]) if asked is not None else {}
            for place, plan in plans.items():
                self._outcomes[place] = self._outcome(place, plan, results, coupons)
        return [self._outcomes[place] for place in range(len(self.changes))]

    def _plans(self) -> dict[int, OrderPlan]:
        plans: dict[int, OrderPlan] = {}
        for place, change in enumerate(self.changes):
            if place in self._outcomes:
                continue
            plan = OrderPlan(change, self._current.get(place), self.settings, self.properties)
            try:
                plans[place] = plan.make()
            except ConnectorError as error:
                self._outcomes[place] = Failed(error)
        return plans

    def _outcome(
        self,
        place: int,
        plan: OrderPlan,
        results: Mapping[Command, Result],
        coupons: Mapping[str, Sequence[str]] | None,
    ) -> Outcome[Order]:
        error = self._first_error(plan, results)
        last = results[plan.commands[-1]]
        observed = self._observed(last, coupons) if isinstance(last, Answer) else None
        if error is not None and (observed is None or _differs(plan.change, observed.entity)):
            return Failed(self._certain(error, plan, results))
        if observed is None:
            # Everything was answered but the whole order could not be read: it is read again later.
            return self._written(place, plan, results)
        is_created = plan.created is not None
        if coupons is None and not is_created:
            self.own.note(observed.external_id, None)
            return Written(observed.external_id, version=observed.version)
        self.own.note(observed.external_id, observed.version)
        return Written(
            observed.external_id,
            held=observed.entity,
            version=observed.version,
            created=is_created,
        )

    def _certain(
        self, error: ConnectorError, plan: OrderPlan, results: Mapping[Command, Result]
    ) -> ConnectorError:
        """Return the error, or that of an open outcome when the order was made all the same.

        It is then found by its key, and the edit of what it lacks is refused by its own name.
        """
        if plan.created is None or not isinstance(results[plan.created], Answer):
            return error
        return OutcomeUnknown(
            f"the order was made, but not all of it: {error.reason}",
            operation=error.operation,
            vendor_code=error.vendor_code,
        )

    def _written(
        self, place: int, plan: OrderPlan, results: Mapping[Command, Result]
    ) -> Written[Order]:
        if plan.created is None:
            return Written(self._ids[place])
        added = self.client.value(results[plan.created])["order"]
        return Written(str(added["id"]), created=True)

    def _first_error(
        self, plan: OrderPlan, results: Mapping[Command, Result]
    ) -> ConnectorError | None:
        for command in plan.commands:
            result = results[command]
            if isinstance(result, VendorRefused):
                return self.client.error(result, repeatable=False)
            if not isinstance(result, Answer):
                return result
        return None

    def _observed(
        self, answer: Answer, coupons: Mapping[str, Sequence[str]] | None
    ) -> Observed[Order] | None:
        """Return the order as the shop answered it, ``None`` when the answer cannot be read."""
        try:
            order = WireOrder.model_validate(answer.value["order"])
        except ValidationError:
            return None
        return order_from_wire(order, (coupons or {}).get(order.id, ()), self.settings)


def _coupons(result: Result) -> dict[str, list[str]] | None:
    """Return promo codes by order, ``None`` when they could not be read."""
    return coupon_codes(result.value) if isinstance(result, Answer) else None


def _differs(change: Change[Order], there: Order) -> bool:
    """Tell whether the shop still lacks what was to change.

    A refusal may be a warning after a successful save (reference 2, writing rules).
    """
    wanted: Mapping[str, Any] = spoken(change.entity)
    held = spoken(there)
    paths = set(wanted) if change.known is None else change.changed
    return any(wanted.get(path) != held.get(path) for path in paths)


def _missing() -> Missing:
    return Missing("the order does not exist at the shop", operation="sale.order.get")
