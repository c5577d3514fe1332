"""The story: every sentence that can be written has words, in both languages, and says it all."""

from __future__ import annotations

import ast
import inspect
import re
import string
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product

import pytest

from gateway.canonical import Kind
from gateway.loyalty.sale import CANCELLED, DROPPED, EARNING_OFF, HOLD_ENDED, LOOSE
from gateway.loyalty.stories import outcome_of
from gateway.ops import story_words
from gateway.ops.actions import ActionKind
from gateway.ops.story import Step, sentence_of, step_of, words_of
from gateway.ops.story_words import OWN_TEXTS, REASONS, RULES, VALUES, wordings
from gateway.ops.words import RUSSIAN, catalogue
from gateway.ports import JournalRow, SaleKind, SaleProgress
from gateway.sync.correct import OPERATOR
from gateway.sync.merge import NEEDS_A_DECISION, _Merger
from gateway.sync.ownership import RuleKind
from tests.gateway.ops.pairs import CHOSEN, PASSED_ON, Pair, sites
from tests.store.rows import NOON, later, sale

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def _texts() -> Iterator[str]:
    for words in (*wordings().values(), *wordings(operators=True).values()):
        yield words.text
    yield from OWN_TEXTS


def _written() -> Iterator[tuple[str, Pair]]:
    """Yield each pair that can be written, with its place."""
    for site in sites():
        if site.pairs is not None:
            yield from ((site.place, pair) for pair in site.pairs)
    for place, pairs in CHOSEN.items():
        yield from ((place, pair) for pair in pairs)


def test_the_source_was_read() -> None:
    """A renamed function would leave the tests below without anything to look at."""
    known = {pair for _, pair in _written()}
    assert {("hint", "new"), ("delivered", "found"), ("delivery", "held")} <= known
    assert {("received", "stale_read"), ("shadow", "differs"), ("unmasked", "shown")} <= known
    assert len(known) > 40
    assert {site.place for site in sites()} >= set(CHOSEN)


def test_every_place_tells_what_it_may_write() -> None:
    """A sentence that is put together at run time could have no words, and nobody would know."""
    unknown = {
        site.place
        for site in sites()
        if site.pairs is None and site.place not in PASSED_ON and site.place not in CHOSEN
    }
    assert unknown == set(), "say in tests/gateway/ops/pairs.py what these may write"


def test_every_sentence_has_words() -> None:
    """An operator would read ``delivery held`` and call a programmer."""
    without = {
        (place, pair)
        for place, pair in _written()
        if words_of("shop", *pair) is None and words_of(OPERATOR, *pair) is None
    }
    assert without == set(), "give these words in gateway/ops/locale"


def test_every_outcome_of_a_sale_has_words() -> None:
    """What tills do is written by the state of a row, not by a literal."""
    causes = ("", CANCELLED, HOLD_ENDED, DROPPED, EARNING_OFF, *sorted(LOOSE))
    made = {
        (str(kind), outcome_of(sale("s", kind=kind, progress=progress, cause_code=cause,
                                    attempts=attempts, due_at=due)))
        for kind, progress, cause, attempts, due in product(
            SaleKind, SaleProgress, causes, (0, 2), (None, later(30.0))
        )
    }  # fmt: skip
    assert {pair for pair in made if words_of("points", *pair) is None} == set()
    assert len({outcome for _, outcome in made}) > 10


def test_every_text_has_russian_words_and_none_is_left_over() -> None:
    """A Russian page would be half English, or the catalogue full of what nobody says."""
    russian = catalogue(RUSSIAN)
    assert set(_texts()) == set(russian)
    own = {text for text in russian if set(_holes(text)) == {"account", "event", "outcome"}}
    assert [text for text in russian.values() if not CYRILLIC.search(text)] == sorted(own)


@pytest.mark.parametrize("text", sorted(set(_texts())))
def test_a_translation_fills_in_the_same(text: str) -> None:
    """A till's number would be missing in one language."""
    assert set(_holes(catalogue(RUSSIAN)[text])) == set(_holes(text))


def _holes(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_every_rule_and_every_reason_has_words() -> None:
    """Why a change was kept out is the question that the story is read for."""
    assert set(RULES) == set(RuleKind)
    source = ast.parse(textwrap.dedent(inspect.getsource(_Merger._refusal)))  # noqa: SLF001 - its source is read
    said = {
        node.value for node in ast.walk(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }  # fmt: skip
    reasons = {one for one in said if re.fullmatch(r"[a-z_]+", one)}
    assert {one.rstrip("_") for one in reasons} | {NEEDS_A_DECISION, "item_is_gone"} == set(REASONS)


def test_every_action_has_words() -> None:
    """The audit log would name actions as the program does."""
    assert set(VALUES["action"]) == set(ActionKind)


def _told(account: str, event: str, outcome: str, /, **detail: object) -> Step:
    row = JournalRow(NOON, "o-1", Kind.ORDER, account, event, outcome, "r-1", detail, id=7)
    return step_of(row)


def test_a_merge_is_told_field_by_field() -> None:
    """Which rule kept a change out would have to be guessed."""
    fields = [
        {"field": "status", "rule": "forward", "taken": True},
        {"field": "manager_comment", "rule": "owner:crm", "taken": False, "why": "owned_by_crm"},
        {"field": "lines/1/price", "rule": "newest", "taken": False, "why": "older",
         "conflict": True},
    ]  # fmt: skip
    step = _told("shop", "received", "merged", external_id="12", via="pull", fields=fields)
    english, russian = step.said(), step.said(RUSSIAN)
    assert english == (
        "Received from shop: changes taken over. It came with the reading of its feed. "
        "status: taken over (it only goes forward); "
        "manager_comment: kept out: crm decides about it (crm decides about it); "
        "lines/1/price: kept out: what is held is newer (the later change wins)."
    )
    assert "не принято: решает crm" in russian
    assert "не принято: здесь более новое значение" in russian
    (first, owned, older) = step.sentence.fields
    assert (first.taken, owned.taken, older.conflict) == (True, False, True)


def test_two_records_of_one_person_are_told_on_both_pages() -> None:
    """Who looks for a customer that is gone would find a story that just ends."""
    fields = [{"field": "gender", "rule": "newer", "taken": False}]
    stays = _told("identity", "person", "merged", absorbed="c-2", who="olga", fields=fields)
    assert stays.said() == (
        "Taken for the same person as c-2, who is one with this record now. By olga. gender: kept "
        "out: the other value stays (the newer one counts)."
    )
    goes = _told("identity", "person", "absorbed", into="c-1", who="olga", cause="phone")
    assert "история продолжается там. Основание: phone. Кто: olga." in goes.said(RUSSIAN)


def test_a_retry_is_told_with_its_time_and_its_doubt() -> None:
    """An operator would repeat by hand what is repeated by itself."""
    step = _told(
        "crm", "delivery", "retried", cause="Unavailable", attempt=3, unknown=True,
        next_at=datetime(2026, 3, 2, 12, 5, tzinfo=UTC).isoformat(),
    )  # fmt: skip
    assert step.said() == (
        "crm did not take it (Unavailable); tried again at 2026-03-02 12:05:00Z. "
        "That was attempt 3. It may have happened: crm is asked before anything is sent again."
    )
    assert "15:05" in step.said(RUSSIAN, lambda at: f"{at.hour + 3}:{at.minute:02}")


def test_an_operators_sentence_names_the_account_that_it_is_about() -> None:
    """It would say that the letter went to the operator."""
    step = _told(OPERATOR, "letter", "replayed", who="olga", letter="l-1", account="crm")
    assert step.said() == "olga had the letter to crm sent again. Letter l-1."
    switched = _told(
        OPERATOR, "switch", "turned_off", who="olga", feature="spending", scope="brand",
        name="север", since=NOON.isoformat(), reason="проверка",
    )  # fmt: skip
    assert switched.said(RUSSIAN) == (
        "olga: выключено списание баллов для бренда север с 2026-03-02 12:00:00Z. "
        "Причина: проверка."
    )


def test_the_same_words_in_the_account_of_operators_mean_another() -> None:
    """A till's sale and an operator's decision about it would read alike."""
    till = _told("points", "sale", "dropped", id="till-1:s1", shop="s-1")
    deed = _told(OPERATOR, "sale", "dropped", who="olga", sale="till-1:s1")
    assert till.said() == "Sale till-1:s1 in s-1: given up."
    assert deed.said() == "olga gave sale till-1:s1 up."


def test_what_has_no_words_is_told_all_the_same() -> None:
    """A newer program's sentence would break an older console."""
    step = _told("shop", "novelty", "{x}", why="<script>")
    assert step.said() == "shop: novelty {x}."
    assert not sentence_of(step).is_known


def test_personal_data_in_a_detail_stay_hidden() -> None:
    """A connector's remark could name a person's phone."""
    step = _told(
        "shop", "remark", "settings_changed", differs="+7 916 123-45-67", external_id="9161234567"
    )
    assert "123-45" not in step.said()
    assert step.detail["external_id"] == "9161234567"


def test_the_words_stand_in_the_package() -> None:
    """An installed program would find no words."""
    tables: Mapping[str, object] = vars(story_words)
    assert {"RULES", "REASONS", "NOTES"} <= set(tables)
    assert catalogue("fr") == {}
