"""Backstage: every service for operators over one gateway, for all three faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract import Clock
from gateway.ops.actions import Actions
from gateway.ops.approvals import Approvals
from gateway.ops.due import Due
from gateway.ops.edit import Editor
from gateway.ops.entrance import Entrance
from gateway.ops.journal import Journal
from gateway.ops.letters import Letters
from gateway.ops.replay import Replayer
from gateway.ops.sales import SaleDesk
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
    letters: Letters
    editor: Editor
    replayer: Replayer
    due: Due
    sales: SaleDesk
