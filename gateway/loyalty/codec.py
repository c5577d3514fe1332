"""Codec: sales, returns and what a processor keeps, as JSON values and back. Pure.

What is stored is whole: a sale that is settled tomorrow is told as it was closed. What is compared
leaves the moment out, because a till that repeats a call may look at its clock again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from gateway.contract import Kept, MemberKey, Refund, Sale

Json = Mapping[str, Any]
S = TypeVar("S")

_SALE: TypeAdapter[Sale] = TypeAdapter(Sale)
_REFUND: TypeAdapter[Refund] = TypeAdapter(Refund)
_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)
_DIGEST_BYTES = 16
_VOLATILE = frozenset({"at"})


def sale_json(sale: Sale) -> dict[str, Any]:
    """Return a sale as JSON values; what is unset is left out."""
    return _dumped(_SALE, sale)


def refund_json(refund: Refund) -> dict[str, Any]:
    """Return a return as JSON values; what is unset is left out."""
    return _dumped(_REFUND, refund)


def kept_json(kept: Kept) -> dict[str, Any]:
    """Return what the processor keeps as JSON values; what is unset is left out."""
    return _dumped(_KEPT, kept)


def sale_of(content: Json) -> Sale:
    """Read a stored sale. Raises ``pydantic.ValidationError`` for what was never written here."""
    return _SALE.validate_python(dict(content))


def refund_of(content: Json) -> Refund:
    """Read a stored return. Raises ``pydantic.ValidationError``, as ``sale_of``."""
    return _REFUND.validate_python(dict(content))


def kept_of(content: Json) -> Kept | None:
    """Read what the processor keeps; ``None`` where nothing was answered yet."""
    return _KEPT.validate_python(dict(content)) if content.get("reference") is not None else None


def digest_of(content: Json) -> str:
    """Return what tells one content from another: 32 hexadecimal digits."""
    lasting = {name: value for name, value in content.items() if name not in _VOLATILE}
    return _hashed(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS))


def name_digest(processor: str, key: MemberKey) -> str:
    """Return a word for a member as he was named, which tells nobody who he is."""
    named = f"{processor}\n{key.external_id}\n{key.phone}\n{key.email}\n{key.card}"
    return _hashed(named.encode())


def short_digest(text: str) -> str:
    """Return a short word for a text that is too long or unfit to be sent."""
    return _hashed(text.encode())


def _hashed(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=_DIGEST_BYTES).hexdigest()


def _dumped(adapter: TypeAdapter[S], value: S) -> dict[str, Any]:
    dumped: dict[str, Any] = adapter.dump_python(
        value, mode="json", exclude_none=True, exclude_defaults=True
    )
    return dumped
