"""Late: a sale that reaches the store after its buyer was erased comes in without him.

A till's own log may hold sales while the search goes through the store, and bring them to it much
later. So an erasure leaves digests of what its person was named by, in the transaction that takes
him out, and whoever brings sales to the store asks for them in that of his own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.identity.erasing.search import SETTLED
from gateway.identity.erasing.traces import NATIONAL, Traces, cleaned, phone_digits, texts_in
from gateway.ports import SaleRow, Tx
from gateway.sync.lookup import CARD, EMAIL, PHONE, Digester

_ERASED = "erased"
"""Sort of these digests, so that nothing else of the store is found by them."""
_MEMBER, _PROMO = "member", "promo_codes"
_NOT_DIGIT = re.compile(r"\D+")
_BETWEEN = re.compile(r"[\s,;:()<>\"']+")
_MOST_DIGITS = 64
"""A leaf with more digits is no phone in words."""


@dataclass(frozen=True, slots=True)
class LateSales:
    """Remembers how the erased were named, and takes them out of sales that come late."""

    digester: Digester

    def remember(self, tx: Tx, traces: Traces, *, at: datetime) -> None:
        """Note by what somebody could be named who is erased at that moment."""
        named = [
            *((PHONE, one) for one in traces.phones),
            *((EMAIL, one) for one in traces.emails),
            *((CARD, one) for one in traces.cards),
            *((account, one) for account, ids in traces.external.items() for one in ids),
        ]
        names = sorted({self._name(sort, value) for sort, value in named})
        tx.lock_keys(names)
        tx.remember_erased(names, until=at)

    def __call__(self, tx: Tx, rows: Sequence[SaleRow]) -> Sequence[SaleRow]:
        """Return rows as they may be stored: settled ones without who was erased after them.

        One that is not settled still has to be told to its processor, as the search waits for it.
        """
        named = {
            place: names
            for place, row in enumerate(rows)
            if row.progress in SETTLED and (names := self._named(row))
        }
        asked = sorted({name for names in named.values() for name in names})
        tx.lock_keys(asked)
        erased = tx.erased_names(asked)
        his = {
            place
            for place, names in named.items()
            if any(_is_before(rows[place], erased.get(name)) for name in names)
        }
        if not his:
            return rows
        return [self._without(tx, row) if n in his else row for n, row in enumerate(rows)]

    def _named(self, row: SaleRow) -> list[str]:
        """Return the digests of who is named where a buyer is: cards are typed as codes too."""
        member: Mapping[str, Any] = row.content.get(_MEMBER) or {}
        given = {PHONE: phone_digits(str(member.get(PHONE, "")))}
        given |= {sort: str(member.get(sort, "")).strip().lower() for sort in (EMAIL, CARD)}
        given[row.processor] = str(member.get("external_id", ""))
        codes = [str(one).strip().lower() for one in row.content.get(_PROMO) or ()]
        named = [*given.items(), *((CARD, one) for one in codes)]
        return [self._name(sort, value) for sort, value in named if value]

    def _without(self, tx: Tx, row: SaleRow) -> SaleRow:
        """Take out how he was named, and every text that names anybody who was erased."""
        content = {name: value for name, value in row.content.items() if name != _MEMBER}
        texts = set(texts_in([content, row.kept]))
        names = {text: self._names_in(text) for text in texts}
        erased = tx.erased_names(sorted({one for found in names.values() for one in found}))
        gone = {
            text
            for text, found in names.items()
            if any(_is_before(row, erased.get(one)) for one in found)
        }
        return replace(
            row,
            content=cleaned(content, gone.__contains__),
            kept=cleaned(row.kept, gone.__contains__),
        )

    def _names_in(self, text: str) -> list[str]:
        """Return the digests of all that may be a phone, an e-mail or a card within a text."""
        digits = _NOT_DIGIT.sub("", text)[:_MOST_DIGITS]
        phones = [digits[n : n + NATIONAL] for n in range(len(digits) - NATIONAL + 1)]
        words = [one.strip(".!?") for one in _BETWEEN.split(text.lower())]
        found = [(PHONE, one) for one in phones]
        found += [(EMAIL if "@" in one else CARD, one) for one in words if one]
        return [self._name(sort, value) for sort, value in found]

    def _name(self, sort: str, value: str) -> str:
        return self.digester.digest(_ERASED, f"{sort}:{value}")


def _is_before(row: SaleRow, until: datetime | None) -> bool:
    """Tell whether a sale was made before then; a later one is of somebody who came again."""
    return until is not None and min(row.at, row.changed_at) <= until
