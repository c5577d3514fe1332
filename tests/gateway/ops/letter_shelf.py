"""A shelf of letters for tests: rows as the core leaves them, without a gateway at work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.ops.backstage import Backstage
from gateway.ops.batches import Choice
from gateway.ops.letters import Letters
from gateway.ports import DeadLetter, DeliveryState, LetterFilter, Tx
from tests.store.rows import NOON, customer, due, letter, link

BAD = "BAD_NAME"


async def shelve(
    foundation: Foundation,
    numbers: Sequence[int],
    *,
    at: datetime = NOON,
    code: str = BAD,
    account: str = "crm",
    held: bool = False,
) -> list[DeadLetter]:
    """Store customers whose delivery an account refused, each with its letter."""
    rows = [
        letter(
            f"l{number:04}", subject=f"c-{number:04}", account=account, cause_code=code,
            first_at=at, last_at=at + timedelta(seconds=number), version=1, held=held,
            request={"name/first": "Алёна7"}, answer={"error": "Rejected"},
        )
        for number in numbers
    ]  # fmt: skip
    state = DeliveryState.HELD if held else DeliveryState.DEAD

    def work(tx: Tx) -> None:
        tx.put_entities(
            [customer(row.subject, fields={"name/first": "Алёна7"}, origins={}) for row in rows]
        )
        tx.put_links(
            [
                link(row.subject, account, external_id=None, known={}, version=None,
                     inflight=({"name/first": "Алёна7"},) if held else (), keyed=False)
                for row in rows
            ]
        )  # fmt: skip
        tx.mark_due([due(row.subject, account) for row in rows])
        for row in rows:
            tx.set_delivery(row.subject, account, state, due_at=at)
        tx.put_dead(rows)

    await foundation.store.run(work)
    return rows


async def fail_again(foundation: Foundation, row: DeadLetter, *, later_s: float) -> None:
    """Let an open letter's delivery be refused once more."""
    last_at = row.last_at + timedelta(seconds=later_s)
    again = letter(
        f"{row.id}-again", subject=row.subject, account=row.account, cause_code=row.cause_code,
        last_at=last_at, version=1,
    )  # fmt: skip
    await foundation.store.run(lambda tx: tx.put_dead([again]))


def stage_of(foundation: Foundation) -> Backstage:
    """Return the operators' services, as a process that was just started has them."""
    return build_backstage(foundation)


async def looked_at(stage: Backstage, *, code: str = BAD, account: str = "crm") -> Choice:
    """Look at a group and return it as a choice, as a page's form holds it."""
    found = await stage.letters.groups()
    (group,) = [one for one in found.groups if (one.account, one.cause_code) == (account, code)]
    return Choice(account, code, as_of=group.last_at, seen=group.letters)


async def state_of(foundation: Foundation, entity_id: str, account: str = "crm") -> DeliveryState:
    """Return the state of a delivery."""
    found = await foundation.store.read(lambda tx: tx.deliveries_of([entity_id]))
    (state,) = [row.state for row in found[entity_id] if row.account == account]
    return state


async def decisions_about(foundation: Foundation, entity_id: str) -> int:
    """Return how many decisions about letters of an entity stand in its story."""
    story = await foundation.store.read(lambda tx: tx.story(entity_id, limit=100))
    return sum((row.event, row.account) == ("letter", "operator") for row in story)


async def open_ids(letters: Letters) -> set[str]:
    """Return the ids of all open letters."""
    page = await letters.page(LetterFilter())
    return {one.id for one in page.letters}
