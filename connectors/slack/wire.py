"""Wire: the vendor's answers, in its spelling (reference, 5.5)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PostedWire(BaseModel):
    """Answer of ``chat.postMessage``; a failure says ``ok`` false with HTTP 200."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    ok: bool = False
    error: str = ""
    channel: str = ""
    ts: str = ""
