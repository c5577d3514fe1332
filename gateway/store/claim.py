"""Claim on a data file: one gateway process at a time.

The operating system frees it however the process ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from gateway.contract import StoreError

REMEDY = "stop that one, or use PostgreSQL for several processes"


class FileClaim:
    """An exclusive claim on a database file, held by a lock on ``<file>.lock``."""

    def __init__(self, database: Path, *, remedy: str = REMEDY) -> None:
        """Take the claim; raises ``StoreError`` with the remedy while another process has it."""
        path = database.with_name(f"{database.name}.lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            msg = f"{database.name}: another gateway process works on this file; {remedy}"
            raise StoreError(msg) from None

    def release(self) -> None:
        """Give the claim up; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
