"""A module that touches the machine as soon as it is imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gateway.contract import Connector, ConnectorContext

Path(os.devnull).write_text("loaded", encoding="utf-8")


def build(context: ConnectorContext[Any]) -> Connector:
    """Build a sound connector, if it ever comes to that."""
    from tests.gateway.testing.toy.connector import factory_of  # noqa: PLC0415 - a circle otherwise
    from tests.gateway.testing.toy.vendor import ToyVendor  # noqa: PLC0415 - the same

    return factory_of(ToyVendor(), "").build(context)
