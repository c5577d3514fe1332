"""Texts of reports: what each figure counts, in both languages, to be read beside the figure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReportName(StrEnum):
    """The reports."""

    IDENTIFIED = "identified"
    REPEAT = "repeat"
    RETURNING = "returning"
    CONTACTS = "contacts"
    SOURCES = "sources"
    CARDS = "cards"
    TURNOVER = "turnover"
    LETTERS = "letters"


class Unit(StrEnum):
    """What a column's numbers are. Shares are percent, points and money whole ones."""

    COUNT = "count"
    SHARE = "share"
    MONEY = "money"
    POINTS = "points"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    en: str
    ru: str

    def of(self, language: str) -> str:
        """Return it in a language: ``ru``, else English."""
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures. ``charted``: the chart shows it."""

    name: str
    title: Text
    unit: Unit = Unit.COUNT
    charted: bool = False


@dataclass(frozen=True, slots=True)
class ReportInfo:
    """A report: its name, what it counts, and what there must be for it to have figures.

    ``tag`` titles what splits a period's rows, ``None`` where nothing does.
    """

    name: ReportName
    title: Text
    definition: Text
    missing: Text
    columns: tuple[Column, ...]
    has_shops: bool = True
    tag: Text | None = None


SHARE = Unit.SHARE
_NO_PURCHASES = Text(
    "Nothing was bought yet: tills report what they sell by `/pos/v1`, sites by `/checkout/v1`, "
    "and orders are read from accounts that have `order` in `reads`.",
    "Покупок пока нет: кассы сообщают о продажах по `/pos/v1`, сайты по `/checkout/v1`, а заказы "
    "читаются из систем, у которых в `reads` есть `order`.",
)
_NO_PEOPLE = Text(
    "No customer is known yet: name accounts with `customer` in `reads`.",
    "Покупателей пока нет: укажите системы, у которых в `reads` есть `customer`.",
)

REPORTS: tuple[ReportInfo, ...] = (
    ReportInfo(
        ReportName.IDENTIFIED,
        Text("Identified receipts", "Опознанные чеки"),
        Text(
            "Of the receipts that tills closed in the period, the share in which the buyer was "
            "named: by phone, card, e-mail or the processor's id, known to the gateway or not. "
            "Orders placed online and returns are left out.",
            "Доля чеков, закрытых кассами за период, в которых назван покупатель: телефоном, "
            "картой, почтой или номером в процессинге, известен он шлюзу или нет. Заказы с сайта "
            "и возвраты не считаются.",
        ),
        _NO_PURCHASES,
        (
            Column("receipts", Text("Receipts", "Чеки")),
            Column("identified", Text("Identified", "Опознаны")),
            Column("share", Text("Share", "Доля"), SHARE, charted=True),
        ),
    ),
    ReportInfo(
        ReportName.REPEAT,
        Text("Second purchases", "Вторые покупки"),
        Text(
            "Of the buyers whose first purchase was in the period, the share that bought again "
            "within 30, 90 and 365 days, anywhere. They stand under the shop of the first purchase."
            " A share is told when those days are over for everybody of the period.",
            "Доля покупателей с первой покупкой в этом периоде, которые купили снова в течение "
            "30, 90 и 365 дней, где угодно. Они относятся к магазину первой покупки. Доля "
            "показана, когда этот срок прошёл для всех покупателей периода.",
        ),
        _NO_PURCHASES,
        (
            Column("first", Text("First purchases", "Первые покупки")),
            Column("again_30", Text("Again in 30 days", "Снова за 30 дней"), SHARE, charted=True),
            Column("again_90", Text("Again in 90 days", "Снова за 90 дней"), SHARE, charted=True),
            Column(
                "again_365", Text("Again in 365 days", "Снова за 365 дней"), SHARE, charted=True
            ),
        ),
    ),
    ReportInfo(
        ReportName.RETURNING,
        Text("Purchases by returning customers", "Покупки постоянных покупателей"),
        Text(
            "Of the purchases in the period whose buyer was named, the share by buyers who had "
            "bought before. Orders and receipts alike; an order and the till's record of it count "
            "once.",
            "Доля покупок периода с названным покупателем, которые сделали те, кто уже покупал "
            "раньше. Заказы и чеки вместе; заказ и его запись на кассе считаются один раз.",
        ),
        _NO_PURCHASES,
        (
            Column("known", Text("With a buyer", "С покупателем")),
            Column("returning", Text("By returning ones", "От постоянных")),
            Column("share", Text("Share", "Доля"), SHARE, charted=True),
        ),
    ),
    ReportInfo(
        ReportName.CONTACTS,
        Text("Customers with contacts", "Покупатели с контактами"),
        Text(
            "All customers known at the end of the period, and the shares that had an e-mail, a "
            "phone and a card then. Of what a customer has now the oldest tells since when. They "
            "stand under the shop of their first purchase; who bought nothing under no shop.",
            "Все покупатели, известные на конец периода, и доли тех, у кого тогда были почта, "
            "телефон и карта. Срок считается по самому старому из контактов, которые есть сейчас. "
            "Покупатели относятся к магазину первой покупки; без покупок магазина нет.",
        ),
        _NO_PEOPLE,
        (
            Column("people", Text("Customers", "Покупатели")),
            Column("with_email", Text("With an e-mail", "С почтой")),
            Column("email_share", Text("E-mail, share", "Почта, доля"), SHARE, charted=True),
            Column("with_phone", Text("With a phone", "С телефоном")),
            Column("phone_share", Text("Phone, share", "Телефон, доля"), SHARE, charted=True),
            Column("card_share", Text("Card, share", "Карта, доля"), SHARE, charted=True),
        ),
    ),
    ReportInfo(
        ReportName.SOURCES,
        Text("New customers by source", "Новые покупатели по источникам"),
        Text(
            "Customers registered in the period, by the source that was told with them, and each "
            "source's share. They stand under the shop of their first purchase.",
            "Покупатели, зарегистрированные в периоде, по источнику, который с ними передан, и "
            "доля каждого источника. Покупатели относятся к магазину первой покупки.",
        ),
        _NO_PEOPLE,
        (
            Column("new", Text("New customers", "Новые покупатели"), charted=True),
            Column("share", Text("Share", "Доля"), SHARE),
        ),
        tag=Text("Source", "Источник"),
    ),
    ReportInfo(
        ReportName.CARDS,
        Text("Cards matched to a person", "Карты, привязанные к покупателям"),
        Text(
            "All cards of the directory that were given out by the end of the period, and the "
            "share whose holder was known then. A card counts from its activation, else from when "
            "the gateway first saw it; one never activated and nobody's does not count.",
            "Все карты справочника, выданные к концу периода, и доля тех, чей владелец тогда был "
            "известен. Карта считается с активации, иначе с первого появления в шлюзе; карта без "
            "активации и без владельца не считается.",
        ),
        Text(
            "No card is known yet: name accounts with `card` in `reads`.",
            "Карт пока нет: укажите системы, у которых в `reads` есть `card`.",
        ),
        (
            Column("cards", Text("Cards", "Карты")),
            Column("matched", Text("Matched", "Привязаны")),
            Column("share", Text("Share", "Доля"), SHARE, charted=True),
        ),
        has_shops=False,
    ),
    ReportInfo(
        ReportName.TURNOVER,
        Text("Turnover and points", "Оборот и баллы"),
        Text(
            "What was bought in the period, at the price after the shop's own discounts, paid by "
            "points or not; cancelled and wholly returned orders are left out. Returns of tills "
            "stand on the day on which goods came back. Points are what processors earned and "
            "took, less what returns gave back. An order and the till's record of it count once.",
            "Что куплено за период по цене после скидок магазина, оплачено баллами или нет; "
            "отменённые и полностью возвращённые заказы не считаются. Возвраты касс стоят на дне "
            "возврата. Баллы: сколько начислили и списали процессинги за вычетом возвратов. "
            "Заказ и его запись на кассе считаются один раз.",
        ),
        _NO_PURCHASES,
        (
            Column("purchases", Text("Purchases", "Покупки")),
            Column("turnover", Text("Turnover", "Оборот"), Unit.MONEY, charted=True),
            Column("average", Text("Average", "Средний чек"), Unit.MONEY),
            Column("returns", Text("Returns", "Возвраты")),
            Column("returned", Text("Returned", "Возвращено"), Unit.MONEY),
            Column("net", Text("Net", "За вычетом"), Unit.MONEY, charted=True),
            Column("earned", Text("Points earned", "Начислено баллов"), Unit.POINTS),
            Column("spent", Text("Points spent", "Списано баллов"), Unit.POINTS),
        ),
        tag=Text("Currency", "Валюта"),
    ),
    ReportInfo(
        ReportName.LETTERS,
        Text("How fast letters were decided", "Как быстро решены письма"),
        Text(
            "Dead letters that operators decided in the period, and the time from a letter's "
            "opening to its end: the median, and the shares decided within an hour and a day. "
            "Letters that are open still are left out; retention deletes old ones.",
            "Письма, решённые операторами за период, и время от появления письма до решения: "
            "медиана и доли решённых за час и за сутки. Ещё открытые письма не считаются; старые "
            "удаляются по сроку хранения.",
        ),
        Text(
            "No letter was decided in this time.",
            "За это время не решено ни одного письма.",
        ),
        (
            Column("decided", Text("Decided", "Решено")),
            Column("replayed", Text("Sent again", "Отправлены снова")),
            Column("median", Text("Median time, hours", "Медиана, часы"), Unit.HOURS),
            Column("in_hour", Text("Within an hour", "За час"), SHARE, charted=True),
            Column("in_day", Text("Within a day", "За сутки"), SHARE, charted=True),
        ),
        has_shops=False,
    ),
)
OTHER_TEXTS = {
    "zone": Text(
        "Days and months are those of the shop's time zone ({zone} unless told otherwise).",
        "Дни и месяцы считаются по часовому поясу магазина ({zone}, если не указан другой).",
    ),
    "building": Text(
        "The figures are being made for the first time and are not whole yet: {seen} records so "
        "far.",
        "Показатели собираются впервые и ещё не полны: пройдено записей {seen}.",
    ),
    "waiting": Text(
        "Changes that the figures do not show yet: {waiting}.",
        "Изменения, которых ещё нет в показателях: {waiting}.",
    ),
    "cut": Text(
        "Only the newest {n} letters were looked at.",
        "Просмотрены только {n} последних писем.",
    ),
}
