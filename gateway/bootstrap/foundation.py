"""Foundation: what every command stands on, from configuration to accounts."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from pydantic import BaseModel, ValidationError
from structlog.typing import FilteringBoundLogger

from gateway.bootstrap.applying import build_applier
from gateway.bootstrap.following import refuse_idle_tracks
from gateway.bootstrap.required import required_at
from gateway.bootstrap.traces import call_hook, open_spans
from gateway.config import (
    AccountSection,
    Config,
    ConfigProblems,
    Problem,
    problems_of,
    secrets_in_clear,
)
from gateway.contract import (
    Budget,
    Clock,
    ConfigInvalid,
    Connector,
    ConnectorContext,
    ConnectorFactory,
    GatewayError,
    HttpClient,
    HttpClientFactory,
    RateLimit,
)
from gateway.contract.budget import account_budget
from gateway.contract.http import build_client
from gateway.contract.steered import SteeredBudget
from gateway.ids import SystemClock
from gateway.ports import Store
from gateway.registry import Registry, discover
from gateway.store import Sealer, open_store
from gateway.sync.account import Account, Flow
from gateway.sync.apply import Applier
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.correct import Corrector
from gateway.sync.lookup import Digester
from gateway.sync.parking import Parking
from gateway.sync.remarks import Remarks
from gateway.sync.veil import Veil, veiled
from gateway.telemetry import NO_SPANS, LogForm, Metrics, Spans, build_log


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every command stands on: validated configuration, store, accounts, core parts."""

    config: Config
    store: Store
    sealer: Sealer
    accounts: Mapping[str, Account]
    applier: Applier
    corrector: Corrector
    parking: Parking
    metrics: Metrics
    clock: Clock
    log: Any
    spans: Spans = NO_SPANS

    async def close(self) -> None:
        """Close connectors and store."""
        for account in self.accounts.values():
            await account.connector.close()
            if account.remarks is not None:
                await account.remarks.settled()
        await self.store.close()
        await asyncio.to_thread(self.spans.close)


def validated(config: Config, registry: Registry | None = None) -> dict[str, BaseModel]:
    """Return each account's parsed settings. Raises ``ConfigProblems`` with all that is wrong."""
    registry = registry or discover()
    problems, parsed = [], {}
    for name, section in config.accounts.items():
        path = f"accounts.{name}.settings"
        try:
            model = registry.factory(section.connector).settings
        except ConfigInvalid as error:
            problems.append(Problem(f"accounts.{name}.connector", str(error)))
            continue
        problems += secrets_in_clear(model, section.settings, path)
        try:
            parsed[name] = model.model_validate(section.settings)
        except ValidationError as error:
            problems += problems_of(error, path)
    if problems:
        raise ConfigProblems(problems)
    return parsed


async def lay_foundation(
    config: Config,
    *,
    exclusive: bool,
    env: Mapping[str, str] | None = None,
    log_to: TextIO | None = None,
    log_form: LogForm = LogForm.JSON,
    clock: Clock | None = None,
    traced: bool = False,
) -> Foundation:
    """Open the store and build accounts; no vendor is called yet.

    ``exclusive`` takes an embedded store for this process alone (``run``); commands beside a
    running gateway leave it shared. ``traced`` writes spans where the configuration asks for them,
    as running processes do. Raises ``ConfigProblems``, ``ConfigInvalid``, ``StoreError``.
    """
    clock, log = clock or SystemClock(), _log(config, log_to, log_form)
    registry = discover()
    settings = validated(config, registry)
    sealer = Sealer.from_environment(config.data_dir, os.environ if env is None else env)
    if sealer.generated:
        log.warning("store.development_key", data_dir=config.data_dir.name)
    metrics = Metrics()
    store = open_store(
        config.store_url(), sealer=sealer, clock=clock, exclusive=exclusive,
        on_commit=metrics.committed,
    )  # fmt: skip
    spans = open_spans(config.traces if traced else None, log, metrics)
    accounts = _accounts(
        config, registry, settings, store=store, clock=clock, log=log, metrics=metrics,
        spans=spans, veil=Veil(sealer.derive("ids")),
    )  # fmt: skip
    refuse_idle_tracks(config, accounts)
    applier = build_applier(
        config, accounts, Digester(sealer.derive("lookup")), store=store, clock=clock
    )
    return Foundation(
        config=config, store=store, sealer=sealer, accounts=accounts, applier=applier,
        corrector=Corrector(applier, clock), parking=Parking(store, clock, log), metrics=metrics,
        clock=clock, log=log, spans=spans,
    )  # fmt: skip


def _log(config: Config, log_to: TextIO | None, form: LogForm) -> FilteringBoundLogger:
    level = logging.getLevelNamesMapping()[config.log.level.upper()]
    return build_log(log_to or sys.stderr, form=form, level=level, safe_errors=(GatewayError,))


def _accounts(
    config: Config,
    registry: Registry,
    settings: Mapping[str, BaseModel],
    *,
    store: Store,
    clock: Clock,
    log: Any,  # noqa: ANN401 - structlog's bound logger
    metrics: Metrics,
    spans: Spans,
    veil: Veil,
) -> dict[str, Account]:
    return {
        name: _account(
            name, section, registry.factory(section.connector), settings[name],
            store=store, clock=clock, log=log, metrics=metrics, spans=spans, veil=veil,
            config=config,
        )
        for name, section in config.accounts.items()
    }  # fmt: skip


def _account(
    name: str,
    section: AccountSection,
    factory: ConnectorFactory,
    settings: BaseModel,
    *,
    store: Store,
    clock: Clock,
    log: Any,  # noqa: ANN401 - structlog's bound logger
    metrics: Metrics,
    spans: Spans,
    veil: Veil,
    config: Config,
) -> Account:
    account_log = log.bind(account=name, connector=section.connector)
    limit = factory.manifest.rate_limit
    if section.rate is not None:
        limit = RateLimit(section.rate.calls, section.rate.per_s) if section.rate.calls else None
    slots = store.reserve if config.shares_store() else None
    paced = account_budget(name, limit, clock=clock, slots=slots)
    budget = SteeredBudget(name, paced, limit, clock, slots=slots)

    http = _http(
        name, section, budget=budget, clock=clock, log=account_log, metrics=metrics, spans=spans
    )
    remarks = Remarks(name, store, clock, account_log)
    connector = veiled(
        factory.build(ConnectorContext(name, settings, http, clock, account_log, remarks.note)),
        veil,
    )
    policy = CircuitPolicy(
        config.sync.circuit_failures, config.sync.circuit_pause_s, config.sync.circuit_cap_s
    )
    _refuse_deaf_queue(name, section, connector)
    _refuse_idle_kinds(name, section, connector)
    required = required_at(config, name)
    flow = Flow(section.reads, section.updates, section.creates, section.poll_s, required)
    circuit = Circuit(policy, clock)
    return Account(name, connector, flow, circuit, remarks=remarks, budget=budget)


def _http(
    name: str,
    section: AccountSection,
    *,
    budget: Budget,
    clock: Clock,
    log: Any,  # noqa: ANN401 - structlog's bound logger
    metrics: Metrics,
    spans: Spans,
) -> HttpClientFactory:
    on_call = call_hook(metrics, spans)
    trace = spans.traceparent if section.traceparent and spans.is_on else None

    def http(
        base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> HttpClient:
        return build_client(
            base_url,
            account=name,
            budget=budget,
            clock=clock,
            log=log,
            headers=headers,
            timeout_s=timeout_s or section.timeout_s,
            on_call=on_call,
            trace=trace,
        )

    return http


def _refuse_deaf_queue(name: str, section: AccountSection, connector: Connector) -> None:
    if section.queue is not None and connector.webhooks is None:
        msg = (
            f"accounts.{name}.queue: the connector {section.connector} reads no messages with "
            "these settings; remove the queue, or give it what its webhooks need"
        )
        raise ConfigInvalid(msg)


def _refuse_idle_kinds(name: str, section: AccountSection, connector: Connector) -> None:
    """Refuse kinds of which the account, with its settings, could never read or tell one.

    What comes by calls alone needs no reader.
    """
    is_told = connector.webhooks is not None or connector.services.exchange is not None
    unread = frozenset() if is_told else section.reads - set(connector.readers)
    for key, kinds in (("reads", unread), ("updates", section.updates - set(connector.writers))):
        idle = sorted(kinds)
        if idle:
            msg = (
                f"accounts.{name}.{key}: the connector {section.connector} has no {idle[0]} with "
                f"these settings: take {idle[0]} out, or give it what it needs for that"
            )
            raise ConfigInvalid(msg)
