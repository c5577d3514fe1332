"""Three faces of reports: the command line, the operator API and the console."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape

import pytest

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.reports import build_builder
from gateway.ops.report_texts import REPORTS, ReportName
from gateway.ports import EntityRow, SaleRow
from tests.gateway.cli.run import gateway, running
from tests.gateway.ops.backstage import Doors, doors, employ
from tests.gateway.ops.house import House, house
from tests.gateway.reports.history import build, customer, order, phone_of, put, sale

__all__ = ["house"]
SPAN = {"since": "2026-01-01", "until": "2026-02-28"}


async def stock(foundation: Foundation, *, counted: bool = True) -> None:
    """Let shops sell for two weeks."""
    rows: list[EntityRow | SaleRow] = [
        *(replace(customer(n), fields={**customer(n).fields, "source": "<b>x</b>"})
          for n in range(9)),
        *(order(n, customer_id=f"c-{n:04}") for n in range(9)),
        *(sale(n, content={"member": {"phone": phone_of(n)}} if n % 4 else {})
          for n in range(300)),
    ]  # fmt: skip
    await foundation.store.run(lambda tx: put(tx, rows))
    if counted:
        await build(build_builder(foundation, "test", hurries=True))


@asynccontextmanager
async def open_doors(house: House) -> AsyncIterator[Doors]:
    """Open a gateway's doors on a shop that sold something."""
    employ(house)
    async with doors(house) as there:
        await stock(there.gateway.foundation)
        yield there


async def test_programs_get_figures_with_what_they_count(house: House) -> None:
    """A figure without its definition is believed to be another one."""
    async with open_doors(house) as there, there.api("vera") as client:
        listed = (await client.get("/ops/v1/reports")).json()
        assert [one["name"] for one in listed] == [info.name.value for info in REPORTS]
        told = (await client.get("/ops/v1/reports/identified", params=SPAN)).json()
        assert told["report"]["definition"]["ru"].startswith("Доля чеков")
        assert told["rows"][0]["values"] == {"receipts": 300, "identified": 225, "share": 75.0}
        assert (told["is_whole"], told["waiting"]) == (True, 0)
        shops = {"shop": "магазин-03", **SPAN}
        of_one = (await client.get("/ops/v1/reports/identified", params=shops)).json()
        assert of_one["rows"][0]["values"]["receipts"] == 12


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/ops/v1/reports/identified.csv", {"Accept-Language": "ru"}),
        ("/ops/v1/reports/identified", {"Accept": "text/csv", "Accept-Language": "ru-RU"}),
    ],
)
async def test_spreadsheets_get_csv(house: House, path: str, headers: dict[str, str]) -> None:
    """A manager would copy figures by hand."""
    async with open_doors(house) as there, there.api("vera") as client:
        answer = await client.get(path, params={**SPAN, "each_shop": "1"}, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["с", "по", "магазин", "Чеки", "Опознаны", "Доля"]
    assert rows[1][:4] == ["2026-01-01", "2026-02-01", "магазин-01", "12"]
    assert len(rows) == 1 + 2 * 25


async def test_what_is_asked_wrong_is_told(house: House) -> None:
    """A program would read an empty report as a shop that sold nothing."""
    async with open_doors(house) as there:
        async with there.api("vera") as client:
            assert (await client.get("/ops/v1/reports/none")).status_code == 404
            swapped = {"since": "2026-03-01", "until": "2026-01-01"}
            assert (await client.get("/ops/v1/reports/cards", params=swapped)).status_code == 409
            wrong = await client.get("/ops/v1/reports/cards", params={"by": "year"})
            assert wrong.status_code in {400, 422}
        async with there.api(None) as client:
            assert (await client.get("/ops/v1/reports")).status_code == 401


@pytest.mark.parametrize(("language", "title"), [("en", "Identified"), ("ru", "Опознанные")])
async def test_pages_show_chart_table_and_definition(
    house: House, language: str, title: str
) -> None:
    """An operator could not say what the chart counts."""
    async with open_doors(house) as there, there.browser("vera", language=language) as browser:
        listed = await browser.get("/reports")
        for info in REPORTS:
            assert f"/console/reports/{info.name.value}" in listed.text
            assert info.title.of(language) in listed.text
        page = await browser.get("/reports/identified?since=2026-01-01&until=2026-02-28")
        assert page.status_code == 200
        assert title in page.text
        assert "<svg" in page.text
        assert "магазин-25" in page.text
        assert REPORTS[0].definition.of(language) in unescape(page.text)
        download = await browser.get(
            "/reports/identified.csv?since=2026-01-01&until=2026-02-28&each_shop=1"
        )
        assert download.headers["content-disposition"].endswith('"identified.csv"')
        assert download.text.count("\r\n") == 51


async def test_every_page_opens_with_and_without_figures(house: House) -> None:
    """The first look at a new gateway would end in an error."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        for name in ReportName:
            for by in ("month", "week", "day"):
                page = await browser.get(f"/reports/{name.value}?by={by}")
                assert page.status_code == 200, (name, by)
                assert "За это время показателей нет" in page.text
        await stock(there.gateway.foundation)
        for name in ReportName:
            page = await browser.get(f"/reports/{name.value}?since=2026-01-01&each_shop=1")
            assert page.status_code == 200
        sources = await browser.get("/reports/sources?since=2026-01-01")
        assert "&lt;b&gt;x&lt;/b&gt;" in sources.text
        assert "<b>x</b>" not in sources.text
        assert (await browser.get("/reports/none")).status_code == 404
        assert (await browser.get("/reports/cards?since=вчера")).status_code == 409
        assert (await browser.get("/reports/cards?by=year")).status_code == 409


def test_the_command_line_builds_shows_and_exports(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """An engineer without a console would have no figures."""

    async def begin() -> None:
        async with house.foundation() as foundation:
            await stock(foundation, counted=False)

    asyncio.run(begin())
    config = ("--config", str(house.config))
    listed = gateway(capsys, "report", "list", "--json").json()["reports"]
    assert [one["name"] for one in listed] == [name.value for name in ReportName]
    span = ("--since", "2026-01-01", "--until", "2026-01-31")
    early = gateway(capsys, "report", "show", "identified", *span, *config)
    assert "not whole yet" in early.out
    built = gateway(capsys, "report", "build", *config)
    assert (built.code, built.out.splitlines()[-1]) == (
        0, "the facts show everything: 318 records were read",
    )  # fmt: skip
    told = gateway(capsys, "report", "show", "identified", *span, *config)
    assert told.out.splitlines()[-1].split()[-4:] == ["300", "225", "75.0", "%"]
    assert REPORTS[0].definition.en in told.out
    as_json = gateway(capsys, "report", "show", "turnover", *span, "--json", *config).json()
    assert as_json["rows"][0]["values"]["purchases"] == 309
    as_csv = gateway(
        capsys, "report", "show", "turnover", *span, "--csv", "--language", "ru", *config
    )
    assert as_csv.out.splitlines()[0].startswith("\ufeffс,по,Валюта,Покупки")
    again = gateway(capsys, "report", "build", "--anew", *config)
    assert again.out.splitlines()[-1] == built.out.splitlines()[-1]
    out = house.folder / "facts.csv"
    assert gateway(capsys, "export", "facts", "purchases", "--out", str(out), *config).code == 0
    assert len(out.read_text("utf-8").splitlines()) == 310
    assert phone_of(1) not in out.read_text("utf-8")
    missing = gateway(capsys, "report", "show", "none", *config)
    assert missing.code == 1
    assert "identified, repeat" in missing.err


async def test_a_running_gateway_makes_the_facts_by_itself(house: House) -> None:
    """Reports would stay empty until somebody reads the guide."""
    async with house.foundation() as foundation:
        await stock(foundation, counted=False)
    async with running(house, "run") as process:
        assert (await process.event("reports.built"))["seen"] == 318
