"""Survivorship: which value stays, by which rule, and that nothing is ever lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.canonical import Kind
from gateway.identity.survivorship import Cause, Snapshot, restored, snapshot_of, survive
from gateway.sync.correct import OPERATOR
from gateway.sync.merge import DISPUTED, EVERYWHERE
from gateway.sync.ownership import Ownership, Rule, RuleKind

RULES = Ownership(
    {
        Kind.CUSTOMER: {
            "tier": Rule(RuleKind.OWNER, "erp"),
            "birth_date": Rule(RuleKind.OWNER, "crm"),
        }
    },
    priority=("erp", "crm"),
)
DAYS = [f"2026-03-0{day}T12:00:00+00:00" for day in range(1, 6)]


def record(
    account: str,
    day: int,
    fields: dict[str, Any] | None = None,
    *,
    proved: frozenset[str] = frozenset(),
    **more: Any,
) -> Snapshot:
    """Return a record of one account, of a day of March; ``__`` stands for a slash."""
    values = {name.replace("__", "/"): value for name, value in more.items()}
    origins = {EVERYWHERE: (account, DAYS[day])}
    return snapshot_of({**(fields or {}), **values}, origins, proved=proved)


PHONE = "phones/+79161112233"
BIRTH = frozenset({"birth_date"})
CASES: dict[str, tuple[Snapshot, Snapshot, str, Any, Cause]] = {
    "newer over older": (
        record("shop", 1, gender="male"), record("till", 2, gender="female"),
        "gender", "female", Cause.NEWER,
    ),
    "owner over newer": (
        record("erp", 1, tier="Gold"), record("till", 2, tier="Base"), "tier", "Gold", Cause.OWNER,
    ),
    "owner over confirmed": (
        record("crm", 1, birth_date="1990-01-01"),
        record("shop", 2, birth_date="1990-02-02", proved=BIRTH),
        "birth_date", "1990-01-01", Cause.OWNER,
    ),
    "confirmed over newer": (
        record("shop", 1, birth_date="1990-01-01", proved=BIRTH),
        record("till", 2, birth_date="1990-02-02"), "birth_date", "1990-01-01", Cause.CONFIRMED,
    ),
    "a name over a placeholder": (
        record("shop", 1, name__first="Анна"), record("till", 2, name__first="Покупатель"),
        "name/first", "Анна", Cause.REAL,
    ),
    "an operator over all": (
        record(OPERATOR, 1, tier="Gold"), record("erp", 2, tier="Base"),
        "tier", "Gold", Cause.HUMAN,
    ),
    "what is disputed loses": (
        record("shop", 1, gender="male"), record(DISPUTED, 2, gender="female"),
        "gender", "male", Cause.REAL,
    ),
    "priority in one second": (
        record("shop", 1, gender="male"), record("crm", 1, gender="female"),
        "gender", "female", Cause.PRIORITY,
    ),
    "the first coming": (
        record("shop", 2, registered_at=DAYS[4]), record("till", 1, registered_at=DAYS[0]),
        "registered_at", DAYS[0], Cause.OLDER,
    ),
    "the only value": (
        record("shop", 1, tier="Gold"), record("erp", 2, gender="male"),
        "tier", "Gold", Cause.ALONE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_rule_decides_in_its_turn(case: str) -> None:
    """A till's guess would win over the value that a person confirmed."""
    one, other, path, value, cause = CASES[case]
    for survived in (survive(one, other, RULES), survive(other, one, RULES)):
        assert survived.merged.fields[path] == value
        (choice,) = [one for one in survived.choices if one.path == path]
        assert choice.cause is cause


def test_collections_come_together() -> None:
    """A phone, an e-mail or a card would be lost by a merge."""
    one = record("shop", 1, {PHONE: True, "cards/1": True, f"{PHONE}/confirmation": "confirmed"})
    other = record("till", 2, {"phones/+79165554433": True, "cards/2": True, PHONE: True})
    survived = survive(one, other, RULES)
    assert set(survived.merged.fields) == {*one.fields, *other.fields}
    assert survived.lost == ()
    assert survived.merged.confirmed == {PHONE, f"{PHONE}/confirmation"}


def test_an_address_and_a_consent_stay_whole() -> None:
    """The street of one flat in the town of another; a proof beside a consent it does not prove."""
    one = record(
        "shop",
        3,
        {"consents/mailing/granted": True, "consents/mailing/at": DAYS[0]},
        address__city="Казань",
        address__street="Мира",
    )
    other = record(
        "till",
        1,
        {"consents/mailing/granted": False, "consents/mailing/at": DAYS[2]},
        address__city="Тверь",
        address__house="7",
    )
    merged = survive(one, other, RULES).merged.fields
    assert {path: merged[path] for path in merged if path.startswith("address")} == {
        "address/city": "Казань",
        "address/street": "Мира",
    }
    assert merged["consents/mailing/granted"] is False
    lost = {one.path: one for one in survive(one, other, RULES).lost}
    assert (lost["address/house"].value, lost["address/house"].cause) == ("7", Cause.NEWER)


def test_history_names_what_lost_to_whom() -> None:
    """Nobody could tell why the birth date changed."""
    one, other, *_ = CASES["confirmed over newer"]
    (lost,) = survive(one, other, RULES).lost
    assert (lost.path, lost.value, lost.cause) == ("birth_date", "1990-02-02", Cause.CONFIRMED)
    assert (lost.origin[0], lost.to[0]) == ("till", "shop")
    assert "1990" not in repr(lost)


PATHS = st.sampled_from(
    ["gender", "tier", "birth_date", "name/first", "address/city", "address/house", PHONE,
     f"{PHONE}/confirmation", f"{PHONE}/rank", "consents/m/granted", "consents/m/at", "source",
     "registered_at"]
)  # fmt: skip
ORIGINS = st.tuples(
    st.sampled_from(["shop", "till", "erp", "crm", OPERATOR, DISPUTED]), st.sampled_from(DAYS)
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Make a record whose fields come from several accounts and days."""
    fields: dict[str, Any] = {}
    for path in draw(st.sets(PATHS)):
        if path == PHONE:
            fields[path] = True
        elif path.endswith("/at") or path == "registered_at":
            fields[path] = draw(st.sampled_from(DAYS))
        elif path.endswith("confirmation"):
            fields[path] = draw(st.sampled_from(["confirmed", "unconfirmed"]))
        else:
            fields[path] = draw(st.sampled_from(["a", "b", "Покупатель", "Анна"]))
    origins = {path: draw(ORIGINS) for path in fields}
    if draw(st.booleans()):
        origins = {EVERYWHERE: draw(ORIGINS)} if fields else {}
    proved = draw(st.frozensets(PATHS))
    return snapshot_of(fields, origins, proved=proved)


def shape(snapshot: Snapshot) -> tuple[Any, ...]:
    """Return what a record says, however its origins are written."""
    origins = {path: snapshot.origin(path) for path in snapshot.fields}
    return snapshot.fields, origins, snapshot.confirmed


@given(one=snapshots())
def test_merging_with_itself_changes_nothing(one: Snapshot) -> None:
    """A merge that is repeated after a crash would change the person again."""
    survived = survive(one, one, RULES)
    assert shape(survived.merged) == shape(one)
    assert survived.lost == ()


AT = {"consents/m/at": DAYS[1]}


@settings(max_examples=300)
@example(
    one=Snapshot(AT, {"consents/m/at": ("shop", DAYS[0])}),
    other=Snapshot(AT, {EVERYWHERE: ("shop", DAYS[1])}),
)
@given(one=snapshots(), other=snapshots())
def test_the_order_of_the_two_does_not_matter_and_repeating_is_harmless(
    one: Snapshot, other: Snapshot
) -> None:
    """The outcome would depend on which record the operator clicked first."""
    merged = survive(one, other, RULES).merged
    assert shape(merged) == shape(survive(other, one, RULES).merged)
    assert shape(survive(merged, other, RULES).merged) == shape(merged)


@settings(max_examples=300)
@given(one=snapshots(), two=snapshots(), three=snapshots())
def test_three_records_may_be_merged_in_any_order(
    one: Snapshot, two: Snapshot, three: Snapshot
) -> None:
    """Three copies of a person would end differently at two shops."""
    left = survive(survive(one, two, RULES).merged, three, RULES).merged
    right = survive(one, survive(two, three, RULES).merged, RULES).merged
    assert shape(left) == shape(right)


@given(one=snapshots(), other=snapshots())
def test_nothing_is_lost_and_both_come_back_exactly(one: Snapshot, other: Snapshot) -> None:
    """An undone merge would give back somebody else, or a value be nowhere any more."""
    survived = survive(one, other, RULES)
    kept = {(path, repr(value)) for path, value in survived.merged.fields.items()}
    kept |= {(lost.path, repr(lost.value)) for lost in survived.lost}
    for snapshot in (one, other):
        assert {(path, repr(value)) for path, value in snapshot.fields.items()} <= kept
    assert restored(survived) == (one, other)
    assert set(survived.merged.fields) <= {*one.fields, *other.fields}
