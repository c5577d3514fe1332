"""Till part: the doors of tills and sites over the running service."""

from __future__ import annotations

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.tills import Tills
from gateway.config import PosSection
from gateway.ids import sortable_id
from gateway.ingress.pos.callers import Callers
from gateway.ingress.pos.part import TillPart


def till_part(foundation: Foundation, tills: Tills) -> TillPart:
    """Return the part of the door. Raises ``ConfigInvalid`` where two callers have one key."""
    pos = foundation.config.pos or PosSection()
    return TillPart(
        service=tills.service,
        callers=Callers(pos.callers, log=foundation.log),
        clock=foundation.clock,
        log=foundation.log,
        new_id=sortable_id,
        future_s=pos.future_s,
        cards=tills.extras.cards,
    )
