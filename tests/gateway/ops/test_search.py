"""Search: by whatever a person has in hand, also when the finger slipped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import Kind, normal_phone
from gateway.ops.near import MOST, near_digests, near_phones, near_texts
from gateway.ops.search import Found, How, Search
from gateway.ports import EntityRow
from gateway.store import SqlStore
from gateway.sync.lookup import Digester
from tests.store.rows import NOON, link, sentence

DIGESTER = Digester(b"s" * 32)
PHONE, EMAIL, CARD = "+79161234567", "alyona@example.ru", "2900000012345"
CUSTOMER_ID, ORDER_ID, OTHER_ID = "c-" + "0" * 22, "o-" + "0" * 22, "o-" + "1" * 22


def _entity(key: str, kind: Kind, fields: dict[str, object]) -> EntityRow:
    return EntityRow(key, kind, 1, fields, {}, NOON, NOON)


ROWS = (
    _entity(
        CUSTOMER_ID,
        Kind.CUSTOMER,
        {
            "name/first": "Алёна", "name/last": "Ёжикова", f"phones/{PHONE}": True,
            f"emails/{EMAIL}": True, f"cards/{CARD}": True,
        },
    ),
    _entity(ORDER_ID, Kind.ORDER, {"number": "А-1025", "status": "new"}),
    _entity(OTHER_ID, Kind.ORDER, {"number": "СПБ-7", "status": "new"}),
)  # fmt: skip


@pytest.fixture
async def search(store: SqlStore) -> Search:
    """A search over one customer and two orders."""
    digests = {row.id: DIGESTER.of_entity(row.kind, row.fields) for row in ROWS}
    told = [
        sentence(ORDER_ID, "received", account="shop", outcome="created", correlation_id="call-7"),
        sentence("", "hint", account="shop", outcome="new", correlation_id="call-7"),
    ]
    await store.run(lambda tx: tx.put_entities(list(ROWS)))
    await store.run(lambda tx: tx.put_matches(digests))
    await store.run(lambda tx: tx.put_links([link(CUSTOMER_ID, external_id="77")]))
    await store.run(lambda tx: tx.write_journal(told))
    return Search(store, {"shop": object()}, DIGESTER)


def _ids(found: Found) -> list[str]:
    return [line.id for line in found.lines]


RIGHT = (
    "8 (916) 123-45-67", "9161234567", EMAIL.upper(), CARD, "2900 0000 1234 5", "shop:77",
    CUSTOMER_ID,
)  # fmt: skip
MISTYPED = (
    "8 916 123-45-68", "+7 916 123-44-67", "916 123 45 6", "8 916 123-45-6",
    "8 916 123-45-677", "+7 9161 1234567", "8 961 123-45-67", "97161234567",
)  # fmt: skip
SLIPS = {
    "A-1025": ORDER_ID,  # a Latin letter
    "а-1о25": ORDER_ID,  # the letter O for a nought
    "f-1025": ORDER_ID,  # the other keyboard
    "cпб-7": OTHER_ID,
    "cg,-7": OTHER_ID,
    "аlyоna@example.ru": CUSTOMER_ID,  # Cyrillic letters inside
    'фднщтф"учфьздуюкг': CUSTOMER_ID,  # the other keyboard
}
NOTHING = ("", "   ", "nothing", "8 800 000-00-00", "shop:0", "x" * 999)


async def test_what_is_typed_right_is_found_exactly(search: Search) -> None:
    """A near spelling would be offered for what is there."""
    for typed in RIGHT:
        found = await search.look(typed)
        assert (found.how, _ids(found)) == (How.EXACT, [CUSTOMER_ID]), typed


async def test_a_mistyped_phone_leads_to_those_near_to_it(search: Search) -> None:
    """Somebody at the telephone would be told that he is no customer."""
    for typed in MISTYPED:
        found = await search.look(typed)
        assert (found.how, _ids(found)) == (How.NEAR, [CUSTOMER_ID]), typed


async def test_slips_of_the_keyboard_are_understood(search: Search) -> None:
    """An order number copied from a letter would not be found for one look-alike letter."""
    for typed, expected in SLIPS.items():
        found = await search.look(typed)
        assert (found.how, _ids(found)) == (How.NEAR, [expected]), typed


async def test_a_correlation_id_leads_to_what_happened_under_it(search: Search) -> None:
    """A line of a log could not be followed into the story."""
    found = await search.look(" call-7 ")
    assert (found.how, _ids(found)) == (How.CORRELATION, [ORDER_ID])
    assert [step.event for step in found.steps] == ["received", "hint"]


async def test_what_is_not_known_leads_to_nothing(search: Search) -> None:
    """A page would break on a query."""
    for typed in NOTHING:
        found = await search.look(typed)
        assert (found.how, found.lines, found.steps) == (How.NOTHING, (), ()), typed


async def test_lines_are_masked(search: Search) -> None:
    """A list of results would be a list of people."""
    found = await search.look(PHONE)
    (line,) = found.lines
    assert (line.title, line.marks) == (
        "Ё*** А***", ("***2345", "a***@example.ru", "+7916***4567"),
    )  # fmt: skip
    order = (await search.look("А-1025")).lines[0]
    assert (order.title, order.marks[0]) == ("А-1025", "new")


HOME = st.from_regex(r"9[0-9]{9}", fullmatch=True)


@given(
    HOME, st.integers(0, 9), st.sampled_from("0123456789"), st.sampled_from(["", "8", "+7", "7"])
)
def test_every_single_slip_is_near(right: str, place: int, digit: str, prefix: str) -> None:
    """Some slips would be found and others not, and nobody could say which."""
    slips = {
        right[:place] + digit + right[place + 1 :],
        right[:place] + right[place + 1 :],
        right[:place] + right[place] + right[place:],
    }
    if place < 9:
        slips.add(right[:place] + right[place + 1] + right[place] + right[place + 2 :])
    for slip in slips - {right}:
        near = near_phones(prefix + slip)
        assert f"+7{right}" in near or normal_phone(prefix + slip) == f"+7{right}", slip
        assert len(near) <= MOST


@given(st.text(max_size=40))
def test_any_query_has_a_bounded_number_of_near_ones(text: str) -> None:
    """A long query would ask the database for thousands of digests."""
    assert len(near_digests(DIGESTER, text)) <= MOST + 20
    assert text.strip() not in near_texts(text)
    assert all(normal_phone(phone) == phone for phone in near_phones(text))


def test_a_foreign_number_is_near_too() -> None:
    """Customers from Belarus and Armenia slip as well."""
    assert "+375291234567" in near_phones("+375 29 123-45-68")
    assert "+37491234567" in near_phones("+374 91 23456")
    assert near_phones("order 12") == []
