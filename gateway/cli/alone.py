"""The console alone: a process that serves operators and does nothing else.

It works beside a running gateway on the same database, the embedded one too, and the gateway finds
within seconds what operators made due.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.cli.door import CONSOLE
from gateway.cli.http import HttpServer, listen
from gateway.cli.processes import hear_signals, loop_factory
from gateway.config import Config, load
from gateway.console.build import build_console
from gateway.contract import ConfigInvalid, GatewayError
from gateway.ingress.app import build_operators_http
from gateway.ingress.ops.part import OpsPart
from gateway.ingress.vitals import Probed
from gateway.ops.gauges import Facts, Gauges
from gateway.ops.health import Health, Vitals
from gateway.store import schema_state
from gateway.telemetry import LogForm, adopt_stdlib


def serve_operators_alone(path: Path, *, port: int | None) -> None:
    """Serve until a signal ends it. Raises what ``fault_of`` tells when it cannot start."""
    config = load(path)
    if not config.operators and config.console.proxy is None:
        msg = "operators: nobody may come in: name somebody there, or set console.proxy"
        raise ConfigInvalid(msg)
    if port is not None:
        config = config.model_copy(update={"http": config.http.model_copy(update={"port": port})})
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_live(config))


async def _live(config: Config) -> None:
    stop = asyncio.Event()
    hear_signals(stop)
    async with AsyncExitStack() as stack:
        bound = listen(config.http)
        stack.callback(bound.close)
        schema_state(config.store_url()).require()
        form = LogForm.CONSOLE if sys.stderr.isatty() else LogForm.JSON
        stack.callback(adopt_stdlib(sys.stderr, form=form, safe_errors=(GatewayError,)))
        foundation = await lay_foundation(config, exclusive=False, log_form=form)
        stack.push_async_callback(foundation.close)
        backstage, probed = build_backstage(foundation), _probed(foundation)
        app = build_operators_http(OpsPart(backstage, foundation.log), probed)
        app.mount(CONSOLE, build_console(backstage, log=foundation.log, health=probed.health))
        server = await stack.enter_async_context(HttpServer(app, bound).serving())
        foundation.log.info("run.started", serves=True, works=False, port=bound.getsockname()[1])
        stopped = asyncio.create_task(stop.wait(), name="signal")
        await asyncio.wait([server, stopped], return_when=asyncio.FIRST_COMPLETED)
        foundation.log.info("run.stopping")
    foundation.log.info("run.stopped")


def _probed(foundation: Foundation) -> Probed:
    url, clock = foundation.config.store_url(), foundation.clock
    gauges = Gauges(
        foundation.store, foundation.metrics, accounts=foundation.accounts, clock=clock,
        log=foundation.log, facts=Facts("console", version("retail-gateway")),
    )  # fmt: skip
    health = Health(foundation.store, Vitals(schema=lambda: schema_state(url)), clock)
    return Probed(health, foundation.metrics, gauges)
