"""Shown: times, ages and numbers as people of a language read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.console.texts import Language

_NONE = "—"
_FORMS = {"ru": "%d.%m.%Y %H:%M:%S", "en": "%Y-%m-%d %H:%M:%S"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def when(moment: datetime | None, zone: ZoneInfo, language: str) -> str:
    """Show a moment in the viewer's zone."""
    return moment.astimezone(zone).strftime(_FORMS[language]) if moment is not None else _NONE


def age(seconds: float | None, language: Language) -> str:
    """Show a span of time, in the two largest units that it has."""
    if seconds is None:
        return _NONE
    whole = round(seconds)
    if whole < _MINUTE:
        return language.text("{n} s", n=whole)
    if whole < _HOUR:
        return language.text("{n} min", n=whole // _MINUTE)
    if whole < _DAY:
        return language.text("{n} h {m} min", n=whole // _HOUR, m=whole % _HOUR // _MINUTE)
    return language.text("{n} d {m} h", n=whole // _DAY, m=whole % _DAY // _HOUR)


def number(value: float | None, language: str) -> str:
    """Show a number with its thousands apart."""
    if value is None:
        return _NONE
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    if language == "ru":
        return text.replace(",", " ").replace(".", ",")
    return text
