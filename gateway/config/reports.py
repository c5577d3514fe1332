"""Section of reports: which day it is at a shop."""

from __future__ import annotations

from pydantic import Field

from gateway.config.loyalty import ZoneName
from gateway.config.section import Section


class ReportsSection(Section):
    """Time zones by which reports tell days and months apart.

    ``zone`` is that of all shops that are not named in ``zones`` and have no till of another zone.
    """

    zone: ZoneName = "Europe/Moscow"
    zones: dict[str, ZoneName] = Field(default_factory=dict)
