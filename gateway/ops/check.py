"""Check: would this configuration work? Asks everything that it names and changes nothing there.

Only our own record is touched: an account that was parked is resumed when its probe succeeds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.bus import KombuBus
from gateway.config import Problem
from gateway.contract import GatewayError, OutcomeUnknown, TransientError
from gateway.ops.faults import fault_of
from gateway.store import SchemaState
from gateway.sync.account import Account
from gateway.sync.parking import Parking

PROBE_S = 30.0
BUS_S = 6.0
_LOOK_S = 0.05
_AWAY = "Check the account's address and the network, or check again later."


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was checked. ``notes`` say what was found, without personal data.

    ``facts`` are what a vendor told of itself.
    """

    name: str
    ok: bool
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def checked_configuration(problems: Iterable[Problem]) -> Checked:
    """Tell all that is wrong with the configuration."""
    notes = tuple(str(problem) for problem in problems)
    return Checked("configuration", ok=not notes, notes=notes)


def checked_database(schema: Callable[[], SchemaState], *, embedded: bool) -> Checked:
    """Tell whether the database answers and has this program's schema; blocks.

    ``embedded``: an old or missing schema is brought up by ``gateway run`` itself.
    """
    try:
        state = schema()
        if embedded and state.known and not state.fits:
            note = f"schema {state.current or 'none'}: `gateway run` makes it {state.head}"
            return Checked("database", ok=True, notes=(note,))
        state.require()
    except GatewayError as error:
        return Checked("database", ok=False, notes=(str(error),))
    return Checked("database", ok=True, notes=(f"schema {state.current}",))


async def checked_bus(bus: KombuBus) -> Checked:
    """Tell whether the broker takes a connection; closes the bus."""
    try:
        async with asyncio.timeout(BUS_S):
            while not bus.health()["connected"]:  # noqa: ASYNC110 - its threads signal nobody
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        note = f"no connection within {BUS_S:.0f} s: check [bus] url and that the broker runs"
        return Checked("bus", ok=False, notes=(note,))
    finally:
        await bus.close()
    return Checked("bus", ok=True)


async def checked_accounts(
    accounts: Mapping[str, Account], parking: Parking | None
) -> tuple[Checked, ...]:
    """Probe all accounts at once, each within ``PROBE_S``.

    ``parking`` is ``None`` when there is no store that could remember a resumption.
    """
    if parking is not None:
        await parking.refresh(accounts)
    return tuple(
        await asyncio.gather(*(_probed(account, parking) for account in accounts.values()))
    )


async def _probed(account: Account, parking: Parking | None) -> Checked:
    name = f"account {account.name}"
    try:
        async with asyncio.timeout(PROBE_S):
            report = await account.connector.probe()
    except TimeoutError:
        note = f"no answer within {PROBE_S:.0f} s: check its address and the network"
        return Checked(name, ok=False, notes=(note,))
    except Exception as error:  # noqa: BLE001 - one connector's bug must not hide the others
        fault = fault_of(error)
        # Nobody repeats a check by himself, so the remedy of running traffic does not fit here.
        remedy = _AWAY if isinstance(error, TransientError | OutcomeUnknown) else fault.remedy
        return Checked(name, ok=False, notes=(*fault.lines, *filter(None, [remedy])))
    notes = report.notes
    if account.paused:
        notes = (*notes, "an operator paused it")
    if account.parked:
        if report.ok and parking is not None:
            await parking.resume(account)
            notes = (*notes, "it was parked and is resumed")
        else:
            notes = (*notes, "it is parked")
    return Checked(name, report.ok, notes, report.facts)
