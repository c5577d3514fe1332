"""Mailbox of the double: what arrived, and the scripted faults of each command.

A fault's path is the command (``MAIL``, ``RCPT``, ``DATA``, ``AUTH``), its ``status`` the reply's
code and its ``body`` the reply's text.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mocks.faults import HANG_LIMIT_S, FaultPlan, FaultRule
from mocks.sidedoor import Journal
from mocks.smtp.settings import SmtpSettings

METHOD = "SMTP"
OK = "250 OK"
_CUT = "421 4.4.2 connection dropped"


@dataclass(frozen=True)
class Letter:
    """A letter as it arrived, and as a reader's program shows it."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    headers: dict[str, str]
    raw: str

    @classmethod
    def read(cls, envelope: Envelope) -> Letter:
        """Read what a client handed over."""
        raw = envelope.original_content or b""
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - the default policy makes these
        body = message.get_body(("plain",))
        return cls(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            subject=str(message["Subject"] or ""),
            text=body.get_content().replace("\r\n", "\n") if body is not None else "",
            headers={name.lower(): str(value) for name, value in message.items()},
            raw=raw.decode("latin-1"),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it for the side door."""
        return asdict(self)


@dataclass
class Mailbox:
    """Hooks of the server (aiosmtpd finds them by name)."""

    settings: SmtpSettings
    plan: FaultPlan
    journal: Journal
    letters: list[Letter] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        """Check a login."""
        del server, session, envelope, mechanism
        rule = self.plan.decide("AUTH", METHOD)
        if rule is not None:
            return AuthResult(success=False, handled=False, message=_reply(rule))
        wanted = LoginPassword(self.settings.user.encode(), self.settings.password.encode())
        if isinstance(given, LoginPassword) and given == wanted:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, once he is known (RFC 4954, 6)."""
        if self.settings.is_login_needed and not session.authenticated:
            return "530 5.7.0 Authentication required"
        fault = await self._fault("MAIL", server)
        if fault is not None:
            return fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return OK

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, unless he is on the list of those who are refused."""
        del session
        fault = await self._fault("RCPT", server)
        if fault is not None:
            return fault
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return OK

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the letter; every letter arrives, also one that came before."""
        del session
        rule = self.plan.decide("DATA", METHOD)
        if rule is not None and rule.kind in {"status", "cut_before", "hang_before"}:
            self._note("refused")
            return await self._broken(rule, server)
        self.letters.append(Letter.read(envelope))
        self._note("created")
        return OK if rule is None else await self._broken(rule, server)

    def _note(self, effect: str) -> None:
        self.journal.write(METHOD, "DATA", op="DATA", effect=effect)

    async def _fault(self, command: str, server: SMTP) -> str | None:
        rule = self.plan.decide(command, METHOD)
        if rule is None:
            return None
        answer = await self._broken(rule, server)
        return None if rule.kind == "delay" else answer

    async def _broken(self, rule: FaultRule, server: SMTP) -> str:
        """Do what a rule says; return the reply, which nobody gets after a cut."""
        if rule.kind == "status":
            return _reply(rule)
        if rule.kind == "delay":
            await asyncio.sleep(rule.delay_s)
            return OK
        if rule.kind.startswith("hang"):
            # The client's going cancels this handler; the bound is for one that never goes.
            await asyncio.sleep(HANG_LIMIT_S)
        cut(server)
        return _CUT


def cut(server: SMTP) -> None:
    """Drop a connection without a word."""
    abort = getattr(server.transport, "abort", None)
    if abort is not None:
        abort()


def _reply(rule: FaultRule) -> str:
    return f"{rule.status} {rule.body}".strip()
