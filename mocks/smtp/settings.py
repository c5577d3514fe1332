"""Settings of the double: its socket, its login and its encryption."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Literal

from mocks.serving import Certificate, listen


@dataclass(frozen=True)
class SmtpSettings:
    """One server. ``sock`` is where it listens for mail; the side door has a port of its own."""

    seed: int = 1
    user: str = "robot@shop.example"
    password: str = "smtp-double-password"
    security: Literal["plain", "starttls", "tls"] = "plain"
    certificate: Certificate | None = None
    is_login_needed: bool = True
    knows_utf8: bool = False
    sock: socket.socket = field(default_factory=listen, repr=False)
