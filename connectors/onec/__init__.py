"""1C:Enterprise: partners, cards, products, orders and receipts of a back office or of tills.

1C speaks in several ways, and an account has those that its settings name: OData, HTTP services,
SOAP, and the exchange of files in which 1C itself is the caller. Sources and quirks stand in the
README.
"""

from gateway.contract import ConnectorFactory

from .config import OneCSettings
from .connector import build
from .manifest import MANIFEST

__all__ = ["CONNECTOR"]

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=OneCSettings, build=build)
