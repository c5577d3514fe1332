"""The side door of every double.

Health, faults and journal under ``/__mock__/``, outside the vendor's own API.

A double adds its own ``act``, ``seed`` and ``settings``; their shape is shared here too, so that a
test drives every
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

    ``op`` is the vendor's name of the operation, ``key`` the external id or id of the entity,
    ``effect`` one of created,
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

    def write(
        self,
        method: str,
        path: str,
        *,
        op: str,
        key: object = "",
        status: int = 200,
        effect: str = "none",
    ) -> None:
        """Append one call. ``path`` must carry no secret and ``key`` no personal datum."""
        at = datetime.now(UTC).isoformat()
        number = len(self._entries) + 1
        self._entries.append(
            JournalEntry(
                n=number,
                at=at,
                method=method,
                path=path,
                op=op,
                key=str(key),
                status=status,
                effect=effect,
            )
        )

    def since(self, number: int) -> list[JournalEntry]:
        """Return the entries after entry ``number``."""
        return self._entries[max(number, 0) :]

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        return len(self._entries)


class SideDoor:
    """The handlers of the shared routes over one double's plan, journal and own actions."""

    def __init__(
        self, plan: FaultPlan, journal: Journal, *, act: Action, seed: Action, settings: Action
    ) -> None:
        """Keep what the handlers work on."""
        self._plan = plan
        self._journal = journal
        self._act = act
        self._seed = seed
        self._settings = settings

    async def health(self, request: Request) -> Response:
        """Say that the double is up."""
        del request
        return JSONResponse({"ok": True})

    async def faults(self, request: Request) -> Response:
        """Replace the fault plan, or show it and what fired."""
        if request.method == "POST":
            body = await _object(request)
            try:
                rules = [FaultRule.from_json(row) for row in body.get("rules", [])]
            except FaultInvalid as error:
                raise SideDoorRefused(str(error)) from error
            self._plan.set_rules(rules, seed=int(body.get("seed", 0)))
        return JSONResponse(self._plan.as_json())

    async def journal(self, request: Request) -> Response:
        """Show the journal after entry ``since``."""
        rows = self._journal.since(int(request.query_params.get("since", "0")))
        following = rows[-1].n if rows else self._journal.last
        return JSONResponse({"entries": [asdict(row) for row in rows], "next": following})

    async def act(self, request: Request) -> Response:
        """Do one action, or several in order."""
        body = await _object(request)
        if "actions" not in body:
            return JSONResponse(await self._act(body))
        return JSONResponse({"results": [await self._act(action) for action in body["actions"]]})

    async def seed(self, request: Request) -> Response:
        """Load a state."""
        return JSONResponse(await self._seed(await _object(request)))

    async def settings(self, request: Request) -> Response:
        """Change switches."""
        return JSONResponse(await self._settings(await _object(request)))


def side_door(
    plan: FaultPlan,
    journal: Journal,
    *,
    act: Action,
    seed: Action,
    settings: Action,
    show_settings: Action | None = None,
) -> list[Route]:
    """Return the routes of the side door.

    ``act`` gets one action at a time, also when the request holds ``actions``; the others get the
    whole body. ``show_settings`` answers a GET of the settings, which is refused without it.
    """
    door = SideDoor(plan, journal, act=act, seed=seed, settings=settings)
    routes = [
        _route("health", door.health, "GET"),
        _route("faults", door.faults, "GET", "POST"),
        _route("journal", door.journal, "GET"),
        _route("act", door.act, "POST"),
        _route("seed", door.seed, "POST"),
        _route("settings", door.settings, "POST"),
    ]
    if show_settings is not None:
        routes.append(_route("settings", _shower(show_settings), "GET"))
    return routes


def _shower(show: Action) -> Callable[[Request], Awaitable[Response]]:
    async def _show(request: Request) -> Response:
        del request
        return JSONResponse(await show({}))

    return _show


def _route(name: str, handler: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    return Route(SIDE_DOOR_PREFIX + name, _guarded(handler), methods=list(methods))


def _guarded(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
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
