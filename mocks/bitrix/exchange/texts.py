"""Words of the exchange and the form of its answers (reference 3.1, 3.2, 3.6, 10.14)."""

from __future__ import annotations

from dataclasses import dataclass

FAILURE = "failure"
WRONG_LOGIN = "Ошибка авторизации. Неверное имя пользователя или пароль."
SOURCE_UNKNOWN = "Ошибка проверки источника запроса. Обновите модуль обмена."
NO_RIGHTS = "У Вас нет прав для обмена. Проверьте настройки компонента."
CLOCKS_DIFFER = "Время базы данных и время сервера различаются."
UNKNOWN_MODE = "Неизвестная команда."
UNKNOWN_TYPE = "Unknown command type."
FILE_EMPTY = "Файл для импорта пуст."
UNPACKING = "Идет распаковка архива."
UNPACKED = "Распаковка архива завершена."
UNPACK_FAILED = "Ошибка распаковки архива."

GUID_MISSING = (
    "Для документа со стороны 1С не передан уникальный идентификатор - 'Ид'. "
    "Документ не может быть обработан."
)


def not_changeable(guid: str, number: str) -> str:
    """Say that an order's rows stay as they are (3.6)."""
    return (
        f"Документ с Ид - {guid}.Заказ №{number} не может быть изменен "
        "(находится в финальном статусе, оплачен или разрешена доставка)."
    )


def about(guid: str, problem: str) -> str:
    """Say what is wrong with a document; ``Документ с Ид`` maps the text to it."""
    return f"Документ с Ид - {guid}.{problem}"


@dataclass(frozen=True)
class Reply:
    """One answer: text lines, or XML; and what it did, for the journal."""

    content: str | bytes
    is_xml: bool = False
    effect: str = "none"
    key: str = ""

    @property
    def is_failure(self) -> bool:
        """Tell whether the verdict is ``failure`` or ``error``."""
        return isinstance(self.content, str) and self.content.startswith((FAILURE, "error"))


def remarks(problems: list[str], *, word: str = "success") -> str:
    """Return a verdict with the remarks about single documents, each on a line of its own."""
    return word + "".join(f"\n{problem}" for problem in problems) + "\n"
