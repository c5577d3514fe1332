"""Profile: what hangs on a person, part by part, as the operator reads it (vendor reference, 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from .client import LoymaxClient
from .shapes import shaped
from .versions import Call
from .wire import BalanceWire, HistoryRowWire, QuestionGroupWire, SubscriptionWire

_BALANCES = TypeAdapter(list[BalanceWire])
_GROUPS = TypeAdapter(list[QuestionGroupWire])
_SUBSCRIPTIONS = TypeAdapter(list[SubscriptionWire])
_ROWS = TypeAdapter(list[HistoryRowWire])
_ROWS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Profile:
    """Parts of persons of one installation."""

    client: LoymaxClient

    async def balances(self, person_id: str) -> Sequence[BalanceWire]:
        """Return a person's balances by currency."""
        data = await self._read(f"users/{person_id}/Balance", "users/balance")
        return shaped(_BALANCES, data or [], operation="users/balance")

    async def questions(self, person_id: str) -> Sequence[QuestionGroupWire]:
        """Return all questions of the profile with a person's answers."""
        query = [("filter.onlyRequired", "false")]
        data = await self._read(f"users/{person_id}/Questions", "users/questions", query)
        return shaped(_GROUPS, data or [], operation="users/questions")

    async def subscriptions(self, person_id: str) -> Sequence[SubscriptionWire]:
        """Return a person's subscriptions."""
        data = await self._read(f"users/{person_id}/Subscriptions", "users/subscriptions")
        return shaped(_SUBSCRIPTIONS, data or [], operation="users/subscriptions")

    async def history(self, person_id: str) -> Sequence[HistoryRowWire]:
        """Return all rows of a person's history, in whatever order the vendor has them."""
        found: list[HistoryRowWire] = []
        while True:
            query = [("filter.from", str(len(found))), ("filter.count", str(_ROWS_AT_ONCE))]
            data = await self._read(f"users/{person_id}/History", "users/history", query)
            told = data.get("rows") if isinstance(data, Mapping) else data
            rows = shaped(_ROWS, told or [], operation="users/history")
            found += rows
            if len(rows) < _ROWS_AT_ONCE:
                return found

    async def attributes(self, person_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a person's attributes as the vendor has them: they are sent back whole (7.3)."""
        query = [("filter.from", "0"), ("filter.count", "999")]
        data = await self._read(f"users/{person_id}/AttributesValues", "users/attributes", query)
        return [one for one in data or [] if isinstance(one, Mapping)]

    async def _read(self, path: str, operation: str, query: Sequence[tuple[str, str]] = ()) -> Any:  # noqa: ANN401 - any JSON
        return await self.client.read(Call.SYSTEM, operation, query, path=path)
