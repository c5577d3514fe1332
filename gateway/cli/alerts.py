"""Commands of ``gateway alert``: names, options and help."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Who

alert = typer.Typer(help="What is wrong, and who is told.", no_args_is_help=True)


@alert.command("list")
def alert_list(
    *,
    history: Annotated[bool, typer.Option("--history", help="What is over too.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="What each rule sees now.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List what is wrong now, and silences. Ends with 1 when anything is on."""
    from gateway.cli.alert_desk import list_alerts  # noqa: PLC0415 - keeps help quick

    list_alerts(config, history=history, rules=rules, as_json=as_json)


@alert.command("test")
def alert_test(
    address: Annotated[str, typer.Argument(help="A name from [alerts.to]; all without it.")] = "",
    *,
    who: Who,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Send a message that says that it is a test. Ends with 1 when one was not taken."""
    from gateway.cli.alert_desk import test_addresses  # noqa: PLC0415 - keeps help quick

    test_addresses(config, address, who=who, as_json=as_json)


@alert.command("silence")
def alert_silence(
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why; the next one on duty will ask.")] = "",
    minutes: Annotated[float, typer.Option(min=0, help="For how long.")] = 60.0,
    rule: Annotated[str, typer.Option(help="Only this rule.")] = "",
    subject: Annotated[str, typer.Option(help="Only this account, machine, or feed.")] = "",
    lift: Annotated[str, typer.Option(metavar="ID", help="End this silence instead.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Tell no beginnings for a while; what lasts is told afterwards."""
    from gateway.cli.alert_desk import silence_alerts  # noqa: PLC0415 - keeps help quick

    params = {"reason": reason, "minutes": minutes, "rule": rule, "subject": subject, "lift": lift}
    silence_alerts(config, params, who=who, as_json=as_json)
