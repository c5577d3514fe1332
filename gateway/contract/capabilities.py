"""Capabilities: the small protocols that a connector implements as far as its vendor can.

A connector is an object with a manifest, ``probe``, ``close`` and the parts that it has: a reader
or writer per kind of entity, performers of operations, a webhook source. All methods run on the
event loop and must not block. Every method may raise ``RateLimited``, ``Unavailable`` and
``AuthRejected``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from gateway.canonical import Canonical, Kind
from gateway.contract.context import ConnectorContext
from gateway.contract.exchange import (
    Change,
    Cursor,
    Hint,
    Operation,
    Outcome,
    Page,
    ProbeReport,
    Reading,
)
from gateway.contract.manifest import Manifest
from gateway.contract.services import Services
from gateway.contract.webhook import WebhookRequest

E = TypeVar("E", bound=Canonical)
E_co = TypeVar("E_co", bound=Canonical, covariant=True)


class EntityReader(Protocol[E_co]):
    """Polling consumer for one kind of entity (customer reader, order reader)."""

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[E_co]:
        """Return the next page of changes after ``cursor``, oldest first, about ``limit`` records.

        ``None`` means the first start: the page is empty or small and its cursor is "from now on",
        unless the account's configuration asks for a full first load. The boundary may repeat,
        never vanish. Own changes are left out where the vendor tells them apart.
        """

    async def get(self, external_ids: Sequence[str]) -> Reading[E_co]:
        """Read records by id, in as few calls as the vendor allows; at most ``read_batch`` ids."""


class EntityWriter(Protocol[E]):
    """Writer for one kind of entity: makes the vendor hold a desired state."""

    def held(self, entity: E, known: E | None) -> E:
        """Reduce ``entity`` to what this vendor would hold after writing it over ``known``.

        Pure. What the vendor cannot hold is left unset; what it cannot remove (a phone of a vendor
        that only adds) is kept from ``known``. ``held(held(x, k), k) == held(x, k)``. Nothing is
        sent when this equals what the vendor is known to hold.
        """

    async def write(self, changes: Sequence[Change[E]]) -> Sequence[Outcome[E]]:
        """Write at most ``write_batch`` changes, bulk calls where the vendor has them.

        Shape: one outcome per change, in the same order; a failed one never hides its neighbours.
        Idempotency: writing the same change twice leaves one record; a creation that finds a record
        with the same key changes nothing and says ``Exists``. Errors concerning the whole call may
        be raised and then count for every change; ``OutcomeUnknown`` when a creation was sent and
        it is not certain that it had no effect, whatever failed afterwards.
        """

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist at the vendor: key → external id (the probe)."""


class OperationPerformer(Protocol):
    """Performs one kind of keyed operation, each key once in effect."""

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Send it with its key; return what the vendor answered, without personal data.

        Raises ``OutcomeUnknown`` when it was sent and not answered.
        """

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Look up what ``key`` did (the probe); ``None`` when it surely did nothing.

        Raises ``Unsupported`` where the vendor cannot be asked: the core then holds an operation of
        unknown outcome for a human and never repeats it blindly.
        """


class WebhookSource(Protocol):
    """Event-driven consumer: proves and reads a call of the vendor to ``/hooks/{account}``."""

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and parse. Pure and fast; unknown events give no hints.

        Raises ``WebhookRefused`` when the call does not prove its origin or cannot be read.
        """


class Connector(Protocol):
    """One account at one vendor. Its parts are plain attributes, fixed when it is built."""

    @property
    def manifest(self) -> Manifest:
        """What the connector can do."""

    @property
    def readers(self) -> Mapping[Kind, EntityReader[Any]]:
        """Readers by kind."""

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """Writers by kind."""

    @property
    def operations(self) -> Mapping[str, OperationPerformer]:
        """Performers by the name of the operation."""

    @property
    def webhooks(self) -> WebhookSource | None:
        """The reader of webhooks, if the vendor calls."""

    @property
    def services(self) -> Services:
        """Real-time loyalty, codes and doors; ``NO_SERVICES`` for none."""

    async def probe(self) -> ProbeReport:
        """Check address, credentials and rights with harmless calls; never changes anything."""

    async def prepare(self) -> None:
        """Create what the connector needs at the vendor (custom fields); idempotent."""

    async def close(self) -> None:
        """Release connections; may be called twice."""


@dataclass(frozen=True, slots=True)
class ConnectorFactory:
    """What an entry point of the group ``gateway.connectors`` names.

    ``settings`` is the pydantic model of the account's own part of the configuration (extra keys
    forbidden); ``build`` makes the connector and does no I/O.
    """

    manifest: Manifest
    settings: type[BaseModel]
    build: Callable[[ConnectorContext[Any]], Connector]
