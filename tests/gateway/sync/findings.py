"""Findings: everything in which vendors, links and snapshots disagree, as sentences."""

from __future__ import annotations

from gateway.canonical import Canonical
from gateway.canonical.paths import MODELS, folded, known, spoken
from gateway.ports import LinkRow
from gateway.sync.merge import changes
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import World


def differences(world: World) -> list[str]:
    """Compare all records of both vendors with the snapshots behind them."""
    found: list[str] = []
    for name, vendor in world.vendors.items():
        links = world.links(name)
        entities = [link.entity_id for link in links.values()]
        if len(set(entities)) != len(entities):
            found.append(f"{name}: two records of one entity")
        found += [f"{name}: {one} is unknown" for one in vendor.records if one not in links]
        found += [
            f"{name}: {key} was created {times} times"
            for key, times in vendor.creations.items()
            if times > 1
        ]
        for external_id, link in links.items():
            found += _of_record(world, vendor, external_id, link)
    counts = {name: len(vendor.records) for name, vendor in world.vendors.items()}
    if len(set(counts.values())) > 1:
        found.append(f"different numbers of records: {counts}")
    return found


def _of_record(world: World, vendor: Vendor, external_id: str, link: LinkRow) -> list[str]:
    actual: Canonical = vendor.records[external_id].entity
    shown = spoken(actual)
    snapshot = world.entity(link.entity_id).fields
    model = MODELS[vendor.kind]
    wanted = spoken(vendor.held(folded(model, snapshot), folded(model, known(shown))))
    off = changes(wanted, known(shown), vendor.kind)
    believed = changes(shown, link.known, vendor.kind)
    return [
        f"{vendor.name}/{external_id}: {path} is {shown.get(path)}, shall be {off[path]}"
        for path in off
    ] + [
        f"{vendor.name}/{external_id}: {path} is {shown.get(path)}, believed {link.known.get(path)}"
        for path in believed
    ]
