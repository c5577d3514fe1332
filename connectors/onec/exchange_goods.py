"""Goods that a full load leaves out: 1C says so by ``deactivate``, after all files.

Source: vendor reference of Bitrix, sections 3.2 and 3.7.
"""

from __future__ import annotations

import asyncio

from gateway.canonical import Kind, Product
from gateway.contract import ExchangeDesk, Observed

from .exchange_book import Book
from .exchange_import import BATCH, hint_of

_LOADS = (("Каталог", False), ("ПакетПредложений", True))
"""Goods are listed in full by a catalogue, their variants by a package of offers."""


async def switch_off(desk: ExchangeDesk, since: int) -> int:
    """Switch off what a full load did not bring since then; return how many that were.

    Without a full load nothing is: silence says something only in a file that is complete. Raises
    ``StoreError`` when the store takes no work; a repeat goes on from there.
    """
    book = Book(desk.spool / "book.db")
    count = 0
    for package, variants in _LOADS:
        if not await asyncio.to_thread(book.was_loaded, package, since):
            continue
        while codes := await asyncio.to_thread(book.unseen, since, variants=variants, limit=BATCH):
            gone = [Observed(code, Product(code=code, active=False)) for code in codes]
            hints = [hint_of(Kind.PRODUCT, one, "deactivate") for one in gone]
            await desk.receive(hints, kind=Kind.PRODUCT)
            await asyncio.to_thread(book.note_off, codes)
            count += len(codes)
    return count
