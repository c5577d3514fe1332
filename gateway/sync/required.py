"""Required: the contacts without which a customer is made nowhere (B5).

Who is known at an account already is told of all changes: to keep a withdrawn consent back because
an e-mail is missing would be worse than a record without one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.canonical.paths import Fields
from gateway.ports import INCOMPLETE, DeliveryRow, DeliveryState, Settlement
from gateway.sync.letters import letter_of
from gateway.sync.working_set import WorkingSet

REFUSED = "contact_required"
KEPT_BACK = frozenset({INCOMPLETE, REFUSED})
"""Causes of customers who were not told for want of a contact."""
_PATH_PARTS = 2


class Contact(StrEnum):
    """Contacts that may be required."""

    PHONE = "phone"
    EMAIL = "email"


_COLLECTIONS = {Contact.PHONE: "phones", Contact.EMAIL: "emails"}
_WORDS = {Contact.PHONE: "phone", Contact.EMAIL: "e-mail"}


@dataclass(frozen=True, slots=True)
class Required:
    """What an account requires of customers that are made there.

    ``refuses``: one who lacks something is refused; without it he is held until he is complete.
    """

    contacts: Collection[Contact] = ()
    refuses: bool = False

    def lacking(self, fields: Fields) -> list[Contact]:
        """Return what a customer lacks, in the order of ``Contact``."""
        there = {
            name
            for path, value in fields.items()
            if value is True and len(parts := path.split("/")) == _PATH_PARTS
            for name in parts[:1]
        }
        wanted = (one for one in Contact if one in self.contacts)
        return [one for one in wanted if _COLLECTIONS[one] not in there]


NOTHING = Required()


def incomplete(
    work: WorkingSet, row: DeliveryRow, required: Required, lacking: Sequence[Contact], letter: str
) -> Settlement:
    """Keep a customer back who lacks a contact; ``letter`` is the id of the letter about him.

    Nothing of him was sent. The row is looked at again when his snapshot changes, whoever changes
    it; what was told by then closes the letter.
    """
    end = _end(work, row, required, lacking)
    work.tell(
        (row.entity_id, row.kind), row.account, "delivery", "incomplete", row.correlation_id,
        cause=end.cause_code, lacks="_".join(lacking),
    )  # fmt: skip
    entity = work.entities[row.entity_id]
    kept = letter_of(letter, work.now, row, end, version=entity.version)
    work.tx.put_dead([replace(kept, request=entity.fields)])
    return end


def _end(
    work: WorkingSet, row: DeliveryRow, required: Required, lacking: Sequence[Contact]
) -> Settlement:
    what = " and no ".join(_WORDS[one] for one in lacking)
    paths = " ".join(f"--set {_COLLECTIONS[one]}/VALUE=true" for one in lacking)
    mend = f"or `gateway dead edit ID {paths}`."
    end = Settlement(
        entity_id=row.entity_id,
        account=row.account,
        state=DeliveryState.HELD,
        due_at=row.due_at,
        attempts=row.attempts,
        waits_for=row.entity_id,
        cause_code=INCOMPLETE,
        cause=f"The customer has no {what}, and this account requires it.",
        remedy=f"It goes by itself when any system tells it; {mend}",
        first_failed_at=row.first_failed_at or work.now,
        sent_version=row.sent_version,
    )
    if not required.refuses:
        return end
    remedy = f"Ask the person and correct the source, {mend}"
    return replace(end, state=DeliveryState.DEAD, waits_for=None, cause_code=REFUSED, remedy=remedy)
