"""E-mails: may this address identify somebody, and which spellings of it reach one mailbox?

``normal`` is for sending. ``key`` is for comparing only: two addresses with one key and different
normal forms are an alias, which supports other evidence and merges nobody by itself.

Source: reference of services, section 9.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from gateway.canonical import normal_email
from gateway.canonical.alike import mailbox_key
from gateway.identity.normal.providers import is_throwaway, likely_domain
from gateway.identity.normal.reasons import Reason
from gateway.identity.normal.scripts import has_cyrillic, has_latin, latin_of
from gateway.identity.normal.verdict import Verdict

_PLAIN = re.compile(r"([a-z0-9_](?:[a-z0-9_+-]|\.(?=[a-z0-9_+-]))*)@((?:[a-z0-9-]+\.)+[a-z]{2,24})")
_BLANKS = re.compile(r"[\s\u00a0\u200b-\u200d\u2060\ufeff,;]+")
_ROLES = frozenset(
    {
        "info", "sales", "office", "admin", "support", "shop", "zakaz", "order", "orders", "mail",
        "buh", "director", "hr", "help", "contact", "reception", "manager", "marketing", "noreply",
        "no-reply", "postmaster", "webmaster", "abuse", "opt", "market", "magazin", "store",
    }
)  # fmt: skip
_INVENTED = frozenset(
    {
        "no", "net", "none", "nomail", "no-mail", "no_mail", "noemail", "no-email", "nope", "test",
        "test1", "test123", "test-test", "email", "e-mail", "mail", "user", "client", "klient",
        "pokupatel", "netu", "net-pochty", "qwe", "qwerty", "asd", "asdf", "zxc", "abc", "xxx",
        "123", "1234", "12345", "123456", "anonymous", "example", "name",
    }
)  # fmt: skip
_ONE_CHARACTER = re.compile(r"(.)\1*")


class EmailReading(NamedTuple):
    """One address as typed and as read. Shape: ``hint`` is the domain that was perhaps meant."""

    original: str
    normal: str | None
    verdict: Verdict
    reason: Reason = Reason.NONE
    key: str = ""
    hint: str = ""


def read_email(text: str | None) -> EmailReading:
    """Read one address; never raises."""
    original = text or ""
    normal = normal_email(text)
    plain = _PLAIN.fullmatch(normal) if normal else None
    if normal is None or plain is None:
        return _closely(original, normal)
    return _judged(original, normal, plain[1], plain[2])


def _judged(original: str, normal: str, local: str, domain: str) -> EmailReading:
    if _is_invented(local, domain):
        return EmailReading(original, normal, Verdict.REFUSED, Reason.PLACEHOLDER)
    key = mailbox_key(normal) or normal
    if local in _ROLES:
        return EmailReading(original, normal, Verdict.DOUBTFUL, Reason.ROLE, key)
    if is_throwaway(domain):
        return EmailReading(original, normal, Verdict.DOUBTFUL, Reason.THROWAWAY, key)
    hint = likely_domain(domain)
    reason = Reason.DOMAIN_TYPO if hint else Reason.NONE
    return EmailReading(original, normal, Verdict.OK, reason, key, hint)


def _is_invented(local: str, domain: str) -> bool:
    """Tell whether nobody has this mailbox: ``no@mail.ru``, ``1@1.ru``, ``mail@mail.ru``."""
    if local == "mail":  # mail@shop.ru is a firm's
        return domain == "mail.ru"
    return (
        local in _INVENTED
        or local == domain.rpartition(".")[0]
        or _ONE_CHARACTER.fullmatch(local) is not None
    )


def _closely(original: str, normal: str | None) -> EmailReading:
    """Tell what is wrong with an address that is not plain."""
    if not original.strip():
        return EmailReading(original, None, Verdict.REFUSED, Reason.EMPTY)
    if normal is None:
        parts = [part for part in _BLANKS.split(original) if normal_email(part)]
        reason = Reason.SEVERAL if len(parts) > 1 else Reason.NO_ADDRESS
        return EmailReading(original, None, Verdict.REFUSED, reason)
    local, _, domain = normal.rpartition("@")
    if has_cyrillic(normal):
        return _cyrillic(original, normal, local, domain)
    if ".." in local or local[0] == "." or local[-1] == ".":
        return EmailReading(original, normal, Verdict.REFUSED, Reason.BAD_DOTS)
    try:
        validate_email(normal, check_deliverability=False)
    except EmailNotValidError:
        return EmailReading(original, normal, Verdict.REFUSED, Reason.NO_ADDRESS)
    return _judged(original, normal, local, domain)


def _cyrillic(original: str, normal: str, local: str, domain: str) -> EmailReading:
    """Read look-alike letters as what they look like, when that leaves a plain address."""
    labels = [local, *domain.split(".")]
    mixed = any(has_cyrillic(label) and has_latin(label) for label in labels)
    if not mixed and has_cyrillic(domain.rpartition(".")[2]):
        # An address in a Cyrillic zone, written in Cyrillic as it should be.
        return EmailReading(original, normal, Verdict.OK, Reason.NONE, normal)
    plain = _PLAIN.fullmatch(latin_of(normal))
    if plain is None:
        return EmailReading(original, normal, Verdict.REFUSED, Reason.MIXED_SCRIPTS)
    judged = _judged(original, plain[0], plain[1], plain[2])
    if judged.verdict is Verdict.REFUSED:
        return judged
    return judged._replace(verdict=Verdict.DOUBTFUL, reason=Reason.LOOKALIKE)
