"""Settings of one mail account; refused as a whole before anything is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

Address = Annotated[str, StringConstraints(pattern=r"^[^@\s<>\"]+@[A-Za-z0-9.-]+$")]
"""An address in a header of ours; what cannot stand there as it is is refused."""

PORTS = {"tls": 465, "starttls": 587, "plain": 25}


class SmtpSettings(BaseModel):
    """One account.

    Shape: ``security`` is ``starttls`` (demanded, never "if offered"), ``tls`` from the first byte,
    or ``plain``; ``port`` follows it unless set. ``user`` goes with ``password``. ``ca_file`` are
    authorities (PEM) to trust instead of the system's. ``unsubscribe`` is an https or mailto
    address for ``List-Unsubscribe``. Units: ``timeout_s`` for one letter, all in all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(min_length=1, pattern=r"^\S+$")
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "plain"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Address
    sender_name: str = Field(default="", pattern=r"^[^\r\n]*$")
    reply_to: Address | None = None
    unsubscribe: str | None = Field(default=None, pattern=r"^(https://|mailto:)[^\s<>]+$")
    ca_file: Path | None = None
    at_once: int = Field(default=4, ge=1, le=50)
    timeout_s: float = Field(default=20.0, gt=0)

    @model_validator(mode="after")
    def _whole_credentials(self) -> SmtpSettings:
        if (self.user is None) != (self.password is None):
            msg = "`user` and `password` go together"
            raise ValueError(msg)
        if self.user is not None and self.security == "plain" and not self.is_local:
            msg = "a password goes over `starttls` or `tls` only, but for a server on this machine"
            raise ValueError(msg)
        return self

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

    @property
    def real_port(self) -> int:
        """The port that is set, or the usual one of the way."""
        return self.port if self.port is not None else PORTS[self.security]

    @property
    def domain(self) -> str:
        """The sender's domain: it greets the server and makes ids unique."""
        return self.sender.rpartition("@")[2]
