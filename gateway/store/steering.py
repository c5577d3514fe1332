"""Steering: what operators decide about accounts, and how they were found, apart from the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gateway.ports import Pause, Probe, Slowed
from gateway.store.columns import COUNT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, shape, statement
from gateway.store.tables_overview import account_state

PAUSE = shape(account_state, "account", "paused_at", "paused_by", "pause_reason")
SLOWED = shape(account_state, "account", "slowed_calls", "slowed_per_s", "slowed_at", "slowed_by")
PROBE = shape(account_state, "account", "probed_at", "probe_ok", "probe_note")
UNPREPARED = shape(account_state, "account", "unprepared")


def _put(d: Dialect, columns: Mapping[str, Any]) -> Executable:
    """Write some columns of an account's state; a new row is otherwise as one that says nothing."""
    fresh = {
        "parked": sa.false(),
        "reason": sa.literal_column("''", sa.Text()),
        "failures": sa.literal_column("0", COUNT),
    }
    insert = d.insert(account_state, columns, **fresh)
    changed = {name: insert.excluded[name] for name in columns if name != "account"}
    return insert.on_conflict_do_update(index_elements=["account"], set_=changed)


@statement("account state pause")
def _put_pause(d: Dialect) -> Executable:
    return _put(d, PAUSE)


@statement("account state slow")
def _put_slowed(d: Dialect) -> Executable:
    return _put(d, SLOWED)


@statement("account state probe")
def _put_probe(d: Dialect) -> Executable:
    return _put(d, PROBE)


@statement("account state unprepared")
def _put_unprepared(d: Dialect) -> Executable:
    return _put(d, UNPREPARED)


class SteerPart(Part):
    """See ``gateway.ports.SteerTx``."""

    def put_pause(self, account: str, pause: Pause | None) -> None:
        """Store or take back an operator's pause."""
        values = (pause.at, pause.who, pause.reason) if pause else (None,) * 3
        record = dict(zip(PAUSE, (account, *values), strict=True))
        self._session.each(_put_pause, [record])

    def put_slowed(self, account: str, slowed: Slowed | None) -> None:
        """Store or take back an operator's budget."""
        values = (slowed.calls, slowed.per_s, slowed.at, slowed.who) if slowed else (None,) * 4
        record = dict(zip(SLOWED, (account, *values), strict=True))
        self._session.each(_put_slowed, [record])

    def put_probe(self, account: str, probe: Probe) -> None:
        """Store how a probe ended."""
        record = dict(zip(PROBE, (account, probe.at, probe.ok, probe.note), strict=True))
        self._session.each(_put_probe, [record])

    def put_unprepared(self, account: str, reason: str) -> None:
        """Store why an account is not prepared."""
        record = {"account": account, "unprepared": reason or None}
        self._session.each(_put_unprepared, [record])
