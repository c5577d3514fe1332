"""Types and operations of ``DiscountService`` of Розница 2.x (vendor reference, 3.8).

The double "т" is on the wire. 1C declares another type for what three of the questions return than
it sends; here what is sent is declared, so that any client that reads the WSDL understands it.
"""

from __future__ import annotations

from .till_soap import Operation, Prop, Record

NAMESPACE = "http://localhost/rt2discountservice"
NAME = "ДисконтныйСервер"
FILE = "DiscountService.1cws"
ROWS, ANSWER_ROWS = "СтрокиТаблицы", "РезультатЗапроса"

_CARD = Prop("ИдентификаторКарты", "string")
_ASKED_AT = Prop("ДатаЗапроса", "dateTime")
_FILTERS = (
    Prop("ИдентификаторСегмента", "string"),
    Prop("ИдентификаторИсключаемогоДокументта", "string"),
)
_DOCUMENT = (Prop("ТипДокумента", "string"), Prop("ИдентификаторДокумента", "string"))
_SUMS = (Prop("СуммаНакопления", "decimal"), Prop("КоличествоНакопления", "decimal"))
_PERIOD = Prop("Период", "dateTime")


def _text(name: str) -> Prop:
    return Prop(name, "string", is_nillable=True)


def _number(name: str) -> Prop:
    return Prop(name, "decimal", is_nillable=True)


def _rows(name: str, prop: str, row: Record) -> Record:
    return Record(name, (Prop(prop, row, is_nillable=True, is_many=True),))


_TOTAL = Record("СтрокаРезультатаЗапросаОНакоплениях", _SUMS)
_TOTALS = _rows("РезультатЗапросаОНакоплениях", ANSWER_ROWS, _TOTAL)
_LAST = Record(
    "СтрокаРезультатаЗапросаОПоследнейПокупке", (Prop("ДатаПокупки", "dateTime"), *_SUMS)
)
_LASTS = _rows("РезультатЗапросаОПоследнейПокупке", ANSWER_ROWS, _LAST)
_POINT = Record(
    "СтрокаРезультатаЗапросаОБонусах",
    (Prop("ДатаОперации", "dateTime"), Prop("КоличествоБаллов", "decimal")),
)
_POINTS = _rows("РезультатЗапросаОБонусах", ANSWER_ROWS, _POINT)
_LONG = Record(
    "СтрокаРезультатаЗапросаОБонусахРасширенного",
    (
        Prop("ПредставлениеПериода", "string"),
        Prop("КоличествоБаллов", "decimal"),
        Prop("Изменение", "decimal"),
        Prop("ТекущийОстаток", "boolean"),
    ),
)
_LONGS = _rows("РезультатЗапросаОБонусахРасширенный", ANSWER_ROWS, _LONG)
_SALE = Record(
    "СтрокаТаблицыПродаж",
    (
        _PERIOD,
        _text("ИдентификаторКарты"),
        _text("ИдентификаторНоменклатуры"),
        _text("ИдентификаторХарактеристики"),
        _number("Сумма"),
        _number("Количество"),
    ),
)
_SALES = _rows("ТаблицаПродаж", ROWS, _SALE)
_MOVE = Record(
    "СтрокаТаблицыБонусов",
    (
        _PERIOD,
        Prop("ВидДвижения", "decimal"),
        _text("ИдентификаторБонуснойПрограммы"),
        _text("ИдентификаторКарты"),
        _number("Начислено"),
        _number("КСписанию"),
    ),
)
_MOVES = _rows("ТаблицаБонусов", ROWS, _MOVE)
_COUPON = Record(
    "СтрокаТаблицыКупонов",
    (
        _PERIOD,
        _text("ИдентификаторСкидки"),
        _text("КодКупона"),
        _text("Состояние"),
        _text("ИдентификаторМагазина"),
        Prop("ПериодДействия", "dateTime"),
    ),
)
_COUPONS = _rows("ТаблицаКупонов", ROWS, _COUPON)

RECORDS = (
    _TOTAL, _TOTALS, _LAST, _LASTS, _POINT, _POINTS, _LONG, _LONGS, _SALE, _SALES, _MOVE, _MOVES,
    _COUPON, _COUPONS,
)  # fmt: skip


def _returns(kind: str | Record, *, is_nillable: bool = True) -> Prop:
    return Prop("return", kind, is_nillable=is_nillable)


OPERATIONS = {
    one.name: one
    for one in (
        Operation(
            "ПолучитьСуммуНакопления",
            (_CARD, Prop("ДатаНачала", "dateTime"), Prop("ДатаОкончания", "dateTime"), *_FILTERS),
            _returns(_TOTALS),
        ),
        Operation(
            "ПолучитьДанныеПоследнейПокупки",
            (_CARD, Prop("ДатаРасчета", "dateTime"), *_FILTERS),
            _returns(_LASTS),
        ),
        Operation("ПолучитьОстатокБонусов", (_CARD, _ASKED_AT), _returns(_POINTS)),
        Operation("ПолучитьОстатокБонусовРасширенный", (_CARD, _ASKED_AT), _returns(_LONGS)),
        Operation(
            "ОбновитьДанныеОПродажах",
            (*_DOCUMENT, Prop("ТаблицаТоваров", _SALES)),
            _returns("boolean"),
        ),
        Operation(
            "ОбновитьДанныеОБонусах",
            (*_DOCUMENT, Prop("ТаблицаБонусов", _MOVES)),
            _returns("boolean"),
        ),
        Operation(
            "ОбновитьДанныеОКупонах",
            (*_DOCUMENT, Prop("ТаблицаКупонов", _COUPONS, is_nillable=True)),
            _returns("boolean"),
        ),
        Operation(
            "ПолучитьСкидкиПоКупону",
            (Prop("КодКупона", "string"), _ASKED_AT),
            _returns(_COUPONS, is_nillable=False),
        ),
    )
}
