"""Till door of 1C: the login, and which of the two services is called.

The address that a till is given is ``…/till/{account}/hs/loyaltyservice`` or
``…/till/{account}/ws/DiscountService.1cws?wsdl``: what follows is 1C's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contract import ConnectorContext, TillReply, TillRequest, TillService

from .config import OneCSettings
from .config_till import Till
from .till_discountservice import DiscountServiceDoor
from .till_discountservice_documents import CardNumbers, Documents
from .till_login import Visitor, visitor_of
from .till_loyaltyservice import ROOT, Call, LoyaltyServiceDoor
from .till_loyaltyservice_blocks import Blocks
from .till_loyaltyservice_cards import CardDesk
from .till_loyaltyservice_issue import Issuing
from .till_references import References
from .till_words import params_of, text_reply

_LOGIN = {"WWW-Authenticate": 'Basic realm="1C:Enterprise 8.3"'}
_WS = "ws/"


@dataclass(frozen=True, slots=True)
class OneCTillDoor:
    """See ``TillDoor``."""

    account: str
    settings: Till
    loyalty: LoyaltyServiceDoor | None
    discount: DiscountServiceDoor | None

    async def answer(self, request: TillRequest, service: TillService) -> TillReply:
        """Answer one call; see ``TillDoor.answer``."""
        visitor = visitor_of(self.settings, self.account, request.headers.get("authorization"))
        if visitor is None:
            return TillReply(b"", status=401, headers=_LOGIN)
        return await self._served(visitor, request, service)

    async def _served(
        self, visitor: Visitor, request: TillRequest, service: TillService
    ) -> TillReply:
        path = request.path.lstrip("/")
        if self.loyalty is not None and path.startswith(ROOT):
            call = Call(visitor, params_of(request.query), request.body, service)
            return await self.loyalty.answer(request.method, path.removeprefix(ROOT), call)
        if self.discount is not None and path.startswith(_WS):
            return await self.discount.answer(visitor, request, service)
        return text_reply("Not Found", 404)


def till_door(
    context: ConnectorContext[OneCSettings], till: Till, cards: CardNumbers | None
) -> OneCTillDoor:
    """Build the door of an account; ``cards`` is the directory of its own base, if it has one."""
    account, clock = context.settings, context.clock
    loyalty = discount = None
    if till.loyaltyservice is not None:
        desk = CardDesk(till, till.loyaltyservice, References())
        blocks = Blocks(clock, account.zone, account.currency, till.loyaltyservice.bonus_rate)
        loyalty = LoyaltyServiceDoor(
            account, till, till.loyaltyservice, desk, blocks, Issuing(desk), clock
        )
    if till.discountservice is not None:
        documents = Documents(clock, account, till.discountservice, cards)
        discount = DiscountServiceDoor(
            context.account, till, till.discountservice, documents, clock
        )
    return OneCTillDoor(context.account, till, loyalty, discount)
