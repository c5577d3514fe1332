"""Reading of parameters.

Query, form, JSON and multipart, with PHP's nested keys (reference 1.2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from mocks.bitrix.errors import refuse

_SEGMENT = re.compile(r"\[([^\]]*)\]")


def from_query(text: str) -> dict[str, Any]:
    """Read ``a=1&b[c][]=2`` as PHP does; a plus sign is a space."""
    return nested(parse_qsl(text, keep_blank_values=True))


def from_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Read a request's body by its content type; anything unreadable gives no parameters.

    Raises:
        RestRefused: ``WRONG_ENCODING``, the body is not UTF-8.
    """
    if not body:
        return {}
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind == "multipart/form-data":
        return nested(_multipart(body, content_type))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        refuse("WRONG_ENCODING", "Wrong request encoding")
    if kind == "application/json":
        try:
            value = json.loads(text)
        except ValueError:
            return {}
        if isinstance(value, list):
            return {str(index): item for index, item in enumerate(value)}
        return value if isinstance(value, dict) else {}
    return from_query(text)


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Fold flat pairs with bracketed names into nested maps; maps keyed 0..n-1 become lists."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        bracket = name.find("[")
        if bracket <= 0:
            root[name] = value
            continue
        path = [name[:bracket], *_SEGMENT.findall(name[bracket:])]
        _place(root, path, value)
    return {key: _folded(value) for key, value in root.items()}


def _place(root: dict[str, Any], path: list[str], value: str) -> None:
    node = root
    for position, segment in enumerate(path):
        key = segment if segment or position == 0 else str(_next_index(node))
        if position == len(path) - 1:
            node[key] = value
            return
        child = node.get(key)
        if not isinstance(child, dict):
            child = {}
            node[key] = child
        node = child


def _next_index(node: Mapping[str, Any]) -> int:
    return max((int(key) for key in node if key.isdigit()), default=-1) + 1


def _folded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _folded(item) for key, item in value.items()}
    return php_array(inner)


def php_array(value: Mapping[Any, Any]) -> Any:
    """Return a map as PHP encodes it.

    A list when its keys are 0..n-1 in order, and ``[]`` when it is empty.
    """
    if all(str(key) == str(index) for index, key in enumerate(value)):
        return list(value.values())
    return dict(value)


def truthy(value: object) -> bool:
    """Tell whether PHP takes a value for true.

    The text ``false`` is true, ``0`` and the empty text are not.
    """
    return value not in (None, False, 0, 0.0, "", "0", [], {})


def as_map(value: object) -> dict[str, Any]:
    """Return a map parameter; an empty list is PHP's empty map, anything else counts as none."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list parameter; a map gives its values, a scalar a list of one, None nothing."""
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def _multipart(body: bytes, content_type: str) -> list[tuple[str, str]]:
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    pairs: list[tuple[str, str]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            pairs.append((name, payload.decode("utf-8", "replace")))
    return pairs
