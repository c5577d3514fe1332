"""The side door of every double: health, faults and journal under ``/__mock__/``, outside the vendor's own API.

A double adds its own ``act``, ``seed`` and ``settings``; their shape is shared here too, so that a test drives every
double the same way.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.faults import SIDE_DOOR_PREFIX, FaultInvalid, FaultPlan, FaultRule

Action = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class SideDoorRefused(Exception):
    """A side-door request that makes no sense; the text names the field and the remedy."""


@dataclass(frozen=True)
class JournalEntry:
    """One call that reached the double. Holds no personal data.

    ``op`` is the vendor's name of the operation, ``key`` the external id or id of the entity, ``effect`` one of created,
    changed, unchanged, none, refused.
    """

    n: int
    at: str
    method: str
    path: str
    op: str
    key: str
    status: int
    effect: str


class Journal:
    """What the double was asked to do, in order, kept in memory."""

    def __init__(self) -> None:
        """Start empty; entries count from 1."""
        self._entries: list[JournalEntry] = []

    def write(self, method: str, path: str, *, op: str, key: object = "", status: int = 200, effect: str = "none") -> None:
        """Append one call. ``path`` must carry no secret and ``key`` no personal datum."""
        at = datetime.now(UTC).isoformat()
        number = len(self._entries) + 1
        self._entries.append(
            JournalEntry(n=number, at=at, method=method, path=path, op=op, key=str(key), status=status, effect=effect)
        )

    def since(self, number: int) -> list[JournalEntry]:
        """Return the entries after entry ``number``."""
        return self._entries[max(number, 0) :]

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        return len(self._entries)


def side_door(
    plan: FaultPlan, journal: Journal, *, act: Action, seed: Action, settings: Action, show_settings: Action | None = None
) -> list[Route]:
    """Return the routes of the side door.

    ``act`` gets one action at a time, also when the request holds ``actions``; the others get the whole body.
    """

    async def health(request: Request) -> Response:
        del request
        return JSONResponse({"ok": True})

    async def faults(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(plan.as_json())
        body = await _object(request)
        try:
            rules = [FaultRule.from_json(row) for row in body.get("rules", [])]
        except FaultInvalid as error:
            raise SideDoorRefused(str(error)) from error
        plan.set_rules(rules, seed=int(body.get("seed", 0)))
        return JSONResponse(plan.as_json())

    async def entries(request: Request) -> Response:
        since = int(request.query_params.get("since", "0"))
        rows = journal.since(since)
        return JSONResponse({"entries": [asdict(row) for row in rows], "next": rows[-1].n if rows else journal.last})

    async def acted(request: Request) -> Response:
        body = await _object(request)
        if "actions" not in body:
            return JSONResponse(await act(body))
        return JSONResponse({"results": [await act(action) for action in body["actions"]]})

    async def changed(request: Request) -> Response:
        if request.method == "GET" and show_settings is not None:
            return JSONResponse(await show_settings({}))
        return JSONResponse(await settings(await _object(request)))

    async def seeded(request: Request) -> Response:
        return JSONResponse(await seed(await _object(request)))

    def route(name: str, handler: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
        return Route(SIDE_DOOR_PREFIX + name, _guarded(handler), methods=list(methods))

    return [
        route("health", health, "GET"),
        route("faults", faults, "GET", "POST"),
        route("journal", entries, "GET"),
        route("act", acted, "POST"),
        route("seed", seeded, "POST"),
        route("settings", changed, "GET", "POST") if show_settings is not None else route("settings", changed, "POST"),
    ]


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Turn a refusal into a 400 that says what to change."""

    async def _handle(request: Request) -> Response:
        try:
            return await handler(request)
        except SideDoorRefused as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return _handle


async def _object(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        msg = "the body must be JSON"
        raise SideDoorRefused(msg) from error
    if not isinstance(body, dict):
        msg = "the body must be a JSON object"
        raise SideDoorRefused(msg)
    return body
