"""Counter: a till worked by hand: what a cashier types, what the screen shows, what is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from gateway.demo.till import bodies
from gateway.demo.till.api import Call, NoAnswer, Reply, TillApi
from gateway.demo.till.goods import Shelf
from gateway.demo.till.plan import Back
from gateway.demo.till.printer import Slip, printed, texts_of
from gateway.demo.till.reference import ZERO, Line, total
from gateway.demo.till.screen import Shown, shown
from gateway.demo.till.words import Words

_TRIES = 3


@dataclass(slots=True)
class Basket:
    """A sale under way. Shape: ``quote`` is the last answer; ``proof`` that of a code."""

    id: str
    lines: list[Line] = field(default_factory=list)
    member: Mapping[str, str] | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    spend: Decimal = ZERO
    proof: str = field(default="", repr=False)
    reference: str = ""
    quote: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Counter:
    """Sells by commands. ``say`` shows a text to the cashier, ``out`` is the printer."""

    api: TillApi
    shelf: Shelf
    words: Words
    shop: str
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    say: Callable[[str], None]
    out: Callable[[str], None]
    basket: Basket = field(init=False)
    sold: dict[str, Basket] = field(default_factory=dict, repr=False)
    waiting: list[Call] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self.basket = Basket(self.new_id())

    async def do(self, typed: str) -> bool:
        """Obey one line; False when the cashier wants to end."""
        word, *rest = typed.strip().split() or [""]
        if word.lower() in {"выход", "quit", "exit", "q"}:
            self.say(self.words.goodbye)
            return False
        await self._hand_in()
        deed = self._deed(word.lower(), typed.strip())
        if deed is None:
            self.say(self.words.not_understood)
        else:
            await deed(rest)
        return True

    def _deed(self, word: str, typed: str) -> Any:  # noqa: ANN401 - one of the methods below
        named: Mapping[str, Any] = {
            "": self._show, "?": self._help, "help": self._help, "помощь": self._help,
            "товары": self._goods, "goods": self._goods,
            "карта": self._card, "card": self._card, "код": self._code, "code": self._code,
            "баллы": self._points, "points": self._points, "оплата": self._pay, "pay": self._pay,
            "отмена": self._cancel, "cancel": self._cancel,
            "возврат": self._return, "return": self._return,
        }  # fmt: skip
        if word in named:
            return named[word]
        if self.shelf.has(word):
            return partial(self._scan, word)
        if sum(character.isdigit() for character in typed) >= 10:  # noqa: PLR2004 - a phone's digits
            return partial(self._called, typed)
        return None

    async def _help(self, rest: list[str]) -> None:
        del rest
        self.say(self.words.help)

    async def _goods(self, rest: list[str]) -> None:
        del rest
        self.say(self.shelf.listed())

    async def _show(self, rest: list[str]) -> None:
        del rest
        basket = self.basket
        self.say(shown(Shown(basket.lines, basket.name, basket.spend, basket.quote), self.words))

    async def _scan(self, word: str, rest: list[str]) -> None:
        quantity = _number(rest[0].lstrip("xх*×") if rest else "1")
        if not quantity or quantity < 0:
            self.say(self.words.not_understood)
            return
        lines = self.basket.lines
        lines.append(self.shelf.line(word, str(len(lines) + 1), quantity))
        await self._quote()

    async def _who(self, named: Mapping[str, str]) -> None:
        reply = await self._asked(Call("identify", "/identify", named))
        if reply is None:
            return
        member = reply.body.get("member")
        if member is None:
            doubtful = reply.body.get("degraded") is not None
            self.say(self.words.member_doubtful if doubtful else self.words.unknown_member)
            return
        name = member.get("name") or {}
        self.basket.member = named
        self.basket.name = " ".join(filter(None, (name.get("first"), name.get("last")))) or "+"
        await self._quote()

    async def _called(self, phone: str, rest: list[str]) -> None:
        del rest
        await self._who({"phone": phone})

    async def _card(self, rest: list[str]) -> None:
        await self._who({"barcode": "".join(rest)})

    async def _code(self, rest: list[str]) -> None:
        basket = self.basket
        if basket.member is None:
            self.say(self.words.anonymous)
            return
        body: dict[str, Any] = {"to": basket.member, "purpose": "spending"}
        if not rest:
            reply = await self._asked(Call("codes", "/codes", body))
            if reply is not None:
                basket.reference = str(reply.body.get("reference") or "")
                self.say(self.words.code_sent)
            return
        body |= {"code": rest[0], "reference": basket.reference}
        reply = await self._asked(Call("confirm", "/codes/confirm", body))
        if reply is not None:
            basket.proof = str(reply.body.get("proof") or "")
            is_right = bool(reply.body.get("confirmed"))
            self.say(self.words.code_right if is_right else self.words.code_wrong)

    async def _points(self, rest: list[str]) -> None:
        most = _number(str(self.basket.quote.get("spendable") or "0")) or ZERO
        wanted = _number(rest[0]) if rest else None
        self.basket.spend = most if wanted is None else wanted
        await self._quote()

    async def _quote(self) -> None:
        basket = self.basket
        if basket.lines:
            body = self._body(basket.spend, paid=False)
            reply = await self._asked(bodies.quote(basket.id, body))
            basket.quote = reply.body if reply is not None else {}
        await self._show([])

    async def _pay(self, rest: list[str]) -> None:
        del rest
        basket = self.basket
        if not basket.lines:
            self.say(self.words.nothing)
            return
        spent = await self._reserved() if basket.spend else ZERO
        call = bodies.commit(basket.id, self._body(spent, paid=True))
        reply = await self._kept(call)
        earned = balance = None
        if reply is not None and reply.is_good:
            self._told(reply)
            earned, balance = _points_of(reply.body), _balance_of(reply.body)
        if earned is None and basket.member is not None:
            earned = _number(str(basket.quote.get("points_earned") or ""))
        self.out(printed(Slip(
            self.shop, basket.id, self.now(), basket.lines, spent, earned, balance,
            texts_of(basket.quote),
        ), self.words))  # fmt: skip
        self.sold[basket.id] = replace(basket, spend=spent)
        self.basket = Basket(self.new_id())

    async def _reserved(self) -> Decimal:
        basket = self.basket
        body = self._body(basket.spend, paid=False)
        reply = await self._asked(bodies.reserve(basket.id, body, basket.proof))
        if reply is None or reply.stage != "reserved":
            self.say(self.words.not_now)
            return ZERO
        return _number(str(reply.body.get("points_spent"))) or ZERO

    async def _cancel(self, rest: list[str]) -> None:
        del rest
        await self._kept(bodies.cancel(self.basket.id))
        self.say(self.words.given_up)
        self.basket = Basket(self.new_id())

    async def _return(self, rest: list[str]) -> None:
        sale = self.sold.get(rest[0]) if rest else None
        if sale is None:
            self.say(self.words.not_understood)
            return
        parts = _parts(rest[1:], sale.lines)
        if parts is not None and not parts:
            self.say(self.words.not_understood)
            return
        back = Back(self.new_id(), sale.id, parts)
        reply = await self._kept(
            bodies.refund(back.id, bodies.returned(back, sale.lines, self.now()))
        )
        if reply is not None and reply.is_good:
            self._told(reply)
        lines = [
            replace(line, quantity=line.quantity if parts is None else parts[line.id])
            for line in sale.lines
            if parts is None or line.id in parts
        ]
        share = total(lines) / (total(sale.lines) or Decimal(1))
        spent = (sale.spend * share).quantize(Decimal("0.01"))
        slip = Slip(self.shop, sale.id, self.now(), lines, spent, is_return=True)
        self.out(printed(slip, self.words))

    def _body(self, spent: Decimal, *, paid: bool) -> dict[str, Any]:
        basket = self.basket
        body = bodies.sale(basket.lines, self.now(), phone=None, spent=ZERO, paid=paid)
        if basket.member is not None:
            body["member"] = dict(basket.member)
            if spent:
                body["points"] = f"{spent:f}"
                if paid:
                    left = total(basket.lines) - spent
                    body["payments"] = [{"method": "card", "amount": str(left)}]
        return body

    async def _asked(self, call: Call) -> Reply | None:
        """Ask once; a refusal is shown, and no answer too."""
        try:
            reply = await self.api.ask(call)
        except NoAnswer:
            self.say(self.words.no_answer)
            return None
        if not reply.is_good:
            self.say(f"{self.words.refused}: {reply.problem}")
            return None
        return reply

    async def _kept(self, call: Call) -> Reply | None:
        """Tell what happened; what is not answered is told again before the next command."""
        for _ in range(_TRIES):
            try:
                return await self.api.ask(call)
            except NoAnswer:
                continue
        self.waiting.append(call)
        self.say(self.words.no_answer)
        return None

    async def _hand_in(self) -> None:
        while self.waiting:
            try:
                await self.api.ask(self.waiting[0])
            except NoAnswer:
                return
            self.waiting.pop(0)

    def _told(self, reply: Reply) -> None:
        if reply.stage == "accepted":
            self.say(self.words.accepted)
        elif reply.stage == "refused":
            self.say(f"{self.words.refused}: {reply.body.get('cause') or ''}")


def _parts(rest: list[str], lines: list[Line]) -> dict[str, Decimal] | None:
    """Read a line and a quantity; ``None`` for all, empty for what is no part of the sale."""
    if not rest:
        return None
    line = next((one for one in lines if one.id == rest[0]), None)
    if line is None:
        return {}
    quantity = _number(rest[1]) if len(rest) > 1 else line.quantity
    return {line.id: quantity} if quantity and 0 < quantity <= line.quantity else {}


def _points_of(body: Mapping[str, Any]) -> Decimal | None:
    return _number(str(body.get("points_earned") or ""))


def _balance_of(body: Mapping[str, Any]) -> Decimal | None:
    return _number(str((body.get("balance") or {}).get("available") or ""))


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
