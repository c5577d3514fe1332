"""Convergence, case by case: short stories that once left two vendors apart.

Each was found by the machine beside this module and cut down to what matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.canonical import Gender
from tests.gateway.sync.between import Between, CustomerBetween, OrderBetween
from tests.gateway.sync.vendors import Fate

Step = tuple[str, dict[str, Any]]


def play(
    machine: type[Between],
    *steps: Step,
    is_known: bool = True,
    last: Mapping[tuple[str, str], object] | None = None,
) -> None:
    """Make the entity, let the steps happen, settle down, compare.

    ``last`` are values that must stand in the end: (side that set it, field) → value.
    """
    story: Any = machine()
    story.make(is_known)
    for name, values in steps:
        getattr(story, name)(**values)
    story.last |= last or {}
    story.teardown()


def pull(side: str) -> Step:
    """Read a feed."""
    return "pull", {"side": side}


def start(side: str, what: str) -> Step:
    """Begin something."""
    return "start", {"side": side, "what": what}


def go_on(place: int = 0) -> Step:
    """Go on with what was begun."""
    return "go_on", {"place": place}


def gender(value: Gender | None) -> Step:
    """The shop's edit."""
    return "regender", {"gender": value}


def tier(value: str | None) -> Step:
    """The crm's edit."""
    return "promote", {"tier": value}


def name(side: str, first: str) -> Step:
    """An edit of both sides."""
    return "rename", {"side": side, "first": first, "last": None}


def note(text: str) -> Step:
    """The crm's edit."""
    return "note", {"text": text}


def lines(*ids: str) -> Step:
    """The shop's edit."""
    return "repack", {"ids": list(ids), "quantity": 1, "cut": None}


def test_what_a_vendor_only_shows_does_not_look_new_after_a_telling() -> None:
    """The crm's edit is taken back by an old value that the shop has shown all along."""
    play(
        CustomerBetween,
        name("crm", "Пётр"),
        ("resource", {"source": "звонок"}),
        pull("crm"),
        ("wait", {}),
        ("deliver", {"side": "shop", "fate": Fate.DONE}),
    )


def test_reading_between_claim_and_settle_counts() -> None:
    """The shop's last edit is overwritten, because its value before is believed to be there."""
    play(
        CustomerBetween,
        gender(Gender.MALE),
        pull("shop"),
        name("crm", "Пётр"),
        pull("crm"),
        start("shop", "deliver"),
        gender(None),
        pull("shop"),
        gender(Gender.MALE),
    )


def test_reading_between_creation_and_settle_counts() -> None:
    """The crm's edit of a record that has just been made is overwritten."""
    play(
        CustomerBetween,
        pull("crm"),
        pull("shop"),
        start("crm", "deliver"),
        name("shop", "Пётр"),
        pull("shop"),
        go_on(),
        tier("золото"),
        pull("crm"),
        go_on(),
        start("crm", "deliver"),
        tier("серебро"),
        is_known=False,
    )


def test_edit_back_to_a_value_that_nobody_is_telling_is_no_echo() -> None:
    """An edit back to an earlier value is overwritten while another telling has no answer."""
    play(
        OrderBetween,
        ("ship", {"method": "post"}),
        pull("crm"),
        ("deliver", {"side": "shop", "fate": Fate.LOST_UNANSWERED}),
        lines("c"),
        pull("shop"),
        lines("a", "c"),
        pull("shop"),
    )


def test_older_reading_that_is_applied_after_a_newer_one_changes_nothing() -> None:
    """An edit is taken back when a feed and a hint are read at the same time."""
    play(
        CustomerBetween,
        ("hint", {"side": "shop"}),
        start("shop", "observe"),
        gender(Gender.MALE),
        pull("shop"),
    )


def test_older_reading_that_is_applied_after_an_early_echo_changes_nothing() -> None:
    """The crm's edit is taken back by a reading of the shop from before the shop was told."""
    play(
        CustomerBetween,
        ("hint", {"side": "shop"}),
        start("shop", "observe"),
        tier("серебро"),
        pull("crm"),
        start("shop", "deliver"),
        go_on(1),
        pull("shop"),
    )


def test_older_of_two_readings_that_overlap_is_not_believed() -> None:
    """A slow answer with the value before an edit takes the edit back, and no feed tells it again.

    Found by thought: the reading that was begun last had been answered first.
    """
    play(
        CustomerBetween,
        ("hint", {"side": "shop"}),
        start("shop", "pull"),
        start("shop", "observe"),
        go_on(1),
        gender(Gender.MALE),
        go_on(0),
        go_on(0),
        go_on(0),
    )


def test_edit_after_an_unanswered_creation_is_not_written_over() -> None:
    """What the crm made of the record meanwhile is told back to it, over its next edit.

    The feed recognised the record before the creation was looked up.
    """
    play(
        OrderBetween,
        pull("crm"),
        pull("shop"),
        ("deliver", {"side": "crm", "fate": Fate.DONE_UNANSWERED}),
        note("Перезвонить"),
        pull("crm"),
        note("Собран"),
        ("wait", {}),
        ("deliver", {"side": "crm", "fate": Fate.DONE}),
        is_known=False,
    )


def test_edit_while_a_creation_is_settled_is_not_written_over() -> None:
    """A reading between creation and settlement is forgotten, and its value told over the next."""
    play(
        OrderBetween,
        pull("crm"),
        pull("shop"),
        start("crm", "deliver"),
        go_on(),
        note("Перезвонить"),
        pull("crm"),
        go_on(),
        ("use_codes", {"codes": ()}),
        pull("shop"),
        note("Собран"),
        ("deliver", {"side": "crm", "fate": Fate.DONE}),
        is_known=False,
    )


def test_edit_after_an_unanswered_edit_is_not_written_over() -> None:
    """A telling whose answer was lost is repeated over what the other side made of it."""
    play(
        OrderBetween,
        ("comment", {"side": "shop", "text": "Позвоните"}),
        pull("shop"),
        ("deliver", {"side": "crm", "fate": Fate.DONE_UNANSWERED}),
        ("comment", {"side": "crm", "text": "Не звоните"}),
        ("wait", {}),
        ("deliver", {"side": "crm", "fate": Fate.DONE}),
        last={("crm", "customer_comment"): "Не звоните"},
    )
