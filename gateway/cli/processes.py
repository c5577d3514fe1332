"""Processes: ``run``, ``serve`` and ``work``: from configuration to a graceful end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.bootstrap.counting import counting
from gateway.bootstrap.facts import facts_of
from gateway.bootstrap.forms import Forms, build_forms
from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.bootstrap.support import build_support
from gateway.bootstrap.tidying import keep_tidy
from gateway.bus import KombuBus
from gateway.cli.lean import settle_memory, share_memory
from gateway.cli.probing import answering, probed
from gateway.cli.upkeep import alerting, upkeep
from gateway.config import Config, load
from gateway.contract import ConfigInvalid, GatewayError
from gateway.ids import sortable_id
from gateway.ingress.door import Door
from gateway.ops.gauges import Gauges
from gateway.ops.health import STALL_S, Health, Vitals
from gateway.store import schema_state, upgrade
from gateway.telemetry import LogForm, adopt_stdlib

if TYPE_CHECKING:
    from gateway.bootstrap.tills import Tills

DRAIN_S = 25.0
"""Seconds that work under way has to end; what is cut off then is taken up at the next start."""

_FORCED = 128


@dataclass(frozen=True, slots=True)
class Roles:
    """What a process does. Shape: worker ``index`` among ``of``, from 0."""

    serves: bool = False
    works: bool = False
    index: int = 0
    of: int = 1

    @property
    def is_alone(self) -> bool:
        """True for ``run``: the process does everything."""
        return self.serves and self.works

    @property
    def name(self) -> str:
        """``run``, ``serve`` or ``work``."""
        return "run" if self.is_alone else "serve" if self.serves else "work"


def run_process(path: Path, roles: Roles) -> None:
    """Run until a signal ends it. Raises what ``fault_of`` tells when it cannot start."""
    config = load(path)
    _refuse_lonely_parts(config, roles)
    share_memory()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_live(config, roles))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the maker of the quicker event loop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415 - not there on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


def _refuse_lonely_parts(config: Config, roles: Roles) -> None:
    if not roles.is_alone and not config.shares_store():
        msg = (
            "store.url: `serve` and `work` are several processes and need PostgreSQL; "
            "name it there, or use `gateway run`"
        )
        raise ConfigInvalid(msg)


async def _live(config: Config, roles: Roles) -> None:
    stop = asyncio.Event()
    hear_signals(stop)
    async with AsyncExitStack() as stack:
        bound = _bound(config, roles)
        if bound is not None:
            stack.callback(bound.close)
        port = None if roles.serves else probed(config, roles.index)
        if port is not None:
            stack.callback(port.server_close)
        if not config.shares_store() and not schema_state(config.store_url()).fits:
            upgrade(config.store_url())
        form = LogForm.CONSOLE if sys.stderr.isatty() else LogForm.JSON
        stack.callback(adopt_stdlib(sys.stderr, form=form, safe_errors=(GatewayError,)))
        foundation = await lay_foundation(
            config, exclusive=roles.is_alone, log_form=form, traced=True
        )
        stack.push_async_callback(foundation.close)
        gateway = build_gateway(foundation, worker_index=roles.index, workers=roles.of)
        forms = build_forms(gateway)
        engine = _working(gateway, forms) if roles.works else _publishing(gateway)
        await stack.enter_async_context(engine)
        tills = await stack.enter_async_context(_selling(gateway)) if roles.serves else None
        ended: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait(), name="signal")]
        door = door_of(gateway, works=roles.works, role=roles.name)
        if bound is not None:
            serving = _serving(bound, door, gateway, tills, forms)
            ended.append(await stack.enter_async_context(serving))
        if port is not None:
            await stack.enter_async_context(answering(port, door))
        foundation.log.info(
            "run.started", serves=roles.serves, works=roles.works,
            port=bound.getsockname()[1] if bound else None, accounts=sorted(foundation.accounts),
            metrics_port=port.server_port if port else None,
        )  # fmt: skip
        settle_memory()
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        foundation.log.info("run.stopping")
    foundation.log.info("run.stopped")


def _bound(config: Config, roles: Roles) -> socket.socket | None:
    if not roles.serves:
        return None
    from gateway.cli.http import listen  # noqa: PLC0415 - a worker does without an HTTP server

    return listen(config.http)


@asynccontextmanager
async def _serving(
    bound: socket.socket, door: Door, gateway: Gateway, tills: Tills | None, forms: Forms | None
) -> AsyncIterator[asyncio.Task[None]]:
    from gateway.cli.door import application  # noqa: PLC0415 - see _bound
    from gateway.cli.http import HttpServer  # noqa: PLC0415 - see _bound

    tidy = asyncio.create_task(keep_tidy(gateway.foundation, gateway.desks), name="tidy")
    try:
        async with HttpServer(application(door, gateway, tills, forms), bound).serving() as task:
            yield task
    finally:
        tidy.cancel()
        await asyncio.gather(tidy, return_exceptions=True)
    if forms is not None:
        await forms.codes.close()


def hear_signals(stop: asyncio.Event) -> None:
    """Let the first signal end gracefully, and a second one at once."""
    loop = asyncio.get_running_loop()

    def heard(number: int) -> None:
        if stop.is_set():
            os._exit(_FORCED + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, partial(heard, int(number)))


@asynccontextmanager
async def _working(gateway: Gateway, forms: Forms | None) -> AsyncIterator[None]:
    """Run the engine and the upkeep."""
    foundation = gateway.foundation
    tasks = upkeep(gateway, forms)
    try:
        await gateway.start()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(DRAIN_S):
                await gateway.stop()
        except TimeoutError:
            foundation.log.warning("run.drain_cut", after_s=DRAIN_S)


@asynccontextmanager
async def _selling(gateway: Gateway) -> AsyncIterator[Tills | None]:
    """Serve tills, where the configuration has any; the end waits for sales under way."""
    from gateway.bootstrap.tills import open_tills  # noqa: PLC0415 - a worker sells nothing

    tills = await open_tills(gateway.foundation, gateway.operations)
    try:
        if tills is not None:
            await tills.start()
        yield tills
    finally:
        if tills is not None:
            await tills.stop()


@asynccontextmanager
async def _publishing(gateway: Gateway) -> AsyncIterator[None]:
    """Publish the wake-ups of what comes in; other processes do the work."""
    foundation = gateway.foundation
    pace_s = foundation.config.sync.relay_s
    tasks = [
        asyncio.create_task(gateway.outbound.run(), name="outbound"),
        asyncio.create_task(
            foundation.parking.obey(foundation.accounts, pace_s=pace_s), name="obey"
        ),
        *counting(foundation, sortable_id()),
        alerting(gateway),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        gateway.outbound.close()
        await gateway.bus.close()
        await gateway.foundation.close()


def door_of(gateway: Gateway, *, works: bool, role: str = "run") -> Door:
    """Return the parts of a gateway that its HTTP door needs."""
    foundation, clock = gateway.foundation, gateway.foundation.clock
    url = foundation.config.store_url()
    polls = [account.flow.poll_s for account in foundation.accounts.values() if account.flow.reads]
    engine_idle_s = None
    if works and polls:

        def engine_idle_s() -> float:
            return clock.monotonic() - gateway.engine.progress_at

    vitals = Vitals(
        schema=lambda: schema_state(url),
        bus=gateway.bus.health if isinstance(gateway.bus, KombuBus) else None,
        engine_idle_s=engine_idle_s,
        engine_limit_s=STALL_S + 2 * min(polls, default=0.0),
        links=gateway.links() if works else {},
    )
    return Door(
        accounts=foundation.accounts,
        receiver=gateway.receiver,
        desks=gateway.desks,
        health=Health(foundation.store, vitals, clock),
        metrics=foundation.metrics,
        gauges=Gauges(
            foundation.store,
            foundation.metrics,
            accounts=foundation.accounts,
            clock=clock,
            log=foundation.log,
            facts=facts_of(gateway, role=role, works=works),
        ),
        log=foundation.log,
        spans=foundation.spans,
        support=build_support(foundation),
    )
