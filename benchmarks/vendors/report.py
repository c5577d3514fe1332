"""Report: the table, and what it judges."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.vendors.phases import Done
from benchmarks.vendors.vendors import Vendor
from gateway.contract import RateLimit

TARGET = 0.95
HEADINGS = (
    "vendor", "work", "records", "calls", "refused", "limit", "used", "records/s",
    "records/call", "bulk calls",
)  # fmt: skip
Row = tuple[Vendor, Done]


def row(vendor: Vendor, done: Done) -> list[str]:
    """Return the cells of one phase."""
    of = "" if done.is_whole else f" of {done.wanted}"
    failed = "".join(f", {count} {name}" for name, count in sorted(done.failed.items()))
    bulk = sorted(one for one in done.operations if vendor.bulk & {one, f"{done.phase} {one}"})
    return [
        vendor.name,
        done.phase,
        f"{done.records}{of}{failed}",
        str(done.calls),
        str(done.refused),
        _limit(vendor),
        _used(vendor, done),
        f"{done.records / done.seconds:.0f}" if done.seconds else "-",
        f"{done.records / done.calls:.2f}" if done.calls else "-",
        ", ".join(f"{one} {done.operations[one]}" for one in bulk) or "none",
    ]


def is_kept(rows: Sequence[Row]) -> bool:
    """Tell whether no vendor refused anything."""
    return all(done.refused == 0 for _, done in rows)


def _limit(vendor: Vendor) -> str:
    if vendor.sessions:
        return f"{vendor.sessions} sessions"
    if vendor.limit is None:
        return "none"
    each = " each operation" if vendor.by_operation else ""
    return f"{_rate(vendor.limit)}{each}"


def _rate(limit: RateLimit) -> str:
    return f"{limit.calls} in {limit.per_s:g} s"


def _used(vendor: Vendor, done: Done) -> str:
    share = "-" if done.share is None else f"{done.share:.1%}"
    return f"{share}, {done.peak} at once" if vendor.sessions else share
