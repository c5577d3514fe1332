"""The error tree: every leaf has one next step, and none of them tells what it must not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    ContractViolated,
    Deferred,
    Disposition,
    GatewayError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    StaleWrite,
    TranslationFailed,
    Unavailable,
    Unsupported,
    WebhookRefused,
    disposition,
)

WANTED = {
    RateLimited: Disposition.RETRY,
    Unavailable: Disposition.RETRY,
    StaleWrite: Disposition.RETRY,
    OutcomeUnknown: Disposition.RECONCILE,
    Deferred: Disposition.RECONCILE,
    AuthRejected: Disposition.PARK,
    ContractViolated: Disposition.PARK,
    TranslationFailed: Disposition.DEAD_LETTER,
    Rejected: Disposition.DEAD_LETTER,
    Missing: Disposition.DEAD_LETTER,
    Unsupported: Disposition.DEAD_LETTER,
}


def leaves(root: type[GatewayError]) -> Iterator[type[GatewayError]]:
    """Yield the contract's classes below ``root`` that have no class below them."""
    below = [c for c in root.__subclasses__() if c.__module__ == "gateway.contract.errors"]
    if not below:
        yield root
    for child in below:
        yield from leaves(child)


LEAVES = sorted(leaves(GatewayError), key=lambda kind: kind.__name__)


def made(kind: type[ConnectorError]) -> ConnectorError:
    """Make an error of a class with harmless arguments."""
    if issubclass(kind, TranslationFailed):
        return kind("has no number", path="phones[0].number")
    return kind("the vendor said no")


def test_every_leaf_says_what_to_do_next() -> None:
    """A new class without a place in this table would be dead-lettered without anyone deciding."""
    # One that has a finer class below it is raised by itself too.
    assert {*leaves(ConnectorError), OutcomeUnknown} == set(WANTED)
    assert {kind: disposition(made(kind)) for kind in WANTED} == WANTED


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("y"), WebhookRefused("wrong token")])
def test_an_unknown_error_is_never_retried_for_ever(error: Exception) -> None:
    """A bug of ours would hammer the vendor until somebody looks."""
    assert disposition(error) is Disposition.DEAD_LETTER


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_names_a_remedy(kind: type[GatewayError]) -> None:
    """An operator at night would read what happened and not what to do."""
    assert kind.remedy.endswith(".")


def test_data_travel_in_attributes() -> None:
    """Callers would have to read prose to learn how long to wait."""
    error = RateLimited(
        "not now", operation="crm.add", vendor_code="QLE", http_status=503, retry_after_s=2.5
    )
    assert (error.operation, error.vendor_code, error.http_status, error.retry_after_s) == (
        "crm.add",
        "QLE",
        503,
        2.5,
    )
    assert error.blame is Blame.VENDOR
    assert Rejected("no", blame=Blame.OPERATOR).blame is Blame.OPERATOR
    assert Rejected("no").blame is Blame.PAYLOAD


def test_a_translation_error_names_the_field() -> None:
    """A dead letter without a path leaves a person to compare the whole record."""
    error = TranslationFailed("has no number", path="phones[0].number", operation="crm.add")
    assert (str(error), error.path) == ("phones[0].number: has no number", "phones[0].number")
