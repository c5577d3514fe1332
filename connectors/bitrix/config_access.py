"""Settings of the way in by an OAuth application (reference 1.8)."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

ADDRESS = r"^https?://[^/\s?#@]+(?:/[^\s?#]*)?$"


class OAuthSettings(BaseModel):
    """An application that is installed on the portal.

    Shape: ``portal`` is the site's address without ``/rest``. ``refresh_token`` is the one of the
    installation, or ``code`` a fresh answer of ``/oauth/authorize/``, which lives for 30 s: they
    are needed at the first start and after a new installation only. ``store`` is a file of the
    gateway's own in which the rotating tokens are kept. ``handler`` is where the portal shall send
    its events, ``https://GATEWAY/hooks/ACCOUNT``; without one no events are bound.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    portal: str = Field(pattern=ADDRESS)
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    refresh_token: SecretStr | None = None
    code: SecretStr | None = None
    store: Path
    token_url: str = Field(default="https://oauth.bitrix.info/oauth/token/", pattern=ADDRESS)
    handler: str | None = Field(default=None, pattern=ADDRESS)

    @model_validator(mode="after")
    def _has_one_beginning(self) -> Self:
        if self.refresh_token is not None and self.code is not None:
            msg = "give refresh_token or code, not both"
            raise ValueError(msg)
        return self

    def beginning(self) -> tuple[str, str] | None:
        """Return what the first tokens are traded for: the grant's name and its secret."""
        if self.refresh_token is not None:
            return "refresh_token", self.refresh_token.get_secret_value()
        if self.code is not None:
            return "code", self.code.get_secret_value()
        return None
