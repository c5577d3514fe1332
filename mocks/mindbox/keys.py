"""Idempotency keys, one store for all operations (4.1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.project import Project

_GUID = re.compile(r"[0-9a-f]{32}")
REPEATED = {"status": "TransactionAlreadyProcessed"}


class KeyStore:
    """Remembers which keys were executed."""

    def __init__(self, project: Project) -> None:
        """Start without any."""
        self._project = project
        self._spent: dict[str, datetime] = {}

    def is_spent(self, key: str) -> bool:
        """Tell whether a call with this key was executed, whatever its operation."""
        at = self._spent.get(key)
        if at is None:
            return False
        ttl = self._project.settings.transaction_key_ttl
        return ttl is None or self._project.now() < at + timedelta(seconds=ttl)

    def spend(self, key: str, *, is_done: bool) -> None:
        """Remember a key after its call; a failed one may be used again (``keyAfterFailure``)."""
        if key and (is_done or self._project.settings.key_after_failure == "burned"):
            self._spent[key] = self._project.now()


def read_key(value: str) -> str:
    """Return a key in one writing; 32 hexadecimal digits without dashes are a GUID too.

    Raises:
        ProtocolRefused: it is no GUID.
    """
    if not value:
        return ""
    found = value.strip("{}").replace("-", "").lower()
    if not _GUID.fullmatch(found):
        msg = "transactionId: ожидался GUID"
        raise ProtocolRefused(msg)
    return found
