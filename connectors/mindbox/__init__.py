"""Mindbox: customers, orders and loyalty over the operations API v3.

The names of operations, ids, statuses and fields are a project's own, so they are all settings. The
room follows the plan of all connectors; sources and quirks stand in the README.
"""

from gateway.contract import ConnectorFactory

from .config import MindboxSettings
from .connector import build
from .manifest import MANIFEST

__all__ = ["CONNECTOR"]

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=MindboxSettings, build=build)
