"""Envelope: the bytes of a ``Wake`` on the wire and the shard that it belongs to.

Claim check: an envelope carries ids and nothing else, so that no personal data lies in a broker.
Anything that is not exactly a ``Wake`` is refused on both sides.
"""

from __future__ import annotations

import zlib
from dataclasses import fields

import orjson

from gateway.ports import Wake

MAX_ENVELOPE_BYTES = 64 * 1024

_FIELDS = frozenset(field.name for field in fields(Wake))
_REQUIRED = _FIELDS - {"correlation_id"}


def encode(wake: Wake) -> bytes:
    """Write a wake as JSON.

    Raises:
        ValueError: It is no plain ``Wake`` of texts, or longer than ``MAX_ENVELOPE_BYTES``. Values
            are not repeated in the message.
    """
    if type(wake) is not Wake:
        msg = f"only a plain Wake travels, not {type(wake).__name__}: put the rest into the store"
        raise ValueError(msg)
    for name in _FIELDS:
        if not isinstance(getattr(wake, name), str):
            msg = f"Wake.{name} must be a text: pass the id as str"
            raise ValueError(msg)  # noqa: TRY004 - one error for every refused envelope
    body = orjson.dumps(wake)
    if len(body) > MAX_ENVELOPE_BYTES:
        msg = (
            f"the envelope has {len(body)} bytes, {MAX_ENVELOPE_BYTES} are allowed: "
            "put the content into the store and send its id"
        )
        raise ValueError(msg)
    return body


def decode(body: bytes | str) -> Wake:
    """Read a wake.

    Raises:
        ValueError: The body is not the JSON of a ``Wake``, has a key too many or one missing.
    """
    if len(body) > MAX_ENVELOPE_BYTES:
        msg = f"the envelope is longer than {MAX_ENVELOPE_BYTES} bytes: it was not sent by this bus"
        raise ValueError(msg)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        msg = "the envelope is no JSON: it was not sent by this bus"
        raise ValueError(msg) from None  # the cause repeats the content
    if not isinstance(content, dict) or not _REQUIRED <= content.keys() <= _FIELDS:
        msg = (
            "the envelope must have the fields of Wake and no other: is the sender of this version?"
        )
        raise ValueError(msg)
    if not all(isinstance(value, str) for value in content.values()):
        msg = "the envelope's values must be texts: is the sender of this version?"
        raise ValueError(msg)
    return Wake(**content)


def shard_of(key: str, shards: int) -> int:
    """Return the shard of a key: the same in every process and release (CRC-32, not ``hash``)."""
    return zlib.crc32(key.encode()) % shards
