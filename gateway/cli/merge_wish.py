"""What ``gateway merge`` was asked for: exactly one of asking, confirming, undoing and listing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.cli import merging
from gateway.ports import MergeState


@dataclass(frozen=True, slots=True)
class MergeWish:
    """The command line as it was typed."""

    survivor: str
    absorbed: str
    undo: str
    confirm: str
    codes: tuple[str, ...]
    state: str
    reason: str
    vouch: bool
    despite: bool


def carry_out(path: Path, wish: MergeWish, *, who: str, as_json: bool) -> None:
    """Do it. Raises ``typer.BadParameter`` for none or several at once."""
    asks = bool(wish.survivor or wish.absorbed)
    if sum((asks, bool(wish.undo), bool(wish.confirm), bool(wish.state))) != 1:
        msg = "name two customers, or use one of --undo, --confirm and --state"
        raise typer.BadParameter(msg)
    if wish.state:
        if wish.state not in set(MergeState):
            msg = f"one of {', '.join(MergeState)}"
            raise typer.BadParameter(msg, param_hint="--state")
        merging.list_merges(path, state=wish.state, as_json=as_json)
    elif wish.confirm:
        merging.confirm(path, wish.confirm, _codes(wish.codes), who=who, as_json=as_json)
    elif wish.undo:
        merging.act(path, merging.undo(wish.undo, wish.reason), who=who, as_json=as_json)
    else:
        pair = (wish.survivor, wish.absorbed)
        action = merging.ask(pair, wish.reason, vouch=wish.vouch, despite=wish.despite)
        merging.act(path, action, who=who, as_json=as_json)


def _codes(typed: tuple[str, ...]) -> dict[int, str]:
    found = {}
    for one in typed:
        place, equals, code = one.partition("=")
        if not equals or not place.isdecimal():
            msg = "--code takes PLACE=CODE, such as --code 0=123456"
            raise typer.BadParameter(msg)
        found[int(place)] = code
    return found
