"""Rules of the site extension ``gateway.*``: strict arguments, idempotency keys, lists with cursors (reference 10.10)."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from mocks.bitrix.clock import SiteClock, is_date, seconds_of
from mocks.bitrix.errors import RestRefused
from mocks.bitrix.params import php_array
from mocks.bitrix.rest import Answer, Call, Handler
from mocks.bitrix.table import Row, Table

ITEM_LIMIT = 500
_PAGE_MAX = 500
_PAGE_DEFAULT = 50
_NESTED_LIST_MAX = 10_000

Args = dict[str, Any]
Spec = Mapping[str, str]
Run = Callable[[Call, Args], dict[str, Any]]

_PATTERNS = {
    "key": re.compile(r"[A-Za-z0-9._:-]{1,64}"),
    "money": re.compile(r"-?\d{1,12}(\.\d{1,2})?"),
    "phone": re.compile(r"\+[1-9]\d{6,14}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "flag": re.compile(r"[YN]"),
}


def argument(name: str, text: str = "Bad value") -> RestRefused:
    """Refuse a parameter; ``argument`` names it."""
    return RestRefused("GW_ARGUMENT", text, argument=name)


def not_found(entity: str) -> RestRefused:
    """Refuse a call about an entity that is not there."""
    return RestRefused("GW_NOT_FOUND", f"{entity} not found", 404)


def read(sent: Mapping[str, Any], spec: Spec, clock: SiteClock, prefix: str = "") -> Args:
    """Read parameters by their kinds; a star marks what is compulsory, a question mark what null may clear.

    Raises:
        RestRefused: ``GW_ARGUMENT``, a parameter is unknown, missing or not of its kind.
    """
    for name in sent:
        if name not in spec:
            raise argument(prefix + name, "Unknown parameter")
    found: Args = {}
    for name, kind in spec.items():
        if name not in sent or (sent[name] is None and "?" not in kind):
            if "*" in kind:
                raise argument(prefix + name, "Required parameter")
            continue
        found[name] = _value(sent[name], kind.rstrip("*?"), prefix + name, clock, is_nullable="?" in kind)
    return found


def _value(value: Any, kind: str, name: str, clock: SiteClock, *, is_nullable: bool) -> Any:  # noqa: PLR0911 - one line per kind
    if is_nullable and value is None:
        return None
    kind, _, detail = kind.partition(":")
    if kind == "id":
        return _id(value, name)
    if kind == "map":
        if value == []:
            return {}
        return value if isinstance(value, dict) else _refuse(name)
    if kind in {"ids", "texts", "maps"}:
        return [_item(item, kind, f"{name}[{index}]") for index, item in enumerate(_list(value, name))]
    if not isinstance(value, str):
        raise argument(name)
    if kind in _PATTERNS:
        return value if _PATTERNS[kind].fullmatch(value) else _refuse(name)
    if kind == "moment":
        return _moment(value, name, clock)
    if kind == "date":
        return value if is_date(value) else _refuse(name)
    if kind == "enum":
        return value if value in detail.split("|") else _refuse(name)
    return value if len(value) <= int(detail or 255) else _refuse(name)


def _refuse(name: str) -> Any:
    raise argument(name)


def _id(value: Any, name: str) -> int:
    """Read an id: a JSON number, or its digits where the transport knows texts only (form, batch)."""
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,15}", str(value)):
        raise argument(name)
    return int(value)


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _NESTED_LIST_MAX:
        raise argument(name)
    return value


def _item(value: Any, kind: str, name: str) -> Any:
    if kind == "ids":
        return _id(value, name)
    wanted: type = str if kind == "texts" else dict
    return value if isinstance(value, wanted) else _refuse(name)


def _moment(value: str, name: str, clock: SiteClock) -> str:
    """Read a date-time; it must carry its offset."""
    try:
        if datetime.fromisoformat(value).tzinfo is None or "T" not in value:
            raise argument(name)
    except ValueError as error:
        raise argument(name) from error
    return clock.read(value) or _refuse(name)


def money(text: str) -> Decimal:
    """Return an amount that was read by kind ``money``."""
    return Decimal(text).quantize(Decimal("0.01"))


def shown(amount: Decimal) -> str:
    """Return an amount as the contract writes it."""
    return f"{amount:.2f}"


def bounded(items: list[Any]) -> list[Any]:
    """Refuse more than 500 items in one write."""
    if len(items) > ITEM_LIMIT:
        raise RestRefused("GW_LIMIT", "Too many items", limit=ITEM_LIMIT)
    return items


def reading(spec: Spec, run: Run) -> Handler:
    """Make the handler of a method that changes nothing."""

    def _handle(call: Call) -> Answer:
        return Answer(run(call, read(call.params, spec, call.site.clock)))

    return _handle


def writing(spec: Spec, run: Run) -> Handler:
    """Make the handler of a write: once per idempotency key, the first answer again for a repeat."""
    whole_spec = {"idempotencyKey": "key*", "origin": "text:32", **spec}

    def _handle(call: Call) -> Answer:
        site = call.site
        args = read(call.params, whole_spec, site.clock)
        key = args.pop("idempotencyKey")
        print_of_call = canonical([call.method.lower(), {k: v for k, v in call.params.items() if k != "idempotencyKey"}])
        known = site.operations.get(key)
        if known is not None:
            if known["call"] != print_of_call:
                raise RestRefused("GW_KEY_REUSED", "The key belongs to another call", 409)
            call.did("unchanged", known["key"])
            return Answer({**known["result"], "replayed": "Y"})
        before, site.origin = site.origin, args.pop("origin", "") or "api"
        try:
            call.did("changed", key)
            result = run(call, args)
        finally:
            site.origin = before
        at = site.clock.stamp()
        site.operations[key] = {
            "method": call.method.lower(), "at": at, "result": result, "call": print_of_call, "key": call.key,
        }  # fmt: skip
        return Answer(result)

    return _handle


def canonical(value: Any) -> str:
    """Return a text that is equal for equal parameters, however the transport typed their scalars."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {str(key): _plain(item) for key, item in value.items()}
        return inner if inner else []
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None else str(value)


LIST_SPEC: Spec = {"filter": "map", "cursor": "text:400", "limit": "id"}


def window(
    table: Table, letter: str, args: Args, *, since: str = "", keep: Callable[[Row], bool], show: Callable[[Row], Any]
) -> dict[str, Any]:
    """Return one page in ascending (time stamp, id) with a cursor that resumes after it, also on the last page.

    Raises:
        RestRefused: ``GW_CURSOR``, the cursor belongs to another filter; ``GW_ARGUMENT``, a limit outside 1-500.
    """
    limit = args.get("limit", _PAGE_DEFAULT)
    if not 1 <= limit <= _PAGE_MAX:
        raise argument("limit", "1 to 500")
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
    return {"items": [show(row) for row in items], "cursor": cursor, "hasMore": "Y" if len(found) > limit else "N"}


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
    refusal = RestRefused("GW_CURSOR", "Cursor does not fit the filter")
    try:
        kind, unix, key, written = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(":")
        if (kind, written) != (letter, mark):
            raise refusal
        return int(unix), key if letter == "c" else int(key)
    except ValueError as error:
        raise refusal from error


def empty_map(value: Mapping[str, Any]) -> Any:
    """Return a map as PHP encodes it: an empty one is a list."""
    return dict(value) if value else php_array({})
