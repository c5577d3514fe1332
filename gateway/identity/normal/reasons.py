"""Reasons: why a value is doubtful or refused, and what an operator reads about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.canonical import PhoneFault


class Reason(StrEnum):
    """Why a verdict is not ``ok``, or what is worth a remark; ``NONE`` for nothing."""

    NONE = ""
    EMPTY = "empty"
    NO_DIGITS = "no_digits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_AREA = "no_area"
    PLACEHOLDER = "placeholder"
    SEVERAL = "several"
    LOOKALIKE = "lookalike"
    NOT_IN_PLAN = "not_in_plan"
    NOT_PERSONAL = "not_personal"
    SHARED_LINE = "shared_line"
    STOPPED = "stopped"
    NO_ADDRESS = "no_address"
    BAD_DOTS = "bad_dots"
    MIXED_SCRIPTS = "mixed_scripts"
    ROLE = "role"
    THROWAWAY = "throwaway"
    DOMAIN_TYPO = "domain_typo"
    NO_NAME = "no_name"
    ORDER_UNKNOWN = "order_unknown"
    PARTIAL = "partial"
    BAD_CHARACTERS = "bad_characters"


OF_FAULT: Mapping[PhoneFault, Reason] = {fault: Reason(fault.value) for fault in PhoneFault}

_TEXTS: Mapping[Reason, tuple[str, str]] = {
    Reason.NONE: ("в порядке", "in order"),
    Reason.EMPTY: ("не заполнено", "not filled in"),
    Reason.NO_DIGITS: ("это не номер", "this is no number"),
    Reason.TOO_SHORT: ("не хватает цифр", "digits are missing"),
    Reason.TOO_LONG: ("лишние цифры", "there are too many digits"),
    Reason.NO_AREA: ("такого кода города или оператора нет", "no area or operator has this code"),
    Reason.PLACEHOLDER: ("заглушка вместо настоящего значения", "a placeholder, not a real value"),
    Reason.SEVERAL: ("в поле несколько значений", "the field holds several values"),
    Reason.LOOKALIKE: (
        "похожие буквы вместо цифр или букв другого алфавита; прочитано так, как похоже",
        "look-alike characters; read as what they look like",
    ),
    Reason.NOT_IN_PLAN: (
        "по плану нумерации такого номера нет",
        "the numbering plan has no such number",
    ),
    Reason.NOT_PERSONAL: ("номер организации, а не человека", "a number of firms, not of people"),
    Reason.SHARED_LINE: (
        "городской номер, им пользуется вся семья",
        "a fixed line, which a whole household uses",
    ),
    Reason.STOPPED: ("стоит в стоп-листе магазина", "stands on the shop's stop list"),
    Reason.NO_ADDRESS: ("это не адрес почты", "this is no e-mail address"),
    Reason.BAD_DOTS: ("точки стоят там, где их не бывает", "full stops where there can be none"),
    Reason.MIXED_SCRIPTS: (
        "смешаны кириллица и латиница",
        "Cyrillic and Latin letters are mixed",
    ),
    Reason.ROLE: ("адрес отдела, а не человека", "an address of a department, not of a person"),
    Reason.THROWAWAY: ("одноразовый почтовый ящик", "a throwaway mailbox"),
    Reason.DOMAIN_TYPO: ("возможно, опечатка в домене", "perhaps the domain is misspelt"),
    Reason.NO_NAME: ("это не имя человека", "this is no person's name"),
    Reason.ORDER_UNKNOWN: (
        "не ясно, где имя, а где фамилия",
        "it is not clear which part is the surname",
    ),
    Reason.PARTIAL: ("имя неполное", "the name is not complete"),
    Reason.BAD_CHARACTERS: ("недопустимые знаки в номере", "characters that no number has"),
}


def reason_text(reason: Reason, language: str = "ru") -> str:
    """Return the text of a reason in ``ru`` or, for any other language, in English."""
    russian, english = _TEXTS[reason]
    return russian if language == "ru" else english
