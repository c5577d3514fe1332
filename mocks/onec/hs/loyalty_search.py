"""How the loyalty server finds cards, and how it shows them (2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mocks.onec.hs.cards import Card, CardBook
from mocks.onec.hs.locks import LockBook
from mocks.onec.schema import EMPTY_DATE

VERSION = "1.0.0.0"
SUCCESS: Mapping[str, Any] = {"Error": False, "ErrorMessage": "", "Version": VERSION}


def failure(text: str) -> dict[str, Any]:
    """Return the beginning of an answer that tells of an error."""
    return {"Error": True, "ErrorMessage": text, "Version": VERSION}


class LoyaltySearch:
    """Finds cards by GUID, then number, then phone, then e-mail."""

    def __init__(self, cards: CardBook, locks: LockBook) -> None:
        """Look into a card book; balances come from the locks."""
        self.cards = cards
        self.locks = locks

    def find(self, query: Mapping[str, str]) -> list[Card]:
        """Return the cards that the first parameter with a value finds."""
        cards = self.cards
        if query.get("CardGUID"):
            card = cards.card(query["CardGUID"])
            return [] if card is None else [card]
        if query.get("ClientGUID"):
            return cards.by_owner(query["ClientGUID"])
        if query.get("ClientCardID"):
            return cards.by_code(query["ClientCardID"])
        owners: list[str] = []
        if query.get("Phone"):
            owners = cards.owners.by_phone(query["Phone"])
        elif query.get("Email"):
            owners = cards.owners.by_email(query["Email"])
        return [card for owner in owners for card in cards.by_owner(owner)]

    def row(self, card: Card) -> dict[str, Any]:
        """Return a card as a row of ``LoyaltyCardsList``."""
        owner = self.cards.owners.get(card.owner)
        return {
            "ClientName": owner.name,
            "IsPerson": owner.is_person,
            "DateOfBirth": owner.birth,
            "Phone": owner.phone,
            "Email": owner.email,
            "Barcode": card.barcode,
            "MagneticCode": card.magnetic,
            "CardGUID": card.ref,
            "ClientGUID": card.owner,
            "IsBlocked": self.locks.is_locked(card),
            "BonusData": self.bonus_data(card),
            "SellCount": 0,
            "SearchType": "",
            "Valid": card.is_active,
        }

    def bonus_data(self, card: Card) -> dict[str, Any]:
        """Return what the card can pay with."""
        programme = self.cards.programme(card.programme)
        return {
            "PaymentPercent": programme.percent,
            "BonusCount": self.locks.balance(card),
            "BonusRate": programme.rate,
            "BonusCurrency": programme.currency_code,
        }

    def balance(self, card: Card | None) -> dict[str, Any]:
        """Return the answer of ``getclientbonuses``, blocking the points that it shows."""
        programme = self.cards.programme("" if card is None else card.programme)
        points = Decimal(0)
        if card is not None and not self.locks.is_locked(card):
            points = self.locks.balance(card)
            if points > 0:
                self.locks.lock(card)
        return {
            **SUCCESS,
            "BonusCount": points,
            "BonusRate": programme.rate,
            "BonusCurrency": programme.currency_code,
            "PaymentPercent": programme.percent,
            "CardRef": "" if card is None else card.ref,
            "Barcode": "" if card is None else card.barcode,
            "MagneticCode": "" if card is None else card.magnetic,
            "EndDate": EMPTY_DATE,
            "ClientNotFound": card is None,
        }
