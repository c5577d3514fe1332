"""Probes: ``/healthz`` to restart, ``/readyz`` to send work, ``/metrics`` for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from gateway.ingress.problems import Problem
from gateway.ops.gauges import Gauges
from gateway.ops.health import Health, HealthReport
from gateway.ops.scrape import scraped
from gateway.telemetry import Metrics
from gateway.telemetry.metrics import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class Probed:
    """What probes look at."""

    health: Health
    metrics: Metrics
    gauges: Gauges


def probes(door: Probed) -> APIRouter:
    """Return the routes of probes."""
    router = APIRouter(tags=["probes"])

    @router.get("/healthz", response_model=None)
    async def healthz() -> Response:
        """Tell whether this process makes progress."""
        report = await door.health.live()
        return _answer(report, "not-alive", "a part hangs: restart this process")

    @router.get("/readyz", response_model=None)
    async def readyz() -> Response:
        """Tell whether this process can take work, with reasons."""
        report = await door.health.ready()
        return _answer(report, "not-ready", "work cannot be taken now: see `checks`")

    @router.get("/metrics", response_model=None, response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Return all metrics as Prometheus text."""
        text = await scraped(door.health, door.gauges, door.metrics)
        return Response(text, media_type=CONTENT_TYPE)

    return router


def _answer(report: HealthReport, code: str, detail: str) -> Response:
    if not report.ok:
        more = {"checks": report.texts()}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, code, detail, more=more)
    return JSONResponse({"status": "ok", "checks": report.texts()})
