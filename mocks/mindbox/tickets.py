"""The authorization ticket that a site makes for its customer (8.6)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta

from mocks.mindbox.clock import read
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json

_LIFE = timedelta(minutes=30)
_CONTACTS = {"EmailAuthenticationHex": "email", "MobilePhoneAuthenticationHex": "mobilePhone"}
_WHERE = "/customer/authenticationTicket"
_MALFORMED, _FORGED, _EXPIRED = "неверный формат", "неверная подпись", "срок действия истёк"


def keys_of(project: Project, ticket: str) -> Json:
    """Return the search keys that a ticket proves.

    Raises:
        ProtocolRefused: malformed, signed with no key of the project, or older than 30 minutes.
    """
    message, _, signature = ticket.partition("|")
    try:
        signed = bytes.fromhex(message)
        kind, *rest = signed.decode().split("|")
    except ValueError:
        raise _refused(_MALFORMED) from None
    if not _is_signed(signed, signature, project.settings.endpoints.values()):
        raise _refused(_FORGED)
    if len(rest) == 2 and kind in _CONTACTS:  # noqa: PLR2004 - contact and time
        keys: Json = {_CONTACTS[kind]: rest[0]}
    elif len(rest) == 3 and kind == "ExternalIdentityAuthentication":  # noqa: PLR2004 - as above
        keys = {"ids": {rest[0]: rest[1]}}
    else:
        raise _refused(_MALFORMED)
    made = read(rest[-1], _WHERE)
    if not made <= project.now() < made + _LIFE:
        raise _refused(_EXPIRED)
    return keys


def _is_signed(message: bytes, signature: str, secrets: Iterable[str]) -> bool:
    return any(
        hmac.compare_digest(
            hmac.new(secret.encode(), message, hashlib.sha512).hexdigest(), signature.lower()
        )
        for secret in secrets
    )


def _refused(why: str) -> ProtocolRefused:
    return ProtocolRefused(f"{_WHERE}: {why}")
