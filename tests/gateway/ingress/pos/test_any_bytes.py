"""Whatever bytes come in, the answer is a refusal and never a fault."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.gateway.ingress.pos.served import PLANTED, basket, line, opened

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(["1", "2026-11-30T12:00:00", "-0", "1e5", "8 916 1234567"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted({*basket(), "points", "promo_codes", "payments", "cashier"}))


def statuses(bodies: list[bytes]) -> tuple[set[int], str]:
    """Call with bodies; return how they were answered, and the log."""

    async def called() -> tuple[set[int], str]:
        async with opened() as served:
            calls = [await served.call(path, body) for body in bodies for path in PATHS]
            return {call.status_code for call in calls}, served.log.getvalue()

    return asyncio.run(called())


PATHS = ("/pos/v1/quote", "/pos/v1/receipts", "/pos/v1/identify")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=64), min_size=1, max_size=8))
@example([b"{", b"[[", b'"', b"1e", b"\xef\xbb\xbf{}", b"\x00", b"{}" * 2, b'{"a":' * 12_000])
def test_bytes_that_are_no_call_are_refused(bodies: list[bytes]) -> None:
    """One body that breaks the reader stops a till at its queue for ever."""
    found, _ = statuses([body or b" " for body in bodies])
    assert found <= {400, 422}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FIELDS, ANYTHING), min_size=1, max_size=8))
def test_a_basket_with_anything_in_a_field_is_answered(spoilt: list[tuple[str, Any]]) -> None:
    """A value that nobody thought of is a fault of ours, and is repeated for ever."""
    bodies = [json.dumps(basket(**{name: value})).encode() for name, value in spoilt]
    found, log = statuses(bodies)
    assert found <= {200, 422}
    assert not [secret for secret in PLANTED if secret in log]


@settings(max_examples=60, deadline=None)
@given(st.lists(ANYTHING, min_size=1, max_size=8))
def test_a_line_with_anything_in_its_numbers_is_answered(values: list[Any]) -> None:
    """The same in the place where arithmetic is done."""
    names = ("quantity", "price", "base_price")
    bodies = [
        json.dumps(basket(lines=[line(**{names[place % 3]: value})])).encode()
        for place, value in enumerate(values)
    ]
    found, _ = statuses(bodies)
    assert found <= {200, 422}
