"""Erasing: exports and erasures of persons, put together over a foundation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from gateway.bootstrap.foundation import Foundation
from gateway.contract import NoticeChannel, StoreError
from gateway.identity.erasing.service import MOST, Erasing
from gateway.identity.erasing.wipe import Wiper
from gateway.ids import sortable_id
from gateway.loyalty.codes import recipient_digest
from gateway.ops.people import PeopleDesk
from gateway.ops.person_export import Exporter
from gateway.ops.report_settling import forget
from gateway.ports import ErasureRow, Wake

LIST_FILE = "erased.jsonl"
"""In the data folder: which erasures there were, for the day when an older backup is restored."""
_PERIOD_S = 5.0


def build_erasing(foundation: Foundation, wake: Callable[[Sequence[Wake]], None]) -> Erasing:
    """Return the service that carries erasures out."""
    secret = foundation.sealer.derive("codes")

    def recipients(phones: Sequence[str], emails: Sequence[str]) -> list[str]:
        sms = [recipient_digest(secret, NoticeChannel.SMS, one) for one in phones]
        return [*sms, *(recipient_digest(secret, NoticeChannel.EMAIL, one) for one in emails)]

    wiper = Wiper(foundation.applier, forget, recipients, foundation.config.erasure.keep_days)
    return Erasing(foundation.store, foundation.clock, wiper, sortable_id, wake)


def build_people_desk(foundation: Foundation, wake: Callable[[Sequence[Wake]], None]) -> PeopleDesk:
    """Return the desk at which people are told and erased."""
    store, clock = foundation.store, foundation.clock
    exporter = Exporter(store, clock, foundation.applier)
    return PeopleDesk(store, clock, build_erasing(foundation, wake), exporter)


async def go_on_with_erasures(foundation: Foundation) -> None:
    """Go on with erasures until cancelled, and keep their list beside the database."""
    erasing = build_erasing(foundation, lambda _: None)
    path = foundation.config.data_dir / LIST_FILE
    while True:
        try:
            await erasing.work_off()
            rows = await foundation.store.read(lambda tx: tx.erasures(since=None, limit=MOST))
            await asyncio.to_thread(keep_list, path, rows)
        except (StoreError, OSError) as error:
            foundation.log.warning("erasures.postponed", cause=str(error))
        await asyncio.sleep(_PERIOD_S)


def keep_list(path: Path, rows: Sequence[ErasureRow]) -> bool:
    """Add erasures to the file that are not in it; what is in it stays, whatever is restored.

    Shape: a line of JSON each, with ids and the moment, and nothing of the person. Returns whether
    anything was added.
    """
    known = {one["id"] for one in read_list(path)}
    lines = [
        orjson.dumps({"id": row.id, "entity_id": row.entity_id, "asked_at": row.asked_at}) + b"\n"
        for row in rows
        if row.id not in known
    ]
    if not lines:
        return False
    with path.open("ab") as file:
        file.write(b"".join(lines))
        file.flush()
    return True


def read_list(path: Path) -> list[dict[str, str]]:
    """Read such a file, or what `gateway erase --list --json` prints.

    A line that was cut by a crash is left out, as it is written again.
    """
    if not path.exists():
        return []
    raw = path.read_bytes()
    whole = _parsed(raw)
    listed = whole.get("erasures") if isinstance(whole, dict) else None
    found = listed if isinstance(listed, list) else map(_parsed, raw.splitlines())
    return [one for one in found if isinstance(one, dict) and {"id", "entity_id"} <= one.keys()]


def _parsed(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
