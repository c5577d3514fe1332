"""``gateway dead``: look at dead letters and decide about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import typer

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.letters_shown import print_edited, print_group, print_letter, print_run
from gateway.cli.screen import print_json, say
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.backstage import Backstage
from gateway.ops.batches import BatchView, Choice
from gateway.ops.edit import Edited
from gateway.ops.faults import ExitCode
from gateway.ops.letters import MOST_LINES, LetterGroup, LetterGroups, LetterLine, LetterView
from gateway.ops.letters_actions import group_of
from gateway.ops.replay import Decided
from gateway.ops.rights import Face, Operator, Role
from gateway.ports import LetterFilter

_SHOWN = 20
R = TypeVar("R")
Listed = list[tuple[LetterGroup, list[LetterLine]]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Letters by their ids, or a choice."""

    ids: tuple[str, ...]
    choice: Choice

    def subjects(self) -> tuple[str, ...]:
        """Return the letters, or what the choice is called."""
        return self.ids or group_of(self.params())

    def params(self) -> dict[str, Any]:
        """Return the choice as an action's parameters."""
        values = {name: value for name, value in asdict(self.choice).items() if value is not None}
        if self.choice.as_of is not None:
            values["as_of"] = self.choice.as_of.isoformat()
        return values


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one operator works on one gateway's letters."""

    config: Path
    who: str
    as_json: bool

    def list(self, *, account: str | None, state: str) -> None:
        """Print letters by cause."""

        async def look(stage: Backstage) -> tuple[LetterGroups, Listed]:
            found = await stage.letters.groups(LetterFilter(state, account))
            most = None if self.as_json else _SHOWN
            return found, [
                (one, await _letters_of(stage, one, state, most)) for one in found.groups
            ]

        found, groups = self._backstage(look)
        if self.as_json:
            listed = [{**_plain(one), "letters": lines} for one, lines in groups]
            print_json({"as_of": found.as_of, "groups": listed})
            return
        if not groups:
            say(f"no {state} letters")
            return
        for group, lines in groups:
            print_group(group, lines)
        if found.more:
            say("and smaller groups: --account shows those of one account")
        say(f"as of {found.as_of.isoformat()}")

    def show(self, letter_id: str, *, unmask: bool) -> None:
        """Print one letter; looking behind the mask is written down."""

        async def look(stage: Backstage) -> LetterView | Asked:
            if not unmask:
                return await stage.letters.show(letter_id)
            action = Action(
                ActionKind.UNMASK, (letter_id,), {"what": "letter", "reason": "gateway dead show"}
            )
            view: LetterView | Asked = await self._act(stage, action)
            return view

        view = self._backstage(look)
        if isinstance(view, Asked):
            _say_asked(view)
        elif self.as_json:
            print_json(view)
        else:
            print_letter(view)

    def edit(self, letter_id: str, settings: Sequence[str], *, rehearse: bool) -> None:
        """Correct and send; print the difference."""

        async def change(stage: Backstage) -> Edited | Asked:
            if rehearse:
                return await stage.editor.edit(letter_id, settings, who=self.who, rehearse=True)
            action = Action(ActionKind.LETTER_EDIT, (letter_id,), {"set": [*settings]})
            edited: Edited | Asked = await self._act(stage, action)
            return edited

        edited = self._backstage(change)
        if isinstance(edited, Asked):
            _say_asked(edited)
        elif self.as_json:
            print_json(edited)
        else:
            print_edited(edited)

    def replay(self, chosen: Chosen) -> None:
        """Send or read again."""
        self._decide(Action(ActionKind.LETTER_REPLAY, chosen.subjects(), chosen.params()))

    def rehearse(self, chosen: Chosen) -> None:
        """Print what a replay would do."""

        async def look(stage: Backstage) -> object:
            if chosen.ids:
                return await stage.dry_runs.of_letters(chosen.ids)
            return await stage.dry_runs.of_choice(chosen.choice)

        found: Any = self._backstage(look)
        if self.as_json:
            print_json({"letters": found} if chosen.ids else found)
            return
        for run in found if chosen.ids else found.sample:
            print_run(run)
        if not chosen.ids and found.letters > len(found.sample):
            say(f"and {found.letters - len(found.sample)} more")
        count = len(found) if chosen.ids else found.letters
        say(f"{count} letters; nothing was changed, and no vendor was asked")

    def drop(self, chosen: Chosen, *, reason: str) -> None:
        """Close without sending."""
        params = {**chosen.params(), "reason": reason}
        self._decide(Action(ActionKind.LETTER_DROP, chosen.subjects(), params))

    def _decide(self, action: Action) -> None:
        async def work(stage: Backstage) -> Sequence[Decided] | Asked:
            result = await self._act(stage, action)
            if isinstance(result, BatchView):
                await stage.batches.work_off(result.id)
                return await _all_of(stage, result.id)
            decided: Sequence[Decided] | Asked = result
            return decided

        decided = self._backstage(work)
        if isinstance(decided, Asked):
            _say_asked(decided)
            return
        if self.as_json:
            print_json({"letters": decided})
        else:
            for one in decided:
                say(f"{one.id}  {one.text}")
            say(f"{sum(one.done for one in decided)} of {len(decided)} letters")
        if not all(one.done for one in decided):
            raise typer.Exit(ExitCode.FOUND)

    async def _act(self, stage: Backstage, action: Action) -> Any:  # noqa: ANN401 - as executors tell
        """Return what became of an action, or that it waits."""
        operator = Operator(self.who, Role.ADMIN, Face.COMMAND_LINE)
        outcome = await stage.actions.perform(operator, action)
        return outcome if isinstance(outcome, Asked) else outcome.result

    def _backstage(self, work: Callable[[Backstage], Awaitable[R]]) -> R:
        async def on(foundation: Foundation) -> R:
            return await work(build_backstage(foundation))

        return beside(self.config, on)


def choice_of(
    ids: Sequence[str], *, cause: str | None, account: str | None, as_of: datetime | None
) -> Chosen:
    """Return a choice; ids and the other ways to choose exclude each other."""
    if bool(ids) == bool(cause or account):
        msg = "name letters by their ids, or choose by --cause and --account"
        raise typer.BadParameter(msg)
    return Chosen(tuple(ids), Choice(account, cause, as_of=as_of))


async def _letters_of(
    stage: Backstage, group: LetterGroup, state: str, most: int | None
) -> list[LetterLine]:
    """Return a group's letters, page by page, ``most`` of them or all."""
    where, after = LetterFilter(state, group.account, group.cause_code), ""
    lines: list[LetterLine] = []
    while most is None or len(lines) < most:
        page = await stage.letters.page(where, limit=most or MOST_LINES, after=after)
        lines += page.letters
        if page.following is None:
            break
        after = page.following
    return lines


async def _all_of(stage: Backstage, batch_id: str) -> list[Decided]:
    decided: list[Decided] = []
    after = ""
    while True:
        page = await stage.batches.letters(batch_id, after=after)
        decided += page.letters
        if page.following is None:
            return decided
        after = page.following


def _plain(group: LetterGroup) -> dict[str, Any]:
    return {**asdict(group), "count": group.letters}


def _say_asked(asked: Asked) -> None:
    say(f"it waits for a second person: approval {asked.approval_id}")
