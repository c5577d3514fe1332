"""Decisions: who is one person, who is not, and of whom somebody must be asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import IdentitySection
from gateway.identity.matching import Decider, Decision, Held, Names, Outcome, Profile, Proof
from gateway.identity.matching.evidence import Hands, at_odds, hands_of
from gateway.identity.matching.profile import NEVER
from gateway.identity.matching.texts import CODES, RULES
from tests.gateway.identity.people import NOON, person

SAME, REVIEW, DIFFERENT = Outcome.SAME, Outcome.REVIEW, Outcome.DIFFERENT


def decided(one: Profile, other: Profile, section: IdentitySection | None = None) -> Decision:
    """Decide about two who alone hold what they hold."""
    crowd = {key: hands_of([one, other]) for key in one.held if key in other.held}
    return Decider(section or IdentitySection()).decide(one, other, crowd)


ANNA, ANNA_WHOLE = "Иванова Анна", "Иванова Анна Петровна"
CASES: dict[str, tuple[Profile, Profile, Outcome, str]] = {
    "confirmed phone of both": (
        person("a", phone_1=1), person("b", phone_1=2), SAME, "confirmed_phone",
    ),
    "confirmed e-mail of both": (
        person("a", email_1=1, who=ANNA), person("b", email_1=2), SAME, "confirmed_email",
    ),
    "a card is shown": (
        person("a", "card:1"), person("b", "card:1", who=ANNA), SAME, "card",
    ),
    "typed phone and the same name": (
        person("a", "phone:1", who=ANNA), person("b", "phone:1", who=ANNA_WHOLE), SAME, "score",
    ),
    "typed phone, nothing else": (
        person("a", "phone:1", who=ANNA), person("b", "phone:1"), REVIEW, "score",
    ),
    "a household's phone": (
        person("a", "phone:1", who=ANNA, born="1980-01-02"),
        person("b", "phone:1", who="Иванов Пётр", born="1978-05-06"), DIFFERENT, "score",
    ),
    "a household's phone, confirmed by both": (
        person("a", phone_1=1, who=ANNA), person("b", phone_1=2, who="Иванов Пётр"),
        DIFFERENT, "confirmed_phone",
    ),
    "father and son": (
        person("a", phone_1=1, who="Иванов Иван", born="1960-01-02"),
        person("b", phone_1=2, who="Иванов Иван", born="1990-05-06"), REVIEW, "confirmed_phone",
    ),
    "two confirmed phones, one e-mail and name": (
        person("a", "email:1", phone_1=1, who=ANNA), person("b", "email:1", phone_2=1, who=ANNA),
        REVIEW, "proved_apart",
    ),
    "a shared e-mail of two": (
        person("a", "email:1", phone_1=1, who=ANNA),
        person("b", "email:1", phone_2=1, who="Иванов Пётр"), DIFFERENT, "score",
    ),
    "namesakes born on one day": (
        person("a", "phone:1", who=ANNA, born="1980-01-02"),
        person("b", "phone:2", who=ANNA, born="1980-01-02"), REVIEW, "score",
    ),
    "strangers": (person("a", "phone:1", who=ANNA), person("b", "phone:2"), DIFFERENT, "score"),
    "an alias of one mailbox": (
        person("a", "mailbox:1", "email:1", who=ANNA),
        person("b", "mailbox:1", "email:2", who="Анна"), REVIEW, "score",
    ),
    "name and birth date contradict over a card": (
        person("a", "card:1", who=ANNA), person("b", "card:1", who="Иванов Пётр"),
        DIFFERENT, "card",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_decided_as_a_careful_shop_would(case: str) -> None:
    """Strangers would spend each other's points, or one person have three accounts."""
    one, other, outcome, rule = CASES[case]
    decision = decided(one, other)
    assert (decision.outcome, decision.rule) == (outcome, rule)
    assert decision == decided(other, one)


def test_the_newest_confirmation_ends_the_older_line() -> None:
    """A number that was given to somebody else would open the first one's account for ever."""
    old, new = person("a", phone_1=1, who=ANNA), person("b", phone_1=400, who="Орлов Пётр")
    decision = decided(old, new)
    assert decision.outcome is DIFFERENT
    assert decision.expires == (("a", "phone:1"),)


def test_an_expired_line_proves_nothing() -> None:
    """The former owner of a number would be glued to the next."""
    lost = Held("phone", Proof.WORD, "till", confirmed_at=NOON, expired="confirmed_by_another")
    old = Profile("a", {"phone:1": lost}, Names("иванова", "анна"))
    decision = decided(old, person("b", "phone:1", who=ANNA))
    assert decision.outcome is DIFFERENT
    assert [one.code for one in decision.against] == ["expired"]


def test_a_cashiers_phone_proves_nothing() -> None:
    """All customers of one till would be one person."""
    one, other = person("a", "phone:1", who=ANNA), person("b", "phone:1", who=ANNA)
    decision = Decider(IdentitySection()).decide(one, other, {"phone:1": Hands(7, at_odds=True)})
    assert decision.outcome is DIFFERENT
    assert [(one.code, one.args["holders"]) for one in decision.against] == [("crowded", 7)]


def test_a_doubtful_identifier_supports_and_decides_nothing() -> None:
    """Neighbours at one fixed line with one given name would be one person."""
    lines = {"phone:1": Held("phone", Proof.WORD, confirmed_at=NOON, doubtful=True)}
    one, other = Profile("a", lines, Names("", "анна")), Profile("b", lines, Names("", "анна"))
    assert decided(one, other).outcome is REVIEW


def test_rules_and_thresholds_move_by_configuration() -> None:
    """A shop that wants to be asked more, or less, could not say so."""
    one, other = person("a", phone_1=1, who=ANNA), person("b", phone_1=2, who=ANNA)
    assert decided(one, other, IdentitySection(rules=("card",))).outcome is DIFFERENT
    strict = IdentitySection(rules=("score",), certain=100, possible=5)
    assert decided(one, other, strict).outcome is REVIEW


def test_findings_hold_no_value_of_anybody() -> None:
    """The list of reviews would show phones to whoever may open it."""
    one = person("a", "phone:+79161112233", who=ANNA, born="1980-01-02")
    other = person("b", "phone:+79161112233", who=ANNA, born="1980-01-02")
    decision = decided(one, other)
    shown = [(one.code, dict(one.args)) for one in (*decision.supports, *decision.against)]
    assert "9161112233" not in repr(shown)
    assert "иванова" not in repr(decision).lower()


NAMES = st.sampled_from([
    Names(), Names("иванов", "иван"), Names("иванова", "анна"), Names("", "анна"),
    Names("петрова", "анна", "петровна"), Names("анна", "иванова"), Names("иванова", "а"),
])  # fmt: skip


@st.composite
def profiles(draw: st.DrawFn, name: str) -> Profile:
    """Make a profile of few values, so that two often share some."""
    keys = draw(st.sets(st.sampled_from(["phone:1", "phone:2", "email:1", "card:1", "mailbox:1"])))
    held: dict[str, Any] = {}
    for key in keys:
        proof = draw(st.sampled_from(Proof))
        at = NOON.replace(day=draw(st.integers(1, 5))) if proof else NEVER
        held[key] = Held(key.partition(":")[0], proof, "site", confirmed_at=at)
    born = draw(st.sampled_from(["", "1980-01-02", "1999-09-09"]))
    return Profile(name, held, draw(NAMES), born)


@given(one=profiles("a"), other=profiles("b"))
def test_whatever_is_known_nobody_is_glued_against_the_three_bans(
    one: Profile, other: Profile
) -> None:
    """Two people would be made one who share nothing, proved two phones, or differ openly."""
    decision = decided(one, other)
    assert decision == decided(other, one)
    assert decision.rule in RULES
    assert {found.code for found in (*decision.supports, *decision.against)} <= CODES
    shared = [key for key in one.held if key in other.held]
    phones = one.confirmed("phone"), other.confirmed("phone")
    if decision.outcome is SAME:
        assert shared
        assert not (phones[0] and phones[1] and phones[0].isdisjoint(phones[1]))
        assert not (at_odds(one, other) and one.born != other.born and one.born and other.born)
        assert decision.supports
