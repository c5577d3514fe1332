"""People: which users of the shop have this phone or e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contract import MemberKey

from .batch import Answer, Command
from .client import BitrixClient
from .errors import AMBIGUOUS, NOT_FOUND, VendorRefused


@dataclass(frozen=True, slots=True)
class UserLookup:
    """See ``PersonLookup``."""

    client: BitrixClient

    async def find(self, key: MemberKey) -> Sequence[str]:
        """Return the users who have it, by their ids; cards are looked up in the directory."""
        asked = {"phone": key.phone} if key.phone is not None else {"email": key.email}
        command = Command("gateway.user.get", asked)
        (result,) = await self.client.run([command], repeatable=True)
        if isinstance(result, Answer):
            return [str(result.value["user"]["id"])]
        if isinstance(result, VendorRefused) and result.refusal.code == NOT_FOUND:
            return []
        if isinstance(result, VendorRefused) and result.refusal.code == AMBIGUOUS:
            return [str(one) for one in sorted(result.refusal.ids())]
        self.client.value(result)
        return []
