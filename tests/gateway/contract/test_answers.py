"""What a bare status means, and how Retry-After is read."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from gateway.contract.answers import answer_error, retry_after_s

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "once", "repeatable"),
    [
        (302, Rejected, Rejected),
        (400, Rejected, Rejected),
        (401, AuthRejected, AuthRejected),
        (403, AuthRejected, AuthRejected),
        (404, Missing, Missing),
        (408, OutcomeUnknown, Unavailable),  # the server gave up in the middle
        (410, Missing, Missing),
        (422, Rejected, Rejected),
        (429, RateLimited, RateLimited),
        (500, OutcomeUnknown, Unavailable),
        (502, OutcomeUnknown, Unavailable),
        (503, RateLimited, RateLimited),
        (504, OutcomeUnknown, Unavailable),  # the gateway gave up; what stands behind it may not
    ],
)
def test_a_status_has_one_meaning(
    status: int, once: type[ConnectorError], repeatable: type[ConnectorError]
) -> None:
    """A creation answered with 502 and repeated blindly is a second order."""
    answer = httpx.Response(status, text="Алёна +79161234567 s3cr3t")
    for is_repeatable, wanted in ((False, once), (True, repeatable)):
        error = answer_error(answer, operation="crm.add", repeatable=is_repeatable, now=NOW)
        assert type(error) is wanted
        assert (error.http_status, error.operation) == (status, "crm.add")
        assert not [w for w in ("Алёна", "9161234567", "s3cr3t") if w in repr(error) + str(error)]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_no_error(status: int) -> None:
    """A delivery that succeeded would be made again."""
    assert answer_error(httpx.Response(status), operation="x", repeatable=False, now=NOW) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry-After": "120"}, 120.0, id="seconds"),
        pytest.param({"Retry-After": " 0 "}, 0.0, id="at once"),
        pytest.param({"Retry-After": "Wed, 25 Nov 2026 12:01:30 GMT"}, 90.0, id="date"),
        pytest.param({"Retry-After": "Wed, 25 Nov 2026 15:01:30 +0300"}, 90.0, id="Moscow's date"),
        pytest.param({"Retry-After": "Wed, 25 Nov 2026 11:00:00 GMT"}, 0.0, id="date gone by"),
        pytest.param(
            {
                "Retry-After": "Wed, 25 Nov 2026 10:00:30 GMT",
                "Date": "Wed, 25 Nov 2026 10:00:00 GMT",
            },
            30.0,
            id="the vendor's clock is two hours late",
        ),
        pytest.param({"Retry-After": "soon"}, None, id="unreadable"),
        pytest.param({"Retry-After": "-5"}, None, id="negative"),
        pytest.param({"Retry-After": "٣"}, None, id="digits of another script"),
        pytest.param({}, None, id="absent"),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """A vendor that asks for two minutes would be called again after two seconds."""
    pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
    answer = httpx.Response(429, headers=pairs)
    assert retry_after_s(answer, now=NOW) == seconds
    error = answer_error(answer, operation="x", repeatable=True, now=NOW)
    assert error is not None
    assert error.retry_after_s == seconds
