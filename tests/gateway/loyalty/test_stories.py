"""Stories: a sale of a till stands in the story of its customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.loyalty.stories import Stories
from gateway.ports import HouseMemberRow, LinkRow, SaleKind, SaleRow
from gateway.store import Sealer, SqlStore, StoreSaleLog, open_store
from gateway.sync.lookup import CARD, PHONE, Digester
from tests.store.conftest import KEY
from tests.store.rows import NOON, HeldClock, sale
from tests.stores import upgrade

PHONE_NUMBER, CARD_NUMBER = "+79161234567", "2100123456789"
DIGESTER = Digester(b"k" * 32)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A store that knows one customer by link, phone and card, and a phone of two."""
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    upgrade(url)
    opened = open_store(url, sealer=Sealer([KEY]), clock=HeldClock())
    link = LinkRow("c-anna", Kind.CUSTOMER, "loyalty", "m-1", known={})
    matches = {
        "c-anna": [DIGESTER.digest(PHONE, PHONE_NUMBER), DIGESTER.digest(CARD, CARD_NUMBER)],
        "k-card": [DIGESTER.digest(CARD, CARD_NUMBER)],
        "c-one": [DIGESTER.digest(PHONE, "+79990000000")],
        "c-two": [DIGESTER.digest(PHONE, "+79990000000")],
    }
    await opened.run(lambda tx: tx.put_links([link]))
    await opened.run(lambda tx: tx.put_matches(matches))
    yield opened
    await opened.close()


async def told(store: SqlStore, row: SaleRow) -> str:
    """Write a row and return whose story its sentence stands in."""
    await StoreSaleLog(store, story=Stories(DIGESTER)).write([row])
    stories = await store.read(
        lambda tx: {one: tx.story(one, limit=9) for one in ("c-anna", "c-one", "c-two", "")}
    )
    (found,) = [one for one, rows in stories.items() if rows]
    return found


@pytest.mark.parametrize(
    ("member", "entity_id"),
    [
        pytest.param({"external_id": "m-1"}, "c-anna", id="id"),
        pytest.param({"phone": PHONE_NUMBER}, "c-anna", id="phone"),
        pytest.param({"card": CARD_NUMBER}, "c-anna", id="card"),
        pytest.param({"external_id": "m-2"}, "", id="unknown id"),
        pytest.param({"phone": "+79990000000"}, "", id="phone of two"),
        pytest.param(None, "", id="anonymous"),
    ],
)
async def test_a_sale_stands_in_the_story_of_its_customer(
    store: SqlStore, member: dict[str, str] | None, entity_id: str
) -> None:
    """Whoever asks why points are missing would not find the sale, or find a stranger's."""
    content: dict[str, Any] = {"lines": []} if member is None else {"member": member}
    assert await told(store, sale("s", processor="loyalty", content=content)) == entity_id


async def test_a_member_of_the_house_is_known_by_its_own_id(store: SqlStore) -> None:
    """The house's own sales would stand in nobody's story."""
    member = HouseMemberRow("h-1", NOON, NOON, "Бронза", entity_id="c-anna")
    await store.run(lambda tx: tx.put_house_member(member, digests=[]))
    row = sale("s", processor="house", content={"member": {"external_id": "h-1"}})
    assert await told(store, row) == "c-anna"


async def test_a_return_stands_beside_its_sale(store: SqlStore) -> None:
    """A return names nobody, and would stand in no story."""
    sold = sale("s", processor="loyalty", content={"member": {"phone": PHONE_NUMBER}})
    await store.run(lambda tx: tx.put_sales([sold]))
    back = sale("r", kind=SaleKind.REFUND, of=sold.id, processor="loyalty", content={})
    assert await told(store, back) == "c-anna"
