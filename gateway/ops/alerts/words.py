"""Words: what each rule says, in Russian and English: what happened, how much, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

RU, EN = "ru", "en"

WHAT: Mapping[str, Mapping[str, str]] = {
    RU: {
        "lag": "{subject}: отстаём, старейшее ждёт {minutes} мин (порог {limit})",
        "dead": "{subject}: {letters} отказов за {minutes} мин (порог {limit})",
        "held": "{subject}: решения человека ждут {held} (порог {limit})",
        "auth": "{subject}: доступ отклонён, обмен остановлен",
        "circuit": "{subject}: не отвечает дольше {limit} мин",
        "guessing": "подбирают {subject}",
        "silence": "{subject}: ничего не пришло за {limit} мин, обычно {usual}",
        "balance": "{subject}: кончаются деньги, осталось {balance}",
        "feed": "{subject}: лента не дочитана {minutes} мин (порог {limit})",
        "store": "{subject}: база данных не принимает работу",
        "bus": "{subject}: нет связи с брокером",
        "disk": "{subject}: на диске свободно {free_mb} МБ ({percent} %)",
    },
    EN: {
        "lag": "{subject}: behind, the oldest waits {minutes} min (limit {limit})",
        "dead": "{subject}: {letters} letters within {minutes} min (limit {limit})",
        "held": "{subject}: {held} wait for a person (limit {limit})",
        "auth": "{subject}: access refused, exchange stopped",
        "circuit": "{subject}: no answer for more than {limit} min",
        "guessing": "somebody guesses {subject}",
        "silence": "{subject}: nothing received within {limit} min, usually {usual}",
        "balance": "{subject}: money runs out, {balance} left",
        "feed": "{subject}: feed not read to its end for {minutes} min (limit {limit})",
        "store": "{subject}: the database takes no work",
        "bus": "{subject}: the broker is not connected",
        "disk": "{subject}: {free_mb} MB free on the disk ({percent} %)",
    },
}
DO: Mapping[str, Mapping[str, str]] = {
    RU: {
        "lag": "посмотрите, что ждёт и почему: gateway due; идут ли процессы work",
        "dead": "посмотрите причины: gateway dead list; исправьте причину, потом повторите",
        "held": "решите по каждому письму: gateway dead list",
        "auth": "обновите ключ или права у поставщика, затем gateway check",
        "circuit": "проверьте, работает ли система поставщика; обмен продолжится сам",
        "guessing": "найдите в журнале, откуда идут попытки, и закройте этот источник",
        "silence": "проверьте, шлёт ли система вебхуки и открыт ли адрес шлюза",
        "balance": "пополните счёт у поставщика",
        "feed": "посмотрите gateway due: что мешает читать ленту",
        "store": "верните базу данных или освободите диск; работа продолжится сама",
        "bus": "верните брокер; работа идёт через базу, но медленнее",
        "disk": "освободите место: когда оно кончится, новая работа не принимается",
    },
    EN: {
        "lag": "see what waits and why: gateway due; are the work processes running?",
        "dead": "see the causes: gateway dead list; mend the cause, then replay",
        "held": "decide about each letter: gateway dead list",
        "auth": "renew the key or its rights at the vendor, then gateway check",
        "circuit": "see whether the vendor's system runs; the exchange goes on by itself",
        "guessing": "find in the journal where the tries come from, and close that source",
        "silence": "see whether the system sends webhooks and reaches the gateway's address",
        "balance": "top the account up at the vendor",
        "feed": "see gateway due: what keeps the feed from being read",
        "store": "bring the database back or free its disk; work resumes by itself",
        "bus": "bring the broker back; work goes on through the database, more slowly",
        "disk": "free space: when it is used up, new work is refused",
    },
}
SUBJECTS: Mapping[str, Mapping[str, str]] = {
    RU: {"cards": "номера карт", "codes": "одноразовые коды"},
    EN: {"cards": "card numbers", "codes": "one-time codes"},
}
FRAME: Mapping[str, Mapping[str, str]] = {
    RU: {
        "name": "Шлюз",
        "began": "ТРЕВОГА",
        "still": "ВСЁ ЕЩЁ",
        "over": "ПРОШЛО",
        "past": "БЫЛО И ПРОШЛО",
        "since": "с {at}",
        "span": "с {at} до {end}",
        "do": "что делать: {text}",
        "runbook": "подробно: {text}",
        "console": "консоль: {text}",
        "again": "возвращается, уже {n} раз",
        "more": "и ещё {n}",
        "alerts": "тревог: {n}",
        "overs": "прошло: {n}",
        "test": "Проверка тревог: это сообщение послано вручную, всё в порядке.",
    },
    EN: {
        "name": "Gateway",
        "began": "ALERT",
        "still": "STILL",
        "over": "OVER",
        "past": "WAS AND IS OVER",
        "since": "since {at}",
        "span": "from {at} to {end}",
        "do": "what to do: {text}",
        "runbook": "more: {text}",
        "console": "console: {text}",
        "again": "it came back, {n} times by now",
        "more": "and {n} more",
        "alerts": "alerts: {n}",
        "overs": "over: {n}",
        "test": "Test of the alerts: sent by hand, nothing is wrong.",
    },
}


class _Known(dict[str, object]):
    """Values of which an absent one is shown as a dash: an older row may lack a newer figure."""

    def __missing__(self, key: str) -> str:
        return "—"


class Worded(Protocol):
    """What can be put into words: an alert, or what a rule sees."""

    @property
    def rule(self) -> str:
        """The rule's name."""

    @property
    def subject(self) -> str:
        """What it speaks of."""

    @property
    def value(self) -> Mapping[str, Any]:
        """Its figures."""


def what_of(row: Worded, language: str) -> str:
    """Say what is wrong, in one line."""
    subject = SUBJECTS[language].get(row.subject, row.subject)
    values = {key: "—" if one is None else _figure(one) for key, one in row.value.items()}
    text = WHAT[language].get(row.rule, f"{row.rule} {{subject}}")
    return text.format_map(_Known(values | {"subject": subject}))


def what_to_do(row: Worded, language: str) -> str:
    """Say what to do about it, in one line."""
    return DO[language].get(row.rule, "")


def frame(language: str, key: str, **values: object) -> str:
    """Return one of the words around alerts."""
    return FRAME[language][key].format_map(_Known(values))


def span_of(began: datetime, ended: datetime | None, now: datetime, language: str) -> str:
    """Say how long something lasted: ``2 ч 05 мин``."""
    minutes = int(max(timedelta(), (ended or now) - began).total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    day, hour, minute = ("дн", "ч", "мин") if language == RU else ("d", "h", "min")
    if days:
        return f"{days} {day} {hours} {hour}"
    return f"{hours} {hour} {rest:02} {minute}" if hours else f"{rest} {minute}"


def _figure(value: object) -> str:
    """Write a number without a needless fraction."""
    return f"{value:g}" if isinstance(value, float) else str(value)
