"""Answers of HTTP services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from mocks.onec.front import BOM
from mocks.onec.hs.cards import stored

JSON = "application/json;charset=utf-8"
TEXT = "text/plain; charset=utf-8"


def json_text(body: Any) -> str:
    """Write JSON the way 1C does: whole sums without a fraction (2.4)."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number)


def json_answer(
    body: Mapping[str, Any], status: int = 200, *, media_type: str = JSON, bom: bool = False
) -> Response:
    """Return a JSON answer, with a BOM when asked."""
    text = json_text(body)
    return Response(f"{BOM}{text}" if bom else text, status, media_type=media_type)


def text_answer(text: str, status: int = 200) -> Response:
    """Return a plain sentence."""
    return Response(text, status, media_type=TEXT)


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return stored(value)
    msg = f"no JSON for {type(value).__name__}"
    raise TypeError(msg)
