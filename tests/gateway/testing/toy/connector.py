"""Toy connector: everything declared, everything there; ``bad`` names what is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from gateway.canonical import Kind
from gateway.contract import (
    Capability,
    Connector,
    ConnectorContext,
    ConnectorFactory,
    EntityReader,
    EntityWriter,
    HttpClient,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Rejected,
    Services,
    WebhookSource,
)
from gateway.contract.operations import BONUS_POST
from gateway.contract.parts import OPERATIONS
from tests.gateway.testing.toy.behaviour import ToyBehaviour
from tests.gateway.testing.toy.calls import Calls
from tests.gateway.testing.toy.loyalty import ToyLoyalty
from tests.gateway.testing.toy.records import ToyReader, ToyWriter
from tests.gateway.testing.toy.services import (
    ToyCodes,
    ToyDoor,
    ToyHooks,
    ToyPerformer,
)
from tests.gateway.testing.toy.support import ToySupport
from tests.gateway.testing.toy.tills import ToyNotifier, ToyTillDoor
from tests.gateway.testing.toy.vendor import TOKEN, ToyVendor

BATCHES = dict.fromkeys(Kind, 10)
MANIFEST = Manifest(
    key="toy",
    vendor="Toy",
    api_version="1",
    capabilities=frozenset(Capability),
    documented=date(2026, 11, 25),
    write_batch=BATCHES,
    read_batch=BATCHES,
    probes=frozenset(Kind),
    assigns_keys=frozenset(Kind),
)


class ToySettings(BaseModel):
    """One account."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr


class LooseSettings(ToySettings):
    """Settings that take anything."""

    model_config = ConfigDict(extra="ignore")


@dataclass
class ToyConnector:
    """One account at the toy vendor."""

    http: HttpClient
    bad: str
    readers: Mapping[Kind, EntityReader[Any]]
    writers: Mapping[Kind, EntityWriter[Any]]
    operations: Mapping[str, OperationPerformer]
    webhooks: WebhookSource | None
    services: Services
    manifest: Manifest = field(default=MANIFEST)
    closed: int = 0
    prepared: int = 0

    async def probe(self) -> ProbeReport:
        """Say that all is well."""
        return ProbeReport(ok=self.bad != "probe refuses")

    async def prepare(self) -> None:
        """Need nothing."""
        self.prepared += 1
        if self.bad == "prepares once" and self.prepared > 1:
            msg = "the field exists already"
            raise Rejected(msg)

    async def close(self) -> None:
        """Release connections."""
        self.closed += 1
        if self.bad == "closes once" and self.closed > 1:
            msg = "it is closed"
            raise RuntimeError(msg)
        await self.http.close()


def factory_of(vendor: ToyVendor, bad: str) -> ConnectorFactory:
    """Return the factory of a connector that is broken in one place, or sound."""
    manifest = MANIFEST
    if bad == "no batches":
        manifest = replace(manifest, write_batch={})
    settings = LooseSettings if bad == "takes any setting" else ToySettings

    def build(context: ConnectorContext[ToySettings]) -> Connector:
        return replace(_build(context, vendor, bad), manifest=manifest)

    return ConnectorFactory(manifest, settings, build)


def _build(context: ConnectorContext[ToySettings], vendor: ToyVendor, bad: str) -> ToyConnector:
    http = context.http("http://toy", headers={"Authorization": f"Bearer {TOKEN}"})
    if bad == "calls at once":
        at_once: Any = http.call("GET", "hello", operation="hello", repeatable=True)
        if at_once is not None:
            at_once.close()
    calls = Calls(http, bad, vendor)
    broken = {kind: bad if kind is Kind.CUSTOMER else "" for kind in Kind}
    names = [*OPERATIONS.values(), *(["toy.dance"] if bad == "surplus part" else [])]
    return ToyConnector(
        http,
        bad,
        readers={kind: ToyReader(kind, calls, context.log, broken[kind]) for kind in Kind},
        writers={kind: ToyWriter(kind, calls, context.log, broken[kind]) for kind in Kind},
        operations={
            name: ToyPerformer(name, calls, bad if name == BONUS_POST else "") for name in names
        },
        webhooks=ToyHooks(bad),
        services=Services(
            loyalty=ToyLoyalty(calls, bad),
            codes=ToyCodes(calls, bad),
            exchange=None if bad == "no door" else ToyDoor(bad),
            notifier=ToyNotifier(calls, context.log, bad),
            till=ToyTillDoor(context.log, bad),
            behaviour=ToyBehaviour(vendor, bad),
            support=ToySupport(),
        ),
    )
