"""Layout: what the same things are called in different configurations.

Names of entities and fields are data, not code (vendor reference, 1.12 and 6.6). A base that
differs has its own in the settings.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Layout(BaseModel):
    """Names of one configuration. ``None``: the configuration has no such thing.

    Shape: entities are named as in the address, fields as in the answers. ``card_code`` holds the
    number that is read off a card. ``price_register`` is read by its last slice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    partners: str = "Catalog_Партнеры"
    partners_have_groups: bool = True
    contacts: str = "КонтактнаяИнформация"
    is_customer: str | None = "Клиент"
    full_name: str | None = "НаименованиеПолное"
    gender: str | None = "Пол"
    birth_date: str | None = "ДатаРождения"
    person_kind: str | None = "ЮрФизЛицо"
    person_value: str = "ЧастноеЛицо"
    cards: str = "Catalog_КартыЛояльности"
    card_code: str = "Штрихкод"
    card_magnetic: str | None = "МагнитныйКод"
    card_kind: str | None = "Owner_Key"
    card_status: str | None = "Статус"
    card_works: str = "Действует"
    card_void: str = "Аннулирована"
    card_holder: str = "Партнер_Key"
    card_holder_is_composite: bool = False
    products: str = "Catalog_Номенклатура"
    barcodes: str | None = "InformationRegister_ШтрихкодыНоменклатуры"
    barcode_owner: str = "Номенклатура_Key"
    prices: str | None = "InformationRegister_ЦеныНоменклатуры_RecordType"
    price_kind: str = "ВидЦены_Key"
    stock: str | None = "AccumulationRegister_ТоварыНаСкладах"
    stock_resource: str = "ВНаличииBalance"
    stock_reserved: str | None = "КОтгрузкеBalance"
    orders: str = "Document_ЗаказКлиента"
    order_external: str = "НомерПоДаннымКлиента"
    order_external_date: str | None = "ДатаПоДаннымКлиента"
    order_card: str | None = "КартаЛояльности_Key"
    order_buyer: str = "Партнер_Key"
    order_lines: str = "Товары"
    receipts: str | None = "Document_ЧекККМ"
    receipt_status: str = "Статус"
    receipt_done: str = "Пробит"
    receipt_shop: str = "Склад_Key"
    receipt_till: str = "КассаККМ_Key"
    receipt_card: str = "КартаЛояльности_Key"
    receipt_buyer: str = "Партнер_Key"
    receipt_lines: str = "Товары"
    receipt_points: str | None = "СуммаБонусныхБалловКСписанию"
    bonuses: str | None = "AccumulationRegister_БонусныеБаллы"
    bonus_dimension: str = "Партнер_Key"
    bonus_documents: str | None = "Document_НачислениеИСписаниеБонусныхБаллов"


UT_11 = Layout()
"""1С:Управление торговлей 11."""

RETAIL_2 = Layout(
    partners="Catalog_Контрагенты",
    partners_have_groups=False,
    is_customer=None,
    gender=None,
    birth_date=None,
    person_kind=None,
    cards="Catalog_ИнформационныеКарты",
    card_code="КодКарты",
    card_magnetic=None,
    card_kind="ВидДисконтнойКарты_Key",
    card_status=None,
    card_holder="ВладелецКарты",
    card_holder_is_composite=True,
    barcodes="InformationRegister_Штрихкоды",
    barcode_owner="Владелец",
    stock_resource="КоличествоBalance",
    stock_reserved="РезервBalance",
    orders="Document_ЗаказПокупателя",
    receipt_status="СтатусЧекаККМ",
    receipt_done="Пробитый",
    receipt_shop="Магазин_Key",
    receipt_card="ДисконтнаяКарта_Key",
    receipt_buyer="ВладелецДисконтнойКарты",
    receipt_points="СуммаСкидкиОплатыБонусом",
    bonus_dimension="ДисконтнаяКарта_Key",
)
"""1С:Розница 2.x. Its order document is unconfirmed."""

LAYOUTS = {"ut11": UT_11, "retail2": RETAIL_2}
