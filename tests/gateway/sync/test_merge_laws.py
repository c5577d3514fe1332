"""Merge: laws that hold for all observations, snapshots and rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canonical import Customer, Kind
from gateway.canonical.paths import MODELS, Fields, folded, known, spoken
from gateway.sync.merge import Merged, Source, changes, merge, same, updated_known
from gateway.sync.ownership import Ownership, Rule, RuleKind
from tests.gateway.canonical.samples import CARDS, CUSTOMERS, ORDERS, PRODUCTS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = st.dictionaries(
    st.sampled_from(["name", "gender", "phones", "phones/rank", "lines", "lines/discounts", "*"]),
    st.sampled_from(
        [
            *(Rule(kind) for kind in RuleKind if kind is not RuleKind.OWNER),
            Rule(RuleKind.OWNER, "shop"),
            Rule(RuleKind.OWNER, "crm"),
        ]
    ),
)
MINUTES = st.integers(-2, 2)
KINDS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.CUSTOMER: CUSTOMERS,
    Kind.CARD: CARDS,
    Kind.PRODUCT: PRODUCTS,
    Kind.ORDER: ORDERS,
}


def _mixed(draw: st.DrawFn, one: Fields, other: Fields) -> Fields:
    """Take some parts of one map and the rest of another, so that they partly agree."""
    names = sorted({path.partition("/")[0] for path in {**one, **other}}) or [""]
    chosen = draw(st.sets(st.sampled_from(names)))
    return {
        path: value
        for source, is_wanted in ((one, True), (other, False))
        for path, value in source.items()
        if (path.partition("/")[0] in chosen) is is_wanted
    }


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw all that a merge is given."""
    kind = draw(st.sampled_from(Kind))
    entities = KINDS[kind].map(spoken)
    snapshot = known(draw(entities))
    base = _mixed(draw, snapshot, known(draw(entities)))
    observed = _mixed(draw, _mixed(draw, base, snapshot), draw(entities))
    paths = st.sampled_from(sorted(snapshot) or ["gender"])
    origin = MINUTES.map(lambda m: ("crm", (NOON + timedelta(minutes=m)).isoformat()))
    return {
        "kind": kind,
        "snapshot": snapshot,
        "origins": {"": draw(origin), **draw(st.dictionaries(paths, origin, max_size=3))},
        "known": base,
        "observed": observed,
        "source": Source("shop", NOON + timedelta(minutes=draw(MINUTES))),
        "ownership": Ownership(
            {kind: draw(RULES)}, priority=draw(st.permutations(["shop", "crm"]))
        ),
        "holders": draw(st.sets(st.sampled_from(["shop", "crm"]))),
    }


LAWS = settings(max_examples=150, deadline=None)


def merged(case: dict[str, Any]) -> Merged:
    """Merge."""
    return merge(case["kind"], **{name: value for name, value in case.items() if name != "kind"})


@LAWS
@given(case=situations())
def test_the_same_observation_changes_nothing_the_second_time(case: dict[str, Any]) -> None:
    """A record that is read twice writes a new version each time, and is told to everybody."""
    first = merged(case)
    second = merged(
        {**case, "snapshot": known(first.fields), "origins": first.origins, "known": first.known}
    )

    assert second.taken == []
    assert known(second.fields) == known(first.fields)
    assert second.known == first.known
    assert second.decisions == []


@LAWS
@given(case=situations())
def test_what_was_not_spoken_of_is_not_touched(case: dict[str, Any]) -> None:
    """A vendor that knows half of the fields wipes out the other half."""
    result = merged(case)
    spoken_of = set(changes(case["observed"], case["known"], case["kind"]))

    for path in {*case["snapshot"], *result.fields}:
        if not same(case["snapshot"].get(path), result.fields.get(path)):
            assert any(path == one or path.startswith(f"{one}/") for one in spoken_of)


@LAWS
@given(case=situations())
def test_each_change_has_one_decision_unless_it_is_so_already(case: dict[str, Any]) -> None:
    """A change is dropped without a word in the entity's story, or told twice."""
    result = merged(case)
    found = changes(case["observed"], case["known"], case["kind"])
    decided = [decision.path for decision in result.decisions]

    assert len(decided) == len(set(decided))
    assert set(decided) <= set(found)
    for path in set(found) - set(decided):
        assert same(result.fields.get(path), found[path])
    for decision in result.taken:
        assert same(result.fields.get(decision.path), found[decision.path])


@LAWS
@given(case=situations())
def test_afterwards_the_source_is_known_to_hold_what_it_said(case: dict[str, Any]) -> None:
    """The next reading looks like an edit, or an edit like something known."""
    result = merged(case)
    said = {p: v for p, v in case["observed"].items() if p not in result.disputed}
    model = MODELS[case["kind"]]

    assert changes(said, result.known, case["kind"]).keys() <= result.disputed.keys()
    assert all(value is not None for value in result.known.values())
    folded(model, result.known)
    folded(model, known(result.fields))


@LAWS
@given(case=situations())
def test_an_observation_of_what_is_known_is_an_echo(case: dict[str, Any]) -> None:
    """Our own telling comes back and is taken for an edit."""
    result = merged({**case, "observed": case["known"]})

    assert result.decisions == []
    assert result.fields == case["snapshot"]


@LAWS
@given(case=situations())
def test_no_decision_holds_a_value(case: dict[str, Any]) -> None:
    """The story of an entity, which everybody may read, shows what was written where."""
    allowed = {str(rule) for rule in case["ownership"].rules[case["kind"]].values()}

    for decision in merged(case).decisions:
        assert decision.rule in allowed | {"newest", "union", "forward"}
        reasons = {
            "", "older", "not_forward", "kept_by_union", "item_is_gone", "needs_a_decision",
            "owned_by_crm", "owned_by_shop",
        }  # fmt: skip
        assert decision.reason in reasons


@LAWS
@given(before=CUSTOMERS | ORDERS, after=CUSTOMERS | ORDERS)
def test_known_is_what_is_shown_last_and_keeps_its_silence(before: Any, after: Any) -> None:  # noqa: ANN401
    """What an account is believed to hold drifts away from what it showed."""
    kind = Kind.CUSTOMER if isinstance(before, Customer) else Kind.ORDER
    if type(before) is not type(after):
        return
    base: Fields = known(spoken(before))
    result = updated_known(base, spoken(after), kind)

    assert changes(spoken(after), result, kind) == {}
    assert updated_known(result, spoken(after), kind) == result
