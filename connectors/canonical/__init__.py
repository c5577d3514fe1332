"""Connector for systems that speak the gateway's own model: their messages carry whole records.

Taken in from a queue of theirs, or as calls to ``/hooks/{account}`` with a signature.
"""

from gateway.contract import ConnectorFactory

from .connector import CanonicalConnector, CanonicalSettings
from .manifest import MANIFEST

CONNECTOR = ConnectorFactory(
    manifest=MANIFEST, settings=CanonicalSettings, build=CanonicalConnector
)

__all__ = ["CONNECTOR"]
