"""The unmodified package ``PyOData1C`` works against the double as against 1C.

It asks for JSON by ``Accept`` alone, posts without brackets, writes ``$select`` with spaces after
commas, and takes 201 for a creation and 200 for all else.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import pytest
from pydantic import UUID1, Field
from PyOData1C.exeptions import ResponseError
from PyOData1C.http import Connection, auth
from PyOData1C.models import ODataModel
from PyOData1C.odata import OData, ODataManager, Q

from mocks.onec.app import OneCSettings, build_app
from mocks.onec.demo import CARD_KIND, ORGANIZATION, PARTNER, PRODUCT, WAREHOUSE
from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Buyer(ODataModel):
    """A partner, as far as a card shows it."""

    name: str = Field(alias="Description")


class Card(ODataModel):
    """A loyalty card."""

    uid: UUID1 = Field(alias="Ref_Key", exclude=True)
    code: str = Field(alias="Штрихкод")
    status: str = Field(alias="Статус")


class HeldCard(ODataModel):
    """A loyalty card with its holder."""

    code: str = Field(alias="Штрихкод")
    buyer: Buyer = Field(alias="Партнер")

    nested_models: ClassVar[dict[str, type[ODataModel]]] = {"buyer": Buyer}


class SalesOrder(ODataModel):
    """An order's header."""

    uid: UUID1 = Field(alias="Ref_Key", exclude=True)
    number: str = Field(alias="Number")
    date: datetime = Field(alias="Date")
    posted: bool = Field(alias="Posted")
    buyer: UUID1 = Field(alias="Партнер_Key")


class Cards(OData):
    """The directory of cards."""

    database = "ut"
    entity_model = Card
    entity_name = "Catalog_КартыЛояльности"


class HeldCards(Cards):
    """The same with their holders."""

    entity_model = HeldCard


class Orders(OData):
    """Customers' orders."""

    database = "ut"
    entity_model = SalesOrder
    entity_name = "Document_ЗаказКлиента"


class Shipments(OData):
    """Shipments, which need goods in stock."""

    database = "ut"
    entity_model = SalesOrder
    entity_name = "Document_РеализацияТоваровУслуг"


@pytest.fixture
async def host() -> AsyncIterator[str]:
    """Serve a fresh double; the client wants the host alone."""
    async with serve(build_app(OneCSettings())) as url:
        yield url.removeprefix("http://")


async def _with(host: str, work: Callable[[Connection], None], password: str) -> None:
    """Let the client, which blocks, work in a thread. A name in Cyrillic goes as bytes."""
    login = auth.HTTPBasicAuth("Шлюз".encode(), password.encode())

    def all_of_it() -> None:
        with Connection(host, "http", login) as connection:
            work(connection)

    await asyncio.to_thread(all_of_it)


def _cards(connection: Connection) -> None:
    cards: Callable[[], ODataManager] = lambda: Cards.manager(connection)  # noqa: E731
    codes = [f"29900000009{number:02}" for number in range(12)]
    for code in codes:
        row = {"Owner_Key": CARD_KIND, "Штрихкод": code, "Статус": "Действует"}
        made = cards().create(row | {"Партнер_Key": PARTNER})
        assert (made.code, made.status) == (code, "Действует")
    key = str(made.uid)
    assert cards().get(key).code == codes[-1]
    assert cards().update(key, {"Статус": "Аннулирована"}).status == "Аннулирована"
    blocked = cards().filter(Q(code__in=codes) & ~Q(status="Действует")).all()
    assert [one.code for one in blocked] == [codes[-1]]
    assert [one.code for one in cards().filter(uid__eq__guid=key).all()] == [codes[-1]]
    (held,) = HeldCards.manager(connection).filter(code=codes[0]).expand("buyer").all()
    assert held.buyer.name == "Лапина Вера"
    pages = [cards().filter(code__in=codes).top(5).skip(at).all() for at in (0, 5, 10)]
    assert [len(page) for page in pages] == [5, 5, 2]
    assert {row.code for page in pages for row in page} == set(codes)
    with pytest.raises(ResponseError, match="404"):
        cards().get("cccc0009-2222-11ee-8c3a-00155d010203")


def _orders(connection: Connection) -> None:
    line = {"LineNumber": "1", "Номенклатура_Key": PRODUCT, "Количество": 2, "Сумма": 1981}
    order = {
        "Date": "2026-02-03T18:04:55",
        "Партнер_Key": PARTNER,
        "Организация_Key": ORGANIZATION,
        "Склад_Key": WAREHOUSE,
        "Товары": [line],
    }
    made = Orders.manager(connection).create(order)
    assert (made.posted, made.date) == (False, datetime(2026, 2, 3, 18, 4, 55))  # noqa: DTZ001
    key = str(made.uid)
    Orders.manager(connection).post_document(key)
    since = datetime(2026, 2, 3)  # noqa: DTZ001 - 1C has no zone
    found = Orders.manager(connection).filter(date__ge=since, posted=True).all()
    assert key in {str(one.uid) for one in found}
    Orders.manager(connection).unpost_document(key)
    assert Orders.manager(connection).get(key).posted is False
    too_many = order | {"Товары": [line | {"Количество": 1000}]}
    shipment = Shipments.manager(connection).create(too_many)
    with pytest.raises(ResponseError, match="Status: 500"):
        Shipments.manager(connection).post_document(str(shipment.uid))


@pytest.mark.parametrize("work", [_cards, _orders], ids=["cards", "orders"])
async def test_client_drives_the_double(host: str, work: Callable[[Connection], None]) -> None:
    """What a client of 1C expects of a base must hold for the double."""
    await _with(host, work, "gateway-secret")


async def test_stranger_is_refused(host: str) -> None:
    """A wrong password must end as it does at 1C: 401, whatever was asked."""

    def ask(connection: Connection) -> None:
        with pytest.raises(ResponseError, match="401"):
            Cards.manager(connection).all()

    await _with(host, ask, "неверный")
