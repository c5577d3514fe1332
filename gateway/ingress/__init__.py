"""HTTP door: what the outside calls. What it takes in is in the inbox before it answers."""

from gateway.ingress.app import build_http
from gateway.ingress.door import Door

__all__ = ["Door", "build_http"]
