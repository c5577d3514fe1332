"""Rules of the site extension ``gateway.*``.

Strict arguments, idempotency keys, lists with cursors (reference 10.10).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from mocks.bitrix.clock import SiteClock, is_date
from mocks.bitrix.errors import refuse
from mocks.bitrix.params import php_array
from mocks.bitrix.rest import Answer, Call, Handler

ITEM_LIMIT = 500
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


def refuse_argument(name: str, text: str = "Bad value") -> NoReturn:
    """Refuse a parameter; ``argument`` names it."""
    refuse("GW_ARGUMENT", text, argument=name)


def refuse_absent(entity: str) -> NoReturn:
    """Refuse a call about an entity that is not there."""
    refuse("GW_NOT_FOUND", f"{entity} not found", 404)


def read(sent: Mapping[str, Any], spec: Spec, clock: SiteClock, prefix: str = "") -> Args:
    """Read parameters by their kinds.

    A star marks what is compulsory, a question mark what null may clear.

    Raises:
        RestRefused: ``GW_ARGUMENT``, a parameter is unknown, missing or not of its kind.
    """
    for name in sent:
        if name not in spec:
            refuse_argument(prefix + name, "Unknown parameter")
    found: Args = {}
    for name, kind in spec.items():
        if name not in sent or (sent[name] is None and "?" not in kind):
            if "*" in kind:
                refuse_argument(prefix + name, "Required parameter")
            continue
        value = sent[name]
        plain = kind.rstrip("*?")
        found[name] = None if value is None else _value(value, plain, prefix + name, clock)
    return found


def _value(value: Any, kind: str, name: str, clock: SiteClock) -> Any:
    kind, _, detail = kind.partition(":")
    if kind == "id":
        return _id(value, name)
    if kind == "map":
        value = {} if value == [] else value
        return value if isinstance(value, dict) else refuse_argument(name)
    if kind in {"ids", "texts", "maps"}:
        return [
            _item(item, kind, f"{name}[{index}]") for index, item in enumerate(_list(value, name))
        ]
    if not isinstance(value, str):
        refuse_argument(name)
    if kind == "moment":
        return _moment(value, name, clock)
    return value if _is_of_kind(value, kind, detail) else refuse_argument(name)


def _is_of_kind(value: str, kind: str, detail: str) -> bool:
    if kind in _PATTERNS:
        return _PATTERNS[kind].fullmatch(value) is not None
    if kind == "date":
        return is_date(value)
    if kind == "enum":
        return value in detail.split("|")
    return len(value) <= int(detail or 255)


def _id(value: Any, name: str) -> int:
    """Read an id: a JSON number, or its digits where form and batch know texts only."""
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,15}", str(value)):
        refuse_argument(name)
    return int(value)


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _NESTED_LIST_MAX:
        refuse_argument(name)
    return value


def _item(value: Any, kind: str, name: str) -> Any:
    if kind == "ids":
        return _id(value, name)
    wanted: type = str if kind == "texts" else dict
    return value if isinstance(value, wanted) else refuse_argument(name)


def _moment(value: str, name: str, clock: SiteClock) -> str:
    """Read a date-time; it must carry its offset."""
    try:
        if datetime.fromisoformat(value).tzinfo is None or "T" not in value:
            refuse_argument(name)
    except ValueError:
        refuse_argument(name)
    return clock.read(value) or refuse_argument(name)


def money(text: str) -> Decimal:
    """Return an amount that was read by kind ``money``."""
    return Decimal(text).quantize(Decimal("0.01"))


def shown(amount: Decimal) -> str:
    """Return an amount as the contract writes it."""
    return f"{amount:.2f}"


def bounded(items: list[Any]) -> list[Any]:
    """Refuse more than 500 items in one write."""
    if len(items) > ITEM_LIMIT:
        refuse("GW_LIMIT", "Too many items", limit=ITEM_LIMIT)
    return items


def reading(spec: Spec, run: Run) -> Handler:
    """Make the handler of a method that changes nothing."""

    def _handle(call: Call) -> Answer:
        return Answer(run(call, read(call.params, spec, call.site.clock)))

    return _handle


def writing(spec: Spec, run: Run) -> Handler:
    """Make the handler of a write.

    Once per idempotency key, the first answer again for a repeat.
    """
    whole_spec = {"idempotencyKey": "key*", "origin": "text:32", **spec}

    def _handle(call: Call) -> Answer:
        site = call.site
        args = read(call.params, whole_spec, site.clock)
        key = args.pop("idempotencyKey")
        print_of_call = canonical(
            [call.method.lower(), {k: v for k, v in call.params.items() if k != "idempotencyKey"}]
        )
        if key in site.running:
            refuse("GW_IN_PROGRESS", "The first call is still running", 409)
        known = site.operations.get(key)
        if known is not None:
            if known["call"] != print_of_call:
                refuse("GW_KEY_REUSED", "The key belongs to another call", 409)
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
            "method": call.method.lower(), "at": at, "result": result, "call": print_of_call,
            "key": call.key,
        }  # fmt: skip
        return Answer(result)

    return _handle


def canonical(value: Any) -> str:
    """Return a text that is equal for equal parameters, whatever types their scalars have."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {str(key): _plain(item) for key, item in value.items()}
        return inner or []
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None else str(value)


def empty_map(value: Mapping[str, Any]) -> Any:
    """Return a map as PHP encodes it: an empty one is a list."""
    return dict(value) if value else php_array({})
