"""Conformance kit: proves that a connector keeps the contract, on a double of its vendor.

Subclass ``ConnectorConformance`` in the connector's own tests. It needs pytest with pytest-asyncio
in its mode ``auto`` (the extra ``testing`` of this distribution); nothing else of the gateway
imports this package.
"""

from gateway.testing.checklist import exemptions
from gateway.testing.conformance import ConnectorConformance
from gateway.testing.desk import DeskRecorder
from gateway.testing.doubles import SideDoorFaults
from gateway.testing.ports import (
    BehaviourSeeder,
    CodeSeeder,
    DoorVisitor,
    Faults,
    Flaw,
    HookCaller,
    LoyaltySeeder,
    NoticeSeeder,
    OperationSeeder,
    RecordSeeder,
    Seeded,
    TillVisitor,
)
from gateway.testing.samples import edited, key_of, sample
from gateway.testing.spoiling import SpoilingTransport
from gateway.testing.till_recorder import TillRecorder
from gateway.testing.wired import KitClock, RecordingBudget, RecordingLog, Wired, wire

__all__ = [
    "BehaviourSeeder",
    "CodeSeeder",
    "ConnectorConformance",
    "DeskRecorder",
    "DoorVisitor",
    "Faults",
    "Flaw",
    "HookCaller",
    "KitClock",
    "LoyaltySeeder",
    "NoticeSeeder",
    "OperationSeeder",
    "RecordSeeder",
    "RecordingBudget",
    "RecordingLog",
    "Seeded",
    "SideDoorFaults",
    "SpoilingTransport",
    "TillRecorder",
    "TillVisitor",
    "Wired",
    "edited",
    "exemptions",
    "key_of",
    "sample",
    "wire",
]
