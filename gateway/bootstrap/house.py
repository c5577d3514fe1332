"""House: the programme of the configuration on the shared foundation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.bootstrap.foundation import Foundation
from gateway.config import Config, HouseSection
from gateway.contract import ConfigInvalid, Operation
from gateway.contract.operations import NOTICE_SEND
from gateway.ids import sortable_id
from gateway.loyalty.house.consent import MAILING
from gateway.loyalty.house.keeping import Keeping
from gateway.loyalty.house.notices import HouseNotices, taken_back
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import Notify, Programme, no_notices
from gateway.loyalty.house.upkeep import Upkeep
from gateway.ports import OperationRow, Tx
from gateway.sync.lookup import Digester
from gateway.sync.operate import Operations


@dataclass(frozen=True, slots=True)
class HouseParts:
    """The house, and what works on it."""

    programme: Programme
    house: House
    office: Office
    upkeep: Upkeep


def build_house(foundation: Foundation, operations: Operations | None = None) -> HouseParts:
    """Build the house; without ``operations`` it tells nobody anything.

    Raises ``ConfigInvalid`` where the configuration has none, or names a mute account.
    """
    rules = foundation.config.house
    if rules is None:
        msg = "house: the configuration has no [house]; write its rules to keep points here"
        raise ConfigInvalid(msg)
    notify = no_notices if operations is None else _notices(foundation, rules, operations)
    digester = Digester(foundation.sealer.derive("lookup"))
    programme = Programme(rules, digester, sortable_id, notify)
    house = House(foundation.store, programme, foundation.clock)
    office = Office(house, programme, foundation.clock)
    return HouseParts(programme, house, office, Upkeep(house, programme))


def house_keeping(foundation: Foundation, operations: Operations, holder: str) -> Keeping | None:
    """Return the house's upkeep of every minute, ``None`` where there is no house."""
    if foundation.config.house is None:
        return None
    upkeep = build_house(foundation, operations).upkeep
    return Keeping(upkeep, foundation.store, foundation.clock, foundation.log, holder)


def withheld(config: Config) -> Callable[[Tx, OperationRow], bool]:
    """Return what tells of an operation that waits whether it may no longer be sent."""
    notices = config.house.notices if config.house is not None else None
    if notices is None or notices.purpose != MAILING:
        return lambda _, __: False
    return taken_back


def _notices(foundation: Foundation, rules: HouseSection, operations: Operations) -> Notify:
    section = rules.notices
    if section is None:
        return no_notices
    for way in ("sms", "email"):
        name = getattr(section, way)
        account = foundation.accounts.get(name)
        if name is not None and (
            account is None or NOTICE_SEND not in account.connector.operations
        ):
            msg = f"house.notices.{way}: no account {name} that sends messages; name one that does"
            raise ConfigInvalid(msg)

    def submit(tx: Tx, account: str, entity_id: str, rows: Sequence[Operation]) -> object:
        return operations.submit(tx, account, rows, correlation_id="", entity_id=entity_id)

    return HouseNotices(section, submit, foundation.clock)
