"""``gateway dead``: look at dead letters and decide about them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from gateway.bootstrap import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_fields, print_json, say, shown, table
from gateway.ids import SystemClock, sortable_id
from gateway.ops.audit import deed
from gateway.ops.edit import Edited, Editor
from gateway.ops.faults import ExitCode
from gateway.ops.letters import OF_ENTITIES, Choice, LetterGroup, Letters, LetterView
from gateway.ops.replay import Decided, Replayer
from gateway.ports import Wake

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one operator works on one gateway's letters."""

    config: Path
    who: str
    as_json: bool

    def list(self, *, account: str | None, state: str) -> None:
        """Print letters by cause."""
        as_of = SystemClock().now()

        async def look(foundation: Foundation) -> tuple[LetterGroup, ...]:
            return await Letters(foundation.store).groups(account=account, state=state)

        groups = beside(self.config, look)
        if self.as_json:
            print_json({"as_of": as_of, "groups": groups})
            return
        if not groups:
            say(f"no {state} letters")
            return
        for group in groups:
            _print_group(group)
        say(f"as of {as_of.isoformat()}")

    def show(self, letter_id: str, *, unmask: bool) -> None:
        """Print one letter; looking behind the mask is written down."""

        async def look(foundation: Foundation) -> LetterView:
            view = await Letters(foundation.store).show(letter_id, unmask=unmask)
            if unmask:
                await self._note(foundation, view)
            return view

        view = beside(self.config, look)
        if self.as_json:
            print_json(view)
        else:
            _print_letter(view)

    async def _note(self, foundation: Foundation, view: LetterView) -> None:
        letter = await foundation.store.read(lambda tx: tx.dead_letter(view.line.id))
        if letter is None:
            return
        about = (letter.subject if letter.source in OF_ENTITIES else "", letter.kind)
        row = deed(
            foundation.clock.now(), about, event="unmasked", outcome="shown", who=self.who,
            letter=letter.id,
        )  # fmt: skip
        await foundation.store.run(lambda tx: tx.write_journal([row]))

    def edit(self, letter_id: str, settings: Sequence[str], *, rehearse: bool) -> None:
        """Correct and send; print the difference."""

        async def change(foundation: Foundation) -> Edited:
            editor = Editor(foundation.store, foundation.corrector, _replayer(foundation))
            return await editor.edit(letter_id, settings, who=self.who, rehearse=rehearse)

        edited = beside(self.config, change)
        if self.as_json:
            print_json(edited)
            return
        for one in edited.differences:
            say(f"{one.path}: {shown(one.before)} -> {shown(one.after)}")
        if not edited.differences:
            say("the snapshot holds these values already")
        told = ", ".join(edited.told) or "nobody"
        say(f"would tell {told}; nothing was changed" if rehearse else f"corrected; tells {told}")

    def replay(self, choice: Choice) -> None:
        """Send or read again."""
        self._decide(
            choice, lambda foundation, ids: _replayer(foundation).replay(ids, who=self.who)
        )

    def drop(self, choice: Choice, *, reason: str) -> None:
        """Close without sending."""
        self._decide(
            choice,
            lambda foundation, ids: _replayer(foundation).drop(ids, reason=reason, who=self.who),
        )

    def _decide(
        self,
        choice: Choice,
        act: Callable[[Foundation, Sequence[str]], Coroutine[Any, Any, tuple[Decided, ...]]],
    ) -> None:
        async def work(foundation: Foundation) -> tuple[Decided, ...]:
            ids = await Letters(foundation.store).choose(choice)
            return await act(foundation, ids)

        decided = beside(self.config, work)
        if self.as_json:
            print_json({"letters": decided})
        else:
            for one in decided:
                say(f"{one.id}  {one.text}")
            say(f"{sum(one.done for one in decided)} of {len(decided)} letters")
        if not all(one.done for one in decided):
            raise typer.Exit(ExitCode.FOUND)


def choice_of(
    ids: Sequence[str], *, cause: str | None, account: str | None, as_of: datetime | None
) -> Choice:
    """Return a choice; ids and the other ways to choose exclude each other."""
    if bool(ids) == bool(cause or account):
        msg = "name letters by their ids, or choose by --cause and --account"
        raise typer.BadParameter(msg)
    return Choice(tuple(ids), cause, account, as_of)


def _replayer(foundation: Foundation) -> Replayer:
    def wake(_: Sequence[Wake]) -> None:
        """Leave it to the relay of the running gateway."""

    return Replayer(foundation.store, foundation.clock, sortable_id, wake)


def _print_group(group: LetterGroup) -> None:
    say(f"{group.account}  {group.cause_code}  {len(group.letters)}")
    say(f"  {group.cause}")
    say(f"  {group.remedy}")
    table(
        ("id", "kind", "about", "tries", "last", "version"),
        [
            (
                line.id, line.kind, line.subject, line.attempts, moment(line.last_at),
                f"{line.version} (now {line.newer})" if line.newer else line.version or "-",
            )
            for line in group.letters[:_SHOWN]
        ],
        indent="  ",
    )  # fmt: skip
    if len(group.letters) > _SHOWN:
        say(f"  and {len(group.letters) - _SHOWN} more; --json lists all")
    say()


def _print_letter(view: LetterView) -> None:
    line = view.line
    say(f"letter {line.id}  {view.state}  {line.kind} {line.subject}  account {line.account}")
    say(f"cause   {line.cause_code}: {view.cause}")
    say(f"remedy  {view.remedy}")
    say(f"tries   {line.attempts}, first {moment(line.first_at)}, last {moment(line.last_at)}")
    if line.newer:
        say(f"newer   the snapshot is at version {line.newer} now; a replay sends that")
    if view.note:
        say(f"note    {view.note}")
    if view.request:
        say("request:")
        print_fields(view.request)
    if view.answer:
        say("answer:")
        for key, value in view.answer.items():
            say(f"  {key} = {shown(value)}")
