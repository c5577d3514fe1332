"""``gateway alert``: look at alerts, try the addresses, silence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from gateway.bootstrap.alerting import build_alert_desk
from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, shown, table
from gateway.ops.actions import Action, ActionKind
from gateway.ops.alerts.desk import AlertPage, AlertView, RuleView, SilenceView, Tested
from gateway.ops.alerts_actions import AlertActions
from gateway.ops.faults import ExitCode

_HISTORY = 50


def list_alerts(path: Path, *, history: bool, rules: bool, as_json: bool) -> None:
    """Print what is wrong; ends with 1 when anything is on."""

    async def look(
        foundation: Foundation,
    ) -> tuple[tuple[AlertView, ...], AlertPage, tuple[RuleView, ...], tuple[SilenceView, ...]]:
        desk, language = build_alert_desk(foundation), foundation.config.alerts.language
        return (
            await desk.active(language=language),
            await desk.history(limit=_HISTORY, language=language),
            await desk.rules(language=language) if rules else (),
            await desk.silences(),
        )

    active, past, seen, silences = beside(path, look)
    if as_json:
        print_json(
            {
                "alerts": active,
                "silences": silences,
                **({"history": past.alerts} if history else {}),
                **({"rules": seen} if rules else {}),
            }
        )
    else:
        _print(active, past.alerts if history else (), seen, silences)
    if any(one.state == "on" for one in active):
        raise typer.Exit(ExitCode.FOUND)


def test_addresses(path: Path, address: str, *, who: str, as_json: bool) -> None:
    """Send test messages; ends with 1 when one was not taken."""

    async def send(foundation: Foundation) -> tuple[Tested, ...]:
        return await build_alert_desk(foundation).test(who=who, address=address)

    tested = beside(path, send)
    if as_json:
        print_json({"addresses": tested})
    for one in () if as_json else tested:
        say(f"{one.address}: {one.cause or 'sent'}")
    if not tested and not as_json:
        say("there is no address: write one into [alerts.to]")
    if any(one.cause for one in tested):
        raise typer.Exit(ExitCode.FOUND)


def silence_alerts(path: Path, params: Mapping[str, object], *, who: str, as_json: bool) -> None:
    """Silence, or lift a silence."""

    async def act(foundation: Foundation) -> SilenceView:
        actions = AlertActions(build_alert_desk(foundation))
        return await actions.silence(who, Action(ActionKind.ALERT_SILENCE, (), params))

    made = beside(path, act)
    if as_json:
        print_json(made)
        return
    about = " ".join(one for one in (made.rule, made.subject) if one) or "all"
    say(f"{made.id}  {about} is silenced until {moment(made.until)}")


def _print(
    active: tuple[AlertView, ...],
    past: tuple[AlertView, ...],
    seen: tuple[RuleView, ...],
    silences: tuple[SilenceView, ...],
) -> None:
    for one in active:
        mark = " (silenced)" if one.silenced else ""
        say(f"{one.state}  {one.text}  since {moment(one.since)}{mark}")
        say(f"  {one.todo}")
        say(f"  {one.runbook}")
        for note in one.notes:
            if note.cause:
                say(f"  {note.address}: {note.state}: {note.cause}")
    if not active:
        say("nothing is wrong")
    if seen:
        table(
            ("rule", "subject", "", "values"),
            [
                (
                    one.rule, one.subject or "-", _state(one),
                    ", ".join(f"{name} {shown(value)}" for name, value in one.value.items()) or "-",
                )
                for one in seen
            ],
        )  # fmt: skip
    for held in silences:
        about = " ".join(part for part in (held.rule, held.subject) if part) or "all"
        say(f"silence {held.id}  {about} until {moment(held.until)}  {held.who}: {held.reason}")
    for one in past:
        say(f"over  {one.text}  {moment(one.since)} to {moment(one.ended_at)}")


def _state(one: RuleView) -> str:
    if not one.on:
        return "off"
    return "bad" if one.is_bad else "well" if one.subject else "-"
