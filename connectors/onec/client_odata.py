"""OData client: sets, objects, virtual tables and the functions of exchange plans (OData v3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.contract import HttpClient

from .atom import Packet, packet_of
from .config import Node, OData, OneCSettings
from .errors import checked, json_of
from .values import guid

Row = Mapping[str, Any]
ROOT = "odata/standard.odata"
_FORMAT = ("$format", "application/json;odata=nometadata")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ODataClient:
    """Calls of one base."""

    http: HttpClient
    settings: OneCSettings
    odata: OData

    async def rows(
        self,
        entity: str,
        *,
        where: str = "",
        order: str = "",
        top: int | None = None,
        skip: int = 0,
        allowed_only: bool = True,
        select: Sequence[str] = (),
    ) -> Sequence[Row]:
        """Read rows of a set or of a virtual table; without ``top`` all of them."""
        query = [_FORMAT]
        if where:
            query.append(("$filter", where))
        if order:
            query.append(("$orderby", order))
        if select:
            query.append(("$select", ",".join(select)))
        if top is not None:
            query += [("$top", str(top)), ("$skip", str(skip))]
        if allowed_only:
            # One row that the user may not see would otherwise refuse them all (1.4).
            query.append(("allowedOnly", "true"))
        told = await self._json("GET", entity, query)
        rows = told.get("value")
        return [one for one in rows or [] if isinstance(one, Mapping)]

    async def table(self, entity: str, function: str, **parameters: str) -> Sequence[Row]:
        """Read a virtual table; parameters are literals as 1C writes them."""
        inside = ",".join(f"{name}={value}" for name, value in parameters.items())
        told = await self._json("GET", f"{entity}/{function}({inside})", [_FORMAT])
        rows = told.get("value")
        return [one for one in rows or [] if isinstance(one, Mapping)]

    async def get(self, entity: str, ref: str) -> Row:
        """Read an object. Raises ``Missing``."""
        return await self._json("GET", f"{entity}({guid(ref)})", [_FORMAT])

    async def create(self, entity: str, fields: Row) -> Row:
        """Create an object whose reference is in ``fields``: a repeat is refused as ``exists``."""
        return await self._write("POST", entity, fields, repeatable=False)

    async def patch(self, entity: str, ref: str, fields: Row, *, version: str | None) -> Row:
        """Set fields of an object; a tabular section is replaced as a whole.

        ``version`` goes along, though not every server heeds it (1.6).
        """
        headers = {}
        if version and self.odata.sends_if_match:
            headers["If-Match"] = version
        path = f"{entity}({guid(ref)})"
        return await self._write("PATCH", path, fields, repeatable=False, headers=headers)

    async def post(self, entity: str, ref: str, *, repeatable: bool = True) -> None:
        """Post a document; posting one that is posted posts it anew."""
        path = f"{ROOT}/{entity}({guid(ref)})/Post"
        response = await self.http.call(
            "POST",
            path,
            operation=f"{entity}/Post",
            repeatable=repeatable,
            query=[("PostingModeOperational", "false")],
            content=b"",
        )
        checked(response, operation=f"{entity}/Post", repeatable=repeatable)

    async def unpost(self, entity: str, ref: str) -> None:
        """Take a document's posting back."""
        operation = f"{entity}/Unpost"
        response = await self.http.call(
            "POST",
            f"{ROOT}/{entity}({guid(ref)})/Unpost",
            operation=operation,
            repeatable=True,
            content=b"",
        )
        checked(response, operation=operation, repeatable=True)

    async def received(self, node: Node) -> int:
        """Return the number of the last message that was confirmed for a node."""
        row = await self.get(f"ExchangePlan_{node.plan}", node.id.lower())
        return int(str(row.get("ReceivedNo") or "0"))

    async def changes(self, node: Node, message: int) -> Packet:
        """Select what changed for a node under a message number; it stays until confirmed (1.9)."""
        response = await self.http.call(
            "POST",
            f"{ROOT}/SelectChanges",
            operation="SelectChanges",
            repeatable=True,
            query=self._point(node, message),
            content=b"",
        )
        body = checked(response, operation="SelectChanges", repeatable=True)
        return packet_of(body, operation="SelectChanges")

    async def confirm(self, node: Node, message: int) -> None:
        """Confirm a message: what was selected by it or before is not sent again."""
        response = await self.http.call(
            "POST",
            f"{ROOT}/NotifyChangesReceived",
            operation="NotifyChangesReceived",
            repeatable=True,
            query=self._point(node, message),
            content=b"",
        )
        checked(response, operation="NotifyChangesReceived", repeatable=True)

    async def entities(self) -> set[str]:
        """Return the names of what is published."""
        told = await self._json("GET", "", [("$format", _JSON)])
        rows = told.get("value")
        named = [one for one in rows or [] if isinstance(one, Mapping)]
        return {str(one.get("name") or one.get("url")) for one in named}

    def now(self, moment: datetime) -> str:
        """Write a moment as a parameter in the base's own time."""
        text = moment.astimezone(self.settings.zone).replace(tzinfo=None, microsecond=0)
        return f"datetime'{text.isoformat()}'"

    def _point(self, node: Node, message: int) -> list[tuple[str, str]]:
        root = f"{(self.settings.url or '').rstrip('/')}/{ROOT}"
        point = f"'{root}/ExchangePlan_{node.plan}({guid(node.id.lower())})'"
        return [("DataExchangePoint", point), ("MessageNo", str(message))]

    async def _json(self, method: str, path: str, query: Sequence[tuple[str, str]]) -> Row:
        operation = path.partition("(")[0] or "service"
        response = await self.http.call(
            method,
            f"{ROOT}/{path}" if path else f"{ROOT}/",
            operation=operation,
            repeatable=True,
            query=query,
            headers={"Accept": _JSON},
        )
        return json_of(response, operation=operation, repeatable=True)

    async def _write(
        self,
        method: str,
        path: str,
        fields: Row,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
    ) -> Row:
        operation = f"{method} {path.partition('(')[0]}"
        response = await self.http.call(
            method,
            f"{ROOT}/{path}",
            operation=operation,
            repeatable=repeatable,
            query=[_FORMAT],
            content=json.dumps(fields, ensure_ascii=False, default=_exact).encode(),
            headers={"Accept": _JSON, "Content-Type": _JSON, **(headers or {})},
        )
        return json_of(response, operation=operation, repeatable=repeatable)


def _exact(value: object) -> object:
    """Write an exact number as one: 1C reads its digits (Edm.Double)."""
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return int(value) if whole else float(value)
    msg = f"{type(value).__name__} has no JSON form"
    raise TypeError(msg)
