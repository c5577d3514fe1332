"""Lists of the site extension: ascending pages whose cursor resumes later (reference 10.10)."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from mocks.bitrix.clock import seconds_of
from mocks.bitrix.errors import refuse
from mocks.bitrix.gateway_rules import Args, Spec, canonical, refuse_argument
from mocks.bitrix.table import Row, Table

_PAGE_MAX = 500
_PAGE_DEFAULT = 50
_MISFIT = "Cursor does not fit the filter"

LIST_SPEC: Spec = {"filter": "map", "cursor": "text:400", "limit": "id"}


def window(
    table: Table,
    letter: str,
    args: Args,
    *,
    since: str = "",
    keep: Callable[[Row], bool],
    show: Callable[[Row], Any],
) -> dict[str, Any]:
    """Return one page in ascending (time stamp, id).

    The cursor is there on the last page too and resumes after it.

    Raises:
        RestRefused: ``GW_CURSOR``, the cursor belongs to another filter; ``GW_ARGUMENT``, a limit
        outside 1-500.
    """
    limit = args.get("limit", _PAGE_DEFAULT)
    if not 1 <= limit <= _PAGE_MAX:
        refuse_argument("limit", "1 to 500")
    mark = f"{zlib.crc32(canonical(args.get('filter', {})).encode()):08x}"
    cursor = args.get("cursor")
    rows: Iterable[Row]
    if cursor:
        unix, after = _opened(cursor, letter, mark)
        rows = table.from_stamp(_stamp(table, unix), after)
    else:
        rows = table.from_stamp(since)
    found = list(islice((row for row in rows if keep(row)), limit + 1))
    items = found[:limit]
    if items:
        last = items[-1]
        cursor = _sealed(f"{letter}:{seconds_of(last[table.ordered])}:{last[table.key]}:{mark}")
    elif not cursor:
        cursor = _sealed(f"{letter}:0:0:{mark}")
    return {
        "items": [show(row) for row in items],
        "cursor": cursor,
        "hasMore": "Y" if len(found) > limit else "N",
    }


def _stamp(table: Table, unix: int) -> str:
    """Return a cursor's second in the site's writing; the zone is that of the rows."""
    if unix == 0:
        return ""
    sample = next(iter(table), None)
    zone = datetime.fromisoformat(sample[table.ordered]).tzinfo if sample is not None else None
    return datetime.fromtimestamp(unix, zone).isoformat() if zone is not None else ""


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str, letter: str, mark: str) -> tuple[int, Any]:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        kind, unix, key, written = base64.urlsafe_b64decode(padded).decode().split(":")
        place = int(unix), key if letter == "c" else int(key)
    except ValueError:
        refuse("GW_CURSOR", _MISFIT)
    if (kind, written) != (letter, mark):
        refuse("GW_CURSOR", _MISFIT)
    return place
