"""Section of who is who: how merges of persons are confirmed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.config.section import Section


class MergeSection(Section):
    """Merges of persons. Units: seconds.

    ``confirm``: the ways by which the person confirms, both by default; none to ask nobody.
    ``confirm_s``: how long he may take.
    """

    confirm: tuple[Literal["sms", "email"], ...] = ("sms", "email")
    confirm_s: float = Field(default=259_200.0, gt=0)


class ErasureSection(Section):
    """Erasures of persons. Units: days.

    ``keep_days``: how long an order stays as a receipt, without the person, from the day on which
    it was placed. The default is the five years of the Tax Code's article 23, and some more: the
    law on accounting counts five years from the end of the year.
    """

    keep_days: int = Field(default=2_192, ge=0)
