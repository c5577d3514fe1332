"""Door: the parts of the running gateway that HTTP needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.contract import ExchangeDesk, Log
from gateway.ops.gauges import Gauges
from gateway.ops.health import Health
from gateway.ops.support import SupportDesk
from gateway.sync.account import Account
from gateway.sync.receive import Receiver
from gateway.telemetry import NO_SPANS, Metrics, Spans

if TYPE_CHECKING:
    # A worker knows the door's parts and loads no HTTP server.
    from gateway.ingress.forms.part import FormsPart
    from gateway.ingress.ops.part import OpsPart
    from gateway.ingress.pos.part import TillPart


@dataclass(frozen=True, slots=True)
class Door:
    """All that the HTTP door is built from; it opens nothing itself.

    Without ``till`` no till and no site is served, without ``ops`` no operator's program, without
    ``forms`` there is no questionnaire.
    """

    accounts: Mapping[str, Account]
    receiver: Receiver
    desks: Mapping[str, ExchangeDesk]
    health: Health
    metrics: Metrics
    gauges: Gauges
    log: Log
    till: TillPart | None = None
    forms: FormsPart | None = None
    spans: Spans = NO_SPANS
    support: SupportDesk | None = None
    ops: OpsPart | None = None
