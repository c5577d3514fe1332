"""Actions on letters and sales: replay, edit and drop, each written down with its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contract import Clock
from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.audit import deed
from gateway.ops.batches import Batches, Choice
from gateway.ops.edit import Edited, Editor
from gateway.ops.faults import Refused
from gateway.ops.letters import OF_ENTITIES, LetterView, get_letter, view_of
from gateway.ops.replay import Decision, Deed, Replayer
from gateway.ops.sales import SaleDesk
from gateway.ports import Store, Tx

AT_ONCE = 200
"""Letters of a batch that are decided before the answer; the upkeep goes on with the rest."""
CHOICE = ("account", "cause_code", "kind", "source")


@dataclass(frozen=True, slots=True)
class LetterActions:
    """Does what operators ask for.

    ``letter.replay`` and ``letter.drop`` take letters as subjects, or none and a choice as
    parameters (``account``, ``cause_code``, ``kind``, ``source``, ``as_of`` as ISO text,
    ``seen``); ``letter.drop`` a ``reason``, ``letter.edit`` the pairs ``set`` and the ``version``
    that was looked at.
    """

    replayer: Replayer
    editor: Editor
    batches: Batches
    sales: SaleDesk

    async def replay(self, who: str, action: Action) -> object:
        """Return what became of each letter, or the batch."""
        return await self._decide(who, action, Deed.REPLAY, "")

    async def drop(self, who: str, action: Action) -> object:
        """Return what became of each letter, or the batch. Raises ``Refused`` without a reason."""
        return await self._decide(who, action, Deed.DROP, reason_of(action))

    async def _decide(self, who: str, action: Action, what: Deed, reason: str) -> object:
        choice = choice_of(action.params)
        if not action.subjects:
            batch = await self.batches.begin(choice, Decision(what, who, reason))
            return await self.batches.work_off(batch.id, most=AT_ONCE)
        if what is Deed.DROP:
            return await self.replayer.drop(
                action.subjects, reason=reason, who=who, as_of=choice.as_of
            )
        return await self.replayer.replay(action.subjects, who=who, as_of=choice.as_of)

    async def edit(self, who: str, action: Action) -> Edited:
        """Return what was corrected and who is told."""
        settings = [str(one) for one in action.params.get("set", ())]
        version = action.params.get("version")
        return await self.editor.edit(
            subject_of(action), settings, who=who, version=None if version is None else int(version)
        )

    async def retry_sale(self, who: str, action: Action) -> object:
        """Return the sales, which are looked up and told again."""
        return tuple([await self.sales.retry(one, who=who) for one in action.subjects])

    async def drop_sale(self, who: str, action: Action) -> object:
        """Return the sales, which are given up. Raises ``Refused`` without a reason."""
        reason = reason_of(action)
        return tuple(
            [await self.sales.drop(one, who=who, reason=reason) for one in action.subjects]
        )


@dataclass(frozen=True, slots=True)
class Unmasked:
    """Shows one letter without the mask, and writes that down."""

    store: Store
    clock: Clock

    async def __call__(self, who: str, action: Action) -> LetterView:
        """Return the letter. Raises ``NotFound``."""
        letter_id = subject_of(action)

        def look(tx: Tx) -> LetterView:
            letter = get_letter(tx, letter_id)
            about = (letter.subject if letter.source in OF_ENTITIES else "", letter.kind)
            row = deed(
                self.clock.now(), about, event="unmasked", outcome="shown", who=who,
                letter=letter.id,
            )  # fmt: skip
            tx.write_journal([row])
            return view_of(tx, letter, unmask=True)

        return await self.store.run(look)


def executors(made: LetterActions) -> Mapping[ActionKind, Executor]:
    """Return the executors of this slice."""
    return {
        ActionKind.LETTER_REPLAY: made.replay,
        ActionKind.LETTER_EDIT: made.edit,
        ActionKind.LETTER_DROP: made.drop,
        ActionKind.SALE_RETRY: made.retry_sale,
        ActionKind.SALE_DROP: made.drop_sale,
    }


def choice_of(params: Mapping[str, Any]) -> Choice:
    """Read a choice. Raises ``Refused`` for a moment or a number that is none."""
    named = {name: str(params[name]) for name in CHOICE if params.get(name)}
    seen = params.get("seen")
    try:
        as_of = datetime.fromisoformat(str(params["as_of"])) if params.get("as_of") else None
        number = int(seen) if seen not in {None, ""} else None
    except ValueError:
        as_of, number = datetime.min, None  # noqa: DTZ901 - refused below
    if as_of is not None and as_of.tzinfo is None:
        msg = "as_of is a moment with its zone, seen a number: look at the list again"
        raise Refused(msg)
    return Choice(**named, as_of=as_of, seen=number)


def reason_of(action: Action) -> str:
    """Return why. Raises ``Refused`` when nothing is said."""
    reason = str(action.params.get("reason", "")).strip()
    if not reason:
        msg = "say why: the reason is kept with the letter"
        raise Refused(msg)
    return reason


def subject_of(action: Action) -> str:
    """Return the one subject. Raises ``Refused`` for another number of them."""
    if len(action.subjects) != 1:
        msg = "name one letter"
        raise Refused(msg)
    return action.subjects[0]
