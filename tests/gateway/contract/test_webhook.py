"""Webhook helpers: proof of origin."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from gateway.contract import WebhookRequest, body_digest, same_secret, valid_hmac

BODY = "data[FIELDS][ID]=7&имя=Алёна".encode()
SIGNATURE = hmac.new(b"key", BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("given", "expected", "same"),
    [
        ("token", "token", True),
        ("ключ", "ключ", True),  # not only ASCII
        ("Token", "token", False),
        ("", "", False),  # an account without a token accepts nobody
        (None, "token", False),
        ("token", "", False),
    ],
)
def test_a_secret_matches_only_itself(given: str | None, expected: str, same: object) -> None:
    """An unset token would let anybody call in the vendor's name."""
    assert same_secret(given, expected) is same


@pytest.mark.parametrize(
    ("signature", "valid"),
    [
        (SIGNATURE, True),
        (SIGNATURE.upper(), True),
        (f"sha256={SIGNATURE}", True),
        (SIGNATURE[:-1], False),
        ("", False),
        (None, False),
        ("подпись", False),
    ],
)
def test_a_signature_is_checked_over_the_raw_body(signature: str | None, valid: object) -> None:
    """A forged call would be taken for the vendor's, or a true one refused for its spelling."""
    assert valid_hmac(BODY, secret="key", signature=signature) is valid
    assert not valid_hmac(BODY + b" ", secret="key", signature=signature)


def test_a_digest_tells_bodies_apart() -> None:
    """A repeated call would be taken for a new one, or a new one be dropped as repeated."""
    assert body_digest(BODY) == body_digest(bytes(BODY)) != body_digest(BODY + b"\n")


def test_a_request_shows_nothing_of_itself() -> None:
    """A traceback that prints its arguments would quote body, token and phone."""
    request = WebhookRequest(BODY, headers={"x-token": "s3cr3t"}, query={"auth": "s3cr3t"})
    assert not [part for part in ("Алёна", "FIELDS", "s3cr3t") if part in repr(request)]
