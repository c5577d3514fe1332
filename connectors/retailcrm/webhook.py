"""Webhook: what the CRM tells its module, and what the account's triggers send (18, 19).

Both come as forms (a trigger may put its parameters into the address). A callback proves itself by
the module's ``clientId``, which is a secret of ours; a trigger by a parameter ``token``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from gateway.canonical import Kind
from gateway.contract import (
    ConnectorContext,
    Hint,
    WebhookRefused,
    WebhookRequest,
    body_digest,
    same_secret,
)

from .config import RetailCrmSettings
from .switch import ModuleSwitch

_BAD_REQUEST = 400
_ENTITIES = {"customer_id": Kind.CUSTOMER, "order_id": Kind.ORDER}


@dataclass(frozen=True, slots=True)
class RetailCrmWebhook:
    """Reads the calls of one account."""

    context: ConnectorContext[RetailCrmSettings]
    switch: ModuleSwitch

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and read. A callback gives no hints; what it says is taken in at once."""
        fields = {**request.query, **_form(request.body)}
        settings = self.context.settings
        if "clientId" in fields and settings.module is not None:
            secret = settings.module.client_id.get_secret_value()
            self._prove(request, fields["clientId"], secret, "clientId")
            self._callback(fields)
            return []
        secret = settings.webhook_token.get_secret_value() if settings.webhook_token else ""
        self._prove(request, fields.get("token"), secret, "token")
        return self._trigger(fields)

    def _prove(self, request: WebhookRequest, given: str | None, secret: str, name: str) -> None:
        if not request.proved and not same_secret(given, secret):
            msg = f"{name}: is not the secret that the account was set up with"
            raise WebhookRefused(msg)

    def _callback(self, fields: Mapping[str, str]) -> None:
        if "activity" in fields:
            told = _object(fields, "activity")
            is_off = told.get("active") is False or told.get("freeze") is True
            self.switch.is_off = is_off
            remark: dict[str, object] = {"active": not is_off}
            address = fields.get("systemUrl", "").rstrip("/")
            if address and address != self.context.settings.url.rstrip("/"):
                # The account was renamed; the operator must correct `url` before the old one ends.
                remark["moved"] = True
            self.context.remark("module_activity", remark)
        if "settings" in fields:
            told = _object(fields, "settings")
            settings = self.context.settings
            differs = [
                name
                for name, own in (
                    ("timezone", settings.time_zone),
                    ("default_currency", settings.currency),
                )
                if _value(told.get(name)) not in (None, own)
            ]
            self.context.remark("settings_changed", {"differs": ", ".join(differs)})

    def _trigger(self, fields: Mapping[str, str]) -> Sequence[Hint]:
        """Return a hint per named record; a call that names none is of no use to us."""
        said = sorted((name, text) for name, text in fields.items() if name != "token")
        if "at" not in fields:
            # The CRM repeats no call, and two changes of a record may send the same parameters.
            said.append(("received", self.context.clock.now().isoformat()))
        digest = body_digest(json.dumps(said).encode())
        hints = []
        for name, kind in _ENTITIES.items():
            external_id = fields.get(name, "")
            if external_id and not external_id.isdigit():
                msg = f"{name}: send the CRM's own id (getId)"
                raise WebhookRefused(msg, status=_BAD_REQUEST)
            if external_id:
                hints.append(Hint(kind, external_id, digest, fields.get("event", "changed")))
        return hints


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        msg = "the body is no form"
        raise WebhookRefused(msg, status=_BAD_REQUEST) from None


def _object(fields: Mapping[str, str], name: str) -> Mapping[str, Any]:
    try:
        told = json.loads(fields[name])
    except ValueError:
        told = None
    if not isinstance(told, dict):
        msg = f"{name}: is no JSON object"
        raise WebhookRefused(msg, status=_BAD_REQUEST)
    return told


def _value(told: object) -> object:
    return told.get("value") if isinstance(told, Mapping) else told
