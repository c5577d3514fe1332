"""The part of the door that serves questionnaires, and the page of merges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.contract import Log
from gateway.identity.questionnaire.desk import Desk
from gateway.ingress.forms.merges import MergePart


@dataclass(frozen=True, slots=True)
class FormsPart:
    """All that the pages are built from. ``secret`` keys the digests of what browsers keep."""

    desks: Mapping[str, Desk]
    secret: bytes = field(repr=False)
    log: Log
    merges: MergePart | None = None
