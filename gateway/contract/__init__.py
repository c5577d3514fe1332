"""Connector contract: all that a connector may import beside ``gateway.canonical``.

A connector translates one vendor to the canonical model and back. It is found by its entry point in
the group ``gateway.connectors``, which names a ``ConnectorFactory``. The contract's promises stand in
the docstrings here; the conformance kit proves them.
"""

from gateway.contract.budget import Budget
from gateway.contract.capabilities import (
    Connector,
    ConnectorFactory,
    EntityReader,
    EntityWriter,
    WebhookSource,
)
from gateway.contract.context import Clock, ConnectorContext, Log
from gateway.contract.errors import (
    AuthRejected,
    Blame,
    ConfigInvalid,
    ConnectorError,
    ContractViolated,
    Disposition,
    GatewayError,
    Missing,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    Rejected,
    StaleWrite,
    StoreError,
    TransientError,
    TranslationFailed,
    Unavailable,
    Unsupported,
    WebhookRefused,
    disposition,
)
from gateway.contract.exchange import (
    Change,
    Cursor,
    Failed,
    Hint,
    Observed,
    Outcome,
    Page,
    ProbeReport,
    Reading,
    RejectedRecord,
    Written,
)
from gateway.contract.http import HttpClient, HttpClientFactory
from gateway.contract.manifest import CONTRACT_VERSION, Capability, Manifest, RateLimit
from gateway.contract.webhook import WebhookRequest, body_digest, same_secret, valid_hmac

__all__ = [
    "CONTRACT_VERSION",
    "AuthRejected",
    "Blame",
    "Budget",
    "Capability",
    "Change",
    "Clock",
    "ConfigInvalid",
    "Connector",
    "ConnectorContext",
    "ConnectorError",
    "ConnectorFactory",
    "ContractViolated",
    "Cursor",
    "Disposition",
    "EntityReader",
    "EntityWriter",
    "Failed",
    "GatewayError",
    "Hint",
    "HttpClient",
    "HttpClientFactory",
    "Log",
    "Manifest",
    "Missing",
    "Observed",
    "Outcome",
    "OutcomeUnknown",
    "Page",
    "PermanentError",
    "ProbeReport",
    "RateLimit",
    "RateLimited",
    "Reading",
    "Rejected",
    "RejectedRecord",
    "StaleWrite",
    "StoreError",
    "TransientError",
    "TranslationFailed",
    "Unavailable",
    "Unsupported",
    "WebhookRefused",
    "WebhookRequest",
    "WebhookSource",
    "Written",
    "body_digest",
    "disposition",
    "same_secret",
    "valid_hmac",
]
