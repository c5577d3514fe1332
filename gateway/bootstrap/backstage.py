"""Backstage: the operators' services, put together over a foundation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gateway.bootstrap.foundation import Foundation
from gateway.config import ConfigProblems, ConsoleSection, Problem
from gateway.ids import sortable_id
from gateway.loyalty.stories import Stories
from gateway.ops.actions import ActionKind, Actions, Executor
from gateway.ops.approvals import Approvals
from gateway.ops.backstage import Backstage
from gateway.ops.due import Due
from gateway.ops.edit import Editor
from gateway.ops.entrance import Entrance
from gateway.ops.journal import Journal
from gateway.ops.letters import Letters
from gateway.ops.replay import Replayer
from gateway.ops.sales import SaleDesk
from gateway.ports import Wake


def _nobody(_: Sequence[Wake]) -> None:
    """Leave it to the relay of the running gateway."""


def build_backstage(
    foundation: Foundation, *, wake: Callable[[Sequence[Wake]], None] = _nobody
) -> Backstage:
    """Put the services together.

    ``wake`` tells the engine of this process what became due, where it has one. Raises
    ``ConfigProblems`` for actions that are none, and ``ConfigInvalid`` where two have one key.
    """
    store, clock, config = foundation.store, foundation.clock, foundation.config
    replayer = Replayer(store, clock, sortable_id, wake)
    editor = Editor(store, foundation.corrector, replayer)
    sales = SaleDesk(store, clock, Stories(foundation.applier.digester))
    approvals = Approvals(store, clock, sortable_id)
    executors: Mapping[ActionKind, Executor] = {}
    return Backstage(
        store=store,
        accounts=foundation.accounts,
        clock=clock,
        entrance=Entrance(config.operators, config.console, store=store, clock=clock),
        actions=Actions(
            store, clock, approvals, executors,
            approve=_approved(config.console), approval_s=config.console.approval_s,
        ),
        approvals=approvals,
        journal=Journal(store, foundation.accounts, foundation.applier.digester, clock),
        letters=Letters(store),
        editor=editor,
        replayer=replayer,
        due=Due(store, foundation.accounts, clock),
        sales=sales,
    )  # fmt: skip


def _approved(console: ConsoleSection) -> frozenset[ActionKind]:
    """Return the actions that need a second person. Raises ``ConfigProblems``."""
    unknown = sorted(console.approve - set(ActionKind))
    if unknown:
        text = f"no action is called {unknown[0]}: name some of {', '.join(ActionKind)}"
        raise ConfigProblems([Problem("console.approve", text)])
    return frozenset(ActionKind(one) for one in console.approve)
