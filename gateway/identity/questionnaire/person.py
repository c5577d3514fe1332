"""Person: which customer of ours the confirmed contacts belong to.

Who is found at a system is whom we know by that record, the best one there before a second one.
Somebody whom no system knows may still be known here, by the phone, else by the e-mail; but only
one without a record at these systems: with one, he would have been found there if the contact were
still his. Nor is it somebody else altogether (``kin``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Observed
from gateway.identity.questionnaire.kin import Kin
from gateway.identity.questionnaire.seek import Sought
from gateway.sync.absorbed import survivors
from gateway.sync.working_set import WorkingSet


@dataclass(frozen=True, slots=True)
class Person:
    """Shape: ``entity_id`` empty for somebody new; ``several`` customers of ours cannot be one."""

    entity_id: str = ""
    how: str = "new"
    several: tuple[str, ...] = ()


def person_of(
    work: WorkingSet, sought: Sequence[Sought], kin: Kin, digests: Sequence[str]
) -> Person:
    """Return whose answers these are. ``digests`` of phone and e-mail, the stronger first."""
    people = _linked(work, [(one.account, one.records[:1]) for one in sought])
    people = people or _linked(work, [(one.account, one.seconds) for one in sought])
    if len(people) > 1:
        return Person(several=tuple(sorted(people)))
    person = Person(people.pop(), "record") if people else _known(work, sought, kin, digests)
    if not person.entity_id:
        return person
    others = kin.others(work, person.entity_id, sought, digests)
    return replace(person, several=(person.entity_id, *others)) if others else person


def _linked(work: WorkingSet, found: Sequence[tuple[str, Sequence[Observed[Any]]]]) -> set[str]:
    """Return the customers of ours whose records these are."""
    linked: set[str] = set()
    for account, records in found:
        ids = [record.external_id for record in records]
        linked |= {one.entity_id for one in work.tx.links(account, Kind.CUSTOMER, ids).values()}
    now = survivors(work.tx, linked)
    people = {now.get(entity_id, entity_id) for entity_id in linked}
    work.load(sorted(people))
    return people


def _known(work: WorkingSet, sought: Sequence[Sought], kin: Kin, digests: Sequence[str]) -> Person:
    accounts = [one.account for one in sought]
    matched = work.tx.match(digests)
    work.load([entity_id for ids in matched.values() for entity_id in ids])
    for digest in digests:
        free = sorted(
            one
            for one in matched.get(digest, ())
            if _is_free(work, one, accounts) and not kin.is_stranger(work.entities[one].fields)
        )
        both = [one for one in free if all(one in matched.get(other, ()) for other in digests)]
        if free:
            # Ids sort by their making: of several the oldest, who has the longest history.
            return Person((both or free)[0], digest.partition(":")[0])
    return Person()


def _is_free(work: WorkingSet, entity_id: str, accounts: Sequence[str]) -> bool:
    entity = work.entities.get(entity_id)
    if entity is None or entity.kind is not Kind.CUSTOMER or entity.deleted:
        return False
    links = (work.links.get((entity_id, account)) for account in accounts)
    return all(link is None or link.external_id is None for link in links)
