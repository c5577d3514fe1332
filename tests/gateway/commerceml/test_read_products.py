"""Goods, offers, prices and rests: the forms in which exporters write them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from gateway.commerceml import CommerceMlMapping, CommerceMlReader
from gateway.contract import Observed, RejectedRecord

from .files import MAPPING, commerce, offers, product_of, products_of, said

CATALOGUE = """
<Классификатор><Ид>cls-1</Ид><Наименование>Классификатор</Наименование>
 <Группы><Группа><Ид>grp-1</Ид><Наименование>Соусы</Наименование>
  <Группы><Группа><Ид>grp-2</Ид><Наименование>Джемы</Наименование></Группа></Группы></Группа>
 </Группы>
 <Свойства><Свойство><Ид>prop-1</Ид><Наименование>Вкус</Наименование>
  <ТипЗначений>Справочник</ТипЗначений><ВариантыЗначений><Справочник><ИдЗначения>val-1</ИдЗначения>
  <Значение>Клубника</Значение></Справочник></ВариантыЗначений></Свойство></Свойства></Классификатор>
<Каталог СодержитТолькоИзменения="true"><Ид>cat-1</Ид><Наименование>Каталог</Наименование><Товары>
 <Товар Статус="Изменен"><Ид>0a1b-88</Ид><Артикул>J-88</Артикул><Штрихкод>4600000000886</Штрихкод>
  <Наименование> Джем </Наименование>
  <БазоваяЕдиница Код="796" НаименованиеПолное="Штука">шт</БазоваяЕдиница>
  <Группы><Ид>grp-2</Ид></Группы><Описание/>
  <ЗначенияСвойств><ЗначенияСвойства><Ид>prop-1</Ид><Значение>val-1</Значение></ЗначенияСвойства>
  </ЗначенияСвойств>
  <СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>20%</Ставка></СтавкаНалога>
  </СтавкиНалогов>
  <ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ВидНоменклатуры</Наименование>
  <Значение>Товар</Значение></ЗначениеРеквизита></ЗначенияРеквизитов></Товар>
</Товары></Каталог>"""

PRICE = "<Цена><ИдТипаЦены>pt-1</ИдТипаЦены><ЦенаЗаЕдиницу>{}</ЦенаЗаЕдиницу>{}</Цена>"


def test_a_product_of_a_catalogue() -> None:
    """Every field that a catalogue speaks of, and none that it does not (prices, rests)."""
    found = product_of(commerce(CATALOGUE))
    assert said(found) == {
        "code": "0a1b-88",
        "sku": "J-88",
        "barcodes": ["4600000000886"],
        "name": "Джем",
        "unit": "шт",
        "category": "grp-2",
        "description": None,
        "vat_rate": "20",
        "active": True,
        "attributes": {"kind": "Товар", "taste": "Клубника"},
    }
    assert found.external_id == "0a1b-88"


def test_what_a_file_explains_is_known() -> None:
    """Groups keep their parents, properties their values, and the package tells what it is."""
    reader = CommerceMlReader(MAPPING)
    list(reader.products(io.BytesIO(commerce(CATALOGUE))))
    groups = {id_: (it.name, it.parent) for id_, it in reader.classifier.groups.items()}
    assert groups == {"grp-1": ("Соусы", None), "grp-2": ("Джемы", "grp-1")}
    assert reader.classifier.properties["prop-1"].variants == {"val-1": "Клубника"}
    assert (reader.facts.package, reader.facts.only_changes) == ("Каталог", True)
    assert reader.facts.version == "2.09"


def test_facts_are_known_at_the_first_record() -> None:
    """A full set must be told from changes before its records are applied, not after."""
    reader = CommerceMlReader(MAPPING)
    next(reader.products(io.BytesIO(commerce(CATALOGUE))))
    assert reader.facts.only_changes


def test_offers_use_the_catalogue_before_them() -> None:
    """A property of an offer is a GUID whose text stands in the other file."""
    reader = CommerceMlReader(MAPPING)
    list(reader.products(io.BytesIO(commerce(CATALOGUE))))
    data = offers(
        "<Ид>0a1b-88#v</Ид><ЗначенияСвойств><ЗначенияСвойства><Ид>prop-1</Ид>"
        "<Значение>val-1</Значение></ЗначенияСвойства></ЗначенияСвойств>"
    )
    (found,) = reader.products(io.BytesIO(data))
    assert said(found)["attributes"] == {"taste": "Клубника"}


def test_a_variant_names_its_product() -> None:
    """A variant has the id ``product#variant`` and characteristics of its own."""
    found = product_of(
        offers(
            "<Ид>0a1b-88#0c2d-01</Ид><Наименование>Джем (0,5)</Наименование>"
            "<ХарактеристикиТовара><ХарактеристикаТовара><Ид>c</Ид><Наименование>Размер"
            "</Наименование><Значение>0,5 л</Значение></ХарактеристикаТовара>"
            "</ХарактеристикиТовара>"
        )
    )
    assert said(found) == {
        "code": "0a1b-88#0c2d-01",
        "parent": "0a1b-88",
        "name": "Джем (0,5)",
        "attributes": {"size": "0,5 л"},
    }


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(
            '<Склад ИдСклада="st-1" КоличествоНаСкладе="12"/>'
            '<Склад ИдСклада="st-2" КоличествоНаСкладе="0,5"/><Количество>12,5</Количество>',
            id="attributes",
        ),
        pytest.param(
            '<Склады ИдСклада="st-1" КоличествоНаСкладе="12"/>'
            '<Склады ИдСклада="st-2" КоличествоНаСкладе="0.5"/>',
            id="attributes of changes",
        ),
        pytest.param(
            "<Остатки><Остаток><Склад><Ид>st-1</Ид><Количество>12</Количество></Склад></Остаток>"
            "<Остаток><Склад><Ид>st-2</Ид><Количество>0.500</Количество></Склад></Остаток></Остатки>",
            id="elements",
        ),
    ],
)
def test_rests_by_store_in_their_three_forms(inside: str) -> None:
    """Each exporter has its own form; the total beside them must not count again."""
    found = product_of(offers(f"<Ид>a</Ид>{inside}"))
    assert said(found)["stock"] == [
        {"store": "main", "quantity": "12"},
        {"store": "depot", "quantity": "0.5"},
    ]


@pytest.mark.parametrize(
    "inside",
    [
        "<Количество>7</Количество>",
        "<Остатки><Остаток><Количество>7</Количество></Остаток></Остатки>",
    ],
)
def test_a_total_is_a_store_of_its_own(inside: str) -> None:
    """A shop without stores has a rest too; an account may leave it out."""
    data = offers(f"<Ид>a</Ид>{inside}")
    assert said(product_of(data))["stock"] == [{"store": "total", "quantity": "7"}]
    assert said(product_of(data, replace(MAPPING, total_store=None)))["stock"] == []


def test_stores_of_one_code_are_added_up() -> None:
    """Two rooms of one shop are one store for the rest of the world."""
    mapping = replace(MAPPING, stores={"st-1": "main", "st-2": "main"})
    rests = "".join(f'<Склад ИдСклада="st-{n}" КоличествоНаСкладе="{n}"/>' for n in (1, 2))
    found = product_of(offers(f"<Ид>a</Ид>{rests}"), mapping)
    assert said(found)["stock"] == [{"store": "main", "quantity": "3"}]


def test_prices_take_their_currency_from_the_nearest_place() -> None:
    """Price, then price type, then account; old bases write roubles in their own way."""
    data = commerce(
        "<ПакетПредложений><ТипыЦен><ТипЦены><Ид>pt-2</Ид><Валюта>USD</Валюта></ТипЦены></ТипыЦен>"
        "<Предложения><Предложение><Ид>a</Ид><Цены>"
        + PRICE.format("1 719,00", "<Валюта>руб</Валюта>")
        + PRICE.replace("pt-1", "pt-2").format("9.5", "")
        + "</Цены></Предложение></Предложения></ПакетПредложений>"
    )
    assert said(product_of(data))["prices"] == [
        {"type": "retail", "amount": {"amount": "1719.00", "currency": "RUB"}},
        {"type": "wholesale", "amount": {"amount": "9.50", "currency": "USD"}},
    ]


def test_the_price_of_any_quantity_wins() -> None:
    """A price from ten pieces on must not become the price of one."""
    many = PRICE.format("90", "<МинКоличество>10</МинКоличество>")
    for rows in (many + PRICE.format("100", ""), PRICE.format("100", "") + many):
        found = product_of(offers(f"<Ид>a</Ид><Цены>{rows}</Цены>"))
        assert said(found)["prices"][0]["amount"]["amount"] == "100.00"


def test_of_two_prices_for_many_the_first_counts() -> None:
    """Without a price of any quantity, the order of the file decides, and the other is told."""
    rows = "".join(
        PRICE.format(price, f"<МинКоличество>{many}</МинКоличество>")
        for price, many in (("90", 10), ("80", 100))
    )
    found = product_of(offers(f"<Ид>a</Ид><Цены>{rows}</Цены>"))
    assert said(found)["prices"][0]["amount"]["amount"] == "90.00"
    assert found.remarks == ("prices/retail: a further price of the type is left out",)


def test_what_is_not_mapped_is_left_out_with_a_remark() -> None:
    """A price type that the account does not name must not travel under its GUID."""
    found = product_of(
        offers(
            "<Ид>a</Ид><Цены><Цена><ИдТипаЦены>zz</ИдТипаЦены><ЦенаЗаЕдиницу>1</ЦенаЗаЕдиницу>"
            '</Цена></Цены><Склад ИдСклада="yy" КоличествоНаСкладе="1"/>'
        )
    )
    assert (said(found)["prices"], said(found)["stock"]) == ([], [])
    assert found.remarks == ("prices: price type zz is not mapped", "stock: store yy is not mapped")


def test_an_empty_mapping_takes_ids_for_codes() -> None:
    """An account without words of its own still gets prices and rests."""
    data = offers("<Ид>a</Ид><Цены>" + PRICE.format("1", "") + "</Цены>")
    assert said(product_of(data, CommerceMlMapping()))["prices"][0]["type"] == "pt-1"


@pytest.mark.parametrize(
    "row",
    ['<Товар Статус="Удален"><Ид>a</Ид></Товар>',
     "<Товар><Ид>a</Ид><ПометкаУдаления>true</ПометкаУдаления></Товар>"],
)  # fmt: skip
def test_deleted_goods(row: str) -> None:
    """Both spellings of a deletion are understood."""
    found = product_of(commerce(f"<Каталог><Товары>{row}</Товары></Каталог>"))
    assert found.deleted
    assert said(found)["active"] is False


def test_without_vat_is_said() -> None:
    """«Без НДС» is no number and no reason to refuse the product."""
    found = product_of(
        offers(
            "<Ид>a</Ид><СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование>"
            "<Ставка>Без НДС</Ставка></СтавкаНалога></СтавкиНалогов>"
        )
    )
    assert said(found) == {"code": "a", "vat_rate": None}


def test_changes_of_a_package_name_variants_apart() -> None:
    """``ИзмененияПакетаПредложений`` has the characteristic in an element of its own."""
    data = commerce(
        '<ИзмененияПакетаПредложений СодержитТолькоИзменения="true"><Ид>p</Ид><Предложения>'
        "<Предложение><Ид>a</Ид><ИдХарактеристики>v</ИдХарактеристики><Количество>3</Количество>"
        "</Предложение></Предложения></ИзмененияПакетаПредложений>"
    )
    assert product_of(data).external_id == "a#v"


def test_a_broken_record_spares_its_neighbours() -> None:
    """One price with a letter must not stop the whole price list; its place must be told."""
    price = PRICE.replace("<ЦенаЗаЕдиницу>", "\n<ЦенаЗаЕдиницу>").format("1О0", "")
    bad = f"\n<Ид>BAD</Ид><Цены>\n{price}</Цены>"
    first, second, third = products_of(offers("<Ид>a</Ид>", bad, "<Ид>c</Ид>"))
    assert isinstance(first, Observed)
    assert isinstance(third, Observed)
    assert isinstance(second, RejectedRecord)
    assert second.external_id == "BAD"
    assert second.error.path == (
        "line 5, КоммерческаяИнформация/ПакетПредложений/Предложения/Предложение/Цены/Цена/"
        "ЦенаЗаЕдиницу"
    )
    assert second.error.reason == f"{second.error.path}: is no number"


def test_a_record_without_id_is_rejected() -> None:
    """Nothing can be recognised without an id: barcode and article are not unique."""
    (found,) = products_of(offers("<Артикул>J</Артикул>"))
    assert isinstance(found, RejectedRecord)
    assert "has no Ид" in found.error.reason


@pytest.mark.parametrize(
    "inside",
    ["<Ид>a</Ид><Количество>много</Количество>",
     '<Ид>a</Ид><Склад ИдСклада="st-1" КоличествоНаСкладе="x"/>',
     "<Ид>a</Ид><Цены><Цена><ЦенаЗаЕдиницу>1</ЦенаЗаЕдиницу></Цена></Цены>",
     "<Ид>a</Ид><Цены><Цена><ИдТипаЦены>pt-1</ИдТипаЦены></Цена></Цены>"],
)  # fmt: skip
def test_wrong_numbers_are_rejected(inside: str) -> None:
    """A rest or price that cannot be read must not pass for zero or for absent."""
    (found,) = products_of(offers(inside))
    assert isinstance(found, RejectedRecord)
    assert found.external_id == "a"
