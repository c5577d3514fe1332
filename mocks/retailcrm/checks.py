"""Codes sent by SMS (reference, section 12)."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.participation import ZERO, Participation

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

CHECK_MINUTES = 5


@dataclass(slots=True)
class Check:
    """A code sent by SMS; ``order`` and ``bonuses`` wait for the confirmation of a charge."""

    id: str
    member: int
    created_at: str
    expired_at: str
    action: str
    order: int | None = None
    bonuses: Decimal = ZERO
    verified_at: str | None = None

    def view(self) -> dict[str, Any]:
        """Return the check as the API shows it (sample L4)."""
        view = {
            "createdAt": self.created_at,
            "expiredAt": self.expired_at,
            "checkId": self.id,
            "actionType": self.action,
        }
        return {**view, "verifiedAt": self.verified_at} if self.verified_at else view


class Checks:
    """All checks of an account by id, in the order of their sending."""

    def __init__(self, account: Account) -> None:
        """Start empty; ids are drawn from the account's seed."""
        self._account = account
        self.sent: dict[str, Check] = {}
        self._chance = random.Random(account.settings.seed)  # noqa: S311 - repeatable ids, no secret

    def send(
        self,
        member: Participation,
        action: str,
        *,
        order: int | None = None,
        bonuses: Decimal = ZERO,
    ) -> Check:
        """Send an SMS; a repeat while the same check is open sends its code again."""
        now = self._account.now()
        for check in reversed(self.sent.values()):
            same = (check.member, check.action, check.order) == (member.id, action, order)
            if same and check.bonuses == bonuses and not check.verified_at:
                if check.expired_at >= now:
                    return check
                break
        until = datetime.fromisoformat(now) + timedelta(minutes=CHECK_MINUTES)
        check = Check(self._check_id(), member.id, now, str(until), action, order, bonuses)
        self.sent[check.id] = check
        return check

    def _check_id(self) -> str:
        first = self._account.settings.first_ids.check
        if not self.sent and self._account.settings.seed == 1:
            return first
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
