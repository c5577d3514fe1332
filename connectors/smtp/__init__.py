"""Connector of a mail server: letters over SMTP."""

from gateway.contract import ConnectorFactory

from .config import SmtpSettings
from .connector import build
from .manifest import MANIFEST

CONNECTOR = ConnectorFactory(manifest=MANIFEST, settings=SmtpSettings, build=build)

__all__ = ["CONNECTOR"]
