"""Journal actions: looking behind the mask, which is written down with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.audit import deed
from gateway.ops.entity_view import EntityView
from gateway.ops.faults import Refused
from gateway.ops.journal import Journal
from gateway.ops.letters import OF_ENTITIES, Letters, LetterView, get_letter
from gateway.ports import Tx

_SHORTEST_REASON = 3


def executors(journal: Journal, letters: Letters) -> Mapping[ActionKind, Executor]:
    """Return what does the actions of this slice.

    ``unmask`` has one subject, an entity's or a letter's id, and a ``reason``; its result is the
    ``EntityView`` or ``LetterView``. Raises ``Refused`` without a reason, and ``NotFound``.
    """

    async def unmask(who: str, action: Action) -> EntityView | LetterView:
        reason = str(action.params.get("reason", "")).strip()
        if len(reason) < _SHORTEST_REASON:
            msg = "say why you look behind the mask: it is written down"
            raise Refused(msg)
        if len(action.subjects) != 1:
            msg = "look behind the mask of one record at a time"
            raise Refused(msg)
        (subject,) = action.subjects
        if subject[1:2] == "-":
            return await journal.unmasked(subject, who=who, reason=reason)
        return await _letter(journal, letters, subject, who=who, reason=reason)

    return {ActionKind.UNMASK: unmask}


async def _letter(
    journal: Journal, letters: Letters, letter_id: str, *, who: str, reason: str
) -> LetterView:
    """Return a letter with its personal data; who looked is written down first."""

    def note(tx: Tx) -> None:
        letter = get_letter(tx, letter_id)
        about = letter.subject if letter.source in OF_ENTITIES else ""
        told = deed(
            journal.clock.now(), (about, letter.kind), event="unmasked", outcome="shown", who=who,
            letter=letter.id, reason=reason,
        )  # fmt: skip
        tx.write_journal([told])

    await journal.store.run(note)
    return await letters.show(letter_id, unmask=True)
