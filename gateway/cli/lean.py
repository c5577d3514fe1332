"""Lean: a process without a terminal loads nothing to draw on one.

httpx brings a command line program and structlog colours, both made of ``rich``, and both load them
wherever ``rich`` is installed, which it is for our own operators. They are written to go without
it. A process that serves or works would pay for it at each start and keep some 5 MiB of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_DRAWING = ("rich", "httpx._main")


@contextmanager
def undrawn() -> Iterator[None]:
    """Import within this as if nothing to draw with were installed; what is loaded stays."""
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in _DRAWING if name not in modules]
    modules.update(dict.fromkeys(hidden))  # None makes an import of it fail
    try:
        yield
    finally:
        for name in hidden:
            modules.pop(name, None)
