"""Commands of ``gateway sale`` and ``gateway switch``: names, options and help."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Unmask, Who

sale = typer.Typer(
    help="Sales of tills: not settled yet, or refused for good.", no_args_is_help=True
)
switch = typer.Typer(help="Whether points are earned and spent, and where.", no_args_is_help=True)

SaleId: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The sale's id, till:id.")]


class Progress(StrEnum):
    """How far a sale has come."""

    RESERVING = "reserving"
    RESERVED = "reserved"
    COMMITTING = "committing"
    COMMITTED = "committed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    DEAD = "dead"


class Switched(StrEnum):
    """What is switched."""

    EARNING = "earning"
    SPENDING = "spending"


class Position(StrEnum):
    """How a switch stands."""

    ON = "on"
    OFF = "off"


@sale.command("list")
def sale_list(
    *,
    progress: Annotated[
        Progress | None, typer.Option(help="Only those; `dead` ones wait for a person.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only sales of this processor.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List sales and returns, the last changed first."""
    from gateway.cli.sales import list_sales  # noqa: PLC0415 - keeps help quick

    wanted = str(progress) if progress is not None else None
    list_sales(config, progress=wanted, account=account, as_json=as_json)


@sale.command("show")
def sale_show(
    sale_id: SaleId,
    *,
    who: Who,
    config: ConfigPath = DEFAULT_CONFIG,
    unmask: Unmask = False,
    as_json: AsJson = False,
) -> None:
    """Show one sale: how far it came, why, and what to do."""
    from gateway.cli.sales import show_sale  # noqa: PLC0415 - keeps help quick

    show_sale(config, sale_id, who=who, unmask=unmask, as_json=as_json)


@sale.command("retry")
def sale_retry(sale_id: SaleId, *, who: Who, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Look a refused sale up at its processor and tell it again."""
    from gateway.cli.sales import retry_sale  # noqa: PLC0415 - keeps help quick

    retry_sale(config, sale_id, who=who)


@sale.command("drop")
def sale_drop(
    sale_id: SaleId,
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the sale.")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Give a refused sale up; what it may hold at its processor is given back."""
    from gateway.cli.sales import drop_sale  # noqa: PLC0415 - keeps help quick

    drop_sale(config, sale_id, who=who, reason=reason)


@switch.command("list")
def switch_list(*, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List all turns, the last first: who turned what, from when on, and why."""
    from gateway.cli.switching import list_turns  # noqa: PLC0415 - keeps help quick

    list_turns(config, as_json=as_json)


@switch.command("set")
def switch_set(
    feature: Annotated[Switched, typer.Argument(help="What is switched.")],
    position: Annotated[Position, typer.Argument(help="How it shall stand.")],
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the turn.")],
    shop: Annotated[str | None, typer.Option(help="Only for this shop.")] = None,
    brand: Annotated[str | None, typer.Option(help="Only for this brand.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S"],
            help="From this moment on, for all at once; without a zone in UTC. Now unless given.",
        ),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Turn earning or spending on or off. Running gateways follow within a second."""
    from gateway.cli.switching import set_switch  # noqa: PLC0415 - keeps help quick

    if shop is not None and brand is not None:
        msg = "name a shop or a brand, not both"
        raise typer.BadParameter(msg)
    aware = None
    if since is not None:
        aware = (since if since.tzinfo else since.replace(tzinfo=UTC)).astimezone(UTC)
    reach, name = ("shop", shop) if shop else ("brand", brand) if brand else ("all", "")
    set_switch(
        config, str(feature), on=position is Position.ON, reach=reach, name=name or "",
        since=aware, who=who, reason=reason,
    )  # fmt: skip
