"""Client: the three ways of calling an operation, and the codes that make repeats harmless.

``sync`` executes and answers, ``queue`` is accepted and executed later in any order, ``bulk`` takes
a file. A ``transactionId`` makes every ``queue`` and ``bulk`` call, and a ``sync`` call that saves
an order, one in effect however often it is sent (vendor reference, 4.1).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.contract import HttpClient, Unsupported

from .config import MindboxSettings, Operations
from .errors import body_of
from .tables import CODE_PAGE, DELIMITER, QUALIFIER

_NAMESPACE = uuid.UUID("6f0c6c5e-9d0b-5d0a-8b3a-3f1f5f0a7a11")


def transaction_id(key: str, operation: str) -> str:
    """Return the GUID of one logical request: keys are shared by all operations of a project."""
    return str(uuid.uuid5(_NAMESPACE, f"{operation}\n{key}"))


@dataclass(frozen=True, slots=True)
class MindboxClient:
    """Calls of one endpoint of one project."""

    http: HttpClient
    settings: MindboxSettings

    @property
    def names(self) -> Operations:
        """The project's names of operations."""
        return self.settings.operations

    async def sync(
        self,
        operation: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool,
        transaction: str = "",
    ) -> Mapping[str, Any]:
        """Execute an operation and return its answer."""
        return await self._call(
            "sync", operation, body, repeatable=repeatable, transaction=transaction
        )

    async def queue(
        self,
        operation: str,
        body: Mapping[str, Any],
        *,
        transaction: str,
        device: str | None = None,
    ) -> None:
        """Hand an operation over to be executed later; safe to repeat with its transaction."""
        more = [("deviceUUID", device)] if device else []
        await self._call(
            "async", operation, body, repeatable=True, transaction=transaction, more=more
        )

    async def bulk(
        self,
        operation: str,
        table: bytes,
        *,
        transaction: str,
        more: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Hand over a CSV file in UTF-8 with semicolons; safe to repeat with its transaction."""
        query = [
            *self._query(operation, transaction),
            ("csvCodePage", CODE_PAGE),
            ("csvColumnDelimiter", DELIMITER),
            ("csvTextQualifier", QUALIFIER),
            *more,
        ]
        response = await self.http.call(
            "POST",
            "v3/operations/bulk",
            operation=operation,
            repeatable=True,
            query=query,
            content=table,
            headers={"Content-Type": "text/csv;charset=utf-8"},
        )
        if response.content or not response.is_success:
            # What a taken file is answered with is unconfirmed: it may be nothing (20).
            body_of(response, operation=operation, repeatable=True)

    async def _call(
        self,
        way: str,
        operation: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool,
        transaction: str,
        more: Sequence[tuple[str, str]] = (),
    ) -> Mapping[str, Any]:
        if not operation:
            msg = "the project has no operation for this: name it in `operations`"
            raise Unsupported(msg, operation=way)
        response = await self.http.call(
            "POST",
            f"v3/operations/{way}",
            operation=operation,
            repeatable=repeatable,
            query=[*self._query(operation, transaction), *more],
            json=body,
            headers={"Accept": "application/json"},
        )
        return body_of(response, operation=operation, repeatable=repeatable)

    def _query(self, operation: str, transaction: str) -> list[tuple[str, str]]:
        query = [("endpointId", self.settings.endpoint_id), ("operation", operation)]
        return [*query, ("transactionId", transaction)] if transaction else query
