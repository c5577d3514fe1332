"""Sayings: what is said of each decision about a letter, by codes that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.ops.words import Text


class Saying(StrEnum):
    """What became of one letter, or would."""

    SENT = "sent"
    SENT_NEWER = "sent_newer"
    READ_AGAIN = "read_again"
    PERFORMED = "performed"
    DROPPED = "dropped"
    UNDER_WAY = "under_way"
    UNKNOWN = "unknown"
    WAS_REPLAYED = "was_replayed"
    WAS_DROPPED = "was_dropped"
    FAILED_AGAIN = "failed_again"
    CONFLICT = "conflict"
    SALE = "sale"
    GONE = "gone"
    MEANWHILE = "meanwhile"
    FAULT = "fault"


DONE = frozenset(
    {Saying.SENT, Saying.SENT_NEWER, Saying.READ_AGAIN, Saying.PERFORMED, Saying.DROPPED}
)
"""Those that say that something was changed."""

SAYINGS: Mapping[Saying, Text] = {
    Saying.SENT: Text("it is sent again", "отправляется снова"),
    Saying.SENT_NEWER: Text(
        "version {newer} is sent, which is newer than the letter's",
        "отправляется версия {newer}: она новее той, что в письме",
    ),
    Saying.READ_AGAIN: Text(
        "the record is read again at its source", "запись читается заново у источника"
    ),
    Saying.PERFORMED: Text(
        "it is sent again under its own key", "отправляется снова под тем же ключом"
    ),
    Saying.DROPPED: Text("dropped", "закрыто без отправки"),
    Saying.UNDER_WAY: Text("it is being sent at this moment", "отправляется прямо сейчас"),
    Saying.UNKNOWN: Text(
        "no letter {id}: `gateway dead list` shows their ids", "нет письма {id}: обновите список"
    ),
    Saying.WAS_REPLAYED: Text("it was replayed already", "уже было отправлено снова"),
    Saying.WAS_DROPPED: Text("it was dropped already", "уже было закрыто без отправки"),
    Saying.FAILED_AGAIN: Text(
        "it failed again since you looked: look at it again",
        "с тех пор, как вы смотрели, снова была ошибка: посмотрите ещё раз",
    ),
    Saying.CONFLICT: Text(
        "it needs a decision: gateway dead edit {id} --set FIELD=VALUE",
        "нужно решение: выберите значение поля правкой письма {id}",
    ),
    Saying.SALE: Text(
        "it is a sale: gateway sale retry {subject}, or gateway sale drop {subject}",
        "это продажа {subject}: повторите её или откажитесь от неё на её странице",
    ),
    Saying.GONE: Text(
        "its entity is not in the store any more: drop the letter",
        "объекта больше нет в хранилище: закройте письмо без отправки",
    ),
    Saying.MEANWHILE: Text(
        "somebody else decided about it at this moment",
        "в этот же момент о письме решил кто-то другой",
    ),
    Saying.FAULT: Text(
        "a fault of the gateway kept it from being decided; it is open",
        "решению помешала ошибка шлюза; письмо осталось открытым",
    ),
}


def said(saying: Saying, language: str = "en", **values: object) -> str:
    """Return what a saying says of a letter: ``id``, ``subject`` and ``newer`` are its values."""
    return SAYINGS[saying].of(language, **{"id": "", "subject": "", "newer": 0, **values})
