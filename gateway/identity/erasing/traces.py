"""Traces: what tells who a person is, wherever it stands. Pure; no I/O, no clock.

A phone, an e-mail or a card proves that something is his. A name proves nothing by itself, but goes
with the rest where that is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from gateway.canonical import Customer, Kind, Order
from gateway.ports import EntityRow

_NOT_DIGIT = re.compile(r"\D+")
NATIONAL = 10
"""Digits by which a phone is looked for."""
_SHORTEST_CARD = 6
_SHORTEST_WORD = 2
_GONE = object()


@dataclass(slots=True)
class Traces:
    """What is looked for.

    Shape: ``ids`` are canonical ids of the person and of what was his; ``phones`` the last ten
    digits; ``external`` his ids by account; ``words`` are names and the like, in lower case.
    """

    ids: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    external: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        """Return them as JSON values."""
        return asdict(self)

    def are_in(self, value: object, account: str = "") -> bool:
        """Tell whether a JSON value holds what proves it to be his."""
        return any(self._is_his(leaf, account) for leaf in texts_in(value))

    def without(self, value: object) -> Any:  # noqa: ANN401 - a JSON value
        """Return a JSON value without them; see ``cleaned``."""
        return cleaned(value, self._tells)

    def _tells(self, leaf: str) -> bool:
        return self._is_his(leaf, "") or any(_has_word(leaf.lower(), one) for one in self.words)

    def _is_his(self, leaf: str, account: str) -> bool:
        if account and leaf in self.external.get(account, ()):
            return True
        text = leaf.lower()
        if any(one in text for one in (*self.emails, *self.cards)):
            return True
        digits = _NOT_DIGIT.sub("", leaf)
        return any(one in digits for one in self.phones)


def read_traces(values: Mapping[str, Any]) -> Traces:
    """Read what was stored."""
    return Traces(**values)


def cleaned(value: object, tells: Callable[[str], bool]) -> Any:  # noqa: ANN401 - a JSON value
    """Return a JSON value without the texts that tell of somebody.

    A list keeps its length, a map loses the key; what is left of a map is a map.
    """
    found = _cleaned(value, tells)
    if found is _GONE:
        return {} if isinstance(value, Mapping) else ""
    return found


def _cleaned(value: object, tells: Callable[[str], bool]) -> object:
    if isinstance(value, Mapping):
        kept = {
            key: left
            for key, one in value.items()
            if not tells(str(key)) and (left := _cleaned(one, tells)) is not _GONE
        }
        return kept if kept or not value else _GONE
    if isinstance(value, list | tuple):
        found = [_cleaned(one, tells) for one in value]
        return ["" if one is _GONE else one for one in found]
    return _GONE if isinstance(value, str) and tells(value) else value


def texts_in(value: object) -> Iterable[str]:
    """Yield all texts of a JSON value, its keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key)
            yield from texts_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)


def traces_of(people: Iterable[EntityRow], theirs: Iterable[EntityRow]) -> Traces:
    """Return what tells who somebody is, by his records and his orders and cards."""
    made = Traces()
    for row in people:
        made.ids.append(row.id)
        _add_customer(made, cast("Customer", row.entity))
    for row in theirs:
        made.ids.append(row.id)
        if row.kind is Kind.ORDER:
            _add_order(made, cast("Order", row.entity))
        elif row.fields.get("number"):
            _add(made.cards, str(row.fields["number"]), _SHORTEST_CARD)
    return made


def phone_digits(text: str) -> str:
    """Return by which digits a phone is looked for; empty for what is no phone."""
    digits = _NOT_DIGIT.sub("", text)[-NATIONAL:]
    return digits if len(digits) == NATIONAL else ""


def _add_customer(made: Traces, one: Customer) -> None:
    for phone in one.phones:
        _add(made.phones, phone_digits(phone.number), NATIONAL)
    for email in one.emails:
        _add(made.emails, email.address, 1)
    for card in one.cards:
        _add(made.cards, card.number, _SHORTEST_CARD)
    if one.name is not None:
        for part in (one.name.last, one.name.first, one.name.patronymic):
            _add(made.words, part or "", _SHORTEST_WORD)
    if one.birth_date is not None:
        _add(made.words, one.birth_date.isoformat(), 1)
    if one.address is not None:
        for part in (one.address.street, one.address.text, one.address.postcode):
            _add(made.words, part or "", _SHORTEST_WORD)


def _add_order(made: Traces, one: Order) -> None:
    if one.contact is not None:
        _add(made.phones, phone_digits(one.contact.phone or ""), NATIONAL)
        _add(made.emails, one.contact.email or "", 1)
        name = one.contact.name
        for part in (name.last, name.first, name.patronymic) if name is not None else ():
            _add(made.words, part or "", _SHORTEST_WORD)
    if one.delivery is not None and one.delivery.address is not None:
        for part in (one.delivery.address.street, one.delivery.address.text):
            _add(made.words, part or "", _SHORTEST_WORD)


def _add(to: list[str], value: str, shortest: int) -> None:
    text = value.strip().lower()
    if len(text) >= shortest and text not in to:
        to.append(text)


def _has_word(text: str, word: str) -> bool:
    return word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
