"""Connector for online shops on 1C-Bitrix: Site Management.

Orders go through the shop's own REST (``sale.*``), customers through the site extension
(``gateway.*``), because the product has no REST for its users. Both are reached through one inbound
webhook; events come through an outgoing one or straight from the extension.
"""

from gateway.contract import ConnectorFactory

from .config import BitrixSettings
from .connector import BitrixConnector
from .manifest import MANIFEST

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=BitrixSettings, build=BitrixConnector)

__all__ = ["CONNECTOR"]
