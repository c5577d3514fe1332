"""House: the programme of the configuration on the shared foundation."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.bootstrap.foundation import Foundation
from gateway.contract import ConfigInvalid
from gateway.ids import sortable_id
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import Notify, Programme, no_notices
from gateway.loyalty.house.upkeep import Upkeep
from gateway.sync.lookup import Digester


@dataclass(frozen=True, slots=True)
class HouseParts:
    """The house, and what works on it."""

    programme: Programme
    house: House
    office: Office
    upkeep: Upkeep


def build_house(foundation: Foundation, notify: Notify = no_notices) -> HouseParts:
    """Build the house. Raises ``ConfigInvalid`` where the configuration has none."""
    rules = foundation.config.house
    if rules is None:
        msg = "house: the configuration has no [house]; write its rules to keep points here"
        raise ConfigInvalid(msg)
    digester = Digester(foundation.sealer.derive("lookup"))
    programme = Programme(rules, digester, sortable_id, notify)
    house = House(foundation.store, programme, foundation.clock)
    office = Office(house, programme, foundation.clock)
    return HouseParts(programme, house, office, Upkeep(house, programme))
