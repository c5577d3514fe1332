"""Connector of SMSC.ru: short messages over its HTTP API."""

from gateway.contract import ConnectorFactory

from .config import SmscSettings
from .connector import build
from .manifest import MANIFEST

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=SmscSettings, build=build)

__all__ = ["CONNECTOR"]
