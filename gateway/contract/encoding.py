"""Encoding of requests: addresses, query strings, forms and JSON with exact numbers.

Pure functions below the HTTP client. Pairs keep their order, because several vendors read nested
forms in the order of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import quote, unquote, urlencode

import orjson

_PATH_SAFE = "/:@!$&'()*+,;=~%"
_DOTS = frozenset({".", ".."})


def address(base: str, path: str) -> str | None:
    """Join ``path`` to ``base``; ``None`` when the path would climb out of it.

    Shape: ``base`` without a final slash. Characters that no path holds are percent-encoded, ``%``
    itself is left alone. An id with ``../`` in it must not reach another call of the vendor.
    """
    relative = path.lstrip("/")
    if "." in relative or "%" in relative:
        segments = unquote(relative).replace("\\", "/").split("/")
        if not _DOTS.isdisjoint(segments):
            return None
    return f"{base}/{quote(relative, safe=_PATH_SAFE)}" if relative else base


def query_string(pairs: Sequence[tuple[str, str]]) -> str:
    """Percent-encode pairs for an address: a plus is ``%2B``, a space ``%20``, brackets too."""
    return urlencode(pairs, quote_via=quote, safe="")


def form_body(pairs: Sequence[tuple[str, str]]) -> bytes:
    """Encode pairs as ``application/x-www-form-urlencoded``, UTF-8, in the given order."""
    return urlencode(pairs).encode("ascii")


def json_body(value: object) -> bytes:
    """Encode ``value`` as JSON in UTF-8; a ``Decimal`` becomes a number with exactly its digits.

    orjson takes ready-made fragments, so the digits never pass through a float.

    Raises: ``TypeError`` for what JSON cannot hold; its text names the type only.
    """
    return orjson.dumps(value, default=_exact)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode("ascii"))
    msg = f"{type(value).__name__} has no exact JSON form: convert it in the translator"
    raise TypeError(msg)
