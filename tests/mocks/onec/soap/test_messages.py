"""EnterpriseData messages: their form, numbers, confirmations, objects (vendor reference, 3.6)."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import BARCODE, CARD, PARTNER, Services
from tests.mocks.onec.soap.envelopes import loyalty, same, sample
from tests.mocks.onec.soap.peer import JOB, MSG, get, message, nodes, numbers, objects, put

KEYS = "<КлючевыеСвойства><НомерКарты>1</НомерКарты></КлючевыеСвойства>"


BROKEN = [
    pytest.param(message(Confirmation="Prefix"), id="no confirmation"),
    pytest.param(message(AvailableVersion="Prefix"), id="no versions"),
    pytest.param(message().replace("<msg:To>УТ<", "<msg:To>БП<"), id="for somebody else"),
    pytest.param(message().replace("<msg:From>GW<", "<msg:From>XX<"), id="from somebody else"),
    pytest.param(message().replace("EnterpriseData/1.21", "EnterpriseData/2.5"), id="version"),
    pytest.param(message().replace("<msg:Format>http", "<msg:Format>x"), id="format"),
    pytest.param(message("<Справочник.Неведомые/>"), id="unknown type"),
    pytest.param(message("<Справочник.ДисконтныеКарты/>"), id="no card number"),
    pytest.param(
        message(
            f"<Справочник.ДисконтныеКарты>{KEYS}<Статус>Ой</Статус></Справочник.ДисконтныеКарты>"
        ),
        id="unknown status",
    ),
    pytest.param('<!DOCTYPE a [<!ENTITY b "c">]>' + message(), id="document type"),
    pytest.param("<Message", id="no xml"),
]


@pytest.mark.parametrize("text", BROKEN)
async def test_wrong_messages_fail_and_write_nothing(services: Services, text: str) -> None:
    """The job fails with a text, the received number stays."""
    await nodes(services)
    status, error = await put(services, text)
    assert status == "Failed"
    assert error
    root, _ = await get(services)
    assert numbers(root) == ("GW", "УТ", "17", "16")


async def test_order_of_header_elements_is_fixed(services: Services) -> None:
    """AvailableVersion before Confirmation is another format."""
    await nodes(services)
    version = "<msg:AvailableVersion>1.21</msg:AvailableVersion>"
    text = (
        message().replace(version, "").replace("<msg:Confirmation>", version + "<msg:Confirmation>")
    )
    assert (await put(services, text))[0] == "Failed"


async def test_numbers_and_confirmation(services: Services) -> None:
    """What is not confirmed is handed out again under the next number, the rest is not."""
    await nodes(services)
    status = {"RequestID": JOB, "CardID": CARD, "Status": "Аннулирована"}
    await loyalty(services, "SetCardStatus", **status)
    first, _ = await get(services)
    second, _ = await get(services)
    assert (numbers(first)[2], numbers(second)[2]) == ("17", "18")
    assert objects(first) == objects(second) == ["Справочник.ДисконтныеКарты"]
    passed_over = "<Справочник.ПрограммыЛояльности/>"
    assert (await put(services, message(passed_over, number=17, received=18)))[0] == "Completed"
    third, _ = await get(services)
    assert numbers(third) == ("GW", "УТ", "19", "17")
    assert objects(third) == []


async def test_change_after_the_selection_stays(services: Services) -> None:
    """An object that changed again is not confirmed by the older message."""
    await nodes(services)
    for number, status in enumerate(("Аннулирована", "Действует")):
        request = f"401d{number:04d}-2b3d-11f0-8c11-00155d0a0b0c"
        await loyalty(services, "SetCardStatus", RequestID=request, CardID=CARD, Status=status)
        if not number:
            await get(services)
    await put(services, message("<Справочник.ПрограммыЛояльности/>", received=17))
    root, _ = await get(services)
    assert objects(root) == ["Справочник.ДисконтныеКарты"]


@pytest.mark.parametrize(("switch", "status"), [("accept", "Completed"), ("refuse", "Failed")])
async def test_message_received_before(services: Services, switch: str, status: str) -> None:
    """What becomes of an old number is a switch; the number never goes back."""
    await nodes(services)
    await services.door("settings", exchange_old_message=switch)
    await put(services, message(number=17))
    assert (await put(services, message(number=12)))[0] == status
    assert numbers((await get(services))[0])[3] == "17"


async def test_card_goes_out_in_the_form_of_the_reference(services: Services) -> None:
    """Header in its order, UTC there, key properties of the card as in the sample."""
    await nodes(services)
    await put(services, sample("message.xml"))
    root, _ = await get(services)
    assert [etree.QName(one).localname for one in root[0]][:4] == [
        "Format",
        "CreationDate",
        "Confirmation",
        "AvailableVersion",
    ]
    assert root.findtext(f".//{MSG}CreationDate") == "2026-02-03T15:10:00"
    wanted = etree.fromstring(sample("message.xml").encode())[1][0]
    (card,) = root[1]
    assert same(card[0], wanted[0])


async def test_format_is_the_highest_that_both_know(services: Services) -> None:
    """After a message with older versions the answers come in these."""
    await nodes(services)
    old = "<msg:AvailableVersion>1.{}</msg:AvailableVersion>"
    text = message("<Справочник.ПрограммыЛояльности/>").replace(
        old.format(21), old.format(6) + old.format(8)
    )
    assert (await put(services, text))[0] == "Completed"
    root, _ = await get(services)
    assert root[1].tag == "{http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8}Body"


async def test_big_answer_comes_in_parts(services: Services) -> None:
    """PartSize counts kilobytes."""
    await nodes(services)
    rows = [{"Description": f"Покупатель {n * n * 7919}", "Комментарий": "ё"} for n in range(400)]
    text = "".join(
        f"<Справочник.ФизическиеЛица><КлючевыеСвойства><ФИО>{row['Description']}</ФИО>"
        "</КлючевыеСвойства></Справочник.ФизическиеЛица>"
        for row in rows
    )
    assert (await put(services, message(text)))[0] == "Completed"
    root, count = await get(services, size_kb=1)
    assert count > 3
    assert objects(root) == ["Справочник.ФизическиеЛица"] * 400


async def test_person_order_and_deletion(services: Services) -> None:
    """A person changes his phone, an order comes in, a card is marked as deleted."""
    await nodes(services)
    order = "5a1d0c1e-2b3c-11f0-8c11-00155d0a0b0c"
    body = (
        f"<Справочник.ФизическиеЛица><КлючевыеСвойства><Ссылка>{PARTNER}</Ссылка>"
        "<ФИО>Лапина Вера Олеговна</ФИО></КлючевыеСвойства><Пол>Женский</Пол>"
        "<КонтактнаяИнформация><Строка><ВидКонтактнойИнформации>Телефон</ВидКонтактнойИнформации>"
        "<ЗначенияПолей>+79125556677</ЗначенияПолей><Значение>+79125556677</Значение></Строка>"
        "</КонтактнаяИнформация></Справочник.ФизическиеЛица>"
        f"<Документ.ЗаказКлиента><КлючевыеСвойства><Ссылка>{order}</Ссылка>"
        "<Дата>2026-02-03T18:04:55</Дата><Номер>ШЛЦБ-000417</Номер></КлючевыеСвойства>"
        f"<Сумма>1981.00</Сумма><Контрагент><Ссылка>{PARTNER}</Ссылка></Контрагент><Товары><Строка>"
        "<Количество>2</Количество><Цена>990.50</Цена><Сумма>1981.00</Сумма></Строка></Товары>"
        "</Документ.ЗаказКлиента><УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект>"
        f"<ДисконтныеКартыСсылка>{CARD}</ДисконтныеКартыСсылка></СсылкаНаОбъект></СсылкаНаОбъект>"
        "</УдалениеОбъекта>"
    )
    assert (await put(services, message(body))) == ("Completed", "")
    root, _ = await get(services)
    ns = "{http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.21}"
    assert objects(root) == [
        "Справочник.ФизическиеЛица",
        "Документ.ЗаказКлиента",
        "УдалениеОбъекта",
    ]
    assert root.findtext(f".//{ns}Значение") == "+79125556677"
    assert root.findtext(f".//{ns}Номер") == "ШЛЦБ-000417"
    assert root.findtext(f".//{ns}Цена") == "990.50"
    assert root.findtext(f".//{ns}ДисконтныеКартыСсылка") == CARD
    found = await loyalty(services, "FindCard", CardCode=BARCODE, Phone=None)
    assert found.text("ErrorCode") == "CARD_NOT_FOUND"
