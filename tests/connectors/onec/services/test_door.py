"""A card that is activated at a till, from 1C's call to the snapshot, through a real gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.canonical import Kind
from gateway.sync.veil import Veil
from mocks.onec import demo
from mocks.onec.app import OneCSettings, build_app
from mocks.serving import serve
from tests.connectors.onec.services.conftest import BARCODE
from tests.gateway.ingress.test_door import opened
from tests.gateway.ops.house import TOKEN, House, eventually

SECRET = "s3cret-of-1c"
_ERP = """
[accounts.erp]
connector = "onec"
reads = ["card"]
poll_s = 600

[accounts.erp.settings]
url = "{url}/ut"
username = "Шлюз"
password = {{ env = "ERP_PASSWORD" }}

[accounts.erp.settings.services]
loyalty = "loyalty"

[accounts.erp.settings.pushes]
secret = {{ env = "ERP_SECRET" }}
"""


@pytest.fixture
async def base() -> AsyncIterator[str]:
    """The double's URL."""
    async with serve(build_app(OneCSettings())) as url:
        yield url


@pytest.fixture
def house(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name_prefix: str) -> House:
    """A gateway with this 1C."""
    made = House(tmp_path, name_prefix.rstrip("_"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(made.site))
    for name, value in {
        "FAKE_TOKEN": TOKEN,
        "ERP_PASSWORD": "gateway-secret",
        "ERP_SECRET": SECRET,
        "GATEWAY_CONFIG": str(made.config),
    }.items():
        monkeypatch.setenv(name, value)
    text = made.config.read_text("utf-8")
    made.config.write_text(text + _ERP.format(url=base), "utf-8")
    return made


async def test_activated_card_is_known_in_seconds(base: str, house: House) -> None:
    """The next poll is ten minutes away, and the buyer stands before the site now."""
    async with opened(house) as served:
        async with httpx.AsyncClient(base_url=base, trust_env=False) as door:
            card = {"barcode": BARCODE, "partner": demo.PARTNER, "kind": demo.CARD_KIND}
            act = {"action": "card.issue", **card}
            assert (await door.post("/__mock__/act", json=act)).status_code == 200
        told = {"kind": "card", "id": BARCODE, "event": "activated"}
        refused = await served.http.post("/hooks/erp", json=told)
        assert refused.status_code == 403
        proof = {"X-Gateway-Secret": SECRET}
        assert (await served.http.post("/hooks/erp", json=told, headers=proof)).status_code == 200
        store = served.gateway.foundation.store
        word = Veil(served.gateway.foundation.sealer.derive("ids")).hide(BARCODE)

        async def known() -> dict[str, Any]:
            links = await store.read(lambda tx: tx.links("erp", Kind.CARD, [word]))
            rows = await store.read(
                lambda tx: tx.entities([link.entity_id for link in links.values()])
            )
            return {row.fields["number"]: row.fields["state"] for row in rows.values()}

        assert await eventually(known, bool) == {BARCODE: "active"}
