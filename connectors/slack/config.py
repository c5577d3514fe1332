"""Settings of one Slack app; refused as a whole before anything is called."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,20}$")]
"""Users and channels are known by their ids; names change (reference, 5.1)."""

Command = Annotated[str, StringConstraints(pattern=r"^/[^\s/]{1,31}$")]
Shown = Literal["name", "phones", "emails", "cards"]


class SlackSettings(BaseModel):
    """One app in one workspace.

    Shape: messages go by the bot's ``token``, or by an incoming ``webhook`` whose channel is fixed
    there. ``signing_secret`` proves slash commands; it needs ``users`` or ``channels`` who may ask,
    and where both are written, both must fit. ``shows`` is what the answers show in clear.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(default="https://slack.com/api", pattern=r"^https?://[^?#\s]+$")
    token: SecretStr | None = None
    webhook: SecretStr | None = None
    signing_secret: SecretStr | None = None
    users: frozenset[SlackId] = frozenset()
    channels: frozenset[SlackId] = frozenset()
    customer_command: Command = "/customer"
    order_command: Command = "/order"
    shows: frozenset[Shown] = frozenset()
    language: Literal["ru", "en"] = "ru"

    @model_validator(mode="after")
    def _fits(self) -> SlackSettings:
        if self.token is not None and self.webhook is not None:
            msg = "write either `token` or `webhook`"
            raise ValueError(msg)
        if self.token is None and self.webhook is None and self.signing_secret is None:
            msg = "write `token` or `webhook` to send messages, `signing_secret` to be asked"
            raise ValueError(msg)
        if self.signing_secret is not None and not (self.users or self.channels):
            msg = "`signing_secret` needs `users` or `channels`: who may ask about customers"
            raise ValueError(msg)
        if self.customer_command == self.order_command:
            msg = "`customer_command` and `order_command` must differ"
            raise ValueError(msg)
        if self.webhook is not None and not _is_address(self.webhook.get_secret_value()):
            msg = "`webhook` must be an http or https address without a query"
            raise ValueError(msg)
        return self


def _is_address(text: str) -> bool:
    is_web = text.startswith(("https://", "http://"))
    return is_web and not any(one in text for one in "?# \t\r\n")
