"""Reviews: pairs of customers before a person, masked, decided once and remembered."""

from __future__ import annotations

import pytest

from gateway.canonical import Kind
from gateway.identity.matching.texts import CODES, RULES, finding_text, rule_text
from gateway.ops.actions import Action, ActionKind
from gateway.ops.faults import NotFound, Refused
from gateway.ops.reviews import Reviews
from gateway.ops.reviews_actions import executors
from gateway.ports import EntityRow, PairRow, PairState, Tx
from gateway.store import SqlStore
from tests.store.conftest import clock, empty_url, open_it, sealer, store, url
from tests.store.rows import NOON, HeldClock

__all__ = ["clock", "empty_url", "open_it", "sealer", "store", "url"]
PHONE = "+79161112233"


class Noted:
    """Merging that keeps what it is told."""

    def __init__(self) -> None:
        self.rows: list[PairRow] = []
        self.apart: list[PairRow] = []

    def parted(self, tx: Tx, row: PairRow) -> None:
        """Note a pair of two persons."""
        del tx
        self.apart.append(row)

    def wanted(self, tx: Tx, row: PairRow) -> None:
        """Keep."""
        self.rows.append(row)


def pair(one: str, other: str, points: int = 700) -> PairRow:
    """Return a pair of whom somebody is asked."""
    args = {"proof": "word-none", "sources": "site-till", "holders": 2}
    findings = {
        "supports": [["shares_phone", 6.0, args, "phone:aa"], ["name_unknown", 1.0, {}, ""]],
        "against": [["email_differs", -3.0, {}, ""]],
    }
    return PairRow((one, other), PairState.OPEN, "score", points, findings, NOON, NOON, "rules")


async def fill(store: SqlStore) -> None:
    """Put two customers and what stands about them."""

    def customer(name: str, first: str, other_phone: str) -> EntityRow:
        phones = {f"phones/{PHONE}": True, f"phones/{other_phone}": True}
        fields = {**phones, "name/first": first, "tier": "Gold"}
        return EntityRow(name, Kind.CUSTOMER, 1, fields, {}, NOON, NOON)

    def work(tx: Tx) -> None:
        tx.put_entities(
            [customer("c-1", "Анна", "+79165550044"), customer("c-2", "Мария", "+79165560044")]
        )
        tx.put_pairs([pair("c-1", "c-2"), pair("c-1", "c-3", 900), pair("c-2", "c-3", 500)])

    await store.run(work)


async def test_pairs_are_listed_with_their_reasons_in_both_languages(
    store: SqlStore, clock: HeldClock
) -> None:
    """An operator would decide without knowing what was found."""
    await fill(store)
    reviews = Reviews(store, clock)
    first = await reviews.list(limit=2)
    assert [line.id for line in first.lines] == ["c-1.c-3", "c-1.c-2"]
    assert first.counts == {"open": 3}
    rest = await reviews.list(limit=2, after=first.after, language="en")
    assert [line.id for line in rest.lines] == ["c-2.c-3"]
    assert rest.after is None
    assert first.lines[0].supports[0].startswith("один телефон (подтверждён у поставщика")
    assert rest.lines[0].supports[0] == (
        "the same phone (confirmed at a vendor / not confirmed; 2 customers have it): +6"
    )
    assert rest.lines[0].against == ("the e-mails differ: -3",)
    with pytest.raises(Refused):
        await reviews.list(after="nonsense")


async def test_both_records_stand_side_by_side_and_masked(
    store: SqlStore, clock: HeldClock
) -> None:
    """A list of reviews would be a phone book, or two phones look like one."""
    await fill(store)
    view = await Reviews(store, clock).show("c-1.c-2")
    assert PHONE not in repr(view)
    assert "Анна" not in repr(view)
    alike = [(one.path, one.alike) for one in view.fields if one.path.startswith("phones")]
    assert sorted(found for _, found in alike) == [False, False, True]
    names = {one.path: (one.one, one.other, one.alike) for one in view.fields}
    assert names["name/first"] == ("А***", "М***", False)
    assert names["tier"] == ("Gold", "Gold", True)
    unmasked = await Reviews(store, clock).show("c-1.c-2", unmask=True)
    assert any(one.path == f"phones/{PHONE}" and one.alike for one in unmasked.fields)
    with pytest.raises(NotFound):
        await Reviews(store, clock).show("c-9.c-1")


async def test_a_decision_is_written_with_its_reason_and_who(
    store: SqlStore, clock: HeldClock
) -> None:
    """Nobody could tell afterwards who made one person of two."""
    await fill(store)
    noted = Noted()
    reviews = Reviews(store, clock, noted)
    execute = executors(reviews)[ActionKind.REVIEW_DECIDE]
    params = {"same": False, "reason": "мать и дочь"}
    done = await execute("olga", Action(ActionKind.REVIEW_DECIDE, ("c-1.c-2",), params))
    assert isinstance(done, tuple)
    assert [(one.state, one.was) for one in done] == [("different", "open")]
    view = await reviews.show("c-1.c-2")
    assert (view.note, view.line.decided_by, view.line.state) == (
        "мать и дочь", "olga", "different",
    )  # fmt: skip
    stories = await store.read(lambda tx: [tx.story(name, limit=9) for name in ("c-1", "c-2")])
    for (row,) in stories:
        assert (row.event, row.outcome, row.detail["who"]) == ("review", "different", "olga")
        assert "дочь" not in repr(row.detail)
    again = await reviews.decide("c-1.c-2", same=False, reason="ещё раз", who="ivan")
    assert again.was == "different"
    assert len(await store.read(lambda tx: tx.story("c-1", limit=9))) == 1
    assert [row.state for row in noted.apart] == [PairState.DIFFERENT]
    assert noted.rows == []
    await reviews.decide("c-1.c-2", same=True, reason="одна", who="olga")
    assert [row.state for row in noted.rows] == [PairState.SAME]


async def test_what_cannot_be_decided_is_refused(store: SqlStore, clock: HeldClock) -> None:
    """A merged pair would be said to be two, and nothing be taken apart."""
    await fill(store)
    reviews = Reviews(store, clock)
    with pytest.raises(Refused, match="reason"):
        await reviews.decide("c-1.c-2", same=True, reason=" ", who="olga")
    with pytest.raises(NotFound):
        await reviews.decide("c-8.c-9", same=True, reason="да", who="olga")
    execute = executors(reviews)[ActionKind.REVIEW_DECIDE]
    with pytest.raises(Refused, match="same"):
        await execute("olga", Action(ActionKind.REVIEW_DECIDE, ("c-1.c-2",), {"same": "yes"}))
    merged = PairRow(("c-1", "c-2"), PairState.MERGED, "score", 1, {}, NOON, NOON)
    await store.run(lambda tx: tx.put_pairs([merged]))
    with pytest.raises(Refused, match="merged"):
        await reviews.decide("c-1.c-2", same=False, reason="нет", who="olga")


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_finding_has_texts(code: str) -> None:
    """An operator would read a code, or the page fail."""
    args = {"proof": "word-code", "holders": 3, "sort": "phone"}
    args |= {"account": "crm", "gone": "2", "into": "1"}
    russian, english = (finding_text([code, 1.5, args, ""], one) for one in ("ru", "en"))
    assert "{" not in russian + english
    assert english.isascii()
    assert russian.endswith(": +1.5")


def test_every_rule_has_texts() -> None:
    """The same of rules."""
    assert all(rule_text(one, "en").isascii() for one in RULES)
    assert all(rule_text(one) for one in RULES)
