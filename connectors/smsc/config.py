"""Settings of one SMSC.ru account; refused as a whole before anything is called."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

MOST_AT_ONCE = 14
"""Fifteen and more requests at once under one login are refused with code 9 (reference, 1.2)."""


class SmscSettings(BaseModel):
    """One account.

    Shape: ``login`` with ``password``, or ``api_key`` with or without ``login``. ``sender`` is an
    approved name; without it the account's default is used. ``test``: every message is priced and
    none is sent. Units: ``cost_limit`` and ``balance_floor`` in the account's currency;
    ``life_h`` hours in which the operator tries to deliver.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(default="https://smsc.ru/sys", pattern=r"^https?://[^?#\s]+$")
    login: str = ""
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    sender: str | None = Field(default=None, min_length=1, max_length=15)
    parts: int = Field(default=3, ge=1, le=20)
    cost_limit: Decimal | None = Field(default=None, gt=0)
    balance_floor: Decimal = Field(default=Decimal(0), ge=0)
    life_h: int = Field(default=24, ge=1, le=24)
    at_once: int = Field(default=10, ge=1, le=MOST_AT_ONCE)
    test: bool = False

    @model_validator(mode="after")
    def _one_way_in(self) -> SmscSettings:
        if (self.password is None) == (self.api_key is None):
            msg = "write either `login` with `password`, or `api_key`"
            raise ValueError(msg)
        if self.password is not None and not self.login:
            msg = "`password` needs `login`"
            raise ValueError(msg)
        return self
