"""Proofs: good for whom they were made, for spending, for a time, and telling nothing."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import Caller, CodePurpose, MemberKey
from gateway.loyalty.proofs import Proofs
from gateway.loyalty.signed import SignedProofs
from tests.gateway.loyalty.guessing import KEY, SITE, TILL
from tests.store.rows import HeldClock

MEMBER = MemberKey(phone="+79161234567")


def proofs(clock: HeldClock | None = None, secret: bytes = KEY) -> Proofs:
    """Return a maker of proofs."""
    return SignedProofs(secret, clock or HeldClock(), 900.0)


def test_a_proof_holds_for_whom_it_was_made_until_it_expires() -> None:
    """Nobody could spend, or a proof of last year would."""
    clock = HeldClock()
    made = proofs(clock).make(TILL, MEMBER, CodePurpose.SPENDING)
    assert proofs(clock).holds(made, TILL, MEMBER)
    clock.move(899)
    assert proofs(clock).holds(made, TILL, MEMBER)
    clock.move(2)
    assert not proofs(clock).holds(made, TILL, MEMBER)


@pytest.mark.parametrize(
    ("caller", "member", "secret"),
    [
        pytest.param(SITE, MEMBER, KEY, id="another caller"),
        pytest.param(TILL, MemberKey(phone="+79160000000"), KEY, id="another phone"),
        pytest.param(TILL, MemberKey(external_id="+79161234567"), KEY, id="another sort of name"),
        pytest.param(TILL, MEMBER, KEY[::-1], id="another secret"),
    ],
)
def test_a_proof_holds_for_nobody_else(caller: Caller, member: MemberKey, secret: bytes) -> None:
    """One customer's code would spend another's points."""
    made = proofs().make(TILL, MEMBER, CodePurpose.SPENDING)
    assert not proofs(secret=secret).holds(made, caller, member)


@pytest.mark.parametrize("purpose", [one for one in CodePurpose if one != CodePurpose.SPENDING])
def test_a_proof_of_something_else_does_not_spend(purpose: CodePurpose) -> None:
    """Who logs in would spend without the customer's word, by renaming the proof."""
    made = proofs().make(TILL, MEMBER, purpose)
    assert not proofs().holds(made, TILL, MEMBER)
    assert not proofs().holds(made.replace(purpose, "spending", 1), TILL, MEMBER)


def test_a_proof_tells_nothing_of_the_person() -> None:
    """It travels through tills and logs."""
    made = proofs().make(TILL, MEMBER, CodePurpose.SPENDING)
    assert "9161234567" not in made
    assert TILL.name not in made
    _, expires, signature = made.split(".")
    assert expires.isdigit()
    assert len(base64.b16decode(signature.upper())) == 32


@given(
    text=st.text(max_size=40)
    | st.builds("{}.{}.{}".format, st.text(max_size=9), st.text(max_size=12), st.text(max_size=70))
)
def test_any_other_text_is_no_proof(text: str) -> None:
    """A till that sends rubbish would break the call, or spend."""
    assert not proofs().holds(text, TILL, MEMBER)


@given(place=st.integers(0, 200), put=st.characters(codec="ascii"))
def test_a_changed_proof_does_not_hold(place: int, put: str) -> None:
    """A till could prolong what a customer allowed."""
    made = proofs().make(TILL, MEMBER, CodePurpose.SPENDING)
    changed = made[: place % len(made)] + put + made[place % len(made) + 1 :]
    assert changed == made or not proofs().holds(changed, TILL, MEMBER)
