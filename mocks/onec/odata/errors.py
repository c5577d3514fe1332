"""Errors of the interface: code, status, text and their two bodies (reference, section 1.10)."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

_META = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"


class ODataRefused(Exception):
    """A refusal. ``code`` is that of the vendor's table."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text

    def as_json(self, language: str) -> bytes:
        """Return the body for a caller who asked for JSON; ``language`` en translates the text."""
        message = {"lang": "ru", "value": self.shown(language)}
        body = {"odata.error": {"code": str(self.code), "message": message}}
        return json.dumps(body, ensure_ascii=False).encode()

    def as_xml(self, language: str) -> bytes:
        """Return the body for a caller who asked for Atom."""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><m:error xmlns:m="{_META}">'
            f"<m:code>{self.code}</m:code><m:message>{escape(self.shown(language))}</m:message>"
            "</m:error>"
        ).encode()

    def shown(self, language: str) -> str:
        """Return the text; in English it is a general one, ``lang`` still says ru."""
        if language == "ru" or self.code == -1:
            return self.text
        return f"Error {self.code} while processing the request"


def runtime_error(text: str) -> ODataRefused:
    """Return an exception of the configuration or of the query engine."""
    return ODataRefused(500, -1, text)


def bad_value(text: str) -> ODataRefused:
    """Return a string that is no value of its type."""
    return ODataRefused(400, 1, f'Не удалось разобрать значение "{text}"')


def bad_url(text: str = "Неверный URL") -> ODataRefused:
    """Return an address that cannot be understood."""
    return ODataRefused(400, 6, text)


def no_method() -> ODataRefused:
    """Return a function that the address does not have."""
    return ODataRefused(400, 6, "Метод не найден")


def no_entity(name: str) -> ODataRefused:
    """Return an entity set that does not exist."""
    return ODataRefused(404, 8, f'Сущность "{name}" не найдена')


def no_instance(name: str) -> ODataRefused:
    """Return an instance that does not exist."""
    short = name.partition("_")[2] or name
    text = f'Экземпляр сущности "{short}" не найден по переданному ключу.'
    return ODataRefused(404, 9, text)


def no_segment(name: str) -> ODataRefused:
    """Return a property that does not exist."""
    return ODataRefused(400, 10, f'Сегмент пути "{name}" не найден')


def bad_option(name: str) -> ODataRefused:
    """Return a query option that cannot be parsed."""
    return ODataRefused(400, 14, f"Ошибка разбора опции запроса {name}")


def not_allowed() -> ODataRefused:
    """Return a method that the address does not know."""
    return ODataRefused(405, 19, "Метод HTTP не поддерживается для указанного ресурса")


def no_access() -> ODataRefused:
    """Return a lack of rights."""
    return ODataRefused(401, 20, "Нарушение прав доступа!")
