"""The client ``@1c-odata/client`` of npm, unmodified, against the double.

It runs where ``node`` is there and ``ONEC_ODATA_CLIENT_PATH`` names the package's folder, in which
``dist/index.js`` lies; nothing is fetched here.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from mocks.onec.app import OneCSettings, build_app
from mocks.onec.demo import CARD_KIND, ORGANIZATION, PARTNER, PRODUCT, WAREHOUSE
from mocks.serving import serve

NODE = shutil.which("node")
PACKAGE = Path(os.environ.get("ONEC_ODATA_CLIENT_PATH") or "absent").resolve()

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (PACKAGE / "dist/index.js").is_file(),
        reason="ONEC_ODATA_CLIENT_PATH does not name the folder of @1c-odata/client",
    ),
]

SCRIPT = """
const { ODataV3Client, BasicAuth, formatInZone } = await import(process.env.SDK);
const ids = JSON.parse(process.env.IDS);
const open = (password) => new ODataV3Client({
  baseUrl: process.env.BASE, serverTimezone: 'Europe/Moscow', timeout: 20000,
  auth: BasicAuth({ username: 'Шлюз', password }),
});
const base = open('gateway-secret');
const failure = (promise) => promise.then(() => null, (error) => [error.name, error.status]);
const cards = base.entity('Catalog_КартыЛояльности');
for (let n = 0; n < 7; n += 1) {
  await cards.create({ Owner_Key: ids.kind, Штрихкод: `299000000700${n}`, Статус: 'Действует' });
}
const mine = () => base.query('Catalog_КартыЛояльности')
  .filter((f) => f.Штрихкод.startsWith('299000000700')).orderBy('Штрихкод');
const pages = [];
for (const at of [0, 3, 6]) pages.push((await mine().top(3).skip(at).get()).value);
const [first] = pages[0];
const card = base.entity('Catalog_КартыЛояльности', first.Ref_Key);
const seen = { expectVersion: first.DataVersion };
const blocked = await card.patch({ Статус: 'Аннулирована' }, seen);
const stale = await failure(card.patch({ Статус: 'Действует' }, seen));
const marked = await card.markForDeletion();
await card.delete();
const order = {
  Date: formatInZone(new Date('2026-02-03T15:04:55Z'), 'Europe/Moscow'), Партнер_Key: ids.partner,
  Организация_Key: ids.organization, Склад_Key: ids.warehouse,
  Товары: [{ LineNumber: '1', Номенклатура_Key: ids.product, Количество: 2, Сумма: 1981 }],
};
const made = await base.entity('Document_ЗаказКлиента').create(order);
await base.document('Document_ЗаказКлиента', made.Ref_Key).post({ PostingModeOperational: false });
const posted = await base.entity('Document_ЗаказКлиента', made.Ref_Key).get();
await base.document('Document_ЗаказКлиента', made.Ref_Key).unpost();
const unposted = await base.entity('Document_ЗаказКлиента', made.Ref_Key).get();
const shipment = await base.entity('Document_РеализацияТоваровУслуг').create(
  { ...order, Товары: [{ ...order.Товары[0], Количество: 1000 }] });
const [balance] = await base.register('AccumulationRegister_БонусныеБаллы').balance(
  { Period: new Date('2026-02-03T15:04:00Z'), Condition: `Партнер_Key eq guid'${ids.partner}'` });
console.log(JSON.stringify({
  pages: pages.map((rows) => rows.length), codes: new Set(pages.flat().map((r) => r.Штрихкод)).size,
  count: await mine().count(),
  status: blocked.Статус, stale, marked: marked.DeletionMark, gone: await failure(card.get()),
  date: posted.Date, posted: posted.Posted, unposted: unposted.Posted,
  refused: await failure(
    base.document('Document_РеализацияТоваровУслуг', shipment.Ref_Key).post({})),
  balance: [balance.НачисленоBalance, balance.КСписаниюBalance],
  stranger: await failure(open('неверный').query('Catalog_Партнеры').get()),
}));
"""


async def _run(script: Path, environment: dict[str, str]) -> dict[str, Any]:
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
    told: dict[str, Any] = json.loads(out)
    return told


async def test_client_of_npm_drives_the_double(tmp_path: Path) -> None:
    """Pages, versions, posting, balances and refusals must be what a client of 1C expects."""
    script = tmp_path / "drive.mjs"
    script.write_text(SCRIPT, "utf-8")
    ids = {
        "kind": CARD_KIND, "partner": PARTNER, "organization": ORGANIZATION,
        "warehouse": WAREHOUSE, "product": PRODUCT,
    }  # fmt: skip
    async with serve(build_app(OneCSettings())) as url:
        environment = {
            "NO_PROXY": "127.0.0.1",
            "SDK": (PACKAGE / "dist/index.js").as_uri(),
            "BASE": f"{url}/ut/odata/standard.odata",
            "IDS": json.dumps(ids),
        }
        found = await _run(script, environment)
    assert (found["pages"], found["codes"], found["count"]) == ([3, 3, 1], 7, 6)
    assert (found["status"], found["marked"]) == ("Аннулирована", True)
    assert found["stale"] == ["ConcurrencyError", 412]
    assert found["gone"][1] == 404
    assert (found["posted"], found["unposted"]) == (True, False)
    assert found["date"] == "2026-02-03T15:04:55.000Z"
    assert found["refused"] == ["BusinessError", 500]
    assert found["balance"] == [350, -50]
    # The web server's 401 is empty (reference, 1.10), and this client looks for a document in it.
    assert found["stranger"][0] == "ParseError"
