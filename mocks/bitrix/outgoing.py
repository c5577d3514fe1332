"""Who gets an event of the site, and with which body (reference 1.10, 10.9, 10.13)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from mocks.bitrix.bindings import Binding
    from mocks.bitrix.settings import BitrixSettings
    from mocks.bitrix.site import Site, SiteEvent

_WITH_REFRESH = {"ONAPPINSTALL", "ONOFFLINEEVENT"}
_OF_INSTALLATION = {"ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL"}


@dataclass(frozen=True)
class Delivery:
    """One event for one handler.

    ``signature`` is there when the extension sends it itself; ``entity`` is the object within which
    the order of such events is kept.
    """

    url: str
    body: bytes
    entity: str
    signature: str = ""


def deliveries(site: Site, events: Iterable[SiteEvent]) -> list[Delivery]:
    """Return what must be posted for the events of a hit.

    The outgoing webhook first, then the application's handlers; none before its installation ended.
    """
    settings = site.settings
    target = settings.target
    found: list[Delivery] = []
    for event in events:
        if target.url and event.name in target.events:
            body = event_body(event, settings)
            found.append(_delivery(settings, event, target.url, body, settings.application_token))
        if event.name in _OF_INSTALLATION and settings.app.event_url:
            body = app_body(site, event, None)
            found.append(Delivery(settings.app.event_url, body, event.name))
        elif site.is_app_installed:
            found += [
                _delivery(
                    settings,
                    event,
                    row.handler,
                    app_body(site, event, row),
                    settings.app.application_token,
                )
                for row in site.bindings.online(event.name)
                if site.bindings.is_due(row, event.ts)
            ]
    return found


def event_body(event: SiteEvent, settings: BitrixSettings) -> bytes:
    """Return the form body of an event for the outgoing webhook (10.9).

    The extension's events carry a shorter ``auth`` (10.13).
    """
    pairs = _head(event, settings, settings.target.handler_id)
    pairs.append(("auth[application_token]", settings.application_token))
    return urlencode(pairs).encode()


def app_body(site: Site, event: SiteEvent, binding: Binding | None) -> bytes:
    """Return the form body of an event for the application.

    Its tokens are there when somebody acts: the binding's user or the one who caused the event.
    """
    app = site.settings.app
    pairs = _head(event, site.settings, binding.number if binding is not None else 0)
    user_id = (binding.auth_type if binding is not None else 0) or event.user_id
    if event.name in _WITH_REFRESH:
        user_id = user_id or site.settings.user_id
    if user_id and event.name != "ONAPPUNINSTALL":
        issued = site.tokens.issue(
            user_id, with_refresh=event.name in _WITH_REFRESH or app.event_refresh_token
        )
        auth = {**issued, "scope": ",".join(app.scopes), "status": app.status, "user_id": user_id}
        pairs += [(f"auth[{name}]", str(value)) for name, value in auth.items()]
    pairs.append(("auth[application_token]", app.application_token))
    return urlencode(pairs).encode()


def _head(event: SiteEvent, settings: BitrixSettings, number: int) -> list[tuple[str, str]]:
    pairs = [
        ("event", event.name),
        ("event_handler_id", str(number)),
        *((f"data{event.prefix}[{name}]", value) for name, value in event.fields.items()),
        ("ts", str(event.ts)),
        ("auth[domain]", settings.domain),
    ]
    if not event.name.startswith("ONGATEWAY"):
        pairs.append(("auth[client_endpoint]", f"https://{settings.domain}/rest/"))
        pairs.append(("auth[server_endpoint]", "https://oauth.bitrix.info/rest/"))
    pairs.append(("auth[member_id]", settings.member_id))
    return pairs


def _delivery(
    settings: BitrixSettings, event: SiteEvent, url: str, body: bytes, token: str
) -> Delivery:
    is_direct = event.name.startswith("ONGATEWAY") and settings.target.delivery == "direct"
    entity = f"{url} {event.name[:13]} {event.fields.get('ID')}"
    if not is_direct:
        return Delivery(url, body, entity)
    signature = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    return Delivery(url, body, entity, signature)
