"""Webhook: events of the shop, by the vendor's queue or straight from the site extension.

Both post the same form (reference 10.9, 10.13). The queue proves itself by the application token in
the body; the extension signs the raw body with that token. An event carries an id only and may be
lost, repeated or late: it is a hint, and the feeds are the truth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from gateway.canonical import Kind
from gateway.contract import Hint, WebhookRefused, WebhookRequest, same_secret, valid_hmac

from .translator_card import NUMBER_LIMIT
from .values import is_id

# ONORDERDELETED is wired to saving in the core that was read, so the event before deletion is the
# one to trust (reference 1.10, trap 8). Events of payments, shipments and properties name their own
# id only; the order's own event comes beside them, so they are left out.
_ORDER_EVENTS = frozenset({"ONSALEORDERSAVED", "ONSALEBEFOREORDERDELETE", "ONORDERENTITYSAVED"})
_CUSTOMER_EVENTS = frozenset({"ONGATEWAYUSERSAVE", "ONGATEWAYUSERDELETE", "ONGATEWAYUSERMERGE"})
# The id of a card is its number (10.13), which may be any text.
_CARD_EVENT = "ONGATEWAYCARDSAVE"
_KINDS = {
    _CARD_EVENT: Kind.CARD,
    **dict.fromkeys(_ORDER_EVENTS, Kind.ORDER),
    **dict.fromkeys(_CUSTOMER_EVENTS, Kind.CUSTOMER),
}
# Saved entities beside the order's own event bring nothing: an application leaves them unbound.
EVENTS = frozenset(_KINDS) - {"ONORDERENTITYSAVED"}
ORDER_EVENTS = EVENTS & _ORDER_EVENTS
CRM_KINDS = dict.fromkeys(
    ("ONCRMCONTACTADD", "ONCRMCONTACTUPDATE", "ONCRMCONTACTDELETE"), Kind.CUSTOMER
)
PORTAL_KINDS = {**CRM_KINDS, **dict.fromkeys(_ORDER_EVENTS, Kind.ORDER)}
_SIGNATURE = "x-gateway-signature"
_FIELDS_MAX = 200
_SECONDS_DIGITS = 11


@dataclass(frozen=True, slots=True)
class BitrixWebhook:
    """Verifies and reads one account's events. ``deaf_to``: kinds that cannot be read by id.

    ``kinds`` are the events that are listened to: a shop's, or ``PORTAL_KINDS``.
    """

    application_token: str = field(repr=False)
    origin: str
    deaf_to: frozenset[Kind] = frozenset()
    kinds: Mapping[str, Kind] = field(default_factory=lambda: _KINDS)

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and read a call; see ``WebhookSource.receive``."""
        form = _form(request.body)
        self._prove(request, form)
        event = form.get("event", "").upper()
        kind = self.kinds.get(event)
        record_id = form.get("data[FIELDS][ID]", "")
        if kind is None or kind in self.deaf_to or self._is_own(form):
            return []
        is_card = kind is Kind.CARD
        is_record = 0 < len(record_id) <= NUMBER_LIMIT if is_card else is_id(record_id)
        if not is_record:
            msg = "data[FIELDS][ID]: must be the record's id"
            raise WebhookRefused(msg, status=400)
        return [
            Hint(
                kind=kind,
                external_id=record_id,
                token=_token(event, form, record_id),
                event=event,
                happened_at=_moment(form.get("ts", "")),
            )
        ]

    def _prove(self, request: WebhookRequest, form: Mapping[str, str]) -> None:
        signature = request.headers.get(_SIGNATURE)
        if signature is not None:
            secret = self.application_token
            if valid_hmac(request.body, secret=secret, signature=signature):
                return
            msg = "the signature does not fit: compare the application token at the shop"
            raise WebhookRefused(msg)
        if not same_secret(form.get("auth[application_token]"), self.application_token):
            msg = "the application token does not fit: copy it from the outgoing webhook"
            raise WebhookRefused(msg)

    def _is_own(self, form: Mapping[str, str]) -> bool:
        """Tell whether the gateway's own write caused this; only the extension says so."""
        return form.get("data[FIELDS][ORIGIN]") == self.origin


def _form(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        msg = "the body must be a form in UTF-8"
        raise WebhookRefused(msg, status=400) from error
    return dict(pairs)


def _token(event: str, form: Mapping[str, str], record_id: str) -> str:
    """Return what tells one happening from a repeat of the same call.

    The extension numbers its changes. The vendor's queue does not, and its time has whole seconds:
    two saves within one second share a token, and the feed makes up for the second.
    """
    sequence = form.get("data[FIELDS][SEQ]", "")
    if sequence:
        return f"seq:{sequence}"
    told = f"{event}:{record_id}:{form.get('ts', '')}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _moment(text: str) -> datetime | None:
    return (
        datetime.fromtimestamp(int(text), UTC)
        if is_id(text) and len(text) <= _SECONDS_DIGITS
        else None
    )
