"""What people and background jobs do in the infobase, driven through the side door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.sidedoor import SideDoorRefused


def act(infobase: Infobase, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Do one action.

    Raises:
        SideDoorRefused: no such action.
    """
    action = body.get("action")
    if action == "clock.freeze":
        infobase.clock.freeze(body.get("at"))
        return {"now": infobase.now()}
    msg = f"no action is called {action}"
    raise SideDoorRefused(msg)
