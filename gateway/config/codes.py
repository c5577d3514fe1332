"""Section of one-time codes: who sends them, what they say, and how often."""

from __future__ import annotations

from string import Formatter
from typing import Literal

from pydantic import Field, field_validator, model_validator

from gateway.config.loyalty import AccountName
from gateway.config.section import Section

CODE, SHOP, LINK = "code", "shop", "link"


class CodeSendsSection(Section):
    """How many codes go out: to one recipient, for one till, for one address, and in all."""

    recipient_hour: int = Field(default=5, ge=1)
    recipient_day: int = Field(default=10, ge=1)
    till_minute: int = Field(default=30, ge=1)
    address_hour: int = Field(default=30, ge=1)
    whole_minute: int = Field(default=300, ge=1)


class CodeTriesSection(Section):
    """How often codes are tried; beyond ``free`` failures each one doubles the wait. Units: s."""

    recipient_day: int = Field(default=15, ge=1)
    till_minute: int = Field(default=60, ge=1)
    address_hour: int = Field(default=60, ge=1)
    whole_minute: int = Field(default=600, ge=1)
    free: int = Field(default=3, ge=0)
    first_s: float = Field(default=2.0, gt=0)
    most_s: float = Field(default=900.0, gt=0)


class AlarmSection(Section):
    """When misses are called guessing: so many in so many seconds."""

    misses: int = Field(default=100, ge=1)
    per_s: float = Field(default=300.0, gt=0)


class CodesSection(Section):
    """One-time codes. Units: seconds, ``floor_ms`` milliseconds.

    ``mode``: ``vendor`` leaves them to the processor, where it has some; ``own`` makes and checks
    them here and sends them by the accounts ``sms`` and ``email``. In texts ``{code}`` and
    ``{shop}`` are replaced, and ``{link}`` in that of a merge. ``attempts`` are wrong tries that a
    code bears; ``proof_s`` is how long a confirmed code allows to spend; ``floor_ms``: tries are
    answered at whole multiples of it.
    """

    mode: Literal["vendor", "own"] = "vendor"
    sms: AccountName | None = None
    email: AccountName | None = None
    shop: str = Field(default="", max_length=60)
    text: str = "{code} — код подтверждения. {shop}"
    text_spending: str = "{code} — код для списания баллов. Сообщите его кассиру. {shop}"
    text_merge: str = "{code} — код, чтобы объединить ваши записи: {link} {shop}"
    subject: str = "Код подтверждения. {shop}"
    length: int = Field(default=6, ge=4, le=10)
    ttl_s: float = Field(default=300.0, gt=0)
    attempts: int = Field(default=3, ge=1, le=10)
    resend_after_s: float = Field(default=60.0, ge=0)
    proof_s: float = Field(default=900.0, gt=0)
    floor_ms: int = Field(default=40, ge=0, le=1000)
    sends: CodeSendsSection = CodeSendsSection()
    tries: CodeTriesSection = CodeTriesSection()
    alarm: AlarmSection = AlarmSection()

    @model_validator(mode="after")
    def _with_a_way(self) -> CodesSection:
        if self.mode == "own" and self.sms is None and self.email is None:
            msg = "mode: own codes need an account that sends them: set `sms` or `email`"
            raise ValueError(msg)
        return self

    @field_validator("text_merge")
    @classmethod
    def _with_link(cls, value: str) -> str:
        if not {CODE, LINK} <= _fields(value) <= {CODE, LINK, SHOP}:
            msg = "the text must contain {code} and {link}; besides these, {shop} is replaced"
            raise ValueError(msg)
        return value

    @field_validator("text", "text_spending")
    @classmethod
    def _with_code(cls, value: str) -> str:
        if CODE not in _fields(value):
            msg = "the text must contain {code}"
            raise ValueError(msg)
        return value

    @field_validator("text", "text_spending", "subject")
    @classmethod
    def _known_fields(cls, value: str) -> str:
        if not _fields(value) <= {CODE, SHOP}:
            msg = "only {code} and {shop} are replaced"
            raise ValueError(msg)
        return value


def _fields(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        msg = "braces must be {code} or {shop}"
        raise ValueError(msg) from None
