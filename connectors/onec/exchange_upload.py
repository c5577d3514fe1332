"""Uploading: pieces of files come in, and archives are opened, all within limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.contract import TranslationFailed

from .config_exchange import Exchange
from .exchange_spool import Upload, is_kept, safe_name

_AT_ONCE = 2**20


class Kept(NamedTuple):
    """What became of a piece.

    Shape: ``name`` is the safe name of the file, ``None`` for one that is of no use (a picture);
    ``is_last`` tells that the file is whole as far as can be seen.
    """

    is_kept: bool
    name: str | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Uploading:
    """Takes files in for one session."""

    settings: Exchange
    upload: Upload

    async def keep(self, asked: str, body: AsyncIterator[bytes]) -> Kept:
        """Append a piece. A piece that does not come whole leaves nothing of itself."""
        name = safe_name(asked)
        if name is None:
            return Kept(is_kept=False)
        if not is_kept(name):
            async for _ in body:
                pass
            return Kept(is_kept=True)
        before = await asyncio.to_thread(self.upload.size, name)
        try:
            came = await self._append(name, body, before)
        except OSError:
            came = None
        except BaseException:
            await asyncio.to_thread(self.upload.cut, name, before)
            raise
        if came is None:
            await asyncio.to_thread(self.upload.cut, name, before)
            return Kept(is_kept=False)
        is_last = came < self.settings.file_limit
        if not is_last:
            is_last = await asyncio.to_thread(self.upload.ends_well, name)
        return Kept(is_kept=True, name=name, is_last=is_last)

    async def unpack(self) -> bool | None:
        """Unpack one archive: whether that went well, ``None`` when there is none to unpack."""
        archives = await asyncio.to_thread(self.upload.archives)
        if not archives:
            return None
        try:
            await asyncio.to_thread(self.upload.unpack, archives[0], self.settings.zip_limits)
        except (TranslationFailed, OSError):
            return False
        return True

    async def found(self, asked: str) -> str | None:
        """Return the safe name of a file that can be imported, ``None`` for none."""
        name = safe_name(asked)
        if name is None or not name.lower().endswith(".xml"):
            return None
        path = await asyncio.to_thread(self.upload.find, name)
        return name if path is not None else None

    async def _append(self, name: str, body: AsyncIterator[bytes], before: int) -> int | None:
        """Append and return the size of the piece; ``None`` when the file grows too large."""
        size = 0
        waiting = bytearray()
        async for part in body:
            size += len(part)
            if before + size > self.settings.most_bytes:
                return None
            waiting += part
            if len(waiting) >= _AT_ONCE:
                await asyncio.to_thread(self.upload.append, name, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(self.upload.append, name, bytes(waiting))
        return size
