"""Text: an export as a person can read it, in Russian or English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.ops.person_export import PersonExport

TITLES: Mapping[str, tuple[str, str]] = {
    "person": ("What is known of you", "Что о вас известно"),
    "origins": ("Which system told it, and when", "Какая система это сообщила и когда"),
    "consents": ("Your consents", "Ваши согласия"),
    "copies": ("Where copies are kept", "Где хранятся копии"),
    "orders": ("Orders", "Заказы"),
    "cards": ("Cards", "Карты"),
    "house": ("Bonus account", "Бонусный счёт"),
    "sales": ("Purchases at tills", "Покупки на кассах"),
    "letters": ("What could not be delivered", "Что не удалось доставить"),
    "merges": ("Records that were made one", "Записи, объединённые в одну"),
    "story": ("What was done with it", "Что с этим делалось"),
    "elsewhere": ("Other places", "Другие места"),
}
"""Sections by their names: English, Russian."""
_HEAD = ("Everything held about one person", "Всё, что хранится об одном человеке")
_MADE = ("made", "составлено")
_NOTHING = ("nothing", "ничего")


def person_text(export: PersonExport, language: str) -> str:
    """Return the export as text."""
    which = 1 if language == "ru" else 0
    lines = [_HEAD[which], f"{export.id}, {_MADE[which]} {export.made_at.isoformat()}"]
    for name, titles in TITLES.items():
        lines += ["", titles[which].upper()]
        lines += list(_lines(export.document.get(name), 1)) or [f"  {_NOTHING[which]}"]
    return "\n".join(lines) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    space = "  " * depth
    if isinstance(value, Mapping):
        for key, one in value.items():
            if isinstance(one, Mapping | list | tuple):
                if one:
                    yield f"{space}{key}:"
                    yield from _lines(one, depth + 1)
            else:
                yield f"{space}{key}: {one}"
    elif isinstance(value, list | tuple):
        for one in value:
            if isinstance(one, Mapping | list | tuple):
                first, *rest = list(_lines(one, depth + 1)) or [space]
                yield f"{space}- {first.strip()}"
                yield from rest
            else:
                yield f"{space}- {one}"
