"""Records: objects of one kind by their references, with what registers know of them.

A filter takes several references at once, so a page of objects is a few calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from pydantic import ValidationError

from gateway.canonical import BonusAccount, BonusPoints, Canonical, Card, Customer, Order
from gateway.contract import Clock, Observed, RejectedRecord, TranslationFailed

from .client_odata import ODataClient
from .translator_card import CardTranslator
from .translator_order import RECEIPT, OrderTranslator
from .translator_partner import PartnerTranslator
from .values import guid, number_of, reference, text_of, unexpected

E = TypeVar("E", bound=Canonical)
E_co = TypeVar("E_co", bound=Canonical, covariant=True)
Row = Mapping[str, Any]
Seen: TypeAlias = "Sequence[Observed[E] | RejectedRecord]"


class Records(Protocol[E_co]):
    """Objects of one kind."""

    @property
    def sources(self) -> Mapping[str, str]:
        """Entities and registers whose changes are changes of this kind.

        Shape: name → the field with the reference, ``Ref_Key`` for an object itself.
        """

    async def read(self, ids: Sequence[str]) -> Sequence[Observed[E_co] | RejectedRecord]:
        """Read objects by id; those that are not there are left out."""

    async def page(
        self, skip: int, top: int
    ) -> tuple[Sequence[Observed[E_co] | RejectedRecord], int]:
        """Read a page of all objects; return them and how many rows the page had."""

    def named(self, entity: str, ref: str) -> str:
        """Return the id of a changed object."""


def among(field: str, refs: Sequence[str]) -> str:
    """Return a condition: the field holds one of these references."""
    return " or ".join(f"{field} eq {guid(ref)}" for ref in refs)


def condition(text: str) -> str:
    """Return a condition as a parameter of a virtual table: quotes inside are doubled (1.8)."""
    return "'" + text.replace("'", "''") + "'"


def translated(
    rows: Sequence[Row], translate: Callable[[Row], Observed[E] | None], *, before: str = ""
) -> list[Observed[E] | RejectedRecord]:
    """Translate rows; one that cannot be read is rejected and spares the others.

    ``before`` stands before the reference in an id.
    """
    seen: list[Observed[E] | RejectedRecord] = []
    for row in rows:
        try:
            one = translate(row)
        except TranslationFailed as error:
            seen.append(RejectedRecord(f"{before}{row.get('Ref_Key')}", error))
        except ValidationError as error:
            path = ".".join(str(part) for part in error.errors()[0]["loc"]) or "row"
            seen.append(RejectedRecord(f"{before}{row.get('Ref_Key')}", unexpected(path)))
        else:
            if one is not None:
                seen.append(one)
    return seen


def grouped(rows: Sequence[Row], field: str) -> dict[str, list[Row]]:
    """Return rows by the reference in a field."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        ref = reference(row.get(field))
        if ref is not None:
            found.setdefault(ref, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Partners:
    """Partners with their points."""

    client: ODataClient
    translator: PartnerTranslator
    clock: Clock

    @property
    def sources(self) -> Mapping[str, str]:
        """Partners, and the register of points when it is by partner."""
        names = self.client.odata.names
        found = {names.partners: "Ref_Key"}
        if names.bonuses and names.bonus_dimension == names.card_holder:
            found[names.bonuses] = names.bonus_dimension
        return found

    async def read(self, ids: Sequence[str]) -> Seen[Customer]:
        """Read partners."""
        names = self.client.odata.names
        rows = await self.client.rows(names.partners, where=among("Ref_Key", ids))
        return await self._observed(rows)

    async def page(self, skip: int, top: int) -> tuple[Seen[Customer], int]:
        """Read a page of partners that are customers."""
        names = self.client.odata.names
        conditions = ["IsFolder eq false"] if names.partners_have_groups else []
        conditions += [f"{names.is_customer} eq true"] if names.is_customer else []
        rows = await self.client.rows(
            names.partners, where=" and ".join(conditions), order="Ref_Key", top=top, skip=skip
        )
        return await self._observed(rows), len(rows)

    def named(self, entity: str, ref: str) -> str:
        """Return the id: the reference."""
        del entity
        return ref

    async def _observed(self, rows: Sequence[Row]) -> Seen[Customer]:
        refs = [ref for one in rows if (ref := reference(one.get("Ref_Key")))]
        bonuses = await self.bonuses(refs)

        def observed(row: Row) -> Observed[Customer] | None:
            ref = reference(row.get("Ref_Key")) or ""
            told = bonuses.get(ref, ()) if bonuses is not None else None
            return self.translator.observed(row, told)

        return translated(rows, observed)

    async def bonuses(self, refs: Sequence[str]) -> Mapping[str, Sequence[BonusAccount]] | None:
        """Return the points that may be spent now, ``None`` where they are not kept by partner.

        Spendable is what is accrued without what burns and was not yet spent against (1.12).
        """
        names, odata = self.client.odata.names, self.client.odata
        if not names.bonuses or names.bonus_dimension != names.card_holder or not refs:
            return None
        rows = await self.client.table(
            names.bonuses,
            "Balance",
            Period=self.client.now(self.clock.now()),
            Condition=condition(among(names.bonus_dimension, refs)),
        )
        found: dict[str, Sequence[BonusAccount]] = dict.fromkeys(refs, ())
        programme = odata.bonus_programme.lower() if odata.bonus_programme else None
        for ref, balances in grouped(rows, names.bonus_dimension).items():
            total = sum(
                max(
                    0,
                    (number_of(one.get("НачисленоBalance")) or 0)
                    - max(0, number_of(one.get("КСписаниюBalance")) or 0),
                )
                for one in balances
                if programme in (None, reference(one.get("БонуснаяПрограммаЛояльности_Key")))
            )
            points = BonusPoints.model_validate({"points": total})
            found[ref] = (BonusAccount(programme=odata.programme, available=points),)
        return found


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards of the directory."""

    client: ODataClient
    translator: CardTranslator

    @property
    def sources(self) -> Mapping[str, str]:
        """Cards only."""
        return {self.client.odata.names.cards: "Ref_Key"}

    async def read(self, ids: Sequence[str]) -> Seen[Card]:
        """Read cards."""
        where = among("Ref_Key", ids)
        return self._observed(await self.client.rows(self.client.odata.names.cards, where=where))

    async def page(self, skip: int, top: int) -> tuple[Seen[Card], int]:
        """Read a page of cards."""
        names = self.client.odata.names
        rows = await self.client.rows(names.cards, order="Ref_Key", top=top, skip=skip)
        return self._observed(rows), len(rows)

    def named(self, entity: str, ref: str) -> str:
        """Return the id: the reference."""
        del entity
        return ref

    async def numbers(self, refs: Sequence[str]) -> Mapping[str, str]:
        """Return the numbers of cards by reference."""
        if not refs:
            return {}
        seen = await self.read(sorted(set(refs)))
        read = [one for one in seen if isinstance(one, Observed)]
        return {one.external_id: one.entity.number or "" for one in read}

    def _observed(self, rows: Sequence[Row]) -> Seen[Card]:
        return translated(rows, self.translator.observed)


@dataclass(frozen=True, slots=True)
class Orders:
    """Customers' orders and receipts of tills."""

    client: ODataClient
    translator: OrderTranslator
    cards: Cards

    @property
    def sources(self) -> Mapping[str, str]:
        """Orders, and receipts when they are read."""
        names, found = self.client.odata.names, {self.client.odata.names.orders: "Ref_Key"}
        if names.receipts and self.client.odata.reads_receipts:
            found[names.receipts] = "Ref_Key"
        return found

    async def read(self, ids: Sequence[str]) -> Seen[Order]:
        """Read orders and receipts by id."""
        names = self.client.odata.names
        orders = [one for one in ids if not one.startswith(RECEIPT)]
        receipts = [one.removeprefix(RECEIPT) for one in ids if one.startswith(RECEIPT)]
        seen: list[Observed[Order] | RejectedRecord] = []
        if orders:
            rows = await self.client.rows(names.orders, where=among("Ref_Key", orders))
            seen += translated(rows, self.translator.order)
        if receipts and names.receipts:
            rows = await self.client.rows(names.receipts, where=among("Ref_Key", receipts))
            seen += await self._receipts(rows)
        return seen

    async def page(self, skip: int, top: int) -> tuple[Seen[Order], int]:
        """Read a page of orders; receipts are read from now on only."""
        names = self.client.odata.names
        rows = await self.client.rows(names.orders, order="Ref_Key", top=top, skip=skip)
        return translated(rows, self.translator.order), len(rows)

    def named(self, entity: str, ref: str) -> str:
        """Return the id: the reference, marked for a receipt."""
        return f"{RECEIPT}{ref}" if entity == self.client.odata.names.receipts else ref

    async def _receipts(self, rows: Sequence[Row]) -> Seen[Order]:
        field = self.client.odata.names.receipt_card
        refs = [ref for one in rows if (ref := reference(one.get(field)))]
        numbers = await self.cards.numbers(refs)

        def observed(row: Row) -> Observed[Order] | None:
            card = numbers.get(reference(row.get(field)) or "")
            return self.translator.receipt(row, text_of(card))

        return translated(rows, observed, before=RECEIPT)
