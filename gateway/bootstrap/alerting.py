"""Alerting: rules, addresses and duties, put together over a foundation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.bootstrap.foundation import Foundation
from gateway.bus import BusHealth
from gateway.config import AlertsSection
from gateway.contract import HttpClient
from gateway.contract.budget import account_budget
from gateway.contract.http import build_client
from gateway.ids import Jitter, sortable_id
from gateway.ops.alerts.courier import Courier
from gateway.ops.alerts.desk import AlertDesk
from gateway.ops.alerts.duty import LocalDuty, SharedDuty
from gateway.ops.alerts.facts import Looker
from gateway.ops.alerts.hook import Hook, base_of
from gateway.ops.alerts.outage import Outage
from gateway.ops.alerts.record import Recorder
from gateway.ops.alerts.ways import Way, ways_of
from gateway.sync.operate import Operations
from gateway.sync.policy import RetryPolicy

_HOOK_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Alerting:
    """The duties of one process."""

    shared: SharedDuty
    local: LocalDuty
    clients: tuple[HttpClient, ...]

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            await asyncio.gather(self.shared.run(), self.local.run())
        finally:
            for client in self.clients:
                await client.close()


def build_alerting(
    foundation: Foundation,
    operations: Operations,
    *,
    bus: Callable[[], BusHealth] | None,
    holder: str,
    machine: str = "",
) -> Alerting:
    """Put the duties together; starts nothing. ``bus`` is ``None`` where it is this process alone.

    Raises ``ConfigInvalid`` for an address that cannot be reached.
    """
    section, store = _section(foundation), foundation.store
    clock, log = foundation.clock, foundation.log
    machine = machine or socket.gethostname()
    ways, clients = _ways(foundation)
    recorder = Recorder(section, sortable_id)
    sync = foundation.config.sync
    courier = Courier(
        store, section, ways, operations.submit, clock,
        RetryPolicy(sync.retry_first_s, sync.retry_cap_s), Jitter().draw,
    )  # fmt: skip
    looker = Looker(store, foundation.accounts, section, clock=clock, log=log)
    outage = Outage(
        store, section, ways, clock=clock, log=log, new_id=sortable_id, machine=machine,
        data_dir=foundation.config.data_dir,
    )  # fmt: skip
    return Alerting(
        SharedDuty(store, section, looker, recorder, courier, clock, log, holder),
        LocalDuty(
            store, section, recorder, outage, clock, log, holder, machine,
            foundation.config.data_dir, bus,
        ),
        clients,
    )  # fmt: skip


def build_alert_desk(foundation: Foundation) -> AlertDesk:
    """Return what people see of alerts. Raises ``ConfigInvalid`` as ``build_alerting`` does."""
    section, store = _section(foundation), foundation.store
    clock, log = foundation.clock, foundation.log
    looker = Looker(store, foundation.accounts, section, clock=clock, log=log)
    return AlertDesk(store, section, looker, _ways(foundation)[0], clock, sortable_id)


def _section(foundation: Foundation) -> AlertsSection:
    """Return the section; links lead to the console's public address unless it names another."""
    section, console = foundation.config.alerts, foundation.config.console
    return section.model_copy(update={"console_url": section.console_url or console.url})


def _ways(foundation: Foundation) -> tuple[Mapping[str, Way], tuple[HttpClient, ...]]:
    clients: list[HttpClient] = []
    clock = foundation.clock

    def make(name: str, url: str, secret: str) -> Hook:
        client = build_client(
            base_of(url),
            account=f"alerts.{name}",
            budget=account_budget(name, None, clock=clock),
            clock=clock,
            log=foundation.log.bind(account=f"alerts.{name}"),
            timeout_s=_HOOK_TIMEOUT_S,
        )
        clients.append(client)
        return Hook(client, url, secret, clock)

    ways = ways_of(_section(foundation), foundation.accounts, make)
    return ways, tuple(clients)
