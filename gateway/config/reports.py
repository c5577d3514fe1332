"""Section of reports: which day it is at a shop."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.config.loyalty import known_zone
from gateway.config.section import Section

Zone = Annotated[str, AfterValidator(known_zone)]


class ReportsSection(Section):
    """Time zones by which reports tell days and months apart.

    ``zone`` is that of all shops that are not named in ``zones`` and have no till of another zone.
    """

    zone: Zone = "Europe/Moscow"
    zones: dict[str, Zone] = Field(default_factory=dict)
