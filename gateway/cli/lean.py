"""Lean: what a process that serves or works does without, because it lives for months.

Without a terminal it loads nothing to draw on one: httpx brings a command line program and
structlog colours, both made of ``rich``, and both load them wherever ``rich`` is installed, which
it is for our own operators. They are written to go without it. A process that serves or works would
pay for it at each start and keep some 5 MiB of it.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_DRAWING = ("rich", "httpx._main")
_ARENA_MAX = -8
"""``M_ARENA_MAX`` of glibc's ``mallopt``."""


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


def share_memory() -> None:
    """Let all threads share one arena of glibc's; called before they are started.

    By default each thread keeps an arena of its own, with what it has freed. Ours wait for each
    other's results anyway (3 MiB less under load, at the same speed).
    """
    _glibc("mallopt", _ARENA_MAX, 1)


def settle_memory() -> None:
    """Take what the start has made out of garbage collection: it lives as long as the process.

    Later collections look at the work's own objects only, so they are cheap and come in time. What
    the start has freed goes back to the system.
    """
    gc.collect()
    gc.freeze()
    _glibc("malloc_trim", 0)


def _glibc(name: str, *numbers: int) -> None:
    """Call a function that only glibc has; elsewhere do nothing."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return
    function(*map(ctypes.c_int, numbers))
