"""Writing of cards: one call for up to 500, one outcome for each.

The call carries an idempotency key made of all that it says and of the versions that it is based
on, so that a repeat has no effect and the same content, wanted again later, has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Card
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Outcome,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Written,
)

from .client import BitrixClient
from .config import BitrixSettings
from .errors import NOT_FOUND, Refusal, error_for
from .translator_card import NUMBER_LIMIT, OPERATION, card_to_wire
from .wire import WireCard, WireCardOutcome

MOST_CARDS = 500


@dataclass(slots=True)
class CardWriting:
    """One ``write``. ``there`` are the cards that were looked up, by number."""

    client: BitrixClient
    settings: BitrixSettings
    changes: Sequence[Change[Card]]
    there: Mapping[str, WireCard]
    doubts: dict[str, str]
    _outcomes: dict[int, Outcome[Card]] = field(default_factory=dict)
    _bases: list[tuple[str, str | None]] = field(default_factory=list)

    async def run(self) -> Sequence[Outcome[Card]]:
        """Write all changes and return their outcomes in order."""
        sent: dict[int, dict[str, Any]] = {}
        for place, change in enumerate(self.changes):
            card = self._prepared(place, change)
            if card is not None:
                sent[place] = card
        if sent:
            await self._send(sent)
        return [self._outcomes[place] for place in range(len(self.changes))]

    def _prepared(self, place: int, change: Change[Card]) -> dict[str, Any] | None:
        """Return the card to send, or note the outcome of what needs no sending."""
        is_new = change.external_id is None
        number = change.external_id or change.entity.number
        found = self.there.get(number or "")
        if not number or len(number) > NUMBER_LIMIT:
            msg = f"number: the shop takes cards of 1 to {NUMBER_LIMIT} characters"
            self._outcomes[place] = Failed(Rejected(msg, operation=OPERATION))
            return None
        if is_new and found is not None:
            self._outcomes[place] = Exists(number)
            return None
        if not is_new and change.version is None and found is None:
            msg = "the shop has no such card"
            self._outcomes[place] = Failed(Missing(msg, operation=OPERATION))
            return None
        version = change.version or (found.version if found else None)
        try:
            card = card_to_wire(change, number, self.settings.zone(), is_new=is_new)
        except Rejected as error:
            self._outcomes[place] = Failed(error)
            return None
        if len(card) == 1:
            self._outcomes[place] = Written(number, version=version)
            return None
        self._bases.append((change.key, version))
        return card

    async def _send(self, sent: Mapping[int, Mapping[str, Any]]) -> None:
        cards = list(sent.values())
        content = json.dumps([cards, self._bases], sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(content.encode()).hexdigest()[:48]
        params = {
            "idempotencyKey": f"cards:{digest}",
            "origin": self.settings.origin,
            "cards": cards,
        }
        new = {
            change.key: change.entity.number or ""
            for place in sent
            if (change := self.changes[place]).external_id is None
        }
        self.doubts.update(new)
        try:
            # Not repeatable, although the key would allow it: only an unknown outcome makes the
            # core remember what may already stand at the shop.
            answer = await self.client.call(OPERATION, params, repeatable=False)
        except ConnectorError as error:
            if not isinstance(error, OutcomeUnknown | Unavailable):
                self._forget(new)
            if not self._outcomes:
                raise
            # Raising would hide the outcomes that are certain.
            self._outcomes |= dict.fromkeys(sent, Failed(error))
            return
        self._take(sent, answer)
        self._forget(new)

    def _forget(self, keys: Mapping[str, str]) -> None:
        for key in keys:
            self.doubts.pop(key, None)

    def _take(self, sent: Mapping[int, Mapping[str, Any]], answer: Mapping[str, Any]) -> None:
        try:
            items = [WireCardOutcome.model_validate(item) for item in answer["items"]]
        except (KeyError, TypeError, ValidationError):
            items = []
        if [item.number for item in items] != [card["number"] for card in sent.values()]:
            msg = "the site extension's answer does not tell what became of each card"
            raise OutcomeUnknown(msg, operation=OPERATION)
        is_replay = answer.get("replayed") == "Y"
        for place, item in zip(sent, items, strict=True):
            is_new = self.changes[place].external_id is None
            self._outcomes[place] = _outcome(item, is_new=is_new, is_replay=is_replay)


def _outcome(item: WireCardOutcome, *, is_new: bool, is_replay: bool) -> Outcome[Card]:
    if item.status == "error":
        return Failed(_refused(item.error or ""))
    if is_new and (is_replay or item.status != "created"):
        return Exists(item.number)
    return Written(item.number, version=item.version, created=item.status == "created")


def _refused(code: str) -> ConnectorError:
    """Return the error of one card; the card itself is made where it lacks, so that is the holder.

    A code that is none could quote what was sent.
    """
    known = code.lower() if code.replace("_", "").isalnum() else ""
    if known == NOT_FOUND:
        msg = "the holder is no user of the shop: merge or tell the customer first, then replay"
        return Rejected(msg, operation=OPERATION, vendor_code=code)
    return error_for(Refusal(known), operation=OPERATION, repeatable=False)
