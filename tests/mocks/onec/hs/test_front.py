"""Tokens and missing lengths before the services (vendor reference, 0, 1.10, 2.2)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.mocks.onec.hs.services import Services, open_services

URL = "/ut/hs/loyaltyservice/ping/"
KEY = "shared-key"
# 2026-02-03T18:10:00 in Moscow.
NOW = 1770131400
CLAIMS = {
    "iss": "gateway",
    "aud": ["other", "onec"],
    "sub": "Шлюз",
    "exp": NOW + 60,
    "nbf": NOW,
    "jti": "1",
}


def token(claims: dict[str, Any], *, key: str = KEY, algorithm: str = "HS256") -> str:
    """A signed token."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": algorithm, "typ": "JWT"}, claims)
    ]
    signature = hmac.new(key.encode(), b".".join(parts), hashlib.sha256).digest()
    parts.append(base64.urlsafe_b64encode(signature).rstrip(b"="))
    return b".".join(parts).decode()


async def ask(services: Services, bearer: str) -> int:
    """The status of a call with a token."""
    headers = {"Authorization": f"Bearer {bearer}"}
    return (await services.http.get(URL, headers=headers, auth=None)).status_code


@pytest.mark.parametrize(
    ("bearer", "status"),
    [
        pytest.param(token(CLAIMS), 200, id="accepted"),
        pytest.param(token(CLAIMS | {"aud": "onec"}), 200, id="one audience"),
        pytest.param(token(CLAIMS, key="other"), 401, id="other key"),
        pytest.param(token(CLAIMS, algorithm="none"), 401, id="other algorithm"),
        pytest.param(token(CLAIMS | {"exp": NOW}), 401, id="expired"),
        pytest.param(token(CLAIMS | {"nbf": NOW + 1}), 401, id="not yet"),
        pytest.param(token(CLAIMS | {"iss": "x"}), 401, id="other issuer"),
        pytest.param(token(CLAIMS | {"aud": ["x"]}), 401, id="other audience"),
        pytest.param(token(CLAIMS | {"sub": "Никто"}), 401, id="unknown user"),
        pytest.param(token({"sub": "Шлюз"}), 401, id="no claims"),
        pytest.param("a.b", 401, id="no token"),
        pytest.param("a.b.c", 401, id="no base64"),
    ],
)
async def test_tokens(bearer: str, status: int) -> None:
    """Only a token of the publication's own key, issuer and audience names a user."""
    async with open_services(token_key=KEY) as services:
        assert await ask(services, bearer) == status


async def test_tokens_are_off_without_a_key(services: Services) -> None:
    """An empty key signs nothing."""
    assert await ask(services, token(CLAIMS, key="")) == 401


async def test_post_without_a_length(services: Services) -> None:
    """The web server wants a Content-Length, of 0 too."""
    host = urlsplit(services.url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    login = base64.b64encode("Шлюз:gateway-secret".encode()).decode()
    path = "/ut/hs/loyaltyservice/unlockclientbonuses/"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\n\r\n"
    writer.write(head.encode())
    status = await reader.readline()
    writer.close()
    assert status.split()[1] == b"411"
