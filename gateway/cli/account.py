"""Commands of ``gateway account``: names, options and help; ``account_desk`` does the work."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Who

account = typer.Typer(help="Accounts: how they are, and what is decided.", no_args_is_help=True)

Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="As `[accounts.NAME]`.")]


@account.command("list")
def account_list(*, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List accounts: how they are, and which share of their limit they use."""
    from gateway.cli.account_desk import list_accounts  # noqa: PLC0415 - keeps help quick

    list_accounts(config, as_json=as_json)


@account.command("probe")
def account_probe(
    name: Name, *, who: Who, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Ask an account whether it works, by a harmless call; a parked one then goes on.

    Ends with 1 when it does not work. A pause stays: only `account resume` takes it back.
    """
    from gateway.cli.account_desk import probe  # noqa: PLC0415 - keeps help quick

    probe(config, name, who=who, as_json=as_json)


@account.command("pause")
def account_pause(
    name: Name,
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why; it is shown to all.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let an account rest until `account resume`; what comes meanwhile waits."""
    from gateway.cli.account_desk import decide  # noqa: PLC0415 - keeps help quick

    decide(config, "account.pause", name, {"reason": reason}, who=who, as_json=as_json)


@account.command("resume")
def account_resume(
    name: Name, *, who: Who, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Take a pause back."""
    from gateway.cli.account_desk import decide  # noqa: PLC0415 - keeps help quick

    decide(config, "account.resume", name, {}, who=who, as_json=as_json)


@account.command("budget")
def account_budget(
    name: Name,
    *,
    who: Who,
    calls: Annotated[
        int | None, typer.Option(min=1, help="So many calls; without it the limit is restored.")
    ] = None,
    per_s: Annotated[float, typer.Option(help="In so many seconds.")] = 1.0,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let fewer calls leave than the limit of an account allows, or restore it."""
    from gateway.cli.account_desk import decide  # noqa: PLC0415 - keeps help quick

    params = {"calls": calls, "per_s": per_s} if calls is not None else {}
    decide(config, "account.budget", name, params, who=who, as_json=as_json)
