"""Ports: what the core asks of its infrastructure, in the core's own words."""

from gateway.contract import Clock
from gateway.ports.bus import Bus, Wake
from gateway.ports.codes import CodeRow, CodeState, CodeTx
from gateway.ports.control import ControlTx
from gateway.ports.rows import (
    AccountState,
    Checkpoint,
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    EntityRow,
    EventRow,
    InboxRow,
    InboxState,
    JournalRow,
    LinkRow,
    OperationRow,
    Settlement,
)
from gateway.ports.sales import (
    Asked,
    SaleKind,
    SaleLog,
    SaleProgress,
    SaleRow,
    SaleTx,
    SwitchRow,
    SwitchTx,
)
from gateway.ports.store import (
    DeliveryTx,
    EntityTx,
    InboxTx,
    OperationTx,
    PeopleTx,
    Store,
    Tx,
)

__all__ = [
    "AccountState",
    "Asked",
    "Bus",
    "Checkpoint",
    "Clock",
    "CodeRow",
    "CodeState",
    "CodeTx",
    "ControlTx",
    "DeadLetter",
    "DeliveryRow",
    "DeliveryState",
    "DeliveryTx",
    "EntityRow",
    "EntityTx",
    "EventRow",
    "InboxRow",
    "InboxState",
    "InboxTx",
    "JournalRow",
    "LinkRow",
    "OperationRow",
    "OperationTx",
    "PeopleTx",
    "SaleKind",
    "SaleLog",
    "SaleProgress",
    "SaleRow",
    "SaleTx",
    "Settlement",
    "Store",
    "SwitchRow",
    "SwitchTx",
    "Tx",
    "Wake",
]
