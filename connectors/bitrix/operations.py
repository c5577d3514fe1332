"""Keyed operations of the site extension: postings on inner accounts, and merges of users.

The extension stores the key in the transaction of its effect, so that the same call repeated is
answered from there (reference 10.10); the parameters are made of the payload and the account alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from gateway.canonical import BonusOperationKind
from gateway.contract import Operation, OutcomeUnknown, Rejected
from gateway.contract.operations import BonusPosting, CustomerMerge, Payload, payload_of

from .client import BitrixClient
from .errors import NOT_FOUND, VendorRefused
from .values import clean, is_id

P = TypeVar("P", bound=Payload)

_LOOK_UP = "gateway.operation.get"
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 12
_SIGNS = {
    BonusOperationKind.ACCRUE: 1,
    BonusOperationKind.REDEEM: -1,
    BonusOperationKind.CANCEL: -1,
    BonusOperationKind.EXPIRE: -1,
}


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """One writing method of the extension, once in effect for a key."""

    client: BitrixClient
    method: str
    origin: str

    async def send(self, key: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call with a key. Raises ``OutcomeUnknown`` when it was sent and not answered."""
        if not _KEY.fullmatch(key):
            msg = "key: submit it under a key of 1 to 64 letters, digits, dots, colons, _ and -"
            raise Rejected(msg, operation=self.method)
        sent = {"idempotencyKey": key, "origin": self.origin, **params}
        answer = await self.client.call(self.method, sent, repeatable=False)
        if not isinstance(answer, dict):
            msg = "the site extension's answer cannot be read"
            raise OutcomeUnknown(msg, operation=self.method)
        return answer

    async def stored(self, key: str) -> Mapping[str, Any] | None:
        """Return what a key did; ``None`` when it surely did nothing.

        Raises ``Rejected`` when the key belongs to a call of another kind.
        """
        if not _KEY.fullmatch(key):
            return None
        try:
            answer = await self.client.ask(_LOOK_UP, {"idempotencyKey": key})
        except VendorRefused as refused:
            if refused.refusal.code == NOT_FOUND:
                return None
            error = self.client.error(refused, repeatable=True)
        else:
            result = answer.get("result")
            if str(answer.get("method", "")).lower() == self.method and isinstance(result, dict):
                return result
            error = Rejected(
                "key: it belongs to another call at the shop: submit it under a new key",
                operation=_LOOK_UP,
            )
        raise error


@dataclass(frozen=True, slots=True)
class BonusPost:
    """Performer of ``bonus.post``: one row in the journal of a user's inner account.

    ``currency`` is that of the account which the shop uses for points, one unit for a point.
    """

    calls: KeyedCall
    currency: str

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Post; see ``OperationPerformer.perform``.

        Shape: ``{"transaction": id, "balance": decimal text}``. A point is one unit of the account.

        Raises besides: ``Rejected`` when the balance is too low, or for what an inner account does
        not know: points that start later or expire; ``RateLimited`` while the account is locked.
        """
        params = self._params(payload_of(BonusPosting, operation))
        return _posted(await self.calls.send(operation.key, params))

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Ask what a key did; see ``OperationPerformer.find``."""
        stored = await self.calls.stored(key)
        return None if stored is None else _posted(stored)

    def _params(self, posting: BonusPosting) -> dict[str, Any]:
        sign = _SIGNS.get(posting.kind)
        if sign is None:
            self._refuse("kind: an adjustment has no direction: write accrue or redeem")
        if posting.active_from is not None or posting.expires_at is not None:
            self._refuse("active_from, expires_at: an inner account knows no days of points")
        if not is_id(posting.customer_external_id):
            self._refuse("customer_external_id: it is not one of this shop")
        amount = posting.points.quantize(_CENT, rounding=ROUND_HALF_UP)
        if amount != posting.points or amount >= _MOST:
            self._refuse("points: an inner account holds two decimals and twelve digits")
        notes = [posting.reason, posting.order_number and f"№{posting.order_number}"]
        comment = clean(" ".join(note for note in notes if note))
        return {
            "userId": int(posting.customer_external_id),
            "currency": self.currency,
            "amount": format((sign or 0) * amount, "f"),
            "reason": f"GATEWAY_{posting.kind.name}",
            **({"comment": comment} if comment else {}),
        }

    def _refuse(self, reason: str) -> None:
        raise Rejected(reason, operation=self.calls.method)


@dataclass(frozen=True, slots=True)
class Merge:
    """Performer of ``customer.merge``: orders, cards and accounts go to the user who stays."""

    calls: KeyedCall

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Merge; see ``OperationPerformer.perform``.

        Shape: ``{"merge": id, "moved": {"orders": n, "cards": n, "account": decimal text}}``. The
        id takes the merge back by the extension's ``gateway.user.unmerge``.

        Raises besides: ``Rejected`` when one of them is merged already.
        """
        merge = payload_of(CustomerMerge, operation)
        if not all(is_id(user_id) for user_id in (merge.survivor, *merge.losers)):
            msg = "survivor, losers: an id is not one of this shop"
            raise Rejected(msg, operation=self.calls.method)
        losers = [int(user_id) for user_id in merge.losers]
        params = {"survivorId": int(merge.survivor), "loserIds": losers}
        return _merged(await self.calls.send(operation.key, params))

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Ask what a key did; see ``OperationPerformer.find``."""
        stored = await self.calls.stored(key)
        return None if stored is None else _merged(stored)


def _posted(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"transaction": answer.get("transactionId"), "balance": answer.get("balance")}


def _merged(answer: Mapping[str, Any]) -> dict[str, Any]:
    moved = answer.get("moved")
    counts = moved if isinstance(moved, dict) else {}
    names = ("orders", "cards", "account")
    return {"merge": answer.get("mergeId"), "moved": {name: counts.get(name) for name in names}}
