"""The vendor's own client ``b24pysdk`` from PyPI, unmodified, against the double over TLS.

Its OAuth host is fixed in its code, so tokens are used but not refreshed by it.
"""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from mocks.bitrix.app import BitrixSettings, build_app
from mocks.serving import serve
from tests.third_party.bitrix.tls import make_authority

with warnings.catch_warnings():
    # The package's own imports warn; what it does to the double is judged, not its lint.
    warnings.simplefilter("ignore")
    from b24pysdk import BitrixApp, BitrixToken, BitrixWebhook, Client
    from b24pysdk.errors import BitrixAPIError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.mocks.bitrix.shop import AnyJson

SETTINGS = BitrixSettings(flavour="bitrix24", scopes=("sale", "catalog", "crm", "user", "gateway"))
FIELDS = {"lid": "s1", "personTypeId": 1, "currency": "RUB"}


@pytest.fixture
async def domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A portal behind a certificate that the client trusts by its environment only."""
    authority, pair = make_authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings = replace(SETTINGS, app=replace(SETTINGS.app, scopes=SETTINGS.scopes))
    async with serve(build_app(settings), tls=pair) as url:
        yield urlsplit(url).netloc


def _webhook(domain: str) -> AnyJson:
    return BitrixWebhook(domain=domain, webhook_token="1/wh0a1b2c3d4e5f6g")


async def _do(work: Callable[[], AnyJson]) -> AnyJson:
    """Run the blocking client beside the double's loop."""
    return await asyncio.to_thread(work)


async def test_orders_are_added_listed_and_read(domain: str) -> None:
    """Typed wrappers must find the vendor's methods, envelopes and pages."""
    client = Client(_webhook(domain))

    def work() -> tuple[int, list[int], str]:
        for number in range(60):
            fields = {**FIELDS, "xmlId": f"gw-{number}", "comments": "Ёлка"}
            client.sale.order.add(fields=fields).response  # noqa: B018 - the property sends
        first = client.sale.order.list(select=["id"], order={"id": "ASC"}).response
        everything = client.sale.order.list(select=["id"]).as_list().response.result
        order = client.sale.order.get(51).result["order"]
        return first.total, [row["id"] for row in everything], order["comments"]

    total, ids, comment = await _do(work)
    assert (total, sorted(ids), comment) == (60, list(range(51, 111)), "Ёлка")


async def test_contacts_and_items(domain: str) -> None:
    """``crm`` wrappers must read what the double answers for contacts and duplicates."""
    client = Client(_webhook(domain))

    def work() -> tuple[int, str, AnyJson]:
        fields = {"NAME": "Анна", "PHONE": [{"VALUE": "89990001122", "VALUE_TYPE": "MOBILE"}]}
        key = client.crm.contact.add(fields=fields).result
        contact = client.crm.contact.get(key).result
        token = _webhook(domain)
        body = {"type": "PHONE", "values": ["+79990001122"]}
        found = token.call_method("crm.duplicate.findbycomm", body)["result"]
        return key, contact["NAME"], found

    assert await _do(work) == (12, "Анна", {"CONTACT": [12]})


async def test_batch_of_references(domain: str) -> None:
    """The client's batch must get its double result."""
    token = _webhook(domain)

    def work() -> AnyJson:
        methods = {
            "new": ("sale.order.add", {"fields": FIELDS}),
            "got": ("sale.order.get", {"id": "$result[new][order][id]"}),
        }
        return token.call_batch(methods)["result"]["result"]

    result = await _do(work)
    assert result["got"]["order"]["id"] == result["new"]["order"]["id"] == 51


async def test_refusals_become_the_clients_errors(domain: str) -> None:
    """The vendor's client must recognise the double's errors as the vendor's."""
    token = _webhook(domain)
    wrong = BitrixWebhook(domain=domain, webhook_token="1/wrong")
    for credentials, method, name in (
        (token, "no.such.method", "BitrixAPINotFound"),
        (wrong, "profile", "BitrixAPIInvalidCredentials"),
    ):
        with pytest.raises(BitrixAPIError) as caught:
            await _do(partial(credentials.call_method, method))
        assert type(caught.value).__name__ == name


async def test_application_subscribes_to_events(domain: str) -> None:
    """With an access token the client binds, reads and unbinds handlers."""
    app = BitrixApp(client_id="app.1", client_secret="s")
    client = Client(BitrixToken(domain=domain, auth_token="at-1", bitrix_app=app))
    handler = "https://gw.example.ru/hooks/shop"

    def work() -> tuple[AnyJson, AnyJson, AnyJson]:
        bound = client.event.bind("ONSALEORDERSAVED", handler=handler).result
        rows = client.event.get().result
        gone = client.event.unbind("ONSALEORDERSAVED", handler=handler).result
        return bound, rows, gone

    bound, rows, gone = await _do(work)
    assert bound is True
    assert rows == [
        {"event": "ONSALEORDERSAVED", "handler": handler, "auth_type": "0", "offline": 0}
    ]
    assert gone == {"count": 1}


async def test_unknown_authority_is_refused(domain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tests' authority the client must not talk to the double at all."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Exception, match="certificate verify failed"):
        await _do(lambda: _webhook(domain).call_method("profile"))
