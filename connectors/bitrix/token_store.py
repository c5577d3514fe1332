"""Token store: the rotating tokens of an application in a file that only the gateway reads.

Each refresh kills the refresh token before it (reference 1.8), so the newest one must outlive the
process. It is written to a new file that takes the old one's place, and several processes of one
account take turns by a lock beside it: two refreshes at once would leave one of them a dead token.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gateway.contract import ConfigInvalid

_OWN = 0o600


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What an application calls with. ``seed`` is a digest of what the first pair came from."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seed: str = ""


def seed_of(beginning: tuple[str, str] | None) -> str:
    """Return the digest of a configured beginning; a new installation has another one."""
    if beginning is None:
        return ""
    return hashlib.sha256("\0".join(beginning).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TokenStore:
    """One account's file."""

    path: Path

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the account's lock among processes. Raises ``ConfigInvalid`` for a bad place."""
        waiting = asyncio.ensure_future(asyncio.to_thread(self._locked))
        try:
            handle = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # The thread goes on waiting; a lock that nobody holds any more must not stay.
            waiting.add_done_callback(_released)
            raise
        except OSError as error:
            raise self._unusable() from error
        try:
            yield
        finally:
            os.close(handle)

    async def load(self) -> TokenPair | None:
        """Return the stored pair; ``None`` when there is none or it cannot be read."""
        try:
            text = await asyncio.to_thread(self.path.read_text, "utf-8")
            found = json.loads(text)
            return TokenPair(str(found["access"]), str(found["refresh"]), str(found["seed"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unusable() from error

    async def save(self, pair: TokenPair) -> None:
        """Put a pair in the place of the old one, whole or not at all."""
        try:
            await asyncio.to_thread(self._write, json.dumps(asdict(pair)))
        except OSError as error:
            raise self._unusable() from error

    def _locked(self) -> int:
        handle = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, _OWN)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            os.close(handle)
            raise
        return handle

    def _write(self, text: str) -> None:
        fresh = f"{self.path}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN)
        try:
            os.fchmod(handle, _OWN)
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        Path(fresh).replace(self.path)

    def _unusable(self) -> ConfigInvalid:
        msg = (
            "oauth.store: the file of tokens cannot be read or written: give the gateway a folder "
            "of its own, or remove a broken file and set a new refresh_token"
        )
        return ConfigInvalid(msg)


def _released(waited: asyncio.Future[int]) -> None:
    if not waited.cancelled() and waited.exception() is None:
        os.close(waited.result())
