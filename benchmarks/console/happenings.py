"""Happenings: what befell the entities of a shop: stories, letters, waiting deliveries, figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.console.shop import ACCOUNTS, DAYS, Shop
from gateway.canonical import Kind
from gateway.ops.figures import WHATS
from gateway.ops.tally import HOUR, MINUTE, hour_of, minute_of
from gateway.ports import (
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    Grain,
    JournalRow,
    PairRow,
    PairState,
    Settlement,
    TallyRow,
)

LONGEST = 0
"""Number of the entity with by far the longest story."""
_OFTEN = 0.005
"""Share of the chains that are about that one."""
_OF_NOBODY, _DECIDED = 0.15, 0.02
_FINE_DAYS = 3
"""Minutes of the tally are kept no longer."""
_CAUSES = (
    ("PHONE_INVALID", "Телефон не принят", "исправьте телефон"),
    ("EMAIL_TAKEN", "Адрес занят другим клиентом", "объедините клиентов"),
    ("NAME_INVALID", "В имени недопустимые символы", "исправьте имя"),
    ("NOT_FOUND", "Записи там больше нет", "создайте её заново"),
    ("STATUS_UNKNOWN", "Неизвестный статус", "дополните настройки"),
    ("LOCKED", "Объект заблокирован пользователем", "повторите позже"),
    ("LIMIT", "Слишком много строк в заказе", "разделите заказ"),
)
_WEIGHTS = (40, 20, 12, 10, 8, 6, 4)
_TAKEN = ("name/last", "phones", "emails", "address/text", "status", "lines/1/quantity")
_HEAVY = {"received": 40, "told": 90, "calls": 120, "retried": 3, "failed": 1, "sold": 8}


@dataclass(frozen=True, slots=True)
class Happenings:
    """All that happened in a shop, drawn from a seed."""

    shop: Shop
    seed: int

    def journal(self, count: int) -> Iterator[JournalRow]:
        """Tell ``count`` sentences, the oldest first, in chains under one correlation id."""
        chance = random.Random(self.seed)
        step = timedelta(days=DAYS) / max(1, count)
        at, told, chain = self.shop.now - timedelta(days=DAYS), 0, 0
        while told < count:
            chain += 1
            for row in self._chain(chance, f"bench-{chain:07}", at)[: count - told]:
                yield row
                told, at = told + 1, at + step

    def _chain(self, chance: random.Random, correlation: str, at: datetime) -> list[JournalRow]:
        account = ACCOUNTS[chance.randrange(len(ACCOUNTS))]
        draw = chance.random()
        if draw < _OF_NOBODY:
            told = (("hint", "new", 1), ("received", "echo", 3), ("hint", "duplicate", 1))
            event, outcome, count = told[chance.randrange(len(told))]
            detail = {"external_id": str(chance.randrange(10**6))}
            return [JournalRow(at, "", Kind.CUSTOMER, account, event, outcome, correlation, detail,
                               count)]  # fmt: skip
        number = chance.randrange(self.shop.entities)
        if chance.random() < _OFTEN:
            number = LONGEST
        about = self.shop.id(number), self.shop.kind(number)
        if draw < _OF_NOBODY + _DECIDED:
            detail = {"who": "olga", "reason": "исправили телефон", "letter": f"l{number:09}"}
            outcome = chance.choice(("replayed", "dropped"))
            return [JournalRow(at, *about, "operator", "letter", outcome, correlation, detail)]
        told_to = chance.sample(ACCOUNTS[:5], 3)
        return [
            JournalRow(at, *about, account, "received", "merged", correlation,
                       self._merged(chance, number, at)),
            *(self._told(chance, about, one, correlation, at) for one in told_to),
        ]  # fmt: skip

    def _merged(self, chance: random.Random, number: int, at: datetime) -> dict[str, object]:
        fields: list[dict[str, object]] = []
        for name in chance.sample(_TAKEN, 2):
            taken = chance.random() < 0.8  # noqa: PLR2004 - most of what comes is news
            why = {} if taken else {"why": "older"}
            fields.append({"field": name, "rule": "newest", "taken": taken, **why})
        return {
            "external_id": str(1000 + number), "via": "pull", "changed_at": at.isoformat(),
            "matched_by": "link", "fields": fields, "more": 0,
        }  # fmt: skip

    def _told(
        self, chance: random.Random, about: tuple[str, Kind], account: str, correlation: str,
        at: datetime,
    ) -> JournalRow:  # fmt: skip
        draw = chance.random()
        if draw < 0.9:  # noqa: PLR2004 - nearly all of it arrives
            detail: dict[str, object] = {"version": 1 + chance.randrange(9), "external_id": "1000"}
            return JournalRow(at, *about, account, "delivered", "sent", correlation, detail)
        code, cause, _ = chance.choices(_CAUSES, _WEIGHTS)[0]
        detail = {"cause": cause, "cause_code": code, "attempt": 2, "attempts": 3}
        if draw < 0.98:  # noqa: PLR2004 - most of the rest at a second try
            detail["next_at"] = (at + timedelta(minutes=5)).isoformat()
            return JournalRow(at, *about, account, "delivery", "retried", correlation, detail)
        return JournalRow(at, *about, account, "delivery", "dead", correlation, detail)

    def letters(self, numbers: range) -> Iterator[DeadLetter]:
        """Make open letters. Raises ``ValueError`` beyond five for each entity."""
        if numbers and numbers[-1] >= self.shop.entities * (len(ACCOUNTS) - 1):
            msg = "more letters than five for each entity: fill in more entities"
            raise ValueError(msg)
        for number in numbers:
            chance = random.Random(f"{self.seed} letter {number}")
            entity, again = number % self.shop.entities, number // self.shop.entities
            code, cause, remedy = chance.choices(_CAUSES, _WEIGHTS)[0]
            account = ACCOUNTS[(entity + again) % len(ACCOUNTS)]
            first = self.shop.now - timedelta(days=DAYS * chance.random())
            yield DeadLetter(
                self.letter(number), "delivery", self.shop.id(entity), self.shop.kind(entity),
                account, "open", f"{account.upper()}_{code}", cause, remedy,
                attempts=1 + chance.randrange(8), version=1, first_at=first,
                last_at=first + (self.shop.now - first) * chance.random(),
                correlation_id=f"bench-{1 + number:07}",
                request={"name/first": self.shop.people[entity % len(self.shop.people)].first},
                answer={"status": 422, "error": f"{cause}: {code}"},
                held=chance.random() < 0.08,  # noqa: PLR2004 - a few wait for a person
            )  # fmt: skip

    def letter(self, number: int) -> str:
        """Return a letter's id."""
        return f"l{number:09}"

    def failed(self, letters: list[DeadLetter]) -> tuple[list[DeliveryRow], list[Settlement]]:
        """Return the deliveries behind letters, and how they ended."""
        rows = [
            DeliveryRow(one.subject, one.kind, one.account, DeliveryState.DUE, one.first_at)
            for one in letters
        ]
        ends = [
            Settlement(
                one.subject, one.account,
                DeliveryState.HELD if one.held else DeliveryState.DEAD, one.last_at, one.attempts,
                cause_code=one.cause_code, cause=one.cause, remedy=one.remedy,
                first_failed_at=one.first_at,
            )
            for one in letters
        ]  # fmt: skip
        return rows, ends

    def waiting(self, numbers: range) -> tuple[list[DeliveryRow], list[Settlement]]:
        """Return deliveries that will be tried again, at accounts that no letter is of."""
        rows, ends = [], []
        for number in numbers:
            account = ACCOUNTS[(number + len(ACCOUNTS) - 1) % len(ACCOUNTS)]
            code, cause, remedy = _CAUSES[number % len(_CAUSES)]
            entity, kind = self.shop.id(number), self.shop.kind(number)
            rows.append(DeliveryRow(entity, kind, account, DeliveryState.DUE, self.shop.now))
            ends.append(
                Settlement(
                    entity, account, DeliveryState.RETRY,
                    self.shop.now + timedelta(seconds=number), 1 + number % 9, cause_code=code,
                    cause=cause, remedy=remedy, first_failed_at=self.shop.now - timedelta(hours=1),
                )
            )  # fmt: skip
        return rows, ends

    def pairs(self, count: int) -> Iterator[PairRow]:
        """Make customers of whom a person is asked whether they are one."""
        at = self.shop.now - timedelta(days=1)
        for number in range(min(count, len(self.shop.people) // 2)):
            one, other = sorted((self.shop.id(2 * number), self.shop.id(2 * number + 1)))
            supports = [["proved", 60, {}, ""], ["name_same", 20, {}, ""]]
            yield PairRow(
                (one, other), PairState.OPEN, "score", 60 + number % 30,
                {"supports": supports, "against": []}, at, at,
            )  # fmt: skip

    def figures(self, days: int) -> Iterator[TallyRow]:
        """Make the tally: every hour of some days, and every minute of at most three of them."""
        chance = random.Random(f"{self.seed} tally")
        fine, coarse = minute_of(self.shop.now), hour_of(self.shop.now)
        times = [
            *(
                (Grain.MINUTE, fine - MINUTE * back, 1)
                for back in range(min(days, _FINE_DAYS) * 24 * 60)
            ),
            *((Grain.HOUR, coarse - HOUR * back, 60) for back in range(days * 24)),
        ]
        for grain, at, weight in times:
            for account in ACCOUNTS:
                for what in WHATS:
                    count = weight * chance.randrange(1 + _HEAVY[what])
                    if count:
                        yield TallyRow(at, grain, account, what, count)
