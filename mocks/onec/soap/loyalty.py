"""The custom service LoyaltyExchange: cards, balance, accrual, holds (3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mocks.onec.hs.cards import STATUSES, Card, CardBook
from mocks.onec.hs.points import Movement, PeriodClosed, PointBook
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, Row
from mocks.onec.soap import loyalty_types as t
from mocks.onec.soap.loyalty_answers import (
    Answer,
    Given,
    Refused,
    RequestMemory,
    done,
    refusing,
)
from mocks.onec.soap.loyalty_holds import HoldBook, check_amount, check_usable, closed_period
from mocks.onec.soap.service import Operation, ServiceFault, SoapService
from mocks.onec.soap.xdto import BOOLEAN, STRING


class LoyaltyExchange:
    """The operations over one infobase; writes are remembered by ``RequestID``."""

    def __init__(self, points: PointBook) -> None:
        """Start without holds and requests."""
        self._cards: CardBook = points.cards
        self._points = points
        self.infobase = points.infobase
        self._holds = HoldBook(points)
        self._memory = RequestMemory()

    def service(self) -> SoapService:
        """Return the service as published."""
        once = self._memory.once
        return SoapService(
            name="LoyaltyExchange",
            namespace=t.NAMESPACE,
            file="LoyaltyExchange",
            reuse="manual",
            packages=(t.PACKAGE,),
            operations=(
                Operation("Ping", (), STRING, lambda _: {"return": ""}),
                Operation(
                    "FindCard", t.FIND_CARD, t.CARD, refusing(self._find_card, None), t.ERRORS
                ),
                Operation(
                    "IssueCard",
                    t.ISSUE_CARD,
                    t.CARD,
                    once("IssueCard", self._issue_card, None),
                    t.ISSUE_CARD_OUT,
                    is_write=True,
                ),
                self._flag("SetCardStatus", t.SET_CARD_STATUS, self._set_status, t.ERRORS),
                Operation(
                    "GetBalance", t.GET_BALANCE, t.BALANCE, refusing(self._balance, None), t.ERRORS
                ),
                Operation(
                    "GetMovements",
                    t.GET_MOVEMENTS,
                    t.MOVEMENT_LIST,
                    refusing(self._movements, None),
                    t.ERRORS,
                ),
                self._flag("AccrueBonuses", t.ACCRUE_BONUSES, self._accrue, t.DOCUMENT),
                self._flag("HoldBonuses", t.HOLD_BONUSES, self._hold, t.HOLD_BONUSES_OUT),
                self._flag("CommitHold", t.COMMIT_HOLD, self._commit, t.DOCUMENT),
                self._flag("CancelHold", t.CANCEL_HOLD, self._cancel, t.ERRORS),
            ),
        )

    def _flag(self, name: str, ins: Any, work: Any, outs: Any) -> Operation:
        """Return a write that answers true or false."""
        call = self._memory.once(name, work, failed=False)
        return Operation(name, ins, BOOLEAN, call, outs, return_nillable=False, is_write=True)

    def _find_card(self, given: Given) -> Answer:
        found = self._cards.by_code(given["CardCode"] or "")
        if not found and given["Phone"]:
            owners = self._cards.owners.by_phone(given["Phone"])
            found = [card for owner in owners for card in self._cards.by_owner(owner)]
        if not found:
            raise _not_found()
        return done(self._card_data(min(found, key=lambda card: not card.is_active)))

    def _issue_card(self, given: Given) -> Answer:
        data: Mapping[str, Any] = given["CardData"]
        kind = self._cards.kind(data["CardTypeID"])
        if kind is None or kind["DeletionMark"]:
            code, text = "CARD_TYPE_NOT_FOUND", "Вид карты не найден"
            raise Refused(code, text)
        if not data["Barcode"]:
            code, text = "INTERNAL", "Не указан штрихкод карты"
            raise Refused(code, text)
        owner = self._owner_of(data)
        existing = self._cards.by_code(data["Barcode"])
        if existing:
            if (owner or EMPTY_GUID) != existing[0].owner:
                code, text = "CARD_EXISTS_OTHER_OWNER", "Карта выдана другому владельцу"
                raise Refused(code, text)
            return done(self._card_data(existing[0]), AlreadyExists=True)
        card = self._new_card(kind, owner, data)
        return done(self._card_data(card), AlreadyExists=False)

    def _owner_of(self, data: Mapping[str, Any]) -> str:
        found = self._cards.owners.by_phone(data["Phone"] or "")
        found = found or self._cards.owners.by_email(data["Email"] or "")
        return found[0] if found else ""

    def _new_card(self, kind: Row, owner: str, data: Mapping[str, Any]) -> Card:
        name, phone, email = (data[field] or "" for field in ("FullName", "Phone", "Email"))
        if not owner and (name or phone or email):
            birth: date | None = data["BirthDate"]
            text = "" if birth is None else f"{birth.isoformat()}T00:00:00"
            owner = self._cards.owners.create(name, phone, email, text).ref
        return self._cards.create_card(
            kind, owner or EMPTY_GUID, data["Barcode"], data["MagneticCode"] or ""
        )

    def _set_status(self, given: Given) -> Answer:
        card = self._known(given["CardID"])
        if given["Status"] not in STATUSES:
            msg = "Ошибка преобразования данных XDTO: неизвестное значение перечисления"
            raise ServiceFault(msg)
        self._cards.set_status(card, given["Status"])
        return done(value=True)

    def _balance(self, given: Given) -> Answer:
        card = self._known(given["CardID"])
        moment: datetime = given["AtDate"] or self.infobase.clock.now()
        at = moment.isoformat()
        held, programme = self._holds.held(card), self._cards.programme(card.programme)
        available = max(Decimal(0), self._points.spendable(card, at) - held)
        return done(
            {
                "CardID": card.ref,
                "ProgramID": card.programme,
                "Available": available,
                "Held": held,
                "Pending": self._points.pending(card, at),
                "MaxPaymentPercent": programme.percent,
                "Rate": programme.rate,
                "Currency": programme.currency_name,
                "AsOf": moment,
            }
        )

    def _movements(self, given: Given) -> Answer:
        card = self._known(given["CardID"])
        start, end = given["DateFrom"].isoformat(), given["DateTo"].isoformat()
        offset, limit = given["Offset"], given["Limit"]
        if offset < 0 or limit < 0:
            code, text = "INTERNAL", "Offset и Limit не могут быть отрицательными"
            raise Refused(code, text)
        rows = [row for row in self._points.movements(card) if start <= row.period <= end]
        items = [_movement(row) for row in rows[offset : offset + limit]]
        return done({"Item": items, "Total": len(rows)})

    def _accrue(self, given: Given) -> Answer:
        card = self._known(given["CardID"])
        check_usable(card)
        check_amount(given["Amount"])
        at: datetime = given["AccrueDate"] or self.infobase.clock.now()
        expires: datetime | None = given["ExpireDate"]
        try:
            document = self._points.accrue(
                card,
                given["Amount"],
                at=at.isoformat(),
                expires="" if expires is None else expires.isoformat(),
                comment=given["Comment"] or "",
            )
        except PeriodClosed as error:
            raise closed_period() from error
        return done(value=True, DocumentID=document)

    def _hold(self, given: Given) -> Answer:
        hold = self._holds.hold(self._known(given["CardID"]), given["Amount"], given["ReceiptID"])
        expires = datetime.fromisoformat(hold.expires_at)
        return done(value=True, HoldID=hold.number, ExpiresAt=expires)

    def _commit(self, given: Given) -> Answer:
        return done(value=True, DocumentID=self._holds.commit(given["HoldID"], given["Amount"]))

    def _cancel(self, given: Given) -> Answer:
        self._holds.cancel(given["HoldID"])
        return done(value=True)

    def _known(self, ref: str) -> Card:
        card = self._cards.card(ref)
        if card is None:
            raise _not_found()
        return card

    def _card_data(self, card: Card) -> dict[str, Any]:
        owner = self._cards.owners.get(card.owner)
        born = None if owner.birth == EMPTY_DATE else date.fromisoformat(owner.birth[:10])
        return {
            "CardID": card.ref,
            "Barcode": card.barcode,
            "MagneticCode": card.magnetic or None,
            "CardTypeID": card.kind,
            "Status": card.status,
            "PartnerID": None if owner.ref == EMPTY_GUID else owner.ref,
            "FullName": owner.full_name or None,
            "Phone": owner.phone or None,
            "Email": owner.email or None,
            "BirthDate": born,
        }


def _not_found() -> Refused:
    return Refused("CARD_NOT_FOUND", "Карта не найдена")


def _movement(row: Movement) -> dict[str, Any]:
    return {
        "MovementID": row.number,
        "Period": datetime.fromisoformat(row.period),
        "Kind": row.kind,
        "Amount": row.amount,
        "DocumentID": row.document,
        "Comment": row.comment or None,
    }
