"""Connector of Slack: messages into channels, and the support desk's questions."""

from gateway.contract import ConnectorFactory

from .config import SlackSettings
from .connector import build
from .manifest import MANIFEST

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=SlackSettings, build=build)

__all__ = ["CONNECTOR"]
