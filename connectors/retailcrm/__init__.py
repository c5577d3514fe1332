"""RetailCRM (Simla.com): customers and orders over API v5, read from its history feeds.

The room follows the plan of all connectors: manifest, config, wire shapes, client, errors, pure
translators, reader, writers, connector. Sources and quirks stand in the README.
"""

from gateway.contract import ConnectorFactory

from .config import RetailCrmSettings
from .connector import build
from .manifest import MANIFEST

__all__ = ["CONNECTOR"]

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=RetailCrmSettings, build=build)
