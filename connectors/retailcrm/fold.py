"""Fold: the records of a history page become the set of entities to read (pattern: aggregator).

History rows carry differences and snapshots that are poorer than what GET answers, so they only say
which entity changed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .wire import HistoryWire, StubWire

_NOISE = frozenset({"segments"})
_ALWAYS_HEARD = frozenset({"external_id"})
"""Told even when it is our own doing, so that the record is known to carry our key."""


@dataclass(slots=True)
class Folded:
    """What a page says.

    Shape: ``changed`` entity id → the newest foreign change's local time, ``None`` when there was
    none; ``gone`` entity id → (its stub, id of the survivor of a merge).
    """

    changed: dict[str, str | None] = field(default_factory=dict)
    gone: dict[str, tuple[StubWire, str | None, str | None]] = field(default_factory=dict)
    echoes: int = 0

    def see(self, entity_id: str, at: str | None) -> None:
        """Note a change; the newest time stays, because times do not follow ids."""
        times = [time for time in (self.changed.get(entity_id), at) if time]
        self.changed[entity_id] = max(times, default=None)


def fold(records: Iterable[HistoryWire], *, site: str) -> Folded:
    """Fold records in the order of their ids; other shops' entities are none of ours."""
    folded = Folded()
    for record in records:
        entity = record.entity
        if entity is None or entity.site not in (None, site):
            continue
        entity_id = str(entity.id)
        if record.deleted:
            survivor = str(record.combined_to.id) if record.combined_to else None
            folded.gone[entity_id] = (entity, survivor, record.created_at)
            folded.changed.pop(entity_id, None)
            if survivor is not None:
                folded.see(survivor, record.created_at)
        elif record.field in _NOISE or entity_id in folded.gone:
            continue
        elif not _is_own(record):
            folded.see(entity_id, record.created_at)
        elif record.field in _ALWAYS_HEARD:
            folded.see(entity_id, None)
        else:
            folded.echoes += 1
    return folded


def _is_own(record: HistoryWire) -> bool:
    return record.source == "api" and record.api_key is not None and record.api_key.current
