"""Words of the tills' services: what 1C answers, letter by letter, and what a till sends. Pure.

Sources: vendor reference, 2.5 and 3.8, and the modules that it names (БСЛ 1.0, УНФ 3.0.8).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_to_bytes

from gateway.contract import TillRefused, TillReply

VERSION = "1.0.0.0"
SWITCHED_OFF = "Использование сервера лояльности отключено в настройках программы"
NO_CARD = "Карта клиента не найдена"
NO_AMOUNT = "Количество баллов не указано"
UNLOCKED = "Бонусы разблокированы"
WRITTEN_OFF = "Бонусы успешно списаны"
PROMO_UNLOCKED = "Промокод разблокирован"
NOT_ISSUED = "Не удалось создать карту клиента"
AWAY = "Сервер лояльности сейчас недоступен, продайте без бонусов"
BUSY = "Сервер лояльности занят, повторите позже"
NOT_SPENT = "Бонусы не списаны: сейчас их списать нельзя"
REFUSED = "Сервер лояльности отказал в операции"
UNREADABLE = "Ошибка преобразования тела запроса по причине: неверный формат JSON"
_REASONS = {
    "code-needed": "Для списания бонусов нужен код подтверждения: касса не может его передать",
    "spending-off": "Списание бонусов сейчас выключено",
    "member-unknown": NO_CARD,
}
_JSON = "application/json;charset=utf-8"
_TEXT = "text/plain; charset=utf-8"

Row = dict[str, Any]


def head(error: str = "") -> Row:
    """Return what every answer with a head begins with; an error has a text."""
    return {"Error": bool(error), "ErrorMessage": error, "Version": VERSION}


def json_reply(body: Any) -> TillReply:  # noqa: ANN401 - a JSON value
    """Return an answer as 1C writes it: Cyrillic as it is, whole sums without a fraction."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number)
    return TillReply(text.encode(), headers={"Content-Type": _JSON})


def text_reply(text: str, status: int = 200) -> TillReply:
    """Return a plain sentence; every status above 200 is an error for a till."""
    return TillReply(text.encode(), status=status, headers={"Content-Type": _TEXT})


def reason_of(error: TillRefused) -> str:
    """Return why the service refuses, in words for a cashier."""
    return _REASONS.get(error.code, REFUSED)


def params_of(query: Mapping[str, str]) -> dict[str, str]:
    """Read a query that may be encoded or not, in UTF-8 or windows-1251.

    A ``+`` is a plus: the till's client writes values into the address as they are.
    """
    return {_decoded(name): _decoded(value).strip() for name, value in query.items()}


def _decoded(value: str) -> str:
    raw = unquote_to_bytes(value.encode("utf-8", "surrogateescape"))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("windows-1251", "replace")


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    msg = f"no JSON for {type(value).__name__}"
    raise TypeError(msg)
