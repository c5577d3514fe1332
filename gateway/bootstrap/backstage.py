"""Backstage: the operators' services, put together over a foundation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.bootstrap.alerting import build_alert_desk
from gateway.bootstrap.erasing import build_people_desk
from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.journal import build_journal
from gateway.bootstrap.merging import build_merge_desk
from gateway.bootstrap.reports import build_reports
from gateway.config import Config, ConfigProblems, ConsoleSection, Problem
from gateway.ids import sortable_id
from gateway.loyalty.stories import Stories
from gateway.ops import (
    account_actions,
    alerts_actions,
    journal_actions,
    letters_actions,
    merges,
    people,
    reviews_actions,
)
from gateway.ops.accounts import AccountDesk
from gateway.ops.actions import ActionKind, Actions, Executor
from gateway.ops.alerts.desk import AlertDesk
from gateway.ops.alerts.duty import LEASE as ALERTS
from gateway.ops.alerts.duty import LEASE_ROUNDS
from gateway.ops.approvals import Approvals
from gateway.ops.backstage import Backstage
from gateway.ops.batches import Batches
from gateway.ops.dry_run import DryRuns
from gateway.ops.due import Due
from gateway.ops.due_pages import DUTIES, DuePages, Duty
from gateway.ops.edit import Editor
from gateway.ops.entrance import Entrance
from gateway.ops.figures import Figures
from gateway.ops.journal import Journal
from gateway.ops.letters import Letters
from gateway.ops.letters_actions import LetterActions
from gateway.ops.livelog import LiveLog
from gateway.ops.merges import MergeDesk
from gateway.ops.overview import Alerts, Overview, Running
from gateway.ops.people import PeopleDesk
from gateway.ops.rehearse import Rehearser
from gateway.ops.replay import Replayer
from gateway.ops.reviews import Reviews
from gateway.ops.sales import SaleDesk
from gateway.ops.search import Search
from gateway.ops.unmasking import Unmasking
from gateway.ports import Wake


def _nobody(_: Sequence[Wake]) -> None:
    """Leave it to the relay of the running gateway."""


@dataclass(frozen=True, slots=True)
class _Desks:
    """The services that change something, or show what is masked elsewhere."""

    replayer: Replayer
    editor: Editor
    batches: Batches
    sales: SaleDesk
    accounts: AccountDesk
    journal: Journal
    merges: MergeDesk
    people: PeopleDesk
    reviews: Reviews
    alerts: AlertDesk


def build_backstage(
    foundation: Foundation, *, wake: Callable[[Sequence[Wake]], None] = _nobody
) -> Backstage:
    """Put the services together.

    ``wake`` tells the engine of this process what became due, where it has one. Raises
    ``ConfigProblems`` for actions that are none, and ``ConfigInvalid`` where two have one key.
    """
    store, clock, config = foundation.store, foundation.clock, foundation.config
    accounts, digester = foundation.accounts, foundation.applier.digester
    desks = _desks(foundation, wake)
    approvals = Approvals(store, clock, sortable_id)
    return Backstage(
        store=store,
        accounts=accounts,
        clock=clock,
        entrance=Entrance(config.operators, config.console, store=store, clock=clock),
        actions=_actions(foundation, desks, approvals),
        approvals=approvals,
        journal=desks.journal,
        search=Search(store, accounts, digester),
        livelog=LiveLog(store, clock),
        letters=Letters(store, clock),
        batches=desks.batches,
        dry_runs=DryRuns(store, clock, Rehearser(foundation.applier)),
        editor=desks.editor,
        replayer=desks.replayer,
        due=Due(store, accounts, clock),
        due_pages=DuePages(store, accounts, clock, _duties(config)),
        account_desk=desks.accounts,
        overview=Overview(store, accounts, clock, alerts=_running(foundation, desks.alerts)),
        figures=Figures(store, clock),
        sales=desks.sales,
        merges=desks.merges,
        people=desks.people,
        alerts=desks.alerts,
        reports=build_reports(foundation),
        reviews=desks.reviews,
    )


def _desks(foundation: Foundation, wake: Callable[[Sequence[Wake]], None]) -> _Desks:
    store, clock = foundation.store, foundation.clock
    replayer = Replayer(store, clock, sortable_id, wake)
    desk = build_merge_desk(foundation, wake)
    return _Desks(
        replayer=replayer,
        editor=Editor(store, foundation.corrector, replayer),
        batches=Batches(store, clock, replayer, sortable_id),
        sales=SaleDesk(store, clock, Stories(foundation.applier.digester)),
        accounts=AccountDesk(store, foundation.accounts, clock, foundation.parking),
        journal=build_journal(foundation),
        people=build_people_desk(foundation, wake),
        merges=desk,
        reviews=Reviews(store, clock, desk.merging),
        alerts=build_alert_desk(foundation),
    )


def _actions(foundation: Foundation, desks: _Desks, approvals: Approvals) -> Actions:
    store, clock, console = foundation.store, foundation.clock, foundation.config.console
    letters = LetterActions(desks.replayer, desks.editor, desks.batches, desks.sales)
    looks: Mapping[str, Executor] = {
        "entity": journal_actions.Unmasked(desks.journal),
        "letter": letters_actions.Unmasked(store, clock),
    }
    executors: Mapping[ActionKind, Executor] = {
        **alerts_actions.executors(desks.alerts),
        **account_actions.executors(desks.accounts, store, clock),
        **letters_actions.executors(letters),
        **merges.executors(desks.merges),
        **people.executors(desks.people),
        **reviews_actions.executors(desks.reviews),
        ActionKind.UNMASK: Unmasking(looks),
    }
    return Actions(
        store, clock, approvals, executors,
        approve=_approved(console), approval_s=console.approval_s,
    )  # fmt: skip


def _running(foundation: Foundation, desk: AlertDesk) -> Alerts:
    """Return what tells the overview which alerts are on, in the language of their messages."""
    language = foundation.config.alerts.language

    async def running() -> list[Running]:
        return [
            Running(
                one.rule, one.subject if one.subject in foundation.accounts else "", one.text,
                one.since,
            )
            for one in await desk.active(language=language)
            if one.state == "on" and not one.silenced
        ]  # fmt: skip

    return running


def _duties(config: Config) -> tuple[Duty, ...]:
    has_house = config.house is not None
    watch_s = config.alerts.every_s
    return (
        *(one for one in DUTIES if one.name != "house" or has_house),
        Duty("alerts", ALERTS, LEASE_ROUNDS * watch_s, watch_s),
    )


def _approved(console: ConsoleSection) -> frozenset[ActionKind]:
    """Return the actions that need a second person. Raises ``ConfigProblems``."""
    unknown = sorted(console.approve - set(ActionKind))
    if unknown:
        text = f"no action is called {unknown[0]}: name some of {', '.join(ActionKind)}"
        raise ConfigProblems([Problem("console.approve", text)])
    return frozenset(ActionKind(one) for one in console.approve)
