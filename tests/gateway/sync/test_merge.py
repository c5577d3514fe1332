"""Merge: what each rule takes, refuses and leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gateway.canonical import Kind
from gateway.canonical.paths import Fields
from gateway.sync.merge import DISPUTED, Merged, Origins, Source, merge
from gateway.sync.ownership import Ownership, Rule, RuleKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PHONE, OTHER_PHONE = "phones/+79161234567", "phones/+79031112233"


def at(minutes: int) -> datetime:
    """Noon and some minutes."""
    return NOON + timedelta(minutes=minutes)


def origin(account: str, minutes: int) -> tuple[str, str]:
    """The origin of a value."""
    return account, at(minutes).isoformat()


@dataclass(frozen=True)
class Case:
    """An observation of the shop, and what is known before it."""

    observed: Fields
    known: Fields = field(default_factory=dict)
    snapshot: Fields = field(default_factory=dict)
    origins: Origins = field(default_factory=lambda: {"": origin("crm", 0)})
    rules: dict[str, Rule] = field(default_factory=dict)
    minutes: int = 5
    inflight: tuple[Fields, ...] = ()
    kind: Kind = Kind.CUSTOMER
    holders: tuple[str, ...] = ("shop", "crm")

    def merged(self) -> Merged:
        """Merge it."""
        return merge(
            self.kind,
            snapshot=self.snapshot,
            origins=self.origins,
            known=self.known,
            observed=self.observed,
            source=Source("shop", at(self.minutes)),
            ownership=Ownership({self.kind: self.rules}, priority=("crm", "shop")),
            holders=self.holders,
            inflight=self.inflight,
        )


OWNED_BY_CRM = {"gender": Rule(RuleKind.OWNER, "crm")}
OWNED_BY_SHOP = {"gender": Rule(RuleKind.OWNER, "shop")}
MANUAL = {"gender": Rule(RuleKind.MANUAL)}
OLD, NEW, OURS = {"gender": "female"}, {"gender": "male"}, {"gender": "male"}

TAKEN = [
    pytest.param(Case(NEW, known=OLD, snapshot=OLD), id="newest: nobody disagrees"),
    pytest.param(
        Case(NEW, known=OLD, snapshot=OLD, minutes=-9), id="newest: old and nobody disagrees"
    ),
    pytest.param(
        Case(NEW, known={"gender": "x"}, snapshot=OLD, minutes=5), id="newest: later than the other"
    ),
    pytest.param(Case({"gender": None}, known=OLD, snapshot=OLD), id="newest: emptied"),
    pytest.param(Case(NEW, known=OLD, snapshot=OLD, rules=OWNED_BY_SHOP), id="owner speaks"),
    pytest.param(
        Case(NEW, known={}, snapshot=OLD, rules=OWNED_BY_SHOP, minutes=-9), id="owner is older"
    ),
    pytest.param(
        Case(NEW, known=OLD, snapshot=OLD, rules=OWNED_BY_CRM, holders=("shop",)),
        id="owner: it has no copy",
    ),
    pytest.param(Case(NEW, known=OLD, snapshot=OLD, rules=MANUAL), id="manual: nobody disagrees"),
    pytest.param(
        Case(NEW, known={"gender": "x"}, snapshot=OLD, origins={}), id="no origin is known"
    ),
]


@pytest.mark.parametrize("case", TAKEN)
def test_taken(case: Case) -> None:
    """A person's edit would be thrown away."""
    merged = case.merged()

    (decision,) = merged.decisions
    assert (decision.taken, decision.reason) == (True, "")
    assert merged.fields.get("gender") == case.observed["gender"]
    assert merged.origins["gender"] == origin("shop", case.minutes)


REFUSED = [
    pytest.param(
        Case(NEW, known={"gender": "x"}, snapshot=OLD, minutes=-1), "older", id="newest: earlier"
    ),
    pytest.param(
        Case(NEW, known={"gender": "x"}, snapshot=OLD, minutes=0), "older", id="tie: lower priority"
    ),
    pytest.param(
        Case(NEW, known=OLD, snapshot=OLD, rules=OWNED_BY_CRM), "owned_by_crm", id="owned by crm"
    ),
    pytest.param(
        Case({"gender": None}, known=OLD, snapshot=OLD, rules=OWNED_BY_CRM),
        "owned_by_crm",
        id="owned by crm: emptied",
    ),
    pytest.param(
        Case(NEW, known={"gender": "x"}, snapshot=OLD, rules=MANUAL),
        "needs_a_decision",
        id="manual: both changed it",
    ),
    pytest.param(
        Case(NEW, known=OLD, snapshot={"tier": "x"}, rules=MANUAL),
        "needs_a_decision",
        id="manual: one changed it, one emptied it",
    ),
    pytest.param(
        Case(
            NEW,
            known=OLD,
            snapshot={"tier": "x"},
            origins={"": origin("crm", 0), "gender": origin("crm", 9)},
        ),
        "older",
        id="newest: the other emptied it later",
    ),
]


@pytest.mark.parametrize(("case", "reason"), REFUSED)
def test_refused(case: Case, reason: str) -> None:
    """A value that a rule protects would be overwritten."""
    merged = case.merged()

    (decision,) = merged.decisions
    assert (decision.taken, decision.reason) == (False, reason)
    assert merged.fields == case.snapshot
    kept = {path: told for path, told in merged.origins.items() if path not in merged.disputed}
    assert kept == case.origins


def test_tie_goes_to_the_account_that_stands_first() -> None:
    """Two edits of the same second would go back and forth, or depend on who was read first."""
    tie = Case(NEW, known={"gender": "x"}, snapshot=OLD, origins={"": origin("erp", 0)}, minutes=0)

    assert tie.merged().fields == NEW


UNCHANGED = [
    pytest.param(Case(OLD, known=OLD, snapshot=NEW), id="nothing changed at the source"),
    pytest.param(Case(NEW, known=OLD, snapshot=NEW), id="the source came to our value by itself"),
    pytest.param(Case(NEW, known=OLD, snapshot=OLD, inflight=(OURS,)), id="early echo"),
    pytest.param(
        Case(NEW, known=OLD, snapshot={"tier": "x"}, inflight=(OURS, {"gender": "x"})),
        id="early echo of the telling before the last",
    ),
    pytest.param(
        Case({"gender": None}, known=OLD, snapshot=NEW, inflight=({"gender": None},)),
        id="early echo: emptied",
    ),
    pytest.param(
        Case({"phones": []}, known={PHONE: True}, snapshot=NEW, inflight=({},)),
        id="early echo: item taken away",
    ),
    pytest.param(Case({}, known=OLD, snapshot=OLD), id="the source is silent about it"),
    pytest.param(Case({"gender": None}, known={}, snapshot=OLD), id="the source never had it"),
]


@pytest.mark.parametrize("case", UNCHANGED)
def test_no_decision(case: Case) -> None:
    """An echo or a silence would be taken for an edit and be told to everybody."""
    merged = case.merged()

    assert merged.decisions == []
    assert merged.fields == case.snapshot
    kept = {path: told for path, told in merged.origins.items() if path not in merged.disputed}
    assert kept == case.origins


def test_first_sight_takes_all_under_one_origin() -> None:
    """A new customer would miss what the vendor said, or carry an origin for each of its fields."""
    merged = Case({"gender": "male", "tier": None, "phones": []}, origins={}).merged()

    assert merged.fields == {"gender": "male"}
    assert merged.known == {"gender": "male"}
    assert merged.origins == {"": origin("shop", 5)}


def test_filling_an_entity_of_which_all_was_empty_is_a_change() -> None:
    """A customer registered without any data would never get the data that come later."""
    merged = Case(NEW, snapshot={}).merged()

    assert [decision.path for decision in merged.taken] == ["gender"]
    assert merged.fields == NEW


def test_disputed_field_is_kept_on_both_sides() -> None:
    """One side would be overwritten before a human has decided."""
    merged = Case(NEW, known={"gender": "x"}, snapshot=OLD, rules=MANUAL).merged()

    assert merged.disputed == NEW
    assert (merged.fields, merged.known) == (OLD, NEW)
    assert merged.origins["gender"][0] == DISPUTED


def test_disputed_field_that_the_other_side_emptied_is_kept_without_a_value() -> None:
    """A value that one side emptied would come back before a human has decided."""
    merged = Case(NEW, known=OLD, snapshot={"tier": "x"}, rules=MANUAL).merged()

    assert merged.disputed == NEW
    assert (merged.fields, merged.known) == ({"tier": "x"}, NEW)


STAGES = [
    pytest.param("status", "approval", "new", True, id="status forward"),
    pytest.param("status", "new", "approval", False, id="status backward"),
    pytest.param("status", "returned", "complete", True, id="completed is returned"),
    pytest.param("status", "cancelled", "complete", False, id="completed is not cancelled"),
    pytest.param("status", None, "new", False, id="status is not forgotten"),
    pytest.param("payments/p/state", "paid", "pending", True, id="payment forward"),
    pytest.param("payments/p/state", "pending", "paid", False, id="payment backward"),
]


@pytest.mark.parametrize(("path", "new", "current", "is_taken"), STAGES)
def test_stages_go_forward_whatever_the_times_say(
    path: str,
    new: str | None,
    current: str,
    is_taken: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A late message would take an order or a payment back to an earlier stage."""
    markers = {"payments/p": True} if path.startswith("payments") else {}
    merged = Case(
        {**markers, path: new},
        known={**markers, path: "whatever"},
        snapshot={**markers, path: current},
        kind=Kind.ORDER,
        minutes=-9,
    ).merged()

    (decision,) = merged.decisions
    assert decision.taken is is_taken
    assert merged.fields[path] == (new if is_taken else current)
