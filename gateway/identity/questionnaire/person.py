"""Person: which customer of ours the confirmed contacts belong to.

Who is found at a system is whom we know by that record. Somebody whom no system knows may still be
known here, by the phone, else by the e-mail; but only one without a record at these systems: with
one, he would have been found there if the contact were still his.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.canonical import Kind
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
    work: WorkingSet, sought: Sequence[Sought], accounts: Sequence[str], digests: Sequence[str]
) -> Person:
    """Return whose answers these are. ``digests`` of phone and e-mail, the stronger first."""
    linked: set[str] = set()
    for one in sought:
        if one.record is not None:
            external_id = one.record.external_id
            link = work.tx.links(one.account, Kind.CUSTOMER, [external_id]).get(external_id)
            if link is not None:
                linked.add(link.entity_id)
    now = survivors(work.tx, linked)
    people = {now.get(entity_id, entity_id) for entity_id in linked}
    work.load(sorted(people))
    if len(people) > 1:
        return Person(several=tuple(sorted(people)))
    if people:
        return Person(people.pop(), "record")
    return _known(work, accounts, digests)


def _known(work: WorkingSet, accounts: Sequence[str], digests: Sequence[str]) -> Person:
    matched = work.tx.match(digests)
    work.load([entity_id for ids in matched.values() for entity_id in ids])
    for digest in digests:
        free = sorted(one for one in matched.get(digest, ()) if _is_free(work, one, accounts))
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
