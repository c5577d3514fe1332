"""Tills: the loyalty service, put together over a foundation, where the configuration asks for it.

The log of sales is a file of this process, or with ``pos.shared`` the store. Without ``shared`` one
process serves tills, and holds the lease ``tills`` as long as it does.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from structlog.contextvars import get_contextvars

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.required import required_at
from gateway.bootstrap.till_extras import Extras, extras_of
from gateway.config import HOUSE, Config, ConfigProblems, PosSection, Problem
from gateway.contract import ConfigInvalid
from gateway.identity.erasing.late import LateSales
from gateway.ids import Jitter, sortable_id
from gateway.loyalty.advance import Advancer
from gateway.loyalty.book import Book
from gateway.loyalty.codec import short_digest
from gateway.loyalty.endings import Endings
from gateway.loyalty.processor import Processor
from gateway.loyalty.routes import Route, Routes
from gateway.loyalty.seen import Seen
from gateway.loyalty.service import Lease, LoyaltyService, Running
from gateway.loyalty.serving import Serving, Terms
from gateway.loyalty.settle import Settler
from gateway.loyalty.shadow import Shadow
from gateway.loyalty.stories import Stories
from gateway.loyalty.switches import Switches
from gateway.loyalty.turns import Turns
from gateway.ports import SaleRow, Store
from gateway.store import LocalSaleLog, StoreSaleLog, open_sale_log
from gateway.sync.account import Account
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.lookup import Digester
from gateway.sync.operate import Operations
from gateway.sync.policy import RetryPolicy

LOG_FILE = "sales.db"
LEASE = "tills"
LEASE_S = 15.0
RETRY_CAP_S = 60.0
QUIET_S = 2.0
"""Seconds without any answer after which a processor seems away, and tills wait for it no more."""
REST_S = 15.0
"""The longest rest of a processor: each till that tries it again waits for its deadline at most."""
UNEXPLAINED_TRIES = 10

SalesLog = LocalSaleLog | StoreSaleLog


@dataclass(frozen=True, slots=True)
class Tills:
    """The service at work, with what the configuration adds to it."""

    running: Running
    extras: Extras

    @property
    def service(self) -> LoyaltyService:
        """What the doors call."""
        return self.running.service

    async def start(self) -> None:
        """Take over what was begun before. Raises ``StoreError`` when it cannot be read."""
        await self.running.start()
        self.extras.start()

    async def stop(self) -> None:
        """Begin nothing more, and finish what is under way."""
        await self.extras.stop()
        await self.running.stop()


def has_tills(config: Config) -> bool:
    """Tell whether anybody is to be served."""
    return config.pos is not None or bool(config.loyalty.routes)


def till_problems(
    config: Config, accounts: Mapping[str, Account], *, has_house: bool
) -> Sequence[Problem]:
    """Return what is wrong with routes and callers."""
    problems = []
    if HOUSE in accounts:
        text = "this name is the programme inside the gateway's: name the account otherwise"
        problems.append(Problem(f"accounts.{HOUSE}", text))
    for place, route in enumerate(config.loyalty.routes):
        for field in ("processor", "shadow"):
            name = getattr(route, field)
            text = _unfit(name, accounts, has_house=has_house) if name is not None else ""
            if text:
                problems.append(Problem(f"loyalty.routes.{place}.{field}", text))
    if config.pos is not None and config.pos.callers and not config.loyalty.routes:
        text = "tills may call and nobody keeps points: add a [[loyalty.routes]] with a processor"
        problems.append(Problem("loyalty.routes", text))
    if config.loyalty.code_needed and config.codes.mode == "vendor":
        names = {route.processor for route in config.loyalty.routes}
        mute = sorted(name for name in names if not _sends_codes(name, accounts))
        if mute:
            text = f"{mute[0]} sends no one-time codes: set codes.mode to own, or take this out"
            problems.append(Problem("loyalty.code_needed", text))
    return problems


def _sends_codes(name: str, accounts: Mapping[str, Account]) -> bool:
    return name in accounts and accounts[name].connector.services.codes is not None


async def open_tills(
    foundation: Foundation, operations: Operations | None = None, *, extras: Extras | None = None
) -> Tills | None:
    """Put the service together and open its log; ``None`` where nobody is to be served.

    ``extras`` are those of the configuration where none are handed in; without ``operations`` the
    house tells nobody anything.

    Raises ``ConfigProblems``, and ``ConfigInvalid`` where another process serves tills.
    """
    config = foundation.config
    if not has_tills(config):
        return None
    extras = extras or extras_of(foundation, operations)
    problems = till_problems(config, foundation.accounts, has_house=extras.house is not None)
    if problems:
        raise ConfigProblems(list(problems))
    pos = config.pos or PosSection()
    lease = None if pos.shared else _lease(foundation)
    if lease is not None and not await lease.held(foundation.clock.now()):
        msg = (
            "pos.shared: another process serves tills on this store: stop that one, or set "
            "pos.shared in the configuration of all of them"
        )
        raise ConfigInvalid(msg)
    sales = await _sales(foundation, is_shared=pos.shared)
    past = StorePast(foundation.store, sales)
    serving = _serving(foundation, pos, sales, extras)
    settler = Settler(
        serving.book, serving.turns, serving.advancer, past, foundation.clock, foundation.log
    )
    running = Running(
        serving, settler, past, sales=sales, store=foundation.store, new_id=sortable_id,
        lease=lease,
    )  # fmt: skip
    return Tills(running, extras)


@dataclass(frozen=True, slots=True)
class StorePast:
    """What was written before, in the store and in a local log that was not moved yet."""

    store: Store
    sales: SalesLog

    async def unfinished(self) -> Sequence[SaleRow]:
        """See ``Past``."""
        return await self.sales.open_rows()

    async def finished(self, *, limit: int) -> Sequence[SaleRow]:
        """See ``Past``; what waits in the log is later than what the store has."""
        rows = await self.store.read(
            lambda tx: tx.list_sales(progress=None, processor=None, limit=limit)
        )
        return [*await self.sales.waiting_rows(), *rows]

    async def due(self, *, now: datetime, limit: int) -> Sequence[SaleRow]:
        """See ``Past``."""
        return await self.store.read(lambda tx: tx.due_sales(now=now, limit=limit))


def _unfit(name: str, accounts: Mapping[str, Account], *, has_house: bool) -> str:
    if name == HOUSE:
        return "" if has_house else "the programme inside the gateway is not configured: do so"
    if name not in accounts:
        return f"no account is called {name}: name one of [accounts], or {HOUSE}"
    if accounts[name].connector.services.loyalty is None:
        return f"the account {name} keeps no points: name one with the capability loyalty"
    return ""


def _lease(foundation: Foundation) -> Lease:
    """Return the lease of this place: a process that is started again there goes on with it."""
    place = f"{socket.gethostname()}\n{foundation.config.data_dir.resolve()}"
    length = timedelta(seconds=LEASE_S)
    return Lease(foundation.store, LEASE, short_digest(place), length)


async def _sales(foundation: Foundation, *, is_shared: bool) -> SalesLog:
    digester = Digester(foundation.sealer.derive("lookup"))
    story, sieve = Stories(digester), LateSales(digester)
    if is_shared:
        return StoreSaleLog(foundation.store, story=story, sieve=sieve)
    foundation.config.data_dir.mkdir(parents=True, exist_ok=True)
    return await open_sale_log(
        foundation.config.data_dir / LOG_FILE, foundation.store, sealer=foundation.sealer,
        log=foundation.log, story=story, sieve=sieve,
    )  # fmt: skip


def _serving(foundation: Foundation, pos: PosSection, sales: SalesLog, extras: Extras) -> Serving:
    config, clock, log = foundation.config, foundation.clock, foundation.log
    book, turns = Book(sales), Turns(clock, log)
    processors = _processors(foundation, extras)
    policy = RetryPolicy(
        config.sync.retry_first_s, min(config.sync.retry_cap_s, RETRY_CAP_S),
        unexplained=UNEXPLAINED_TRIES,
    )  # fmt: skip
    endings = Endings(policy, pos.hold_s, Jitter().draw)
    loyalty = config.loyalty
    return Serving(
        routes=Routes([Route(**dict(one)) for one in loyalty.routes]),
        processors=processors,
        switches=Switches(foundation.store, clock, log, loyalty.code_needed),
        book=book,
        turns=turns,
        advancer=Advancer(book, turns, processors, endings, clock, log, spans=foundation.spans),
        seen=Seen(loyalty.stale_s),
        shadow=Shadow(foundation.store, clock, log, foundation.metrics.tills),
        terms=Terms(pos.hold_s, pos.future_s, loyalty.invitation),
        clock=clock,
        log=log,
        metrics=foundation.metrics.tills,
        correlation=_correlation,
        proofs=extras.proofs,
        codes=extras.codes,
        spans=foundation.spans,
    )


def _processors(foundation: Foundation, extras: Extras) -> Mapping[str, Processor]:
    """Return every account that keeps points: rows of earlier routes are settled at theirs."""
    sync, clock = foundation.config.sync, foundation.clock
    policy = CircuitPolicy(
        sync.circuit_failures, sync.circuit_pause_s, min(sync.circuit_cap_s, REST_S), QUIET_S
    )
    processors = {}
    for name, account in foundation.accounts.items():
        services = account.connector.services
        if services.loyalty is not None:
            circuit = Circuit(policy, clock, held=partial(getattr, account, "paused"))
            processors[name] = Processor(
                name, services.loyalty, circuit, services.codes, account.flow.required
            )
    if extras.house is not None:
        processors[HOUSE] = Processor(
            HOUSE, extras.house, Circuit(policy, clock),
            required=required_at(foundation.config, HOUSE),
        )  # fmt: skip
    return processors


def _correlation() -> str:
    """Return the correlation id of the call under way; the door has bound it."""
    return str(get_contextvars().get("correlation_id", ""))
