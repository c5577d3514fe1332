"""Tidying: files that vendors handed over go in time, and not only when they come again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway.bootstrap.foundation import Foundation
from gateway.contract import ExchangeDesk

_PERIOD_S = 60.0


async def keep_tidy(foundation: Foundation, desks: Mapping[str, ExchangeDesk]) -> None:
    """Let each exchange door remove what nobody needs any more, until cancelled."""
    while True:
        for name, desk in desks.items():
            door = foundation.accounts[name].connector.services.exchange
            if door is None:
                continue
            try:
                await door.tidy(desk)
            except OSError as error:
                foundation.log.warning("exchange.untidy", account=name, cause=str(error.strerror))
        await asyncio.sleep(_PERIOD_S)
