"""Batch uploads: rows are saved one by one, so some may stand while others fail (reference, 20)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mocks.retailcrm.account import Kept, Shelf
from mocks.retailcrm.call import UPLOAD_ROWS, Answer, Call
from mocks.retailcrm.refusals import Errors, Refused, input_errors, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T", bound=Kept)


@dataclass
class Loaded(Generic[T]):
    """What became of a batch: saved entities, the locators of failed rows, and why they failed."""

    saved: list[T] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[Errors | str] = field(default_factory=list)

    @property
    def uploaded(self) -> list[dict[str, Any]]:
        """Return the saved rows as the answer lists them; without externalId an id only."""
        return [
            {"id": one.id}
            if one.external_id is None
            else {"id": one.id, "externalId": one.external_id}
            for one in self.saved
        ]

    @property
    def key(self) -> str:
        """Return the saved rows' names for the journal."""
        return ",".join(str(one.external_id or one.id) for one in self.saved)


def load_rows(
    call: Call,
    name: str,
    *,
    shelf: Shelf[T],
    taken: Callable[[str], str],
    create: Callable[[Any, str], T],
) -> Loaded[T]:
    """Create every row that the account takes; a known externalId fails or, by a switch, vanishes.

    Raises:
        Refused: no rows, or more than 50; nothing is saved then.
    """
    rows, site = call.structure(name, list), call.writing_site()
    if not rows:
        raise missing(parameter=name)
    if len(rows) > UPLOAD_ROWS and call.account.settings.upload_too_many == "400":
        raise input_errors({name: f"No more than {UPLOAD_ROWS} rows are allowed."})
    loaded: Loaded[T] = Loaded()
    for row in rows:
        external_id = row.get("externalId") if isinstance(row, dict) else None
        if external_id is not None and shelf.external(str(external_id), [site]):
            if call.account.settings.upload_repeat == "460":
                loaded.failed.append({"externalId": str(external_id)})
                loaded.reasons.append(taken(str(external_id)))
            continue
        try:
            loaded.saved.append(create(row, site))
        except Refused as refusal:
            loaded.failed.append({} if external_id is None else {"externalId": str(external_id)})
            loaded.reasons.append(refusal.errors or str(refusal))
    return loaded


def answered(call: Call, loaded: Loaded[T], body: Mapping[str, Any], *, status: int) -> Answer:
    """Answer a batch without failures; one that saved nothing has its own code by a switch."""
    if loaded.saved:
        return call.created(body, key=loaded.key, status=status)
    code = 201 if call.account.settings.upload_repeat == "201_empty" else 200
    return Answer({"success": True, **body}, code, effect="unchanged")
