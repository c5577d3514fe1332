"""Till door, HTTP: the server's part of ``loyaltyservice`` of УНФ, over the loyalty service.

Everything is answered as 1C answers it: 200 or an error, sentences for writes, heads and misspelt
names for the rest. Sources: vendor reference, 2.5, and the modules that it names.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from gateway.contract import Clock, Quoted, Sale, TillBusy, TillRefused, TillReply, TillService

from . import till_words as words
from .config import OneCSettings
from .config_till import LoyaltyServer, Till
from .till_login import Visitor
from .till_loyaltyservice_answer import receipt_to_wire, spendable
from .till_loyaltyservice_blocks import NO_BASKET, Basket, Blocks
from .till_loyaltyservice_cards import CardDesk, Found, Unknown, account_of, key_of
from .till_loyaltyservice_issue import Issuing
from .till_loyaltyservice_promo import promo_info
from .till_loyaltyservice_receipt import BadReceiptError, Receipt, receipt_from_wire
from .till_words import Row
from .values import number_of

ROOT = "hs/loyaltyservice/"
_MOST = 2000
_BASKET_S = 3600.0
_MOST_DIGITS = 8
_OFF = frozenset(
    {
        "salesturnover", "getgiftcardinfo", "writeoffgiftcard", "unlockgiftcard", "checkgiftcard",
        "getcontrolleddiscountslist", "getleftovers", "getprice", "salesrestrictionsinfo",
    }
)  # fmt: skip


class Call(NamedTuple):
    """One call of a till that has proved who it is."""

    visitor: Visitor
    params: Mapping[str, str]
    body: bytes
    service: TillService


class _Seen(NamedTuple):
    basket: Basket
    at: float


@dataclass(slots=True)
class LoyaltyServiceDoor:
    """The methods, for one account.

    ``_baskets`` are the rows of last calculations. They are lost with the process, and then points
    are asked for without goods, as with tills that calculate nothing.
    """

    account: OneCSettings
    till: Till
    settings: LoyaltyServer
    desk: CardDesk
    blocks: Blocks
    issuing: Issuing
    clock: Clock
    _baskets: OrderedDict[tuple[str, str], _Seen] = field(default_factory=OrderedDict, repr=False)

    async def answer(self, verb: str, path: str, call: Call) -> TillReply:
        """Answer one call; ``path`` is what follows the root."""
        name = path.strip("/")
        if name in _OFF:
            return words.text_reply(words.SWITCHED_OFF)
        known = self._methods().get(name)
        if known is None:
            return words.text_reply("Not Found", 404)
        verbs, do = known
        if verb not in verbs:
            return words.text_reply("Method Not Allowed", 405)
        try:
            return await do(call)
        except TillBusy:
            return words.text_reply(words.BUSY, 500)
        except TillRefused as error:
            return words.text_reply(words.reason_of(error), 500)

    def _methods(
        self,
    ) -> Mapping[str, tuple[tuple[str, ...], Callable[[Call], Awaitable[TillReply]]]]:
        return {
            "ping": (("GET",), self._ping),
            "findclientcard": (("GET",), self._find),
            "getclientbonuses": (("GET",), self._bonuses),
            "unlockclientbonuses": (("POST",), self._unlock),
            "writeoffclientbonuses": (("POST",), self._write_off),
            "issueclientcard": (("POST",), self._issue),
            "getcardtypes": (("GET",), self._card_types),
            "promocodeinfo": (("GET",), self._promo),
            "unlockpromocode": (("POST",), self._unlock_promo),
            "useautomaticdiscounts": (("GET",), self._discounts),
            "calculatediscounts": (("GET", "POST"), self._calculate),
        }

    async def _ping(self, call: Call) -> TillReply:
        del call
        return words.text_reply("ok")

    async def _find(self, call: Call) -> TillReply:
        found = await self._found(call)
        if isinstance(found, Unknown):
            return _unknown(found, {"LoyaltyCardsList": []})
        blocked = await self._is_blocked(call, found)
        rows = [self.desk.row(found, one, blocked=blocked) for one in found.numbers]
        if call.params.get("BlockBonuses") == "1" and len(rows) == 1 and not blocked:
            rows[0]["BonusData"]["BonusCount"] = await self._block(call, found)
        return words.json_reply({**words.head(), "LoyaltyCardsList": rows})

    async def _bonuses(self, call: Call) -> TillReply:
        found = await self._found(call)
        if isinstance(found, Unknown):
            return _unknown(found, self.desk.balance(None, Decimal(0)))
        points = await self._block(call, found)
        return words.json_reply({**words.head(), **self.desk.balance(found, points)})

    async def _unlock(self, call: Call) -> TillReply:
        found = await self._found(call)
        if isinstance(found, Unknown):
            return _nobody(found)
        await self.blocks.unlock(call.visitor, key_of(found), call.service)
        return words.text_reply(words.UNLOCKED)

    async def _write_off(self, call: Call) -> TillReply:
        found = await self._found(call)
        if isinstance(found, Unknown):
            return _nobody(found)
        points = _points(call.params.get("BonusesCount"))
        if points is None:
            return words.text_reply(words.NO_AMOUNT)
        basket = self._basket(call.visitor, found)
        is_spent = await self.blocks.write_off(
            call.visitor, key_of(found), points, call.service, basket
        )
        if not is_spent:
            return words.text_reply(words.NOT_SPENT, 500)
        return words.text_reply(words.WRITTEN_OFF)

    async def _issue(self, call: Call) -> TillReply:
        return await self.issuing.issue(call.visitor, call.params, call.service)

    async def _card_types(self, call: Call) -> TillReply:
        del call
        return words.json_reply(
            [
                {
                    "CardTypeID": one.id,
                    "CardTypeDescription": one.name,
                    "IsPerson": one.personal,
                    "GenerateNumer": one.generates_number,
                    "Идентификатор": one.id,
                    "Наименование": one.name,
                    "ЭтоИменнаяКарта": one.personal,
                    "ГенерироватьНомер": one.generates_number,
                }
                for one in self.settings.card_types
            ]
        )

    async def _promo(self, call: Call) -> TillReply:
        seen = self._baskets.get((call.visitor.caller.name, ""))
        lines = seen.basket.lines if seen is not None else ()
        return await promo_info(
            call.visitor, call.params.get("Promocode", ""), lines, call.service, self.clock
        )

    async def _unlock_promo(self, call: Call) -> TillReply:
        """Nothing is held for a code here: the processor counts it with the receipt."""
        del call
        return words.text_reply(words.PROMO_UNLOCKED)

    async def _discounts(self, call: Call) -> TillReply:
        del call
        return words.json_reply({**words.head(), "UseAutomaticDiscounts": True})

    async def _calculate(self, call: Call) -> TillReply:
        try:
            receipt = receipt_from_wire(
                call.body, zone=self.account.zone, currency=self.account.currency
            )
        except BadReceiptError as error:
            return words.json_reply(words.head(str(error)))
        found: Found | Unknown = Unknown()
        if receipt.card:
            named = {"CardGUID": receipt.card, "ClientCardID": receipt.card}
            found = await self.desk.find(call.visitor.caller, named, call.service)
        member = found if isinstance(found, Found) else None
        quoted = None
        if receipt.lines and not receipt.is_set("Return"):
            try:
                quoted = await self._quote(call, receipt, member)
            except TillRefused as error:
                return words.json_reply(words.head(words.reason_of(error)))
        answer = receipt_to_wire(receipt, quoted, self.settings.accrual)
        if isinstance(found, Unknown) and not found.is_sure:
            answer["Messages"].insert(0, {"AfterSale": False, "MessageText": words.AWAY})
        if receipt.is_set("GetLoyaltyCardData"):
            answer["LoyaltyCardDescription"] = await self._described(call, receipt, member)
        if receipt.is_set("GetMaxBonusPay"):
            answer |= {"MaxBonusPay": spendable(quoted), "MaxBonusPayRows": []}
        return words.json_reply(answer)

    async def _quote(self, call: Call, receipt: Receipt, found: Found | None) -> Quoted:
        caller = call.visitor.caller
        sale = Sale(
            id=f"1q.{call.visitor.mark('receipt', *(one.id for one in receipt.lines[:1]))}",
            lines=receipt.lines,
            # A till's clock may run ahead, and nothing may have happened tomorrow.
            at=min(receipt.at, self.clock.now()),
            member=key_of(found) if found is not None else None,
            promo_codes=tuple(receipt.promo_codes),
            shop=caller.shop or None,
            till=caller.name,
        )
        quoted = await call.service.quote(caller, sale)
        basket = Basket(receipt.lines, spendable(quoted))
        self._remember((caller.name, ""), basket)
        if found is not None:
            self._remember((caller.name, found.member.external_id), basket)
        return quoted

    async def _described(self, call: Call, receipt: Receipt, found: Found | None) -> Row:
        """Return the card of a receipt, blocking its points where the till asks for it."""
        if found is None:
            return {"CardNotFound": True, "LoyaltyCard": None}
        blocked = await self._is_blocked(call, found)
        row = self.desk.row(found, found.numbers[0], blocked=blocked)
        if str(receipt.asked.get("BlockBonuses")) == "1" and not blocked:
            row["BonusData"]["BonusCount"] = await self._block(call, found)
        return {"CardNotFound": False, "LoyaltyCard": row}

    async def _found(self, call: Call) -> Found | Unknown:
        return await self.desk.find(call.visitor.caller, call.params, call.service)

    async def _is_blocked(self, call: Call, found: Found) -> bool:
        """Tell whether somebody holds all of the points: this till, or another one."""
        account = account_of(self.till, found.member.customer)
        held = account.blocked.points if account is not None and account.blocked else Decimal(0)
        if held > 0 and self.desk.available(found) == 0:
            return True
        return await self.blocks.is_blocked(call.visitor, key_of(found), call.service)

    async def _block(self, call: Call, found: Found) -> Decimal:
        basket = self._basket(call.visitor, found)
        return await self.blocks.block(
            call.visitor, key_of(found), self.desk.available(found), call.service, basket
        )

    def _basket(self, visitor: Visitor, found: Found) -> Basket:
        seen = self._baskets.get((visitor.caller.name, found.member.external_id))
        is_fresh = seen is not None and self.clock.monotonic() - seen.at < _BASKET_S
        if self.settings.goods == "amount" or seen is None or not is_fresh:
            return NO_BASKET
        return seen.basket

    def _remember(self, key: tuple[str, str], basket: Basket) -> None:
        self._baskets[key] = _Seen(basket, self.clock.monotonic())
        self._baskets.move_to_end(key)
        if len(self._baskets) > _MOST:
            self._baskets.popitem(last=False)


def _unknown(found: Unknown, told: Row) -> TillReply:
    """Answer for nobody: as for an unknown card, or that it cannot be told now."""
    return words.json_reply({**words.head("" if found.is_sure else words.AWAY), **told})


def _nobody(found: Unknown) -> TillReply:
    """Answer a write for nobody. A till takes any 200 for success, so what is unsure is none."""
    if not found.is_sure:
        return words.text_reply(words.AWAY, 500)
    return words.text_reply(words.NO_CARD)


def _points(value: str | None) -> Decimal | None:
    number = number_of(value) if value else None
    if number is None or number <= 0 or number.adjusted() > _MOST_DIGITS:
        return None
    exponent = number.as_tuple().exponent
    is_exact = isinstance(exponent, int) and exponent >= -4  # noqa: PLR2004 - as points have
    return number.normalize() if is_exact else None
