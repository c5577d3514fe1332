"""Actions on accounts and on what is due: read what was asked for, and have it done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.ops.account_views import Decision, Probed
from gateway.ops.accounts import AccountDesk
from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.audit import deed
from gateway.ops.faults import Refused
from gateway.ports import Hurry, Store, Tx

BATCH = 500
_MOST_BATCHES = 400
_MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Hurried:
    """What is tried at once now."""

    account: str
    deliveries: int
    operations: int


def executors(desk: AccountDesk, store: Store, clock: Clock) -> Mapping[ActionKind, Executor]:
    """Return what does each action; see ``gateway.ops.actions``."""

    async def probe(who: str, action: Action) -> tuple[Probed, ...]:
        return tuple([await desk.probe(name, who=who) for name in _named(action)])

    async def pause(who: str, action: Action) -> tuple[Decision, ...]:
        reason = str(action.params.get("reason", "")).strip()
        return tuple([await desk.pause(name, who=who, reason=reason) for name in _named(action)])

    async def resume(who: str, action: Action) -> tuple[Decision, ...]:
        return tuple([await desk.resume(name, who=who) for name in _named(action)])

    async def budget(who: str, action: Action) -> tuple[Decision, ...]:
        calls, per_s = action.params.get("calls"), action.params.get("per_s", 1.0)
        if calls is None:
            return tuple([await desk.restore(name, who=who) for name in _named(action)])
        pace = _whole(calls), _number(per_s)
        return tuple(
            [
                await desk.slow(name, calls=pace[0], seconds=pace[1], who=who)
                for name in _named(action)
            ]
        )

    async def hurry(who: str, action: Action) -> Hurried:
        choice = Hurry(
            str(action.params.get("account", "")),
            action.subjects,
            str(action.params.get("cause_code", "")),
        )
        desk.known(choice.account)
        return await _hurry(store, clock, choice, who)

    return {
        ActionKind.ACCOUNT_PROBE: probe,
        ActionKind.ACCOUNT_PAUSE: pause,
        ActionKind.ACCOUNT_RESUME: resume,
        ActionKind.ACCOUNT_BUDGET: budget,
        ActionKind.DUE_HURRY: hurry,
    }


async def _hurry(store: Store, clock: Clock, choice: Hurry, who: str) -> Hurried:
    """Hurry in batches that hold nobody up; what comes meanwhile is left alone."""
    now, deliveries, operations = clock.now(), 0, 0

    def batch(tx: Tx) -> tuple[int, int]:
        told = tx.hurry_deliveries(choice, now=now, limit=BATCH)
        done = tx.hurry_operations(choice, now=now, limit=BATCH)
        if told or done:
            row = deed(
                now, ("", Kind.CUSTOMER), event="due", outcome="hurried", who=who,
                of=choice.account, cause_code=choice.cause_code, deliveries=len(told),
                operations=len(done), ids=list(choice.ids[:_MOST_NAMED]),
            )  # fmt: skip
            tx.write_journal([row])
        return len(told), len(done)

    for _ in range(_MOST_BATCHES):
        told, done = await store.run(batch)
        deliveries, operations = deliveries + told, operations + done
        if told < BATCH and done < BATCH:
            break
    return Hurried(choice.account, deliveries, operations)


def _named(action: Action) -> tuple[str, ...]:
    if not action.subjects:
        msg = "name an account"
        raise Refused(msg)
    return action.subjects


def _whole(value: object) -> int:
    try:
        return int(str(value).strip())
    except ValueError as error:
        msg = "budget: `calls` is a whole number"
        raise Refused(msg) from error


def _number(value: object) -> float:
    try:
        return float(str(value).strip().replace(",", "."))
    except ValueError as error:
        msg = "budget: `per_s` is a number of seconds"
        raise Refused(msg) from error
