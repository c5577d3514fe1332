"""Bootstrap: the one composition root. Everything is put together here and nowhere else."""

from gateway.bootstrap.foundation import Foundation, lay_foundation, ownership, validated
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.bootstrap.tills import Extras, callers_of, open_tills

__all__ = [
    "Extras",
    "Foundation",
    "Gateway",
    "build_gateway",
    "callers_of",
    "lay_foundation",
    "open_tills",
    "ownership",
    "validated",
]
