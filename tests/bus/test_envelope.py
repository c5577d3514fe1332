"""Envelopes: only the ids of a wake travel."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import pytest

from gateway.bus.envelope import MAX_ENVELOPE_BYTES, decode, encode
from gateway.ports import Wake

WAKE = Wake("deliver", "e-1", "магазин", "e-1", "c-1")


@dataclass(frozen=True, slots=True)
class _LoadedWake(Wake):
    phone: str = "8 (900) 123-45-67"


def test_an_envelope_comes_back_as_it_went() -> None:
    """A field lost on the way wakes the wrong work."""
    assert decode(encode(WAKE)) == WAKE
    assert decode(encode(WAKE).decode()) == WAKE


def test_a_wake_with_more_fields_is_refused() -> None:
    """Somebody would send a phone number along, and the broker would keep it."""
    with pytest.raises(ValueError, match="_LoadedWake") as caught:
        encode(_LoadedWake("deliver", "e-1", "shop", "e-1"))
    assert "900" not in str(caught.value)


def test_the_limit_is_inclusive() -> None:
    """A size that sender and receiver judge differently is sent and never understood."""
    empty = len(encode(Wake("route", "", "shop", "k")))
    largest = encode(Wake("route", "x" * (MAX_ENVELOPE_BYTES - empty), "shop", "k"))
    assert len(decode(largest).ref) == MAX_ENVELOPE_BYTES - empty
    with pytest.raises(ValueError, match="allowed"):
        encode(Wake("route", "x" * (MAX_ENVELOPE_BYTES - empty + 1), "shop", "k"))
    with pytest.raises(ValueError, match="longer"):
        decode(largest + b" ")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut short"),
        pytest.param(b"[1]", id="no object"),
        pytest.param(orjson.dumps({"task": "route", "ref": "1", "account": "a"}), id="no key"),
        pytest.param(
            orjson.dumps({"task": "route", "ref": 1, "account": "a", "key": "k"}), id="number"
        ),
        pytest.param(
            orjson.dumps(
                {"task": "route", "ref": "1", "account": "a", "key": "k", "name": "Анна Фёдорова"}
            ),
            id="one field more",
        ),
    ],
)
def test_what_is_no_wake_is_refused_without_being_repeated(body: bytes) -> None:
    """A foreign message would be half understood, or its content would reach the log."""
    with pytest.raises(ValueError, match="envelope") as caught:
        decode(body)
    assert "Анна" not in str(caught.value)
    assert caught.value.__cause__ is None
