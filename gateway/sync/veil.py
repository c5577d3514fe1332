"""Veil: a vendor's ids that are personal data themselves are known to the core in disguise only.

A shop knows a card by its number alone. An id stands in wake-ups, on the bus, in the journal and
bare in the database, so the core is given another word for it: encrypted, always the same one, and
turned back on the way to the connector.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.canonical import Kind
from gateway.contract import (
    Change,
    Connector,
    ContractViolated,
    EntityReader,
    EntityWriter,
    Exists,
    Hint,
    Manifest,
    Observed,
    OperationPerformer,
    Outcome,
    Page,
    ProbeReport,
    Reading,
    RejectedRecord,
    Services,
    WebhookRequest,
    WebhookSource,
    Written,
)

R = TypeVar("R", Observed[Any], RejectedRecord, Exists)


class Veil:
    """Hides ids by deterministic encryption (AES-SIV, RFC 5297). ``key``: 32 bytes, stable."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def hide(self, text: str) -> str:
        """Return the word for an id; the same id has the same word."""
        hidden = self._cipher.encrypt(text.encode(), None)
        return base64.urlsafe_b64encode(hidden).decode().rstrip("=")

    def show(self, word: str) -> str:
        """Return the id. Raises ``ContractViolated`` for a word that was not made by this key."""
        try:
            hidden = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
            return self._cipher.decrypt(hidden, None).decode()
        except (ValueError, InvalidTag) as error:
            msg = "a stored id was not made with this data key"
            raise ContractViolated(msg, operation="veil") from error

    def over(self, row: R) -> R:
        """Hide the id of something that has one."""
        return replace(row, external_id=self.hide(row.external_id))


@dataclass(frozen=True, slots=True)
class _Reader:
    """A reader whose ids are hidden."""

    inner: EntityReader[Any]
    veil: Veil

    async def pull(self, cursor: str | None, *, limit: int) -> Page[Any]:
        page = await self.inner.pull(cursor, limit=limit)
        return replace(
            page,
            items=[self.veil.over(one) for one in page.items],
            rejected=[self.veil.over(one) for one in page.rejected],
            unread=[self.veil.hide(one) for one in page.unread],
        )

    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        reading = await self.inner.get([self.veil.show(one) for one in external_ids])
        return Reading(
            items=[self.veil.over(one) for one in reading.items],
            missing=[self.veil.hide(one) for one in reading.missing],
            rejected=[self.veil.over(one) for one in reading.rejected],
        )


@dataclass(frozen=True, slots=True)
class _Writer:
    """A writer whose ids are hidden."""

    inner: EntityWriter[Any]
    veil: Veil
    kinds: frozenset[Kind]

    def held(self, entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
        return self.inner.held(entity, known)

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        shown = [
            replace(one, external_id=self.veil.show(one.external_id)) if one.external_id else one
            for one in changes
        ]
        return [self._hidden(one) for one in await self.inner.write(shown)]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        return {key: self.veil.hide(one) for key, one in (await self.inner.find(keys)).items()}

    def _hidden(self, outcome: Outcome[Any]) -> Outcome[Any]:
        if isinstance(outcome, Written):
            touched = tuple(
                (kind, self.veil.hide(one) if kind in self.kinds else one)
                for kind, one in outcome.touched
            )
            external_id = self.veil.hide(outcome.external_id)
            return replace(outcome, external_id=external_id, touched=touched)
        return self.veil.over(outcome) if isinstance(outcome, Exists) else outcome


@dataclass(frozen=True, slots=True)
class _Webhooks:
    """A source of hints whose ids are hidden, and so are the tokens that are made of them."""

    inner: WebhookSource
    veil: Veil
    kinds: frozenset[Kind]

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        return [self._hidden(hint) for hint in self.inner.receive(request)]

    def _hidden(self, hint: Hint) -> Hint:
        if hint.kind not in self.kinds:
            return hint
        carried = self.veil.over(hint.carried) if hint.carried is not None else None
        return replace(
            hint,
            external_id=self.veil.hide(hint.external_id),
            token=self.veil.hide(hint.token),
            carried=carried,
        )


@dataclass(slots=True)
class Veiled:
    """A connector whose personal ids the core never sees; all else is the connector's own."""

    inner: Connector
    veil: Veil
    readers: Mapping[Kind, EntityReader[Any]] = field(init=False)
    writers: Mapping[Kind, EntityWriter[Any]] = field(init=False)
    webhooks: WebhookSource | None = field(init=False)

    def __post_init__(self) -> None:
        inner, veil, kinds = self.inner, self.veil, self.manifest.personal_ids
        self.readers = {
            kind: _Reader(one, veil) if kind in kinds else one
            for kind, one in inner.readers.items()
        }
        self.writers = {
            kind: _Writer(one, veil, kinds) if kind in kinds else one
            for kind, one in inner.writers.items()
        }
        heard = inner.webhooks
        self.webhooks = _Webhooks(heard, veil, kinds) if heard is not None else None

    @property
    def manifest(self) -> Manifest:
        """What the connector can do."""
        return self.inner.manifest

    @property
    def operations(self) -> Mapping[str, OperationPerformer]:
        """Operations by name."""
        return self.inner.operations

    @property
    def services(self) -> Services:
        """What is answered at once."""
        return self.inner.services

    async def probe(self) -> ProbeReport:
        """See ``Connector.probe``."""
        return await self.inner.probe()

    async def prepare(self) -> None:
        """See ``Connector.prepare``."""
        await self.inner.prepare()

    async def close(self) -> None:
        """See ``Connector.close``."""
        await self.inner.close()


def veiled(connector: Connector, veil: Veil) -> Connector:
    """Return the connector, behind a veil when it has personal ids."""
    return Veiled(connector, veil) if connector.manifest.personal_ids else connector
