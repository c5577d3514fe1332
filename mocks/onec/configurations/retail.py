"""Розница 2.x, the part that a retail gateway meets (reference, sections 1.12 and 6.6)."""

from __future__ import annotations

from mocks.onec.configurations.shared_entities import CONTACTS, ENUMERATIONS, shared_entities
from mocks.onec.notation import (
    accumulation_register,
    catalog,
    configuration,
    document,
    information_register,
)
from mocks.onec.schema import Entity

_ENUMERATIONS = ENUMERATIONS | {
    "ТипыНоменклатуры": "Товар Услуга",
    "ВидыИнформационныхКарт": "Дисконтная Регистрационная",
    "СтатусыЧековККМ": "Отложенный Пробитый Аннулированный Архивный",
    "ВидыОперацийЧекККМ": "Продажа Возврат",
    "ТипыОплат": "Наличные ПлатежнаяКарта БонусныеБаллы ПодарочныйСертификат",
    "ЮрФизЛицо": "ЮрЛицо ФизЛицо",
    "СтатусыЗаказов": "Новый ВРаботе Закрыт",
}
_PRODUCT = "Номенклатура:>Catalog_Номенклатура Характеристика:>Catalog_ХарактеристикиНоменклатуры"
_PACK = "Упаковка:>Catalog_УпаковкиЕдиницыИзмерения"
_PROGRAMME = "БонуснаяПрограммаЛояльности:>Catalog_БонусныеПрограммыЛояльности"
_CARD = "ДисконтнаяКарта:>Catalog_ИнформационныеКарты"
_OWNERS = "Catalog_Контрагенты|Catalog_ФизическиеЛица"
_POINTS_ROW = f"{_CARD} Баллы:n"
_GOODS = (
    f"{_PRODUCT} {_PACK} Штрихкод:s200 КоличествоУпаковок:n Количество:n Цена:n Сумма:n"
    " СтавкаНДС:e.СтавкиНДС СуммаНДС:n СуммаРучнойСкидки:n СуммаАвтоматическойСкидки:n"
    " СуммаСкидкиОплатыБонусом:n КодСтроки:i КлючСвязи:i Продавец:>Catalog_Пользователи"
)


def _catalogs() -> tuple[Entity, ...]:
    parts = {"КонтактнаяИнформация": CONTACTS}
    return (
        catalog("ФизическиеЛица", "ДатаРождения:d Пол:e.ПолФизическогоЛица ИНН:s12", parts=parts),
        catalog(
            "Контрагенты", "НаименованиеПолное:t ЮрФизЛицо:e.ЮрФизЛицо ИНН:s12 КПП:s9", parts=parts
        ),
        catalog("Магазины", "СкладПродажи:>Catalog_Склады", code=0),
        catalog("ВидыОплатЧекаККМ", "ТипОплаты:e.ТипыОплат", code=0),
        catalog("ВидыДисконтныхКарт", f"{_PROGRAMME} ТипКарты:e.ТипыКарт", code=0),
        catalog(
            "ИнформационныеКарты",
            f"КодКарты:s200 ВладелецКарты:>{_OWNERS} ВидКарты:e.ВидыИнформационныхКарт"
            f" ТипКарты:e.ТипыКарт ВидДисконтнойКарты:>Catalog_ВидыДисконтныхКарт {_PROGRAMME}"
            " КартаДляНакоплений:>Catalog_ИнформационныеКарты ДатаОткрытия:d",
            parts=parts,
        ),
    )


def _receipt(registers: tuple[str, ...]) -> Entity:
    return document(
        "ЧекККМ",
        "ВидОперации:e.ВидыОперацийЧекККМ СтатусЧекаККМ:e.СтатусыЧековККМ"
        " ЧекККМПродажа:>Document_ЧекККМ Магазин:>Catalog_Магазины КассаККМ:>Catalog_КассыККМ"
        " НомерСменыККМ:i32 НомерЧекаККМ:i32 Организация:>Catalog_Организации"
        f" {_CARD} ВладелецДисконтнойКарты:>{_OWNERS} СуммаДокумента:n ЦенаВключаетНДС:b"
        " БонусыНачислены:b Комментарий:t",
        parts={
            "Товары": _GOODS,
            "Оплата": f"ВидОплаты:>Catalog_ВидыОплатЧекаККМ Сумма:n СсылочныйНомер:s50"
            f" КоличествоБонусов:n СуммаБонусовВСкидках:n {_PROGRAMME}",
        },
        registers=registers,
        restarts="day",
    )


def _documents() -> tuple[Entity, ...]:
    points, stock = "AccumulationRegister_БонусныеБаллы", "AccumulationRegister_ТоварыНаСкладах"
    return (
        _receipt((points, stock)),
        document(
            "НачислениеИСписаниеБонусныхБаллов",
            f"{_PROGRAMME} ВидПравила:e.ВидыПравилНачисленияБонусныхБаллов"
            " ДатаОкончанияСрокаДействия:d Комментарий:t",
            parts={"Начисление": _POINTS_ROW, "Списание": _POINTS_ROW},
            registers=(points,),
        ),
        document(
            "ЗаказПокупателя",
            "Контрагент:>Catalog_Контрагенты Магазин:>Catalog_Магазины"
            f" Организация:>Catalog_Организации {_CARD} СуммаДокумента:n ЦенаВключаетНДС:b"
            " Статус:e.СтатусыЗаказов Комментарий:t",
            parts={"Товары": _GOODS},
        ),
        document(
            "УстановкаЦенНоменклатуры",
            "Комментарий:t",
            parts={"Товары": f"{_PRODUCT} {_PACK} ВидЦены:>Catalog_ВидыЦен Цена:n Валюта:s3"},
            registers=("InformationRegister_ЦеныНоменклатуры",),
        ),
        document(
            "ОприходованиеТоваров",
            "Склад:>Catalog_Склады Магазин:>Catalog_Магазины Комментарий:t",
            parts={"Товары": f"{_PRODUCT} Количество:n Цена:n Сумма:n"},
            registers=(stock,),
        ),
    )


def _registers() -> tuple[Entity, ...]:
    return (
        information_register(
            "Штрихкоды",
            "Штрихкод:s200",
            "Владелец:>Catalog_Номенклатура|Catalog_ИнформационныеКарты"
            f" Характеристика:>Catalog_ХарактеристикиНоменклатуры {_PACK}",
        ),
        information_register(
            "ЦеныНоменклатуры",
            f"{_PRODUCT} ВидЦены:>Catalog_ВидыЦен",
            f"Цена:n {_PACK} Валюта:s3",
            periodic="second",
            recorders="Document_УстановкаЦенНоменклатуры",
        ),
        accumulation_register(
            "ТоварыНаСкладах",
            f"Склад:>Catalog_Склады {_PRODUCT}",
            "Количество:n Резерв:n",
            recorders="Document_ОприходованиеТоваров Document_ЧекККМ",
            balance=True,
        ),
        accumulation_register(
            "БонусныеБаллы",
            f"{_CARD} {_PROGRAMME}",
            "Начислено:n КСписанию:n",
            recorders="Document_НачислениеИСписаниеБонусныхБаллов Document_ЧекККМ",
            balance=True,
        ),
    )


RETAIL = configuration(
    "Розница", (*shared_entities(), *_catalogs(), *_documents(), *_registers()), _ENUMERATIONS
)
