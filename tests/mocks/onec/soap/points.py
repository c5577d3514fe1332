"""Calls about the points of the reference's card (vendor reference, 3.7)."""

from __future__ import annotations

from tests.mocks.onec.hs.services import CARD, Services
from tests.mocks.onec.soap.envelopes import Answer, loyalty

REQUEST = "401d{:04d}-2b3d-11f0-8c11-00155d0a0b0c"


RECEIPT = "7e000001-2b3d-11f0-8c11-00155d0a0b0c"


async def hold(services: Services, number: int, amount: object, **other: object) -> Answer:
    """Hold points of the card."""
    values = {"CardID": CARD, "Amount": amount, "ReceiptID": RECEIPT} | other
    return await loyalty(services, "HoldBonuses", RequestID=REQUEST.format(number), **values)


async def commit(services: Services, number: int, hold: object, amount: object) -> Answer:
    """Spend what was held."""
    values = {"HoldID": hold, "Amount": amount}
    return await loyalty(services, "CommitHold", RequestID=REQUEST.format(number), **values)


async def cancel(services: Services, number: int, hold: object) -> Answer:
    """Free a hold."""
    return await loyalty(services, "CancelHold", RequestID=REQUEST.format(number), HoldID=hold)


async def accrue(services: Services, number: int, amount: object, **other: object) -> Answer:
    """Accrue points to the card."""
    values = {"CardID": CARD, "Amount": amount, "AccrueDate": None, "ExpireDate": None}
    values |= {"Comment": None} | other
    return await loyalty(services, "AccrueBonuses", RequestID=REQUEST.format(number), **values)


async def available(services: Services, at: str | None = None) -> tuple[str | None, ...]:
    """What the card can spend, what is held, what comes later."""
    answer = await loyalty(services, "GetBalance", CardID=CARD, AtDate=at)
    return tuple(answer.text("return", name) for name in ("Available", "Held", "Pending"))
