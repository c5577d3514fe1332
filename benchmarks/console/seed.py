"""``python -m benchmarks.console.seed FOLDER``: a store as a busy shop has it after a month.

The rows go through the store's own port, in batches. The same seed gives the same rows, counted
back from now. In the folder stand the configuration and, without ``--store``, the SQLite file.

Exit status: 0, 2 when the store holds something already or cannot be filled like that.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.engine import make_url

from benchmarks.console.happenings import LONGEST, Happenings
from benchmarks.console.pages import Landmarks
from benchmarks.console.place import Place, furnish
from benchmarks.console.shop import Shop
from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.config import load
from gateway.contract import GatewayError
from gateway.ops.tally import LATE, LEASE, minute_of
from gateway.ops.tally import Progress as Counted
from gateway.ports import DeliveryRow, LinkRow, Settlement, Tx
from gateway.store import upgrade
from gateway.sync.lookup import Digester

T = TypeVar("T")
BATCH = 5_000
SEED = 6
PAIRS = 500
LETTER = 1
"""Number of the letter that is looked at."""
_HOLDER = "benchmark"
_TABLES = "select tablename from pg_tables where schemaname = current_schema()"
_REFUSED = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a store holds.

    Shape: at most five letters for each entity; ``days`` of figures, at most three by the minute.
    """

    journal: int
    letters: int
    entities: int
    days: int = 7


FULL = Sizes(journal=1_000_000, letters=50_000, entities=20_000)
NEARLY_EMPTY = Sizes(journal=100, letters=10, entities=10, days=0)
"""Not quite empty, so that each page has something to show."""


Tell = Callable[[str, int, int], None]
"""Told what is being filled in, how many rows are there, and how many there will be."""


@contextmanager
def telling() -> Iterator[Tell]:
    """Show progress: bars on a terminal, in a pipe a line for each tenth."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=screen) as progress:
        known = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = progress.add_task(what, total=total)
            progress.update(known[what], completed=done)

        yield tell


def _lines() -> Tell:
    told: dict[str, int] = {}

    def tell(what: str, done: int, total: int) -> None:
        tenth = 10 * done // max(1, total)
        if tenth > told.get(what, 0):
            told[what] = tenth
            sys.stderr.write(f"{what}: {done} of {total}\n")

    return tell


async def fill(foundation: Foundation, sizes: Sizes, tell: Tell, *, seed: int = SEED) -> Shop:
    """Fill an empty store; return what it tells of.

    Raises ``ValueError`` for sizes that do not fit together, and ``StoreError``.
    """
    shop = Shop.of(sizes.entities, now=foundation.clock.now(), seed=seed)
    happened = Happenings(shop, seed)
    filling = _Filling(foundation, tell)
    await filling.entities(shop, foundation.applier.digester)
    await filling.letters(happened, sizes.letters)
    await filling.others(happened, sizes)
    story = happened.journal(sizes.journal)
    await filling.each("journal", story, sizes.journal, lambda tx, rows: tx.write_journal(rows))
    await filling.reports()
    return shop


@dataclass(frozen=True, slots=True)
class _Filling:
    foundation: Foundation
    tell: Tell

    async def each(
        self, what: str, rows: Iterable[T], total: int, put: Callable[[Tx, list[T]], object]
    ) -> None:
        """Put rows in batches, one transaction each."""
        left, done = iter(rows), 0
        while batch := list(islice(left, BATCH)):
            await self.foundation.store.run(lambda tx, batch=batch: put(tx, batch))  # type: ignore[misc]  # bound now
            done += len(batch)
            self.tell(what, done, total)

    async def entities(self, shop: Shop, digester: Digester) -> None:
        """Put snapshots with their links and look-up keys."""

        def put(tx: Tx, numbers: list[int]) -> None:
            rows = list(shop.rows(range(numbers[0], numbers[-1] + 1)))
            links: list[LinkRow] = []
            for number, row in zip(numbers, rows, strict=True):
                links += shop.links(row, number)
            tx.put_entities(rows)
            tx.put_links(links)
            tx.put_matches({row.id: digester.of_entity(row.kind, row.fields) for row in rows})

        await self.each("entities", range(shop.entities), shop.entities, put)

    async def letters(self, happened: Happenings, count: int) -> None:
        """Put letters and the deliveries that they are about."""

        def put(tx: Tx, numbers: list[int]) -> None:
            rows = list(happened.letters(range(numbers[0], numbers[-1] + 1)))
            self._end(tx, *happened.failed(rows))
            tx.put_dead(rows)

        await self.each("letters", range(count), count, put)

    async def others(self, happened: Happenings, sizes: Sizes) -> None:
        """Put what waits, the questions of who is who, and the figures of the charts."""
        store, now = self.foundation.store, happened.shop.now
        waiting = happened.waiting(range(sizes.entities // 10))
        await store.run(lambda tx: self._end(tx, *waiting))
        pairs = list(happened.pairs(PAIRS))
        await store.run(lambda tx: tx.put_pairs(pairs))
        figures = list(happened.figures(sizes.days))
        await self.each("figures", figures, len(figures), lambda tx, rows: tx.add_tally(rows))
        minute = minute_of(now)
        counted = Counted(minute, minute - LATE, minute, now).cursor
        await store.run(lambda tx: tx.move_checkpoint("", LEASE, old=None, new=counted, now=now))

    async def reports(self) -> None:
        """Let the facts be made that reports are summed up from, as the running gateway does."""
        builder = build_backstage(self.foundation).reports.builder
        await replace(builder, rest_share=0.0, batch=BATCH).catch_up()
        await builder.release()

    def _end(self, tx: Tx, rows: Sequence[DeliveryRow], ends: Sequence[Settlement]) -> None:
        """Let deliveries begin, and end as they shall."""
        until = self.foundation.clock.now() + timedelta(minutes=1)
        tx.start(rows, holder=_HOLDER, until=until)
        tx.settle(ends, holder=_HOLDER)


async def filled(place: Place, sizes: Sizes, tell: Tell, *, seed: int = SEED) -> Shop:
    """Fill the store of a place; see ``fill``."""
    config = load(place.config)
    upgrade(config.store_url())
    with (place.folder / "fill.log").open("a", encoding="utf-8") as log:
        foundation = await lay_foundation(config, exclusive=False, log_to=log)
        try:
            if await foundation.store.read(lambda tx: tx.journal_head()):
                msg = "this store holds something already: take an empty folder, or another --store"
                raise ValueError(msg)
            shop = await fill(foundation, sizes, tell, seed=seed)
        finally:
            await foundation.close()
    _count_rows(config.store_url())
    _landmarks(Happenings(shop, seed)).write(place)
    return shop


def _count_rows(url: str) -> None:
    """Let PostgreSQL count, as it does by itself where autovacuum is on; SQLite never does."""
    location = make_url(url)
    if location.get_backend_name() != "postgresql":
        return
    plain = location.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for (table,) in connection.execute(_TABLES).fetchall():
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(table)))


def _landmarks(happened: Happenings) -> Landmarks:
    phone = happened.shop.phone(LONGEST)
    (letter,) = happened.letters(range(LETTER, LETTER + 1))
    wrong = f"{(int(phone[-1]) + 1) % 10}"
    return Landmarks(
        happened.shop.id(LONGEST), letter.id, phone, f"{phone[:-1]}{wrong}", letter.account,
        letter.cause_code,
    )  # fmt: skip


def sized(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how much a store holds."""
    parser.add_argument("--journal", type=int, default=FULL.journal, help="sentences")
    parser.add_argument("--letters", type=int, default=FULL.letters, help="open dead letters")
    parser.add_argument("--entities", type=int, default=FULL.entities, help="customers and orders")
    parser.add_argument("--days", type=int, default=FULL.days, help="of figures")
    parser.add_argument("--seed", type=int, default=SEED)


def main(argv: Sequence[str] | None = None) -> int:
    """Fill and tell how long it took; see the module for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console.seed")
    parser.add_argument("folder", type=Path, help="for the configuration and the SQLite file")
    parser.add_argument("--store", default="", help="URL of a PostgreSQL database instead")
    sized(parser)
    asked = parser.parse_args(argv)
    sizes = Sizes(asked.journal, asked.letters, asked.entities, asked.days)
    began = datetime.now(UTC)
    try:
        place = furnish(asked.folder, asked.store)
        with telling() as tell:
            asyncio.run(filled(place, sizes, tell, seed=asked.seed))
    except (ValueError, GatewayError) as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    seconds = (datetime.now(UTC) - began).total_seconds()
    sys.stdout.write(f"{sizes} in {seconds:.0f} s, in {asked.folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
