"""``gateway connector list``, ``check`` and ``new``."""

from __future__ import annotations

import asyncio
import io
import tempfile
from pathlib import Path

import typer

from gateway.bootstrap.foundation import lay_foundation
from gateway.cli.screen import print_json, say, table
from gateway.config import Config, StoreSection, load
from gateway.contract import ConfigInvalid
from gateway.ids import SystemClock
from gateway.ops.connectors import Examined, Installed, examined, installed
from gateway.ops.faults import ExitCode
from gateway.ops.scaffold import write_here, write_package
from gateway.registry import Found, discover
from gateway.store import upgrade


def list_connectors(*, as_json: bool) -> None:
    """Print the connectors that are installed, and those that cannot be loaded with the reason."""
    connectors, broken = discover().all()
    found = installed(connectors)
    if as_json:
        print_json({"connectors": found, "broken": broken})
        return
    table(
        ("key", "vendor", "api", "read on", "limit", "package"),
        [
            (
                one.key, one.vendor, one.api_version, one.documented, one.rate_limit or "-",
                f"{one.distribution} {one.version}",
            )
            for one in found
        ],
    )  # fmt: skip
    say()
    table(
        ("capability", *(one.key for one in found)),
        [
            (name, *("yes" if name in one.capabilities else "-" for one in found))
            for name in sorted({name for one in found for name in one.capabilities})
        ],
    )
    for key, reason in sorted(broken.items()):
        say(f"{key} cannot be loaded: {reason}")


def check_connector(name: str, path: Path | None, *, as_json: bool) -> None:
    """Print what a connector declares and what its accounts have; ends with 1 for any fault.

    Raises: ``ConfigInvalid`` for a connector that is not there or cannot be loaded.
    """
    found = discover().found(name)
    config = None if path is None else load(path)
    result = asyncio.run(_examined(found, config))
    if as_json:
        print_json({"ok": result.ok, "result": result})
    else:
        _show(result)
    if not result.ok:
        raise typer.Exit(ExitCode.FOUND)


def new_connector(name: str, to: Path, *, here: bool, as_json: bool) -> None:
    """Write a connector's files and print what to do next."""
    today = SystemClock().now().date()
    root = Path.cwd() if here else to
    made = write_here(name, root, today=today) if here else write_package(name, root, today=today)
    if as_json:
        print_json({"files": [str(one) for one in made.files], "steps": made.steps})
        return
    for one in made.files:
        say(f"wrote {one}")
    say()
    say("next:")
    for number, step in enumerate(made.steps, start=1):
        say(f"  {number}. {step}")


async def _examined(found: Found, config: Config | None) -> Examined:
    today = SystemClock().now().date()
    if config is None:
        return await examined(found, {}, today=today)
    used = {name: one for name, one in config.accounts.items() if one.connector == found.key}
    if not used:
        msg = f"no account of this configuration uses the connector {found.key}"
        raise ConfigInvalid(msg)
    with tempfile.TemporaryDirectory(prefix="gateway-check") as folder:
        # The gateway's own store is not needed, and other accounts shall not be asked.
        changed = {"data_dir": Path(folder), "store": StoreSection(), "accounts": used}
        alone = config.model_copy(update=changed)
        await asyncio.to_thread(upgrade, alone.store_url())
        foundation = await lay_foundation(alone, exclusive=False, log_to=io.StringIO())
        try:
            return await examined(found, foundation.accounts, today=today)
        finally:
            await foundation.close()


def _show(result: Examined) -> None:
    _show_head(result.connector)
    names = sorted({name for one in result.abilities for name in one.accounts})
    table(
        ("capability", *names),
        [
            (one.capability, *("yes" if one.accounts[name] else "not set up" for name in names))
            for one in result.abilities
        ],
    )
    say(f"settings (* must be given): {' '.join(result.settings)}")
    for one in result.checks:
        say(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}")
        for note in one.notes:
            say(f"        {note}")
        for name, fact in one.facts.items():
            say(f"        {name} = {fact}")


def _show_head(one: Installed) -> None:
    say(f"{one.key}: {one.vendor}, API {one.api_version}, read on {one.documented}")
    say(f"from {one.distribution} {one.version}, limit {one.rate_limit or 'none'}")
