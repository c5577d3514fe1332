"""The vendor's request encoding: PHP brackets in queries, forms with JSON inside.

Source: reference, section 1.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from mocks.retailcrm.refusals import entity_errors, missing

_NAME = re.compile(r'name="([^"]*)"')
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_KEYS = re.compile(r"\[([^\[\]]*)\]")


def query_tree(raw: str) -> dict[str, Any]:
    """Parse a query string; ``a[b][]=1`` becomes ``{"a": {"b": {"0": "1"}}}``."""
    return tree(parse_qsl(raw, keep_blank_values=True))


def tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nest bracketed names the way that PHP does; the last of two equal names wins."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        start = name.find("[")
        if start <= 0:
            root[name] = value
            continue
        path = [name[:start], *_KEYS.findall(name[start:])]
        node = root
        for key in path[:-1]:
            child = node.get(key)
            if not isinstance(child, dict):
                child = node[key] = {}
            node = child
        node[path[-1] or str(len(node))] = value
    return root


def values(node: Any) -> list[str]:
    """Return the scalars of a list parameter; one bare scalar counts as a list of one."""
    if isinstance(node, dict):
        return [one for one in node.values() if isinstance(one, str)]
    return [node] if isinstance(node, str) else []


def form_fields(body: bytes, content_type: str) -> dict[str, str]:
    """Parse a POST body.

    A JSON body is not the documented form and yields no field at all; raw bytes are no form.
    """
    if content_type.startswith("multipart/form-data"):
        return _multipart(body, content_type)
    if "json" in content_type or "octet-stream" in content_type:
        return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _multipart(body: bytes, content_type: str) -> dict[str, str]:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return {}
    fields: dict[str, str] = {}
    for part in body.split(b"--" + boundary[1].encode())[1:]:
        head, found, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head.decode("utf-8", "replace"))
        if found and name is not None:
            fields[name[1]] = value.removesuffix(b"\r\n").decode("utf-8", "replace")
    return fields


def structure(form: Mapping[str, str], name: str, kind: type) -> Any:
    """Return the JSON of a structured parameter.

    Raises:
        Refused: absent, broken, or of another kind than ``kind``.
    """
    raw = form.get(name)
    if raw is None:
        raise missing(name)
    try:
        value = json.loads(raw)
    except ValueError:
        raise entity_errors({name: "Invalid JSON"}) from None
    if not isinstance(value, kind):
        shown = "NULL: null" if value is None else f"{type(value).__name__}"
        raise entity_errors({name: f"Expected array, but got {shown}"})
    return value


def dump(body: Any) -> bytes:
    """Encode an answer."""
    return _ENCODER.encode(body).encode()
