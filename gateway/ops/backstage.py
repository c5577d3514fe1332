"""Backstage: every service for operators over one gateway, for all three faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract import Clock
from gateway.ops.accounts import AccountDesk
from gateway.ops.actions import Actions
from gateway.ops.alerts.desk import AlertDesk
from gateway.ops.approvals import Approvals
from gateway.ops.batches import Batches
from gateway.ops.dry_run import DryRuns
from gateway.ops.due import Due
from gateway.ops.due_pages import DuePages
from gateway.ops.edit import Editor
from gateway.ops.entrance import Entrance
from gateway.ops.figures import Figures
from gateway.ops.journal import Journal
from gateway.ops.letters import Letters
from gateway.ops.livelog import LiveLog
from gateway.ops.merges import MergeDesk
from gateway.ops.overview import Overview
from gateway.ops.replay import Replayer
from gateway.ops.reports import Reports
from gateway.ops.reviews import Reviews
from gateway.ops.sales import SaleDesk
from gateway.ops.search import Search
from gateway.ports import Store
from gateway.sync.account import Account


@dataclass(frozen=True, slots=True)
class Backstage:
    """What the faces are made of. They read from services and change things by ``actions``."""

    store: Store
    accounts: Mapping[str, Account]
    clock: Clock
    entrance: Entrance
    actions: Actions
    approvals: Approvals
    journal: Journal
    search: Search
    livelog: LiveLog
    letters: Letters
    batches: Batches
    dry_runs: DryRuns
    editor: Editor
    replayer: Replayer
    due: Due
    due_pages: DuePages
    account_desk: AccountDesk
    overview: Overview
    figures: Figures
    sales: SaleDesk
    merges: MergeDesk
    alerts: AlertDesk
    reports: Reports
    reviews: Reviews
