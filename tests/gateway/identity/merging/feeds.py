"""Feeds: what becomes of a vendor's words about customers, where its merges are followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Observed
from gateway.identity.merging.vendors import FOLLOW, VendorMerges
from gateway.sync.absorbed import survivors
from gateway.sync.incoming import Incoming
from tests.gateway.identity.merging.people import CRM, People
from tests.gateway.sync.stepping import at_once


def followed(*words: Iterable[Observed[Any]]) -> Mapping[str, str]:
    """Take words in, batch by batch; return who each of the vendor's records is then."""
    people = People()
    world = people.world
    for batch in words:
        items = [Incoming(CRM, Kind.CUSTOMER, one, None, "feed") for one in batch]
        world.store.now(partial(world.applier.apply, incoming=items))
        looking = VendorMerges(
            world.store, people.clock, world.applier, people.merging(), FOLLOW, lambda _: None
        )
        at_once(looking.work_off())
        at_once(people.merging().work_off())
    ids = sorted({one.external_id for batch in words for one in batch})
    links = world.store.now(lambda tx: tx.links(CRM, Kind.CUSTOMER, ids))
    owners = {one: link.entity_id for one, link in links.items()}
    now = world.store.now(lambda tx: survivors(tx, owners.values()))
    return {one: now.get(entity_id, entity_id) for one, entity_id in owners.items()}
