"""Bootstrap: the one composition root. Everything is put together here and nowhere else."""

from gateway.bootstrap.foundation import Foundation, lay_foundation, ownership, validated
from gateway.bootstrap.running import Gateway, build_gateway

__all__ = [
    "Foundation",
    "Gateway",
    "build_gateway",
    "lay_foundation",
    "ownership",
    "validated",
]
