"""What operators are shown of accounts and of their decisions about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.contract.parts import parts_of
from gateway.ops.due import Backlog, Feed
from gateway.ops.spending import Spending
from gateway.ops.standing import Standing
from gateway.ports import AccountState
from gateway.sync.account import Account


@dataclass(frozen=True, slots=True)
class LastProbe:
    """How the last probe that somebody asked for ended."""

    at: datetime
    ok: bool
    note: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the connector says of itself, and what flows by the configuration."""

    connector: str
    vendor: str
    api_version: str
    documented: date
    capabilities: tuple[str, ...]
    reads: tuple[str, ...]
    updates: tuple[str, ...]
    creates: tuple[str, ...]
    poll_s: float
    is_fetched: bool


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account in the list."""

    name: str
    vendor: str
    connector: str
    standing: Standing
    spending: Spending
    probe: LastProbe | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account whole."""

    name: str
    facts: Facts
    standing: Standing
    spending: Spending
    probe: LastProbe | None
    inbox: int
    backlogs: tuple[Backlog, ...]
    operations: Mapping[str, int]
    letters: int
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of an operator's decision. ``changed`` is false when it was so before."""

    account: str
    changed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found. ``notes`` hold no personal data; ``facts`` are the vendor's words."""

    account: str
    ok: bool
    notes: tuple[str, ...]
    facts: Mapping[str, str]
    resumed: bool = False


def facts_of(account: Account) -> Facts:
    """Return what a connector says of itself and what flows."""
    manifest, flow = account.connector.manifest, account.flow
    return Facts(
        connector=manifest.key,
        vendor=manifest.vendor,
        api_version=manifest.api_version,
        documented=manifest.documented,
        capabilities=tuple(sorted(map(str, parts_of(account.connector)))),
        reads=tuple(sorted(map(str, flow.reads))),
        updates=tuple(sorted(map(str, flow.updates))),
        creates=tuple(sorted(map(str, flow.creates))),
        poll_s=flow.poll_s,
        is_fetched=account.is_fetched,
    )


def last_of(state: AccountState | None) -> LastProbe | None:
    """Return how the last probe ended, ``None`` when nobody asked for one."""
    if state is None or state.probe is None:
        return None
    return LastProbe(state.probe.at, state.probe.ok, state.probe.note)
