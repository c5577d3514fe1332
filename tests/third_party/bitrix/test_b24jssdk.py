"""The vendor's client ``@bitrix24/b24jssdk`` from npm, unmodified, against the double over TLS.

Where npm is, ``make services`` installs it into ``js`` beside this file, by the lock there.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from mocks.bitrix.app import BitrixSettings, build_app
from mocks.serving import serve
from tests.third_party.bitrix.tls import make_authority

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import AnyJson

NODE = shutil.which("node")
PACKAGE = Path(__file__).parent / "js" / "node_modules" / "@bitrix24" / "b24jssdk"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (PACKAGE / "package.json").is_file(),
        reason="@bitrix24/b24jssdk is not installed: make services does it where npm is",
    ),
]

SCRIPT = """
const { B24Hook } = await import(process.env.SDK);
const b24 = B24Hook.fromWebhookUrl(process.env.WEBHOOK);
const fields = { lid: 's1', personTypeId: 1, currency: 'RUB', comments: 'Ёлка' };
const call = (method, params) => b24.actions.v2.call.make({ method, params });
const calls = Array.from({ length: 60 }, () => ['sale.order.add', { fields }]);
const added = await b24.actions.v2.batchByChunk.make({ calls });
const listed = await b24.actions.v2.callList.make({
  method: 'sale.order.list', params: { select: ['id'] }, customKeyForResult: 'orders', idKey: 'id',
});
const one = await call('sale.order.get', { id: 51 });
const contact = await call('crm.contact.add', { fields: { NAME: 'Анна' } });
const missing = await call('no.such.method', {}).catch((error) => error);
const absent = await call('sale.order.get', { id: 999 }).catch((error) => error);
const texts = [missing, absent].flatMap((error) =>
  error.getErrorMessages ? error.getErrorMessages() : [String(error.message)]);
console.log(JSON.stringify({
  added: added.isSuccess && added.getData().length,
  ids: listed.getData().map((row) => row.id),
  comment: one.getData().result.order.comments,
  contact: contact.getData().result,
  texts,
}));
"""


async def _run(script: Path, environment: dict[str, str]) -> AnyJson:
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        str(script),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_client_of_the_vendor_drives_the_double(tmp_path: Path) -> None:
    """Calls, batches by chunk, lists and errors must be what the vendor's client expects."""
    authority, pair = make_authority(tmp_path)
    script = tmp_path / "drive.mjs"
    script.write_text(SCRIPT, "utf-8")
    # This client reads the text of a string code only, so the numeric ones are strings (S4).
    settings = BitrixSettings(flavour="bitrix24", scopes=("sale", "crm"), error_codes="strings")
    async with serve(build_app(settings), tls=pair) as url:
        environment = {
            "NODE_EXTRA_CA_CERTS": str(authority),
            "NO_PROXY": "127.0.0.1",
            "SDK": (PACKAGE / "dist/esm/index.mjs").as_uri(),
            "WEBHOOK": f"https://{urlsplit(url).netloc}/rest/1/wh0a1b2c3d4e5f6g",
        }
        found = await _run(script, environment)
    assert found["added"] == 60
    assert sorted(found["ids"]) == list(range(51, 111))
    assert (found["comment"], found["contact"]) == ("Ёлка", 12)
    assert found["texts"] == ["Method not found!", "order is not exists"]
