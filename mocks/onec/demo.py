"""The demonstration data of УТ: the objects of the golden samples (reference, section 1.13)."""

from __future__ import annotations

from mocks.onec import retail_acts
from mocks.onec.infobase import Infobase
from mocks.onec.posting import post
from mocks.onec.schema import Row

_TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = "11111111" + _TAIL
CARD = "cccc0001" + _TAIL
CARD_KIND = "cc000001" + _TAIL
PROGRAMME = "bb900001" + _TAIL
PRODUCT = "aaaa0001" + _TAIL
PRICE_KIND = "ee000001" + _TAIL
WAREHOUSE = "dd000001" + _TAIL
ORGANIZATION = "0f000001" + _TAIL
TILL = "0e000001" + _TAIL
VAT_RATE = "0a000001" + _TAIL
CURRENCY = "0b500001" + _TAIL
TERMINAL = "0b000001" + _TAIL
CASHIER = "0d000001" + _TAIL
PHONE_KIND = "ab000001" + _TAIL
EMAIL_KIND = "ab000002" + _TAIL
NODE = "9d000001" + _TAIL
THIS_NODE = "9d000000" + _TAIL
_PROGRAMME_KEY = "БонуснаяПрограммаЛояльности_Key"
SHIFT = "0c000001-2b3a-11f0-8c11-00155d0a0b0c"


def load_shared(infobase: Infobase) -> None:
    """Load what every configuration of the double has: nodes, books, one product, a programme."""
    create = infobase.create
    infobase.count_from(version=0)
    create("ExchangePlan_Шлюз", _named(THIS_NODE, "Эта база") | {"Code": "ЦБ", "ThisNode": True})
    create(
        "ExchangePlan_Шлюз",
        _named(NODE, "Шлюз")
        | {"Code": "GW", "SentNo": 16, "ReceivedNo": 16, "ExchangeDate": "2026-02-03T18:00:00"},
    )
    for ref, name, kind, mark in (
        (PHONE_KIND, "Телефон", "Телефон", "ТелефонПартнера"),
        (EMAIL_KIND, "Электронная почта", "АдресЭлектроннойПочты", "EmailПартнера"),
    ):
        create(
            "Catalog_ВидыКонтактнойИнформации",
            _named(ref, name)
            | {"Тип": kind, "Используется": True, "Predefined": True, "PredefinedDataName": mark},
        )
    _load_books(infobase)
    group = "aaaa0000" + _TAIL
    create("Catalog_Номенклатура", _named(group, "Посуда") | {"IsFolder": True})
    create(
        "Catalog_Номенклатура",
        _named(PRODUCT, "Чайник Вега")
        | {
            "Code": "00-00000017",
            "Артикул": "VEGA-1",
            "НаименованиеПолное": "Чайник Вега",
            "Parent_Key": group,
            "ТипНоменклатуры": "Товар",
            "СтавкаНДС_Key": VAT_RATE,
        },
    )
    create(
        "Catalog_БонусныеПрограммыЛояльности",
        _named(PROGRAMME, "Клуб Вега")
        | {"КурсКонвертацииБонусовВВалюту": 1, "МаксимальныйПроцентОплатыБонусами": 30},
    )


def _load_books(infobase: Infobase) -> None:
    create = infobase.create
    create("Catalog_Валюты", _named(CURRENCY, "руб.") | {"Code": "643"})
    create("Catalog_Организации", _named(ORGANIZATION, "Торговый дом Вега"))
    create("Catalog_Склады", _named(WAREHOUSE, "Магазин на Лесной") | {"Магазин": True})
    create("Catalog_КассыККМ", _named(TILL, "Касса 1") | {"Склад_Key": WAREHOUSE})
    create("Catalog_ВидыЦен", _named(PRICE_KIND, "Розничная") | {"ЦенаВключаетНДС": True})
    create("Catalog_СтавкиНДС", _named(VAT_RATE, "20%") | {"Ставка": 20})
    create("Catalog_ЭквайринговыеТерминалы", _named(TERMINAL, "Терминал 1"))
    create("Catalog_Пользователи", _named(CASHIER, "Кассир Петрова"))


def load_trade(infobase: Infobase) -> None:
    """Load the customers, the card kind, prices, stock and points of УТ."""
    load_shared(infobase)
    create = infobase.create
    plan = "ExchangePlan_СинхронизацияДанныхЧерезУниверсальныйФормат"
    create(plan, _named("9d000010" + _TAIL, "Эта база") | {"Code": "УТ", "ThisNode": True})
    node = {"Code": "GW", "SentNo": 16, "ReceivedNo": 16}
    create(plan, _named("9d000011" + _TAIL, "Шлюз") | node)
    kind = {"Статус": "Действует", "ТипКарты": "Штриховая", "Персонализирована": True}
    template = {
        "ДлинаШтрихкода": 13,
        "ШтрихкодНачалоДиапазона": "2990000000000",
        "ШтрихкодКонецДиапазона": "2990000009999",
    }
    create(
        "Catalog_ВидыКартЛояльности",
        _named(CARD_KIND, "Клубная")
        | kind
        | {"БонуснаяПрограммаЛояльности_Key": PROGRAMME, "ШаблоныКодовКартЛояльности": [template]},
    )
    infobase.count_from(version=0x382, Catalog_Партнеры=56)
    for row in _partners():
        create("Catalog_Партнеры", row)
    create(
        "Catalog_Партнеры",
        _named("11111110" + _TAIL, "Розничный покупатель")
        | {
            "Code": "00-00000001",
            "Predefined": True,
            "PredefinedDataName": "РозничныйПокупатель",
        },
    )
    create(
        "InformationRegister_ШтрихкодыНоменклатуры",
        {"Штрихкод": "4600000000017", "Номенклатура_Key": PRODUCT},
    )
    _documents(infobase)
    infobase.count_from(version=0x3A0)


def load_demo(infobase: Infobase) -> None:
    """Load the demonstration data of the infobase's configuration; no node hears of it."""
    if infobase.settings.configuration == "trade":
        load_trade(infobase)
    else:
        load_retail(infobase)
    infobase.changes.forget_all()


def load_retail(infobase: Infobase) -> None:
    """Load a shop, a person with a card that has 400 points, a price and stock of Розница."""
    load_shared(infobase)
    shop, kind, person = "0e100000" + _TAIL, CARD_KIND, PARTNER
    create = infobase.create
    create("Catalog_Магазины", _named(shop, "Лесная") | {"СкладПродажи_Key": WAREHOUSE})
    create("Catalog_ВидыДисконтныхКарт", _named(kind, "Клубная") | {_PROGRAMME_KEY: PROGRAMME})
    born = {"ДатаРождения": "1990-04-12T00:00:00", "Пол": "Женский"}
    contacts = {"КонтактнаяИнформация": _contacts()}
    create("Catalog_ФизическиеЛица", _named(person, "Лапина Вера Олеговна") | born | contacts)
    infobase.coming_guids.append(CARD)
    retail_acts.issue_card(infobase, {"barcode": "2990000000417", "owner": person})
    barcode = {"Штрихкод": "4600000000017", "Владелец": PRODUCT}
    kind_of = {"Владелец_Type": "StandardODATA.Catalog_Номенклатура"}
    create("InformationRegister_Штрихкоды", barcode | kind_of)
    at = "2026-01-12T10:00:00"
    retail_acts.set_stock(infobase, {"product": PRODUCT, "quantity": 13, "date": at})
    retail_acts.set_price(infobase, {"product": PRODUCT, "price": 990.5, "date": at})
    until = "2026-07-10T00:00:00"
    points = {"card": CARD, "points": 400, "date": "2026-01-10T00:00:00", "expires": until}
    retail_acts.accrue(infobase, points)


def _documents(infobase: Infobase) -> None:
    price = {
        "Номенклатура_Key": PRODUCT,
        "ВидЦены_Key": PRICE_KIND,
        "Цена": 990.5,
        "Валюта_Key": CURRENCY,
    }
    accrual = {
        "БонуснаяПрограммаЛояльности_Key": PROGRAMME,
        "ВидПравила": "Начисление",
        "ДатаОкончанияСрокаДействия": "2026-07-10T00:00:00",
        "Начисление": [{"Партнер_Key": PARTNER, "Баллы": 400}],
    }
    stock = {"Склад_Key": WAREHOUSE, "Товары": [{"Номенклатура_Key": PRODUCT, "Количество": 13}]}
    for name, head, at, values in (
        ("ОприходованиеИзлишковТоваров", "0ad00001-2a03", "2026-01-12T09:00:00", stock),
        ("УстановкаЦенНоменклатуры", "0ce00001-2a03", "2026-01-12T10:00:00", {"Товары": [price]}),
        ("НачислениеИСписаниеБонусныхБаллов", "d0c00000-2a01", "2026-01-10T00:00:00", accrual),
        ("ЗаказКлиента", "5a100000-2a11", "2026-01-15T11:00:00", _order()),
        ("ЧекККМ", "7e000000-2a11", "2026-01-20T12:40:00", _receipt()),
    ):
        ref = f"{head}-11f0-8c11-00155d0a0b0c"
        infobase.create(f"Document_{name}", {"Ref_Key": ref, "Date": at} | values)
        post(infobase, f"Document_{name}", ref)


def _receipt() -> Row:
    return {
        "Статус": "Пробит",
        "Партнер_Key": PARTNER,
        "Организация_Key": ORGANIZATION,
        "КассаККМ_Key": TILL,
        "Склад_Key": WAREHOUSE,
        "СуммаДокумента": 940.5,
        "Товары": [
            {
                "Номенклатура_Key": PRODUCT,
                "Количество": 1,
                "Цена": 990.5,
                "Сумма": 940.5,
                "СуммаБонусныхБалловКСписанию": 50,
                "СуммаБонусныхБалловКСписаниюВВалюте": 50,
            }
        ],
    }


def _order() -> Row:
    waiting = {
        "Номенклатура_Key": PRODUCT,
        "Количество": 2,
        "Цена": 990.5,
        "Сумма": 1981,
        "СуммаСНДС": 1981,
        "ВариантОбеспечения": "Отгрузить",
    }
    return {
        "Партнер_Key": "11111112" + _TAIL,
        "Организация_Key": ORGANIZATION,
        "Склад_Key": WAREHOUSE,
        "Статус": "КОтгрузке",
        "СуммаДокумента": 1981,
        "Товары": [waiting],
    }


def _partners() -> tuple[Row, ...]:
    person = {"Клиент": True, "ЮрФизЛицо": "ЧастноеЛицо"}
    first = {
        "Code": "00-00000055",
        "НаименованиеПолное": "Лапина Вера Олеговна",
        "Пол": "Женский",
        "ДатаРождения": "1990-04-12T00:00:00",
        "КонтактнаяИнформация": _contacts(),
    }
    second = {"Code": "00-00000056", "НаименованиеПолное": "Сомов Илья"}
    return (
        _named(PARTNER, "Лапина Вера") | person | first,
        _named("11111112" + _TAIL, "Сомов Илья") | person | second,
    )


def _contacts() -> list[Row]:
    phone = {
        "Тип": "Телефон",
        "Вид_Key": PHONE_KIND,
        "Представление": "+7 (999) 123-45-67",
        "НомерТелефона": "79991234567",
        "НомерТелефонаБезКодов": "1234567",
    }
    email = {
        "Тип": "АдресЭлектроннойПочты",
        "Вид_Key": EMAIL_KIND,
        "Представление": "v.lapina@example.ru",
        "АдресЭП": "v.lapina@example.ru",
        "ДоменноеИмяСервера": "example.ru",
    }
    return [phone, email]


def _named(ref: str, name: str) -> Row:
    return {"Ref_Key": ref, "Description": name}
