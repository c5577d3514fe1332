"""Loymax Smart Communications: the methods that the reference has seen (section 14)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mocks.loymax.envelope import Bare

if TYPE_CHECKING:
    from mocks.loymax.gate import Sent
    from mocks.loymax.installation import Installation
    from mocks.sidedoor import Journal

CHANNELS = ("email", "push", "sms")
_MAILING_CHANNELS = (*CHANNELS, "messengerTelegram", "messengerWhatsapp")
_FLAGS = ("Y", "N", "")
_EVENT_KINDS = ("email", "sms", "push", "bot")
_CATEGORIES = {"news": (1, "Новости"), "offers": (2, "Акции")}
_CLIENT_PARTS = 3


class _Wrong(Exception):
    """A refusal with the fields that are wrong, or plain."""

    def __init__(self, status: int, title: str, field: str | None = None) -> None:
        super().__init__(title)
        error: dict[str, Any] = {"status": status, "title": title}
        if field is not None:
            error["validation"] = {field: ["Поле заполнено неверно."]}
        self.answer = Bare(status, {"errors": [error]}, effect="refused")


class SmartCommunications:
    """One account of the separate product: contacts, channels, mailings and events of clients."""

    def __init__(self, installation: Installation, journal: Journal) -> None:
        """Start without clients."""
        self._installation = installation
        self._journal = journal
        self._tokens: set[str] = set()
        self._calls: dict[str, deque[datetime]] = {}
        self._contacts: dict[str, list[dict[str, Any]]] = {}
        self._channels: dict[str, dict[str, str]] = {}
        self._mailings: dict[str, dict[str, dict[str, str]]] = {}
        self._events: list[dict[str, Any]] = []

    def handle(self, sent: Sent) -> Bare:
        """Answer one request."""
        parts = [unquote(part) for part in sent.path.strip("/").split("/")[1:]]
        op = f"sc/{parts[0] if parts else ''}"
        try:
            answer = self._answer(sent, parts)
        except _Wrong as wrong:
            answer = wrong.answer
        self._journal.write(sent.verb, f"/{op}", op=op, status=answer.status, effect=answer.effect)
        return answer

    def _answer(self, sent: Sent, parts: list[str]) -> Bare:
        self._check_rate(sent.address)
        if (sent.verb, parts) == ("POST", ["token"]):
            return self._token(sent)
        if sent.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            raise _Wrong(401, "Unauthenticated.")
        if (sent.verb, parts) == ("GET", ["event"]):
            return self._listed(sent)
        if len(parts) == _CLIENT_PARTS and parts[0] == "communication" and parts[2] == "events":
            return self._communication(sent, parts[1])
        if len(parts) == _CLIENT_PARTS and parts[0] == "customer":
            handlers: dict[tuple[str, str], Callable[[Sent, str], Bare]] = {
                ("POST", "contact"): self._add_contacts,
                ("GET", "channel"): self._show_channels,
                ("POST", "channel"): self._set_channels,
                ("GET", "subscribe"): self._show_mailings,
                ("PATCH", "subscribe"): self._set_mailings,
            }
            handler = handlers.get((sent.verb, parts[2]))
            if handler is not None:
                return handler(sent, parts[1])
        raise _Wrong(404, "Not Found")

    def _check_rate(self, address: str) -> None:
        """Keep 1000 requests per minute per address."""
        now = self._installation.clock.now()
        calls = self._calls.setdefault(address, deque())
        while calls and calls[0] <= now - timedelta(minutes=1):
            calls.popleft()
        if len(calls) >= self._installation.settings.sc_rate_limit:
            raise _Wrong(429, "Too Many Attempts.")
        calls.append(now)

    def _token(self, sent: Sent) -> Bare:
        given, settings = _attributes(sent), self._installation.settings
        pair = (given.get("username"), given.get("password"))
        if pair != (settings.sc_login, settings.sc_password):
            raise _Wrong(401, "Unauthorized")
        token = self._installation.count.secret()
        self._tokens.add(token)
        user = {"id": 1, "username": settings.sc_login, "email": None}
        data = {
            "type": "token",
            "id": "1",
            "attributes": {"accessToken": token, "user": user},
        }
        return Bare(200, {"data": data, "errors": [], "links": {}}, effect="created")

    def _add_contacts(self, sent: Sent, client: str) -> Bare:
        contacts = _attributes(sent).get("contacts")
        if not isinstance(contacts, list) or not contacts:
            raise _Wrong(422, "Unprocessable Entity", "contacts")
        for one in contacts:
            if not one.get("type") or not one.get("value"):
                raise _Wrong(422, "Unprocessable Entity", "contacts.type")
        self._contacts.setdefault(client, []).extend(contacts)
        return Bare(200, {"data": []}, effect="created")

    def _show_channels(self, sent: Sent, client: str) -> Bare:
        del sent
        given = self._channels.get(client, {})
        rows = [
            {
                "type": "channel",
                "id": str(place),
                "attributes": {
                    "type": name,
                    "subtype": None,
                    "value": int(given.get(name) == "Y"),
                },
            }
            for place, name in enumerate(CHANNELS, start=1)
        ]
        return Bare(200, {"data": rows})

    def _set_channels(self, sent: Sent, client: str) -> Bare:
        given = _attributes(sent)
        for name, value in given.items():
            if name not in CHANNELS or value not in _FLAGS:
                raise _Wrong(422, "Unprocessable Entity", name)
        self._channels.setdefault(client, {}).update(given)
        return Bare(200, {"data": []}, effect="changed")

    def _show_mailings(self, sent: Sent, client: str) -> Bare:
        del sent
        rows = []
        for code, (ident, name) in _CATEGORIES.items():
            given = self._mailings.get(client, {}).get(code, {})
            rows.append(
                {
                    "type": "subscribe",
                    "id": str(ident),
                    "attributes": {
                        "id": ident,
                        "mailingCatId": code,
                        "name": name,
                        "description": None,
                        "statusEmail": given.get("email", ""),
                        "statusPush": given.get("push", ""),
                        "statusSms": given.get("sms", ""),
                    },
                }
            )
        return Bare(200, {"data": rows})

    def _set_mailings(self, sent: Sent, client: str) -> Bare:
        categories = _attributes(sent).get("categories")
        if not isinstance(categories, dict):
            raise _Wrong(422, "Unprocessable Entity", "categories")
        for code, given in categories.items():
            fits = isinstance(given, dict) and set(given) <= set(_MAILING_CHANNELS)
            if code not in _CATEGORIES or not fits or not set(given.values()) <= set(_FLAGS):
                raise _Wrong(422, "Unprocessable Entity", f"categories.{code}")
            self._mailings.setdefault(client, {}).setdefault(code, {}).update(given)
        return Bare(200, {"data": []}, effect="changed")

    def _communication(self, sent: Sent, kind: str) -> Bare:
        rows = _json(sent).get("data")
        if kind not in _EVENT_KINDS or not isinstance(rows, list):
            raise _Wrong(422, "Unprocessable Entity", "data")
        for row in rows:
            if not all(row.get(name) for name in ("type", "messageId", "externalClientId")):
                raise _Wrong(422, "Unprocessable Entity", "data.type")
            self._events.append({"channel": kind, **row})
        return Bare(200, {"data": []}, effect="created")

    def _listed(self, sent: Sent) -> Bare:
        pages = {
            name: value
            for name, _, value in (one.partition("=") for one in unquote(sent.query).split("&"))
        }
        number, size = int(pages.get("page[number]", 1)), int(pages.get("page[size]", 15))
        rows = self._events[(number - 1) * size : number * size]
        data = [
            {"type": "event", "id": str((number - 1) * size + place), "attributes": row}
            for place, row in enumerate(rows, start=1)
        ]
        last = max(-(-len(self._events) // size), 1)
        link = "/event?page[number]={}&page[size]=" + str(size)
        links = {
            "self": link.format(number),
            "first": link.format(1),
            "last": link.format(last),
            "next": link.format(number + 1) if number < last else None,
        }
        meta = {"total": len(self._events), "count": len(data)}
        return Bare(200, {"data": data, "meta": meta, "links": links})


def _json(sent: Sent) -> dict[str, Any]:
    try:
        body = json.loads(sent.body or b"{}")
    except ValueError:
        raise _Wrong(422, "Unprocessable Entity", "data") from None
    if not isinstance(body, dict):
        raise _Wrong(422, "Unprocessable Entity", "data")
    return body


def _attributes(sent: Sent) -> dict[str, Any]:
    data = _json(sent).get("data")
    given = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(given, dict):
        raise _Wrong(422, "Unprocessable Entity", "data.attributes")
    return given
