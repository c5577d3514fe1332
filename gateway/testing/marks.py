"""Marks: which capabilities a check needs, and the cases that a connector's manifest gives it.

A check without a case does not exist for a connector: it is not generated, so that nothing is
reported as skipped that could never run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.contract import Capability, Manifest
from gateway.contract.parts import kinds_read, kinds_written, operations_of

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Mark:
    """What a check is run with: ``parameter`` takes each of the cases of a manifest."""

    parameter: str
    cases: Callable[[Manifest], Sequence[str]]


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
