"""Connector for online shops on 1C-Bitrix: Site Management, and for portals of Bitrix24.

Orders and prices go through the shop's own REST or through the file exchange of 1C, customers,
cards and points through the site extension (``gateway.*``), because the product has no REST for its
users. The way in is an inbound webhook or an OAuth application; events come through an outgoing
webhook, a subscription, or straight from the extension. Customers of a portal are its contacts.
"""

from gateway.contract import ConnectorFactory

from .config import BitrixSettings
from .connector import BitrixConnector
from .manifest import MANIFEST

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=BitrixSettings, build=BitrixConnector)

__all__ = ["CONNECTOR"]
