"""Marks: which capabilities a check needs, and the cases that a connector's manifest gives it.

A check without a case does not exist for a connector: it is not generated, so that nothing is
reported as skipped that could never run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.canonical import Kind
from gateway.contract import Capability, Manifest
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_MERGE,
    CUSTOMER_NOTE,
    PROMO_ISSUE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)

F = TypeVar("F", bound=Callable[..., Any])

READERS = {
    Capability.CUSTOMER_READER: Kind.CUSTOMER,
    Capability.CARD_READER: Kind.CARD,
    Capability.PRODUCT_READER: Kind.PRODUCT,
    Capability.ORDER_READER: Kind.ORDER,
}
WRITERS = {
    Capability.CUSTOMER_WRITER: Kind.CUSTOMER,
    Capability.CARD_WRITER: Kind.CARD,
    Capability.PRODUCT_WRITER: Kind.PRODUCT,
    Capability.ORDER_WRITER: Kind.ORDER,
}
OPERATIONS = {
    Capability.BONUS_POSTING: BONUS_POST,
    Capability.RECEIPTS: RECEIPT_REGISTER,
    Capability.PROMO_POOL: PROMO_ISSUE,
    Capability.PROMO_UPLOAD: PROMO_UPLOAD,
    Capability.BEHAVIOUR: BEHAVIOUR_TRACK,
    Capability.CUSTOMER_MERGE: CUSTOMER_MERGE,
    Capability.CUSTOMER_NOTES: CUSTOMER_NOTE,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What a check is run with: ``parameter`` takes each of the cases of a manifest."""

    parameter: str
    cases: Callable[[Manifest], Sequence[str]]


def kinds_read(manifest: Manifest) -> list[Kind]:
    """Return the kinds that the manifest declares a reader of."""
    return [kind for one, kind in READERS.items() if one in manifest.capabilities]


def kinds_written(manifest: Manifest) -> list[Kind]:
    """Return the kinds that the manifest declares a writer of."""
    return [kind for one, kind in WRITERS.items() if one in manifest.capabilities]


def operations_of(manifest: Manifest) -> list[str]:
    """Return the names of the operations that the manifest declares."""
    return [name for one, name in OPERATIONS.items() if one in manifest.capabilities]


def errands_of(manifest: Manifest) -> list[str]:
    """Return a typical exchange per capability that calls the vendor: see ``errands``."""
    found = [f"read {kind}" for kind in kinds_read(manifest)]
    found += [f"write {kind}" for kind in kinds_written(manifest)]
    found += [f"perform {name}" for name in operations_of(manifest)]
    found += ["quote a sale"] if Capability.LOYALTY in manifest.capabilities else []
    found += ["send a code"] if Capability.ONE_TIME_CODES in manifest.capabilities else []
    return found


def _marked(parameter: str, cases: Callable[[Manifest], Sequence[str]]) -> Callable[[F], F]:
    def mark(check: F) -> F:
        check.conformance = Mark(parameter, cases)  # type: ignore[attr-defined]
        return check

    return mark


per_reader = _marked("kind", kinds_read)
per_writer = _marked("kind", kinds_written)
per_probe = _marked(
    "kind", lambda manifest: [one for one in kinds_written(manifest) if one in manifest.probes]
)
per_given_key = _marked(
    "kind",
    lambda manifest: [one for one in kinds_written(manifest) if one in manifest.assigns_keys],
)
per_writer_and_reader = _marked(
    "kind",
    lambda manifest: [one for one in kinds_written(manifest) if one in kinds_read(manifest)],
)
per_operation = _marked("operation", operations_of)
per_errand = _marked("errand", errands_of)


def needs(capability: Capability) -> Callable[[F], F]:
    """Mark a check that runs once, if the capability is declared."""
    return _marked("", lambda manifest: ["once"] if capability in manifest.capabilities else [])


def mark_of(check: object) -> Mark | None:
    """Return a check's mark; one without runs for every connector."""
    mark = getattr(check, "conformance", None)
    return mark if isinstance(mark, Mark) else None
