"""Bonus points: movements of the register, the balance, documents that change it (1.12).

Spendable at T is max(0, Начислено − max(0, КСписанию)) over the movements up to T: what was spent
before is set against the points that burn first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from mocks.onec.hs.cards import Card, CardBook, decimal, stored
from mocks.onec.infobase import is_empty
from mocks.onec.posting import post
from mocks.onec.rules import PROGRAMME, PostingRefused
from mocks.onec.schema import EMPTY_DATE, Row

REGISTER = "AccumulationRegister_БонусныеБаллы"
POINTS_DOCUMENT = "Document_НачислениеИСписаниеБонусныхБаллов"
_RETURN = "Document_ЧекККМВозврат"

Kind = Literal["Accrual", "Spend", "Expire", "Return", "Correction"]


class PeriodClosed(Exception):
    """The date of the document lies in a period closed for changes."""


@dataclass(frozen=True)
class Movement:
    """One record of the register with signed amounts, and the change of points it stands for."""

    number: str
    period: str
    kind: Kind
    amount: Decimal
    document: str
    comment: str


class PointBook:
    """Counts and changes the points of cards."""

    def __init__(self, cards: CardBook) -> None:
        """Work on the infobase of a card book."""
        self.cards = cards
        self.infobase = cards.infobase

    def spendable(self, card: Card, at: str) -> Decimal:
        """Return the points that could be spent at a moment of local time."""
        accrued, burning = Decimal(0), Decimal(0)
        for row in self._records(card):
            if row["Period"] < at:
                sign = _sign(row)
                accrued += sign * decimal(row["Начислено"])
                burning += sign * decimal(row["КСписанию"])
        return max(Decimal(0), accrued - max(Decimal(0), burning))

    def pending(self, card: Card, at: str) -> Decimal:
        """Return the points accrued for a later date."""
        later = (row for row in self._records(card) if row["Period"] >= at)
        return sum((_sign(row) * decimal(row["Начислено"]) for row in later), Decimal(0))

    def movements(self, card: Card) -> list[Movement]:
        """Return the history by Period and id. A burning is the drop of spendable points.

        A burning that takes nothing, because all was spent before, is left out.
        """
        done: list[Movement] = []
        accrued, burning = Decimal(0), Decimal(0)
        rows = sorted(self._records(card), key=lambda row: (row["Period"], _number(row)))
        for row in rows:
            sign, before = _sign(row), max(Decimal(0), accrued - max(Decimal(0), burning))
            accrued += sign * decimal(row["Начислено"])
            burning += sign * decimal(row["КСписанию"])
            after = max(Decimal(0), accrued - max(Decimal(0), burning))
            is_burning = row["RecordType"] == "Receipt" and not row["Начислено"]
            amount = after - before if is_burning else sign * decimal(row["Начислено"])
            if amount:
                done.append(self._movement(row, amount, is_burning=is_burning))
        return done

    def accrue(
        self, card: Card, amount: Decimal, *, at: str, expires: str = "", comment: str = ""
    ) -> str:
        """Write and post a document that accrues points and return its GUID.

        Raises:
            PeriodClosed: ``at`` lies in a closed period. PostingRefused: another refusal.
        """
        header = {"ВидПравила": "Начисление", "ДатаОкончанияСрокаДействия": expires or EMPTY_DATE}
        return self._write(card, amount, header | {"Date": at, "Комментарий": comment})

    def spend(self, card: Card, amount: Decimal, *, at: str, comment: str = "") -> str:
        """Write and post a document that takes points and return its GUID.

        Raises:
            PeriodClosed: ``at`` lies in a closed period. PostingRefused: another refusal.
        """
        return self._write(
            card, amount, {"ВидПравила": "Списание", "Date": at, "Комментарий": comment}
        )

    def _write(self, card: Card, amount: Decimal, header: Row) -> str:
        if header["Date"] < self.infobase.settings.closed_until:
            raise PeriodClosed
        holder, programme = self.account(card)
        # A card without a partner is one of РозничныйПокупатель: no movements (1.12).
        name = self._holder_name()
        rows = [] if is_empty(holder) else [{name: holder, "Баллы": stored(amount)}]
        values = {PROGRAMME: programme, header["ВидПравила"]: rows}
        document = self.infobase.create(POINTS_DOCUMENT, header | values)
        reference = str(document["Ref_Key"])
        try:
            post(self.infobase, POINTS_DOCUMENT, reference)
        except PostingRefused:
            # Writing and posting are one transaction of the service's code.
            self.infobase.table(POINTS_DOCUMENT).delete(reference)
            raise
        return reference

    def account(self, card: Card) -> tuple[str, str]:
        """Return what the card's points are counted by: cards of one account share them."""
        return (card.ref if self.cards.layout.by_card else card.owner), card.programme

    def _records(self, card: Card) -> list[Row]:
        holder, programme = self.account(card)
        rows = self.infobase.table(f"{REGISTER}_RecordType").find(self._holder_name(), holder)
        return [row for row in rows if row["Active"] and row[PROGRAMME] == programme]

    def _holder_name(self) -> str:
        return "ДисконтнаяКарта_Key" if self.cards.layout.by_card else "Партнер_Key"

    def _movement(self, row: Row, amount: Decimal, *, is_burning: bool) -> Movement:
        kind = str(row["Recorder_Type"]).rpartition(".")[2]
        document = self.infobase.table(kind).get(row["Recorder"])
        name: Kind = "Accrual" if amount > 0 else "Spend"
        if kind == _RETURN:
            name = "Return"
        if is_burning:
            name = "Expire"
        return Movement(
            number=_number(row),
            period=row["Period"],
            kind=name,
            amount=amount,
            document=row["Recorder"],
            comment="" if document is None else document.get("Комментарий", ""),
        )


def later(moment: str, minutes: int) -> str:
    """Return a moment so many minutes after another."""
    return (datetime.fromisoformat(moment) + timedelta(minutes=minutes)).isoformat()


def _sign(row: Row) -> int:
    return 1 if row["RecordType"] == "Receipt" else -1


def _number(row: Row) -> str:
    return f"{row['Recorder']}-{row['LineNumber']}"
