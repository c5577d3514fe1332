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
