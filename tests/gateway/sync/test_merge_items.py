"""Merge: items, items within items, lists and parts that are taken away."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.canonical.paths import Fields
from gateway.sync.merge import Merged, changes, updated_known
from tests.gateway.sync.test_merge import OLD, OTHER_PHONE, PHONE, Case

LINE = {"lines/a": True, "lines/a/quantity": "1"}
OTHER_LINE = {"lines/b": True, "lines/b/quantity": "1"}
CUT = {"lines/a/discounts/d": True, "lines/a/discounts/d/reason": "card"}


def order(observed: Fields, **values: Any) -> Merged:
    """Merge an order."""
    return Case(observed, kind=Kind.ORDER, **values).merged()


def test_item_is_taken_away_with_all_that_is_in_it() -> None:
    """Remains of a line would bring it back when the order is put together."""
    both = LINE | CUT | OTHER_LINE
    merged = order(OTHER_LINE, known=both, snapshot=both)

    assert merged.fields == OTHER_LINE
    assert merged.known == OTHER_LINE


def test_last_item_is_taken_away() -> None:
    """A collection that is said to be empty would keep its last item."""
    merged = order({"lines": []}, known=LINE, snapshot={**LINE, "number": "7"})

    assert merged.fields == {"number": "7"}
    assert merged.known == {}


def test_item_of_an_item_is_taken_away() -> None:
    """A discount that was cancelled on a line would stay on it for good."""
    merged = order({**LINE, "lines/a/discounts": []}, known=LINE | CUT, snapshot=LINE | CUT)

    assert merged.fields == LINE
    assert merged.known == LINE


def test_item_of_an_item_goes_with_its_item_only_once() -> None:
    """A line that is gone would be refused a second time for each of its discounts."""
    merged = order({"lines": []}, known=LINE | CUT, snapshot=LINE | CUT)

    assert [decision.path for decision in merged.decisions] == ["lines/a"]


def test_silence_about_a_collection_takes_nothing_away() -> None:
    """A vendor that knows no discounts would wipe them out by naming the line."""
    merged = order(LINE, known=LINE | CUT, snapshot=LINE | CUT)

    assert merged.fields == LINE | CUT
    assert merged.known == LINE | CUT


@pytest.mark.parametrize(
    ("path", "value"), [("lines/a/quantity", "2"), ("lines/a/discounts/d", True)]
)
def test_edit_of_an_item_that_is_gone_is_refused(path: str, value: object) -> None:
    """A line that was taken off the order would come back without its goods."""
    merged = order({**LINE, path: value}, known=LINE, snapshot={"number": "7"})

    (decision,) = merged.decisions
    assert (decision.taken, decision.reason) == (False, "item_is_gone")
    assert merged.fields == {"number": "7"}


def test_new_item_brings_all_that_is_in_it() -> None:
    """A line would be added without its quantity, because the quantity was looked at first."""
    merged = order(LINE | CUT, snapshot={"number": "7"})

    assert merged.fields == {"number": "7"} | LINE | CUT
    assert merged.refused == []


def test_union_keeps_what_one_side_took_away() -> None:
    """A phone that one system forgets would be forgotten everywhere."""
    merged = Case({OTHER_PHONE: True}, known={PHONE: True}, snapshot={PHONE: True}).merged()

    assert merged.fields == {PHONE: True, OTHER_PHONE: True}
    assert [d.reason for d in merged.refused] == ["kept_by_union"]
    assert merged.known == {OTHER_PHONE: True}


def test_list_without_keys_is_emptied() -> None:
    """Promo codes taken off an order would be put on it again."""
    codes = {"promo_codes": ["ЛЕТО"]}
    merged = order({"promo_codes": []}, known=codes, snapshot={**codes, "number": "7"})

    assert merged.fields == {"number": "7"}
    assert merged.known == {}


def test_list_without_keys_that_shall_be_empty_differs() -> None:
    """A vendor would never be told that the promo codes are gone."""
    codes = {"promo_codes": ["ЛЕТО"]}

    assert changes({"promo_codes": []}, codes, Kind.ORDER) == {"promo_codes": None}


def test_part_that_is_empty_as_a_whole_is_empty_in_all_its_fields() -> None:
    """An address that a customer took back would stay in all systems."""
    address = {"address/city": "Псков", "address/street": "Садовая"}
    merged = Case({"address": None}, known=address, snapshot={**address, **OLD}).merged()

    assert merged.fields == OLD
    assert merged.known == {}


def test_what_is_known_of_a_source_keeps_what_it_is_silent_about() -> None:
    """A reading of one part would make the rest look like new edits next time."""
    assert updated_known(OLD, {"tier": "золото"}, Kind.CUSTOMER) == {**OLD, "tier": "золото"}
