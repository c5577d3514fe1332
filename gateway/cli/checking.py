"""``gateway check``."""

from __future__ import annotations

import asyncio
import io
import tempfile
from pathlib import Path

import typer

from gateway.bootstrap.forms import form_problems
from gateway.bootstrap.foundation import Foundation, lay_foundation, validated
from gateway.bootstrap.merging import merge_problems
from gateway.bootstrap.tills import till_problems
from gateway.bus import open_bus
from gateway.cli.screen import print_json, say
from gateway.config import Config, ConfigProblems, Problem, StoreSection, load
from gateway.contract import ConfigInvalid
from gateway.ids import SystemClock
from gateway.ops.check import (
    Checked,
    checked_accounts,
    checked_bus,
    checked_configuration,
    checked_database,
)
from gateway.ops.faults import ExitCode
from gateway.store import schema_state, upgrade
from gateway.telemetry import build_log


def check_all(path: Path, *, as_json: bool) -> None:
    """Check and print; ends with 1 when anything needs a person."""
    results = asyncio.run(_check(path))
    if as_json:
        print_json({"ok": all(one.ok for one in results), "checks": results})
    else:
        for one in results:
            say(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}")
            for note in one.notes:
                say(f"        {note}")
    if not all(one.ok for one in results):
        raise typer.Exit(ExitCode.FOUND)


async def _check(path: Path) -> list[Checked]:
    config, problems = _configuration(path)
    results = [checked_configuration(problems)]
    if config is None:
        return results
    url, embedded = config.store_url(), not config.shares_store()
    database = await asyncio.to_thread(
        checked_database, lambda: schema_state(url), embedded=embedded
    )
    results += [database, await _bus(config)]
    usable = database.ok and (await asyncio.to_thread(schema_state, url)).fits
    results += await (_accounts(config, remembers=True) if usable else _accounts_alone(config))
    return results


def _configuration(path: Path) -> tuple[Config | None, list[Problem]]:
    """Return the configuration and everything that is wrong with it."""
    try:
        config = load(path)
        validated(config)
    except ConfigProblems as error:
        return None, list(error.problems)
    except ConfigInvalid as error:
        return None, [Problem("connectors", str(error))]
    return config, []


async def _bus(config: Config) -> Checked:
    try:
        bus = open_bus(
            config.bus.url.get_secret_value(),
            prefix=config.bus.prefix,
            shards=config.bus.shards,
            clock=SystemClock(),
            log=build_log(io.StringIO()),
        )
    except ConfigInvalid as error:
        return Checked("bus", ok=False, notes=(str(error),))
    return await checked_bus(bus)


async def _accounts(config: Config, *, remembers: bool) -> tuple[Checked, ...]:
    foundation = await lay_foundation(config, exclusive=False, log_to=io.StringIO())
    try:
        accounts = await checked_accounts(
            foundation.accounts, foundation.parking if remembers else None
        )
        return (*_tills(foundation), *_forms(foundation), *_merges(foundation), *accounts)
    finally:
        await foundation.close()


def _tills(foundation: Foundation) -> tuple[Checked, ...]:
    """Check routes and callers of tills, where there are any."""
    config = foundation.config
    if config.pos is None and not config.loyalty.routes:
        return ()
    has_house = config.house is not None
    problems = till_problems(config, foundation.accounts, has_house=has_house)
    return (Checked("tills", ok=not problems, notes=tuple(map(str, problems))),)


def _forms(foundation: Foundation) -> tuple[Checked, ...]:
    """Check questionnaires, where there are any."""
    if not foundation.config.forms:
        return ()
    problems = list(form_problems(foundation))
    return (Checked("forms", ok=not problems, notes=tuple(map(str, problems))),)


def _merges(foundation: Foundation) -> tuple[Checked, ...]:
    """Check how people are asked about merges, where they are."""
    section = foundation.config.merge
    if section.page is None and section.ask == "never":
        return ()
    problems = list(merge_problems(foundation))
    return (Checked("merges", ok=not problems, notes=tuple(map(str, problems))),)


async def _accounts_alone(config: Config) -> tuple[Checked, ...]:
    """Probe without the gateway's own store, which is not there or not usable yet."""
    with tempfile.TemporaryDirectory(prefix="gateway-check") as folder:
        alone = config.model_copy(update={"data_dir": Path(folder), "store": StoreSection()})
        await asyncio.to_thread(upgrade, alone.store_url())
        return await _accounts(alone, remembers=False)
