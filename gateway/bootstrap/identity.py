"""Identity: the parts of matching, built from the foundation."""

from __future__ import annotations

from gateway.bootstrap.foundation import Foundation
from gateway.identity.matching import Decider
from gateway.identity.matching.graph import Graph
from gateway.identity.matching.record import Recorder
from gateway.identity.matching.scan import Scan


def identity_scan(foundation: Foundation, *, holder: str) -> Scan:
    """Build the scan; ``holder`` names this process."""
    section = foundation.config.identity
    return Scan(
        store=foundation.store,
        graph=Graph(foundation.applier.digester, section),
        decider=Decider(section),
        recorder=Recorder(foundation.clock),
        clock=foundation.clock,
        holder=holder,
    )
