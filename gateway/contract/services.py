"""Services: what a connector offers beside entities and operations, each absent or whole."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contract.behaviour import BehaviourSource
from gateway.contract.exchange_door import ExchangeDoor
from gateway.contract.loyalty import LoyaltyProcessing, OneTimeCodes
from gateway.contract.notify import Notifier
from gateway.contract.people import PersonLookup
from gateway.contract.support import SupportChat
from gateway.contract.till import TillDoor


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one account; ``None`` for what its vendor does not have."""

    loyalty: LoyaltyProcessing | None = None
    codes: OneTimeCodes | None = None
    exchange: ExchangeDoor | None = None
    notifier: Notifier | None = None
    till: TillDoor | None = None
    behaviour: BehaviourSource | None = None
    support: SupportChat | None = None
    people: PersonLookup | None = None


NO_SERVICES = Services()
