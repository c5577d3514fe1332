"""Cards and customers over EnterpriseData: fetched in parts, confirmed after they are stored."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.onec.translator_enterprise import CARD, PERSON, observed
from connectors.onec.translator_enterprise_order import Sales
from connectors.onec.wire_enterprise import Numbers, confirmation, message_of
from gateway.canonical import Card, CardState, Kind, PersonName
from gateway.contract import Rejected, TranslationFailed, Unavailable, Unsupported
from mocks.onec import demo
from tests.connectors.onec.services.conftest import BARCODE, OpenBase

PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
OTHER = "2990000000998"
HEAD = (
    '<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message"><msg:Header><msg:Confirmation>'
    "<msg:MessageNo>17</msg:MessageNo><msg:ReceivedNo>16</msg:ReceivedNo></msg:Confirmation>"
    '</msg:Header><Body xmlns="http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.21">'
)
END = "</Body></Message>"
SALES = Sales(ZoneInfo("Europe/Moscow"), "RUB")


def sections(kind: Kind = Kind.CARD, **more: Any) -> dict[str, Any]:
    """Return settings with a node for one kind."""
    nodes = {str(kind): {"code": "GW", "peer": "УТ", "part_kb": more.pop("part_kb", 1024)}}
    return {"soap": {"nodes": nodes, "poll_s": 0, **more}}


async def test_changes_come_and_are_confirmed_by_the_next_pull(open_base: OpenBase) -> None:
    """What was handed on and not stored is lost, or the same changes come for ever."""
    base = await open_base(sections())
    reader = base.connector.readers[Kind.CARD]
    first = await reader.pull(None, limit=100)
    assert (list(first.items), first.has_more) == ([], True)
    page = await reader.pull(first.cursor, limit=100)
    (card,) = page.items
    assert card.entity == Card(number=BARCODE, state=CardState.ACTIVE)
    assert card.customer_external_id == demo.PARTNER
    again = await reader.pull(first.cursor, limit=100)
    assert [one.external_id for one in again.items] == [card.external_id]
    after = await reader.pull(again.cursor, limit=100)
    assert (list(after.items), after.has_more) == ([], False)
    await base.act("card.annul", barcode=BARCODE)
    (blocked,) = (await reader.pull(after.cursor, limit=100)).items
    assert blocked.entity.state is CardState.BLOCKED


async def test_large_message_comes_in_parts(open_base: OpenBase) -> None:
    """Only the first part of a message is read, and the archive is broken."""
    base = await open_base(sections(part_kb=1))
    for number in range(60):
        barcode = f"29900000007{number:02}"
        await base.act("card.issue", barcode=barcode, partner=demo.PARTNER, kind=demo.CARD_KIND)
    items, _ = await base.walk(Kind.CARD, None)
    assert len(items) == 61


async def test_jobs_are_waited_for(open_base: OpenBase) -> None:
    """A job that takes a while is taken for one that failed."""
    base = await open_base(sections(), exchange_polls=3)
    assert len((await base.walk(Kind.CARD, None))[0]) == 1
    await base.switch(exchange_polls=1000)
    with pytest.raises(Unavailable, match="has not prepared a message in time"):
        await base.connector.readers[Kind.CARD].pull("null", limit=100)


async def test_confirmation_that_came_already_is_no_harm(open_base: OpenBase) -> None:
    """After a crash between confirming and noting it, the account stands still for ever."""
    base = await open_base(sections(), exchange_old_message="refuse")
    reader = base.connector.readers[Kind.CARD]
    page = await reader.pull("null", limit=100)
    await reader.pull(page.cursor, limit=100)
    await base.act("card.issue", barcode=OTHER, partner=demo.PARTNER, kind=demo.CARD_KIND)
    again = await reader.pull(page.cursor, limit=100)
    assert [one.entity.number for one in again.items] == [OTHER]
    assert again.has_more is False
    after = await reader.pull(again.cursor, limit=100)
    assert list(after.items) == []


async def test_objects_of_other_kinds_are_confirmed_too(open_base: OpenBase) -> None:
    """Objects that nobody reads fill every message from then on."""
    base = await open_base(sections(Kind.CUSTOMER))
    items, cursor = await base.walk(Kind.CUSTOMER, None)
    assert items == []
    assert cursor == "null"


async def test_unknown_node_is_told(open_base: OpenBase) -> None:
    """A node that was deleted looks like a base without changes."""
    settings = sections()
    settings["soap"]["nodes"]["card"]["code"] = "НЕТ"
    base = await open_base(settings)
    with pytest.raises((Unavailable, Rejected)):
        await base.connector.readers[Kind.CARD].pull("null", limit=100)


async def test_records_cannot_be_asked_for(open_base: OpenBase) -> None:
    """A reading that returns nothing would be taken for a record that is gone."""
    base = await open_base(sections())
    with pytest.raises(Unsupported):
        await base.connector.readers[Kind.CARD].get([demo.CARD])


def body(*objects: str) -> io.BytesIO:
    """Return a message around objects."""
    return io.BytesIO((HEAD + "".join(objects) + END).encode())


def test_customer_as_the_page_shows_it() -> None:
    """Names, birthday and contacts of persons are lost on the way."""
    text = (
        f"<{PERSON}><КлючевыеСвойства><Ссылка>11111111-2222-11ee-8c3a-00155d010203</Ссылка>"
        "<ФИО>Лапина Вера Олеговна</ФИО><ДатаРождения>1990-04-12</ДатаРождения>"
        "</КлючевыеСвойства><Пол>Женский</Пол><КонтактнаяИнформация>"
        "<Строка><ВидКонтактнойИнформации>ТелефонРабочий</ВидКонтактнойИнформации>"
        "<ЗначенияПолей>x</ЗначенияПолей><Значение>8 (999) 123-45-67, доб. 5</Значение></Строка>"
        "<Строка><ВидКонтактнойИнформации>АдресЭлектроннойПочты</ВидКонтактнойИнформации>"
        "<ЗначенияПолей>x</ЗначенияПолей><Значение>V.Lapina@Example.ru</Значение></Строка>"
        f"</КонтактнаяИнформация></{PERSON}>"
    )
    ((_, tree),) = message_of(body(text), frozenset({PERSON})).objects
    found = observed(PERSON, tree, SALES)
    assert found is not None
    customer = found.entity
    assert customer.name == PersonName(last="Лапина", first="Вера", patronymic="Олеговна")
    assert customer.birth_date == date(1990, 4, 12)
    assert [phone.number for phone in customer.phones] == ["+79991234567"]
    assert [email.address for email in customer.emails] == ["v.lapina@example.ru"]


def test_message_of_the_page_is_read() -> None:
    """Numbers, a card, and what else is in the message."""
    text = f"<{CARD}><КлючевыеСвойства><Ссылка>x</Ссылка></КлючевыеСвойства></{CARD}><Иное/>"
    message = message_of(body(text), frozenset({CARD}))
    assert (message.numbers, message.total) == (Numbers(17, 16), 2)
    assert [name for name, _ in message.objects] == [CARD]


BROKEN = [
    pytest.param(b"<!DOCTYPE a><Message/>", id="document type"),
    pytest.param(b"PK", id="no xml"),
    pytest.param(HEAD.encode(), id="cut"),
    pytest.param(b"<Message/>", id="no header"),
]


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    """A broken message is taken for an empty one, and confirmed."""
    with pytest.raises(TranslationFailed):
        message_of(io.BytesIO(content), frozenset({CARD}))


def test_confirmation_keeps_to_the_format() -> None:
    """1C refuses a header whose elements stand in another order."""
    made = confirmation(
        Numbers(18, 17), plan=PLAN, code="GW & Co", peer="УТ",
        created=datetime(2026, 2, 3, 15, 10, tzinfo=UTC),
    ).decode()  # fmt: skip
    assert "<msg:CreationDate>2026-02-03T15:10:00</msg:CreationDate><msg:Confirmation>" in made
    assert "<msg:From>GW &amp; Co</msg:From><msg:MessageNo>18</msg:MessageNo>" in made
    assert message_of(io.BytesIO(made.encode()), frozenset()).numbers == Numbers(18, 17)
