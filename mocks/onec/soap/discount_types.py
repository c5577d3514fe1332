"""Types and parameters of the service ДисконтныйСервер (3.8).

Names of the row types are ours: the reference gives those of the properties only.
"""

from __future__ import annotations

from mocks.onec.soap.service import Package
from mocks.onec.soap.xdto import BOOLEAN, DECIMAL, INT, MOMENT, STRING, ObjectType, Prop

NAMESPACE = "http://localhost/rt2discountservice"


def _result(name: str, row: str, *props: Prop) -> tuple[ObjectType, ObjectType]:
    """Return the type of a row and that of an answer with rows."""
    line = ObjectType(NAMESPACE, row, props)
    rows = Prop("РезультатЗапроса", line, is_nillable=True, is_optional=True, is_many=True)
    return line, ObjectType(NAMESPACE, name, (rows,))


_SUM, _COUNT = Prop("СуммаНакопления", DECIMAL), Prop("КоличествоНакопления", DECIMAL)
_POINTS = Prop("КоличествоБаллов", DECIMAL)
_TOTAL_ROW, TOTALS = _result("РезультатЗапросаОНакоплениях", "СтрокаНакоплений", _SUM, _COUNT)
_POINT_ROW, POINTS = _result(
    "РезультатЗапросаОБонусах", "СтрокаБонусов", Prop("ДатаОперации", MOMENT), _POINTS
)
_LONG_ROW, POINTS_LONG = _result(
    "РезультатЗапросаОБонусахРасширенный",
    "СтрокаБонусовРасширенная",
    Prop("ПредставлениеПериода", STRING),
    _POINTS,
    Prop("Изменение", DECIMAL),
    Prop("ТекущийОстаток", BOOLEAN),
)
_LAST_ROW, LAST = _result(
    "РезультатЗапросаОПоследнейПокупке",
    "СтрокаПокупки",
    Prop("ДатаПокупки", MOMENT),
    _SUM,
    _COUNT,
)
_MOVE_ROW = ObjectType(
    NAMESPACE,
    "СтрокаТаблицыБонусов",
    (
        Prop("Период", MOMENT),
        Prop("ВидДвижения", INT),
        Prop("ИдентификаторБонуснойПрограммы", STRING),
        Prop("ИдентификаторКарты", STRING),
        Prop("Начислено", DECIMAL),
        Prop("КСписанию", DECIMAL),
    ),
)
MOVES = ObjectType(
    NAMESPACE, "ТаблицаБонусов", (Prop("СтрокиТаблицы", _MOVE_ROW, is_optional=True, is_many=True),)
)
PACKAGE = Package(
    NAMESPACE,
    (
        _TOTAL_ROW,
        TOTALS,
        _POINT_ROW,
        POINTS,
        _LONG_ROW,
        POINTS_LONG,
        _LAST_ROW,
        LAST,
        _MOVE_ROW,
        MOVES,
    ),
)

CARD = Prop("ИдентификаторКарты", STRING)
ASKED_AT = Prop("ДатаЗапроса", MOMENT)
# The double "т" of the second name is on the wire.
_FILTERS = (
    Prop("ИдентификаторСегмента", STRING),
    Prop("ИдентификаторИсключаемогоДокументта", STRING),
)
TOTALS_IN = (CARD, Prop("ДатаНачала", MOMENT), Prop("ДатаОкончания", MOMENT), *_FILTERS)
LAST_IN = (CARD, Prop("ДатаРасчета", MOMENT), *_FILTERS)
UPDATE_IN = (
    Prop("ТипДокумента", STRING),
    Prop("ИдентификаторДокумента", STRING),
    Prop("ТаблицаБонусов", MOVES),
)
