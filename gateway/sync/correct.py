"""Correct: an operator's own change of a snapshot, followed like any other change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from gateway.canonical.paths import MODELS, folded, known
from gateway.contract import Clock, GatewayError
from gateway.ports import Tx, Wake
from gateway.sync.apply import Applier
from gateway.sync.merge import overlaid
from gateway.sync.working_set import WorkingSet

OPERATOR = "operator"


class CorrectionRefused(GatewayError):
    """A correction that cannot be made; the text names the field and the remedy, not the value."""


@dataclass(frozen=True, slots=True)
class Corrector:
    """Sets fields of a snapshot; the change wins over all earlier ones by its time."""

    applier: Applier
    clock: Clock

    def correct(
        self, tx: Tx, entity_id: str, values: Mapping[str, Any], *, who: str, correlation_id: str
    ) -> list[Wake]:
        """Set ``values`` (path → JSON value, ``None`` removes); return wake-ups of what became due.

        Raises ``CorrectionRefused`` for an unknown entity or path, or a value that does not fit.
        """
        work = WorkingSet(tx, self.clock.now(), announces=self.applier.announces)
        work.load([entity_id])
        entity = work.entities.get(entity_id)
        if entity is None:
            msg = f"no entity {entity_id}: search for it with `gateway journal show`"
            raise CorrectionRefused(msg)
        fields = overlaid(entity.fields, dict(values), entity.kind)
        try:
            folded(MODELS[entity.kind], known(fields))
        except ValidationError as error:
            where = sorted({"/".join(map(str, one["loc"])) for one in error.errors()})
            msg = (
                f"{', '.join(where)}: the value does not fit this field, or there is no such field"
            )
            raise CorrectionRefused(msg) from None
        origin = (OPERATOR, work.now.isoformat())
        fresh = replace(
            entity,
            fields=known(fields),
            origins={**entity.origins, **dict.fromkeys(values, origin)},
            version=entity.version + 1,
            changed_at=work.now,
        )
        work.put_entity(fresh)
        work.tell(
            (entity_id, entity.kind), OPERATOR, "corrected", "merged", correlation_id,
            who=who, fields=sorted({path.split("/")[0] for path in values}),
        )  # fmt: skip
        for account in self.applier.accounts.values():
            if self.applier.owes(fresh, work.links.get((entity_id, account.name)), account):
                work.due(entity_id, entity.kind, account.name, correlation_id)
        return work.flush(self.applier.digester)
