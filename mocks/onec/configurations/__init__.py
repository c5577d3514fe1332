"""The configurations that the double can publish (reference, sections 1.12 and 6.6)."""

from __future__ import annotations

from mocks.onec.configurations.retail import RETAIL
from mocks.onec.configurations.trade import TRADE
from mocks.onec.schema import Configuration

_KNOWN = {"retail": RETAIL, "trade": TRADE}


def load(name: str) -> Configuration:
    """Return a configuration by its name in the settings.

    Raises:
        KeyError: there is none.
    """
    return _KNOWN[name]
