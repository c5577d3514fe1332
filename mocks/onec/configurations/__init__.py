"""The configurations that the double can publish (reference, sections 1.12 and 6.6)."""

from __future__ import annotations

from dataclasses import replace

from mocks.onec.configurations.retail import RETAIL
from mocks.onec.configurations.trade import TRADE
from mocks.onec.schema import Configuration

_KNOWN = {"retail": RETAIL, "trade": TRADE}


def load(name: str) -> Configuration:
    """Return a configuration of its own by its name in the settings.

    Raises:
        KeyError: there is none.
    """
    known = _KNOWN[name]
    return replace(known, entities=dict(known.entities))
