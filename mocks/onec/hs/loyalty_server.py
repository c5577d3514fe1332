"""Сервер лояльности: the HTTP service ``loyaltyservice`` of УНФ (2.5).

There is no request id: a repeated write-off is written twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from mocks.onec.hs.answers import json_answer, text_answer
from mocks.onec.hs.cards import Card
from mocks.onec.hs.locks import LockBook
from mocks.onec.hs.loyalty_receipt import calculated
from mocks.onec.hs.loyalty_search import SUCCESS, LoyaltySearch, failure
from mocks.onec.hs.points import PointBook
from mocks.onec.hs.routing import Handler, HsRequest, HttpService, Template
from mocks.onec.schema import EMPTY_DATE

_NOT_FOUND = "Карта не найдена"
_NUMBER_HEAD, _NUMBER_DIGITS = "299", 9
Query = Mapping[str, str]


class LoyaltyServer:
    """The methods over one infobase."""

    def __init__(self, points: PointBook) -> None:
        """Start with nothing blocked and nothing reserved."""
        self._infobase = points.infobase
        self.cards = points.cards
        self.locks = LockBook(points)
        self._search = LoyaltySearch(points.cards, self.locks)
        self._issued = 0

    def service(self) -> HttpService:
        """Return the service as published; the slash after the method belongs to the URL."""
        methods: Mapping[str, Mapping[str, Callable[[HsRequest], Response]]] = {
            "ping": {"GET": lambda _: text_answer("ok")},
            "findclientcard": {"GET": self._find},
            "getclientbonuses": {"GET": self._bonuses},
            "unlockclientbonuses": {"POST": self._unlock},
            "writeoffclientbonuses": {"POST": self._write_off},
            "issueclientcard": {"POST": self._issue},
            "calculatediscounts": {"GET": self._calculate, "POST": self._calculate},
        }
        return HttpService(
            "loyaltyservice",
            [
                Template(f"/{name}/", {verb: self._guarded(work) for verb, work in verbs.items()})
                for name, verbs in methods.items()
            ],
        )

    def _guarded(self, work: Callable[[HsRequest], Response]) -> Handler:
        """Answer with a plain sentence while the feature is switched off."""

        async def _handle(request: HsRequest) -> Response:
            sentence = self._infobase.settings.loyalty_off
            return text_answer(sentence) if sentence else work(request)

        return _handle

    def _find(self, request: HsRequest) -> Response:
        found = self._search.find(request.query)
        if request.query.get("BlockBonuses") == "1" and len(found) == 1:
            card = found[0]
            if self.locks.balance(card) > 0 and not self.locks.is_locked(card):
                self.locks.lock(card)
        rows = [self._search.row(card) for card in found]
        return json_answer({**SUCCESS, "LoyaltyCardsList": rows})

    def _bonuses(self, request: HsRequest) -> Response:
        return json_answer(self._search.balance(self._one(request.query)))

    def _unlock(self, request: HsRequest) -> Response:
        card = self._one(request.query)
        if card is None:
            return text_answer(_NOT_FOUND)
        self.locks.unlock(card)
        return text_answer("Бонусы разблокированы")

    def _write_off(self, request: HsRequest) -> Response:
        card = self._one(request.query)
        if card is None:
            return text_answer(_NOT_FOUND)
        self.locks.write_off(card, Decimal(request.query.get("BonusesCount", "")))
        return text_answer("Бонусы списаны")

    def _issue(self, request: HsRequest) -> Response:
        query = request.query
        kind = self.cards.kind(query.get("ClientCardTypeUID", ""))
        number = query.get("ClientCardID", "")
        if kind is None:
            return json_answer(failure("Вид карты не найден"))
        if not number and query.get("GenerateNumber") not in {"1", "true"}:
            return json_answer(failure("Не указан номер карты"))
        existing = self.cards.by_code(number)
        owner = self._owner_of(query)
        if existing:
            is_other = bool(owner) and owner != existing[0].owner
            return self._issued_card(existing[0], is_existing=True, is_other=is_other)
        if not owner:
            birth = query.get("DateOfBirth", "")
            born = datetime.fromisoformat(birth).isoformat() if birth else EMPTY_DATE
            phone, email = query.get("Phone", ""), query.get("Email", "")
            owner = self.cards.owners.create(query.get("Client", ""), phone, email, born).ref
        card = self.cards.create_card(kind, owner, number or self._new_number(), "")
        return self._issued_card(card, is_existing=False, is_other=False)

    def _issued_card(self, card: Card, *, is_existing: bool, is_other: bool) -> Response:
        flags = {"ExistingCard": is_existing, "ElseClient": is_other}
        return json_answer({**SUCCESS, **self._search.row(card), **flags})

    def _calculate(self, request: HsRequest) -> Response:
        asked: Any = json.loads(request.body.decode("utf-8-sig"))
        return json_answer(calculated(self._infobase, self._search, asked))

    def _one(self, query: Query) -> Card | None:
        found = self._search.find(query)
        return found[0] if found else None

    def _owner_of(self, query: Query) -> str:
        found = self.cards.owners.by_phone(query.get("Phone", ""))
        found = found or self.cards.owners.by_email(query.get("Email", ""))
        return found[0] if found else ""

    def _new_number(self) -> str:
        """Return the next free EAN-13 of the range for generated cards."""
        while True:
            self._issued += 1
            digits = f"{_NUMBER_HEAD}{self._issued:0{_NUMBER_DIGITS}d}"
            number = digits + _check_digit(digits)
            if not self.cards.by_code(number):
                return number


def _check_digit(digits: str) -> str:
    total = sum(int(sign) * (3 if index % 2 else 1) for index, sign in enumerate(digits))
    return str(-total % 10)
