"""Extras of the tills: what the configuration adds to the loyalty service.

The programme inside the gateway, one-time codes of its own, proofs of codes, and card checks.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import build_house
from gateway.canonical import Kind
from gateway.config.codes import AlarmSection
from gateway.contract import LoyaltyProcessing
from gateway.loyalty.alarm import Alarm, Watch
from gateway.loyalty.cards import CardDirectory
from gateway.loyalty.codes import Chance, OwnCodes
from gateway.loyalty.limits import Window
from gateway.loyalty.proofs import Proofs
from gateway.loyalty.senders import notifiers_of
from gateway.loyalty.signed import SignedProofs
from gateway.sync.lookup import Digester
from gateway.sync.operate import Operations

_LOOK_S = 30.0
_REFERENCE_BYTES = 16


@dataclass(slots=True)
class Extras:
    """What the configuration adds. ``alarms`` end by themselves when they are looked at."""

    house: LoyaltyProcessing | None = None
    proofs: Proofs | None = None
    codes: OwnCodes | None = None
    cards: CardDirectory | None = None
    alarms: tuple[Alarm, ...] = ()
    _watching: asyncio.Task[None] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Begin to look at the alarms."""
        if self.alarms:
            self._watching = asyncio.create_task(self._watch(), name="till-alarms")

    async def stop(self) -> None:
        """Wait for the codes that are on their way."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self.codes is not None:
            await self.codes.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for alarm in self.alarms:
                await alarm.look()


def extras_of(foundation: Foundation, operations: Operations | None = None) -> Extras:
    """Make what the configuration asks for.

    Raises ``ConfigInvalid`` for accounts that do not send what they are named for.
    """
    config, clock, sealer = foundation.config, foundation.clock, foundation.sealer
    has_house = config.house is not None
    cards_alarm = _alarm(foundation, "cards", Kind.CARD, config.cards.alarm)
    codes_alarm = _alarm(foundation, "codes", Kind.CUSTOMER, config.codes.alarm)
    cards = CardDirectory(
        config.cards, foundation.store, Digester(sealer.derive("lookup")), clock, cards_alarm
    )
    return Extras(
        house=build_house(foundation, operations).house if has_house else None,
        proofs=SignedProofs(sealer.derive("proofs"), clock, config.codes.proof_s),
        codes=own_codes(foundation, codes_alarm) if config.codes.mode == "own" else None,
        cards=cards,
        alarms=(cards_alarm, codes_alarm),
    )


def own_codes(foundation: Foundation, alarm: Alarm | None = None) -> OwnCodes:
    """Return one-time codes of our own; without ``alarm`` guesses have one for themselves.

    Raises ``ConfigInvalid`` for accounts that do not send what they are named for.
    """
    section = foundation.config.codes
    alarm = alarm or _alarm(foundation, "codes", Kind.CUSTOMER, section.alarm)
    services = {name: one.connector.services for name, one in foundation.accounts.items()}
    chance = Chance(secrets.randbelow, lambda: secrets.token_hex(_REFERENCE_BYTES))
    return OwnCodes(
        section, notifiers_of(section, services), foundation.store, foundation.clock, chance,
        foundation.sealer.derive("codes"), alarm,
    )  # fmt: skip


def _alarm(foundation: Foundation, what: str, kind: Kind, section: AlarmSection) -> Alarm:
    watch = Watch(Window(section.misses, section.per_s))
    return Alarm(
        what,
        kind,
        watch,
        foundation.store,
        foundation.clock,
        foundation.log,
        foundation.metrics.tills,
    )
