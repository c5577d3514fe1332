"""Reports: figures by month and shop, as JSON and as CSV."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart
from gateway.ops.report_csv import csv_of
from gateway.ops.report_forms import ReportDocument, document
from gateway.ops.report_periods import By
from gateway.ops.report_texts import ReportInfo
from gateway.ops.reports import ReportQuery

CSV = "text/csv"
_ENDING = ".csv"

Shop = Annotated[str | None, Query(max_length=200)]


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, reports = part.router("reports"), part.backstage.reports

    @router.get("/reports")
    async def report_list() -> list[ReportInfo]:
        """Return the reports, and what each counts."""
        return list(reports.list())

    @router.get("/reports/{name}", response_model=ReportDocument)
    async def report(
        request: Request,
        name: str,
        *,
        since: date | None = None,
        until: date | None = None,
        by: By = By.MONTH,
        shop: Shop = None,
        each_shop: bool = False,
    ) -> ReportDocument | Response:
        """Return a report; as CSV where its name ends in `.csv` or the call accepts `text/csv`."""
        query = ReportQuery(since, until, by, shop or None, each_shop)
        view = await reports.show(name.removesuffix(_ENDING), query)
        if name.endswith(_ENDING) or CSV in request.headers.get("accept", ""):
            wanted = request.headers.get("accept-language", "").lower()
            text = csv_of(view, "ru" if wanted.startswith("ru") else "en")
            return Response(text, media_type=f"{CSV}; charset=utf-8")
        return document(view)

    return router
