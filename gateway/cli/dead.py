"""Commands of ``gateway dead``: names, options and help; the work is done in ``letters``."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Unmask, Who

dead = typer.Typer(help="Dead letters: what a person must decide about.", no_args_is_help=True)

LetterId: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The letter's id.")]
LetterIds: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="The letters' ids.")
]
Cause: TypeAlias = Annotated[str | None, typer.Option(help="All letters with this cause code.")]
OfAccount: TypeAlias = Annotated[str | None, typer.Option(help="Only letters of this account.")]
AsOf: TypeAlias = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S"],
        help="Only letters that were there at this time, as `dead list` prints it.",
    ),
]


class State(StrEnum):
    """States of letters."""

    OPEN = "open"
    REPLAYED = "replayed"
    DROPPED = "dropped"


@dead.command("list")
def dead_list(
    *,
    account: OfAccount = None,
    state: Annotated[State, typer.Option(help="Letters in this state.")] = State.OPEN,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List letters, grouped by cause."""
    from gateway.cli.letters import Desk  # noqa: PLC0415 - keeps help quick

    Desk(config, "", as_json).list(account=account, state=str(state))


@dead.command("show")
def dead_show(
    letter: LetterId,
    *,
    who: Who,
    config: ConfigPath = DEFAULT_CONFIG,
    unmask: Unmask = False,
    as_json: AsJson = False,
) -> None:
    """Show one letter: cause, remedy, the frozen request, the answer, the tries."""
    from gateway.cli.letters import Desk  # noqa: PLC0415 - keeps help quick

    Desk(config, who, as_json).show(letter, unmask=unmask)


@dead.command("edit")
def dead_edit(
    letter: LetterId,
    *,
    who: Who,
    settings: Annotated[
        list[str],
        typer.Option("--set", metavar="PATH=VALUE", help="Set a field; an empty value removes it."),
    ],
    rehearse: Annotated[
        bool, typer.Option("--dry-run", help="Show the difference and change nothing.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Correct the snapshot, show the difference, and tell every account that holds otherwise."""
    from gateway.cli.letters import Desk  # noqa: PLC0415 - keeps help quick

    Desk(config, who, as_json).edit(letter, settings, rehearse=rehearse)


@dead.command("replay")
def dead_replay(
    letters: LetterIds = None,
    *,
    who: Who,
    cause: Cause = None,
    account: OfAccount = None,
    as_of: AsOf = None,
    rehearse: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent and change nothing.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Send again, or read again what could not be read.

    What is sent is the snapshot as it is now; a newer version is never overtaken.
    """
    from gateway.cli.letters import Desk, choice_of  # noqa: PLC0415 - keeps help quick

    choice = choice_of(letters or (), cause=cause, account=account, as_of=_aware(as_of))
    desk = Desk(config, who, as_json)
    (desk.rehearse if rehearse else desk.replay)(choice)


@dead.command("drop")
def dead_drop(
    letters: LetterIds = None,
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the letter.")],
    cause: Cause = None,
    account: OfAccount = None,
    as_of: AsOf = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Close letters without sending; the next change is told as usual."""
    from gateway.cli.letters import Desk, choice_of  # noqa: PLC0415 - keeps help quick

    choice = choice_of(letters or (), cause=cause, account=account, as_of=_aware(as_of))
    Desk(config, who, as_json).drop(choice, reason=reason)


def _aware(at: datetime | None) -> datetime | None:
    """Read a time without a zone as UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
