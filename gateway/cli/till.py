"""Commands of ``gateway till``: names, options and help; the work is done in ``gateway.demo``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from gateway.cli.options import AsJson

till = typer.Typer(help="A till, to try the gateway with.", no_args_is_help=True)


class ProcessorName(StrEnum):
    """Who keeps the points."""

    HOUSE = "house"
    MINDBOX = "mindbox"
    LOYMAX = "loymax"
    RETAILCRM = "retailcrm"


class LanguageName(StrEnum):
    """In which language the till speaks."""

    RU = "ru"
    EN = "en"


Processor: TypeAlias = Annotated[
    ProcessorName, typer.Option(help="Who keeps the points: a double, or the gateway.")
]
Url: TypeAlias = Annotated[
    str, typer.Option(help="A gateway that runs already; nothing is started then.")
]
Key: TypeAlias = Annotated[
    str, typer.Option(envvar="GATEWAY_TILL_KEY", help="The key of its till.", show_default=False)
]
Kopecks: TypeAlias = Annotated[
    bool, typer.Option("--kopecks", help="Any price: points are rounded as the processor does it.")
]
Faults: TypeAlias = Annotated[
    bool, typer.Option("--faults", help="5 % of the processor's calls fail, 5 % are slow.")
]
Outage: TypeAlias = Annotated[
    bool, typer.Option("--outage", help="The processor is away for a tenth of the day.")
]
Deadline: TypeAlias = Annotated[
    int, typer.Option(min=100, help="Milliseconds in which a till wants its answer.")
]
Open: TypeAlias = Annotated[
    float, typer.Option(min=0, help="Seconds that the shops are open; 0: as few as may be.")
]
Keep: TypeAlias = Annotated[
    Path | None, typer.Option(file_okay=False, help="New folder for logs and data.")
]


@till.command("day")
def till_day(
    *,
    shops: Annotated[int, typer.Option(min=1, max=99, help="How many shops there are.")] = 25,
    receipts: Annotated[int, typer.Option(min=1, help="How many receipts they ring.")] = 500,
    members: Annotated[int, typer.Option(min=1, help="How many members buy.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    processor: Processor = ProcessorName.MINDBOX,
    kill: Annotated[int, typer.Option(min=0, help="How often the gateway is killed (-9).")] = 0,
    faults: Faults = False,
    outage: Outage = False,
    kopecks: Kopecks = False,
    deadline: Deadline = 1500,
    day: Open = 0.0,
    url: Url = "",
    key: Key = "",
    keep: Keep = None,
    as_json: AsJson = False,
) -> None:
    """Live a day of shops, and judge it by what the processor holds and a second reckoning.

    Starts the processor's double and a gateway of its own. With --url the day is told to a gateway
    that runs already: then its answers are judged, and no balances. Ends with 1 unless all is well.
    """
    from gateway.demo.till.command import DayOptions, run_day  # noqa: PLC0415 - keeps help quick

    run_day(
        DayOptions(
            shops=shops, receipts=receipts, members=members, seed=seed, processor=str(processor),
            kills=kill, faults=faults, outage=outage, free=kopecks, deadline_ms=deadline,
            day_s=day, url=url, key=key, keep=keep, as_json=as_json,
        )
    )  # fmt: skip


@till.command("sell")
def till_sell(
    *,
    processor: Processor = ProcessorName.MINDBOX,
    url: Url = "",
    key: Key = "",
    language: Annotated[LanguageName, typer.Option(help="The till's language.")] = LanguageName.RU,
    seed: Annotated[int, typer.Option(help="The same seed is the same shelf.")] = 1,
) -> None:
    """Sell by hand: scan, identify, spend, pay, return; see cashier's screen and receipt.

    Starts a gateway, and the processor's double with five members, unless --url names a gateway.
    """
    from gateway.demo.till.command import SellOptions, run_sell  # noqa: PLC0415 - keeps help quick

    run_sell(SellOptions(str(processor), url, key, str(language), seed))
