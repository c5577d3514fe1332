"""What must hold for any data: indexes change no answer, totals follow from the records."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.onec.app import OneCSettings
from mocks.onec.infobase import Infobase
from mocks.onec.odata.literals import Token, tokens
from mocks.onec.odata.searching import condition, filtered
from mocks.onec.odata.virtual import compute
from mocks.onec.rules import spendable

PARTNERS = "Catalog_Партнеры"
POINTS = "AccumulationRegister_БонусныеБаллы"
PROGRAMME = "bb900001-2222-11ee-8c3a-00155d010203"
WHO = "11111111-2222-11ee-8c3a-00155d010203"

words = st.sampled_from(["Ия", "О'Генри", "", "ё"])
comparisons = st.builds(
    lambda name, op, word: f"{name} {op} '{word.replace(chr(39), chr(39) * 2)}'",
    st.sampled_from(["Description", "Code", "Parent/Description"]),
    st.sampled_from(["eq", "ne", "ge"]),
    words,
)
filters = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(
            lambda left, op, right: f"({left}) {op} ({right})",
            inner,
            st.sampled_from(["and", "or"]),
            inner,
        )
        | inner.map(lambda text: f"not ({text})")
    ),
    max_leaves=5,
)
rows = st.lists(st.fixed_dictionaries({"Description": words, "Code": words}), max_size=6)


def base() -> Infobase:
    """Return an empty base of УТ."""
    return Infobase(OneCSettings(demo_data=False))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_string_is_a_literal(text: str) -> None:
    """A string with doubled quotes reads as itself, whatever is in it."""
    quoted = "'" + text.replace("'", "''") + "'"
    assert tokens(quoted) == [Token("string", text)]


@settings(deadline=None)
@given(rows, filters)
def test_indexes_change_no_answer(given_rows: list[dict[str, str]], text: str) -> None:
    """A search helped by indexes returns what a scan returns, also after changes."""
    infobase = base()
    entity = infobase.configuration.entity(PARTNERS)
    for row in given_rows:
        infobase.create(PARTNERS, dict(row))
    for _ in range(2):
        _, holds = condition(infobase, entity, text)
        scanned = {row["Ref_Key"] for row in infobase.table(PARTNERS) if holds(row)}
        assert {row["Ref_Key"] for row in filtered(infobase, entity, text)} == scanned
        for row in infobase.table(PARTNERS).rows()[::2]:
            infobase.change(PARTNERS, (row["Ref_Key"],), {"Description": "Ия"})


days = st.integers(1, 28).map(lambda day: f"2026-02-{day:02}T00:00:00")
movements = st.lists(
    st.fixed_dictionaries(
        {
            "Period": days,
            "RecordType": st.sampled_from(["Receipt", "Expense"]),
            "Начислено": st.integers(-100, 100),
            "КСписанию": st.integers(-100, 100),
        }
    ),
    max_size=8,
)


@settings(deadline=None)
@given(movements, days)
def test_balances_follow_from_the_records(records: list[dict[str, Any]], at: str) -> None:
    """Balance and spendable points are what the records before the moment add up to."""
    infobase = base()
    who = {"Партнер_Key": WHO, "БонуснаяПрограммаЛояльности_Key": PROGRAMME}
    lines = [record | who for record in records]
    infobase.write_records(
        POINTS, ("70000000-2b3d-11f0-8c11-00155d0a0b0c", "Document_ЧекККМ"), lines
    )
    sums = {"Начислено": 0, "КСписанию": 0}
    for record in records:
        if record["Period"] < at:
            sign = 1 if record["RecordType"] == "Receipt" else -1
            for name in sums:
                sums[name] += sign * record[name]
    entity = infobase.configuration.entity(POINTS)
    result = compute(infobase, entity, "Balance", {"Period": Token("date", at)}, {})
    expected = [(sums["Начислено"], sums["КСписанию"])] if any(sums.values()) else []
    assert [(row["НачисленоBalance"], row["КСписаниюBalance"]) for row in result.rows] == expected
    wanted = max(0, sums["Начислено"] - max(0, sums["КСписанию"]))
    assert spendable(infobase, WHO, PROGRAMME, at) == wanted
