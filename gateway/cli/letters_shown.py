"""How ``gateway dead`` shows letters, differences and decisions."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.cli.screen import moment, print_fields, say, shown, table
from gateway.ops.dry_run import DryRun
from gateway.ops.edit import Edited
from gateway.ops.letters import LetterGroup, LetterLine, LetterView
from gateway.ops.rehearse import Difference, Remarked, Telling


def print_group(group: LetterGroup, letters: Sequence[LetterLine]) -> None:
    """Print a group with the first of its letters."""
    doubt = f", {group.held} in doubt" if group.held else ""
    say(f"{group.account}  {group.cause_code}  {group.letters}{doubt}")
    say(f"  {group.cause}")
    say(f"  {group.remedy}")
    table(
        ("id", "kind", "about", "tries", "last", "version"),
        [
            (
                line.id, line.kind, line.subject, line.attempts, moment(line.last_at),
                f"{line.version} (now {line.newer})" if line.newer else line.version or "-",
            )
            for line in letters
        ],
        indent="  ",
    )  # fmt: skip
    if group.letters > len(letters):
        say(f"  and {group.letters - len(letters)} more; --json lists all")
    say()


def print_letter(view: LetterView) -> None:
    """Print one letter."""
    line = view.line
    doubt = "  in doubt" if line.held else ""
    say(
        f"letter {line.id}  {view.state}{doubt}  {line.kind} {line.subject}  account {line.account}"
    )
    say(f"cause   {line.cause_code}: {view.cause}")
    for text in (view.why.happened, view.why.means, view.why.todo):
        say(f"        {text.en}")
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


def print_edited(edited: Edited) -> None:
    """Print a correction, or what it would do."""
    for one in edited.differences:
        say(_difference(one))
    if not edited.differences:
        say("the snapshot holds these values already")
    told = ", ".join(edited.told) or "nobody"
    if not edited.rehearsed:
        say(f"corrected; tells {told}")
        return
    for telling in edited.tellings:
        print_telling(telling)
    say(f"would tell {told}; nothing was changed")


def print_run(run: DryRun) -> None:
    """Print what a replay of one letter would do."""
    say(f"{run.id}  {run.text}")
    _remarks(run.remarks, "  ")
    if run.telling is not None:
        print_telling(run.telling, indent="  ")
    if run.request:
        print_fields(run.request)


def print_telling(telling: Telling, *, indent: str = "") -> None:
    """Print what one account would be told."""
    verb = "make" if telling.creates else "change" if telling.fields else "leave as it is"
    say(f"{indent}{telling.account} would {verb}, version {telling.version}:")
    for one in telling.fields:
        say(f"{indent}  {_difference(one)}")
    _remarks(telling.remarks, f"{indent}  ")


def _remarks(remarks: Sequence[Remarked], indent: str) -> None:
    for one in remarks:
        named = f"{', '.join(one.paths)}: " if one.paths else ""
        say(f"{indent}! {named}{one.text}")


def _difference(one: Difference) -> str:
    return f"{one.path}: {shown(one.before)} -> {shown(one.after)}"
