"""Files of 1C for these tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

_HEAD = (
    '<?xml version="1.0" encoding="{encoding}"?>\n'
    '<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.09" '
    'ДатаФормирования="2025-03-03T02:00:00">'
)
_END = "</КоммерческаяИнформация>"


def written(inside: str, encoding: str = "UTF-8") -> bytes:
    """Return a file around ``inside``."""
    return (_HEAD.format(encoding=encoding) + inside + _END).encode(encoding)


def catalogue(
    goods: Iterable[str], *, only_changes: bool = False, encoding: str = "UTF-8"
) -> bytes:
    """Return import.xml."""
    flag = str(only_changes).lower()
    return written(
        "<Классификатор><Ид>cls-1</Ид><Наименование>К</Наименование></Классификатор>"
        f'<Каталог СодержитТолькоИзменения="{flag}"><Ид>cat-1</Ид><Наименование>К</Наименование>'
        f"<Товары>{''.join(goods)}</Товары></Каталог>",
        encoding,
    )


def good(id_: str, name: str = "Чайник", more: str = "") -> str:
    """Return a product of a catalogue."""
    return (
        f"<Товар><Ид>{id_}</Ид><Артикул>VEGA-1</Артикул><Штрихкод>4600000000017</Штрихкод>"
        f"<Наименование>{name}</Наименование>{more}</Товар>"
    )


def package(offers: Iterable[str], *, only_changes: bool = False) -> bytes:
    """Return offers.xml."""
    flag = str(only_changes).lower()
    return written(
        f'<ПакетПредложений СодержитТолькоИзменения="{flag}"><Ид>cat-1#</Ид>'
        f"<ИдКаталога>cat-1</ИдКаталога><Предложения>{''.join(offers)}</Предложения>"
        "</ПакетПредложений>"
    )


def offer(id_: str, price: str = "990.50", rest: str = "12") -> str:
    """Return an offer with one price and one store."""
    return (
        f"<Предложение><Ид>{id_}</Ид><Цены><Цена><ИдТипаЦены>pt-1</ИдТипаЦены>"
        f"<ЦенаЗаЕдиницу>{price}</ЦенаЗаЕдиницу><Валюта>RUB</Валюта></Цена></Цены>"
        f'<Склад ИдСклада="st-1" КоличествоНаСкладе="{rest}"/></Предложение>'
    )


def zipped(**files: bytes) -> bytes:
    """Return an archive; of a file's name the first underscore stands for the dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", ".", 1), content)
    return target.getvalue()


def document(
    id_: str, number: str, inside: str = "", *, requisites: dict[str, str] | None = None
) -> str:
    """Return an order of 1C."""
    rows = "".join(
        f"<ЗначениеРеквизита><Наименование>{name}</Наименование><Значение>{text}</Значение>"
        "</ЗначениеРеквизита>"
        for name, text in (requisites or {}).items()
    )
    return (
        f"<Документ><Ид>{id_}</Ид><Номер>{number}</Номер><Дата>2025-03-03</Дата>"
        "<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта>"
        f"<Курс>1</Курс><Сумма>1981.00</Сумма>{inside}"
        f"<ЗначенияРеквизитов>{rows}</ЗначенияРеквизитов></Документ>"
    )
