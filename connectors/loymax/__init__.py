"""Loymax: members, cards, points and purchases over the System, Public and Processing APIs.

Two versions of the paths live side by side, by a setting; a shadow run compares them. The room
follows the plan of all connectors; sources and quirks stand in the README.
"""

from gateway.contract import ConnectorFactory

from .config import LoymaxSettings
from .connector import build
from .manifest import MANIFEST

__all__ = ["CONNECTOR"]

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=LoymaxSettings, build=build)
