"""What a site answers to 1C, byte by byte. Source: vendor reference of Bitrix, 3 and 10.14.

The first line is the verdict, at the very start of the body: no mark and no blank before it.
"""

from __future__ import annotations

from gateway.commerceml import Encoding
from gateway.contract import ExchangeReply

WRONG_LOGIN = "Ошибка авторизации. Неверное имя пользователя или пароль."
WRONG_SOURCE = "Ошибка проверки источника запроса. Обновите модуль обмена."
UNKNOWN_MODE = "Неизвестная команда."
UNKNOWN_TYPE = "Unknown command type."
NO_FILE = "Файл для импорта пуст."
BAD_ARCHIVE = "Ошибка распаковки архива."
UNPACKED = "Распаковка архива завершена."
NO_TIMESTAMP = "Не указано время начала обмена."
DONE = "Импорт успешно завершен."
COMPLETE = "Обмен завершен."
_MOST_NAMED = 20


def verdict(word: str, *lines: str, encoding: Encoding, end: str = "\n") -> ExchangeReply:
    """Answer with a word, and lines after it."""
    body = "\n".join((word, *lines)) + end
    return plain(body, encoding)


def failure(text: str, encoding: Encoding) -> ExchangeReply:
    """Refuse; the status stays 200."""
    return verdict("failure", text, encoding=encoding, end="")


def plain(text: str, encoding: Encoding) -> ExchangeReply:
    """Answer with a text as it is."""
    headers = {"Content-Type": f"text/html; charset={str(encoding).lower()}"}
    return ExchangeReply(text.encode(encoding, "replace"), headers=headers)


def not_written(name: str) -> str:
    """Say that a file cannot be kept; ``name`` is cut, because anybody may have made it up."""
    return f"Ошибка записи в файл /{name[:100]}."


def processed(count: int) -> str:
    """Say how far an import has come."""
    return f"Обработано записей: {count}."


def left_out(remarks: list[str]) -> list[str]:
    """Return the lines about documents that were refused, not more than a person reads."""
    more = len(remarks) - _MOST_NAMED
    return [*remarks[:_MOST_NAMED], *([f"… {more}"] if more > 0 else [])]
