"""Commands of ``gateway house``: names, options and help; the work is done in ``house_desk``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Who

house = typer.Typer(
    help="The house programme: points that the gateway keeps.", no_args_is_help=True
)

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]


@house.command("show")
def house_show(
    member: Annotated[str, typer.Argument(help="A member's id, phone, e-mail or card.")],
    *,
    last: Annotated[int, typer.Option(min=1, max=500, help="How many movements.")] = 20,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show a member's tier, points and last movements; nothing personal."""
    from gateway.cli.house_desk import show_member  # noqa: PLC0415 - keeps help quick

    show_member(config, member, last=last, as_json=as_json)


@house.command("simulate")
def house_simulate(
    *,
    rules: Annotated[
        Path, typer.Option(help="A TOML file with the [house] that shall be tried.", exists=True)
    ],
    since: Annotated[datetime, typer.Option(formats=_FORMATS, help="The first day, in UTC.")],
    until: Annotated[datetime, typer.Option(formats=_FORMATS, help="The day after the last.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Replay past receipts under other rules and compare; nothing is changed."""
    from gateway.cli.house_desk import simulate  # noqa: PLC0415 - keeps help quick

    simulate(config, rules, (_aware(since), _aware(until)), as_json=as_json)


@house.command("expire")
def house_expire(*, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Do now what the running gateway does by itself: expiry, lapsed reservations, hand-overs."""
    from gateway.cli.house_desk import run_upkeep  # noqa: PLC0415 - keeps help quick

    run_upkeep(config, as_json=as_json)


@house.command("key")
def house_key(
    order: Annotated[str, typer.Argument(help="The order's number, or the sale's id.")],
    *,
    who: Who,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Issue the secret key that keeps an order's conditions after an edit; shown once."""
    from gateway.cli.house_desk import issue_key  # noqa: PLC0415 - keeps help quick

    issue_key(config, order, who=who, as_json=as_json)


def _aware(at: datetime) -> datetime:
    """Read a time without a zone as UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
