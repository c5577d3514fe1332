"""Section of card checks: what a number looks like, how often one may ask, and what is told."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from gateway.config.codes import AlarmSection
from gateway.config.section import Section


class MaskSection(Section):
    """A form of numbers: a regular expression of the whole number, and its check digit."""

    pattern: str = Field(min_length=1, max_length=200)
    check: Literal["none", "ean", "luhn"] = "none"

    @field_validator("pattern")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error:
            msg = "pattern: no regular expression"
            raise ValueError(msg) from None
        return value


class CardLimitsSection(Section):
    """How often numbers are tried; beyond ``free`` misses each one doubles the wait. Units: s."""

    client_minute: int = Field(default=10, ge=1)
    client_hour: int = Field(default=60, ge=1)
    session_minute: int = Field(default=6, ge=1)
    session_hour: int = Field(default=30, ge=1)
    caller_minute: int = Field(default=300, ge=1)
    whole_minute: int = Field(default=600, ge=1)
    free: int = Field(default=4, ge=0)
    first_s: float = Field(default=1.0, gt=0)
    most_s: float = Field(default=900.0, gt=0)


class CardsSection(Section):
    """Card checks. Units: milliseconds.

    ``masks``: a number that fits none of them does not exist; none means any number. ``floor_ms``:
    answers are given at whole multiples of it, so that their time tells nothing. ``tell_blocked``,
    ``tell_issued`` and ``tell_used``: cards that are blocked, not activated yet, or somebody's
    already exist too; without it they are answered as one that does not.
    """

    masks: tuple[MaskSection, ...] = (
        MaskSection(pattern=r"\d{13}", check="ean"),
        MaskSection(pattern=r"\d{8}", check="ean"),
        MaskSection(pattern=r"\d{16}", check="luhn"),
    )
    tell_blocked: bool = False
    tell_issued: bool = False
    tell_used: bool = True
    floor_ms: int = Field(default=40, ge=0, le=1000)
    limits: CardLimitsSection = CardLimitsSection()
    alarm: AlarmSection = AlarmSection()
