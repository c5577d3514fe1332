"""Client: one connection per letter, bounded in number and time.

The library upgrades to TLS only "if offered" unless told otherwise, so the way is always named; its
own time-out counts per command, so the whole is bounded here (reference, 3.1).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtplib import SMTP

from .config import SmtpSettings
from .errors import ROAD_ERRORS, data_error, road_error


@dataclass(slots=True)
class Step:
    """How far a letter has come; what is lost in ``DATA`` may have arrived."""

    name: str = "connect"


@dataclass(slots=True)
class SmtpClient:
    """Connections of one account."""

    settings: SmtpSettings
    gate: asyncio.Semaphore = field(repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    async def deliver(self, recipient: str, content: bytes) -> None:
        """Hand a letter over. Raises contract errors; ``OutcomeUnknown`` once it left."""
        step = Step()
        try:
            async with self._session(step) as smtp:
                step.name = "MAIL"
                await smtp.mail(self.settings.sender)
                step.name = "RCPT"
                await smtp.rcpt(recipient)
                step.name = "DATA"
                await smtp.data(content)
                step.name = "QUIT"
        except ROAD_ERRORS as error:
            if step.name == "QUIT":
                return  # the letter is the server's: a farewell that fails changes nothing
            failed = data_error(error) if step.name == "DATA" else road_error(error, step.name)
            raise failed from None

    async def greet(self) -> None:
        """Connect, log in and leave; changes nothing."""
        step = Step()
        try:
            async with self._session(step) as smtp:
                step.name = "NOOP"
                await smtp.noop()
        except ROAD_ERRORS as error:
            raise road_error(error, step.name) from None

    @asynccontextmanager
    async def _session(self, step: Step) -> AsyncIterator[SMTP]:
        """Connect and log in within the time of a letter; the connection does not stay."""
        settings = self.settings
        async with self.gate, asyncio.timeout(settings.timeout_s):
            smtp = SMTP(
                hostname=settings.host,
                port=settings.real_port,
                local_hostname=settings.domain,
                timeout=settings.timeout_s,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                tls_context=await self._trust(),
            )
            try:
                await smtp.connect()
                if settings.user is not None and settings.password is not None:
                    step.name = "AUTH"
                    await smtp.login(settings.user, settings.password.get_secret_value())
                yield smtp
                await smtp.quit()
            finally:
                smtp.close()

    async def _trust(self) -> ssl.SSLContext | None:
        """Return the trusted authorities, read once and beside the loop."""
        if self.trust is None and self.settings.security != "plain":
            self.trust = await asyncio.to_thread(
                ssl.create_default_context, cafile=self.settings.ca_file
            )
        return self.trust
