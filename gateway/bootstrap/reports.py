"""Reports: facts of the shared foundation, by the zones of the configuration."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gateway.bootstrap.foundation import Foundation
from gateway.config import Config
from gateway.ids import sortable_id
from gateway.loyalty.stories import Stories
from gateway.ops.report_build import BATCH, BULK, REST_SHARE, Builder
from gateway.ops.report_facts import Zones
from gateway.ops.report_reading import Reader
from gateway.ops.reports import Reports


def zones_of(config: Config) -> Zones:
    """Return the zones of shops: the section's own, then those of their tills."""
    callers = config.pos.callers if config.pos is not None else {}
    named = {
        one.shop: one.zone for _, one in sorted(callers.items(), reverse=True) if one.shop
    } | config.reports.zones
    common = config.reports.zone
    shops = {shop: ZoneInfo(zone) for shop, zone in named.items() if zone != common}
    return Zones(ZoneInfo(common), shops)


def build_builder(foundation: Foundation, holder: str, *, hurries: bool = False) -> Builder:
    """Return what keeps the facts; it runs only when it is told to.

    ``hurries``: somebody waits for its end, so that it takes no rests.
    """
    digester = foundation.applier.digester
    reader = Reader(digester, Stories(digester), zones_of(foundation.config))
    rest_share, batch = (0.0, BULK) if hurries else (REST_SHARE, BATCH)
    return Builder(
        foundation.store, reader, foundation.clock, foundation.log, holder, rest_share, batch
    )


def build_reports(foundation: Foundation) -> Reports:
    """Return what tells reports."""
    builder = build_builder(foundation, sortable_id())
    return Reports(foundation.store, foundation.clock, builder, builder.reader.zones)
