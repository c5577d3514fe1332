"""Names: surname, name and patronymic, in whatever order and field they came.

No list of names stands behind this: a patronymic is known by its ending, and the places of the
others by it. Where that does not tell, the order is doubtful and the parts stay as they were given.

Source: reference of services, section 10.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from gateway.canonical import Gender
from gateway.identity.normal.reasons import Reason
from gateway.identity.normal.scripts import cyrillic_of, has_cyrillic
from gateway.identity.normal.verdict import Verdict

_PATRONYMIC = re.compile(
    r".{2,}(?:вич|[ео]вна|ична|инична)|(?:иль|лук|фом|кузьм|ник)ич", re.IGNORECASE
)
_PATRONYMIC_WORD = frozenset({"оглы", "оглу", "кызы", "гызы", "улы", "уулу"})
_FEMALE_PATRONYMIC = re.compile(r".*(?:вна|ична|кызы|гызы)", re.IGNORECASE)
_SURNAME = re.compile(r".{3,}(?:[ое]в|[ое]ва|[сц]кий|[сц]кая|енко|чук|швили|дзе)", re.IGNORECASE)
"""Endings of surnames that hardly any name has; ``-ин`` is left out for Марина and Константин."""
_PARTICLES = frozenset({"де", "фон", "ван", "ди", "дер", "аль", "эль", "бен", "ибн"})
_BLANKS = re.compile(r"[\s\u00a0,;_]+")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_JUNK_WORDS = frozenset(
    {
        "покупатель", "розничный", "розница", "тест", "тестовый", "test", "гость", "guest",
        "клиент", "client", "customer", "аноним", "анонимный", "неизвестно", "неизвестный", "нет",
        "имя", "фамилия", "отчество", "физлицо", "физ", "частное", "лицо", "пользователь", "user",
        "admin", "администратор", "интернет-заказ", "заказ", "самовывоз", "name", "none", "null",
        "undefined", "qwerty", "asdf", "йцукен", "фыва", "фывапролдж", "ываываы",
    }
)  # fmt: skip
_DIGIT = re.compile(r"[0-9@]")
_ONE_LETTER_OVER = re.compile(r"(.)\1{2,}")
_LETTERS = re.compile(r"[^\W\d_]")
_FULL, _PAIR = 3, 2
_REMEMBERED = 50_000
"""So many words are kept with their kind: names are few and come again and again."""


class NameReading(NamedTuple):
    """A name as given and as read. Shape: ``gender`` is a guess by the patronymic, for display."""

    original: str
    last: str | None
    first: str | None
    patronymic: str | None
    verdict: Verdict
    reason: Reason = Reason.NONE
    gender: Gender | None = None


def read_name(text: str | None) -> NameReading:
    """Read a whole name in one line."""
    original = text or ""
    words = [_word(word) for word in _BLANKS.split(original.translate(_HYPHENS)) if word]
    words = [word for word in words if _LETTERS.search(word)]
    if not original.strip():
        return NameReading(original, None, None, None, Verdict.REFUSED, Reason.EMPTY)
    if not words or _is_junk(words, original):
        return NameReading(original, None, None, None, Verdict.REFUSED, Reason.NO_NAME)
    return _placed(original, _joined(words))


def read_parts(last: str | None, first: str | None, patronymic: str | None) -> NameReading:
    """Read a name whose parts have fields of their own, perhaps not the right ones.

    The fields are believed unless a patronymic, or a surname in the field of the name, proves
    otherwise.
    """
    given = [part for part in (last, first, patronymic) if part and part.strip()]
    whole = read_name(" ".join(given))
    one_line = len(given) == 1 and len(given[0].split()) > 1
    if whole.verdict is not Verdict.DOUBTFUL or one_line:
        return whole
    is_whole = bool(last and first)
    return whole._replace(
        last=_tidy(last),
        first=_tidy(first),
        patronymic=_tidy(patronymic),
        verdict=Verdict.OK if is_whole else Verdict.DOUBTFUL,
        reason=Reason.NONE if is_whole else Reason.PARTIAL,
    )


def _tidy(part: str | None) -> str | None:
    return _word(part.strip().translate(_HYPHENS)) if part and part.strip() else None


@lru_cache(maxsize=_REMEMBERED)
def _word(word: str) -> str:
    """Return a word in one script: Latin letters that look Cyrillic in a Cyrillic word are that."""
    return cyrillic_of(word) if has_cyrillic(word) else word


def _is_junk(words: Sequence[str], original: str) -> bool:
    lower = [word.lower().strip(".") for word in words]
    return (
        _DIGIT.search(original) is not None
        or not _JUNK_WORDS.isdisjoint(lower)
        or any(_ONE_LETTER_OVER.fullmatch(word) for word in lower)
        or max(map(len, lower)) == 1
    )


def _joined(words: Sequence[str]) -> list[str]:
    """Put ``Мамед оглы`` and ``фон Берг`` together."""
    parts: list[str] = []
    glued = False
    for word in words:
        lower = word.lower()
        if parts and (glued or lower in _PATRONYMIC_WORD):
            parts[-1] = f"{parts[-1]} {word}"
        else:
            parts.append(word)
        glued = lower in _PARTICLES
    return parts


@lru_cache(maxsize=_REMEMBERED)
def is_patronymic(word: str) -> bool:
    """Tell whether a word ends as only patronymics do; ``Абрамович`` may be a surname too."""
    last = word.rpartition(" ")[2].lower()
    return last in _PATRONYMIC_WORD or _PATRONYMIC.fullmatch(last) is not None


@lru_cache(maxsize=_REMEMBERED)
def is_surname(word: str) -> bool:
    """Tell whether a word ends as hardly anything but surnames does."""
    return _SURNAME.fullmatch(word) is not None


def _placed(original: str, words: list[str]) -> NameReading:
    fathers = [place for place, word in enumerate(words) if is_patronymic(word)]
    surnames = [place for place, word in enumerate(words) if is_surname(word)]
    last, first, father = [*words[:2], " ".join(words[2:])] if len(words) > 1 else ["", "", ""]
    reason = Reason.ORDER_UNKNOWN
    if len(words) == _FULL and fathers and fathers[-1] > 0:
        # Иванов Иван Иванович, or Иван Иванович Иванов.
        first, father = words[fathers[-1] - 1], words[fathers[-1]]
        last, reason = words[0 if fathers[-1] == _FULL - 1 else _FULL - 1], Reason.NONE
    elif len(words) == _PAIR and fathers == [1] and 0 not in surnames:
        last, first, father, reason = "", words[0], words[1], Reason.PARTIAL
    elif len(words) == _PAIR and len(surnames) == 1:
        last, first, reason = words[surnames[0]], words[1 - surnames[0]], Reason.NONE
    elif len(words) == 1:
        last, first, reason = ("", words[0], Reason.PARTIAL)
        if surnames:
            last, first = first, last
    return _read(original, (last, first, father), reason)


def _read(original: str, parts: tuple[str, str, str], reason: Reason) -> NameReading:
    last, first, patronymic = (part or None for part in parts)
    gender = None
    if patronymic and is_patronymic(patronymic):
        female = _FEMALE_PATRONYMIC.fullmatch(patronymic) is not None
        gender = Gender.FEMALE if female else Gender.MALE
    verdict = Verdict.DOUBTFUL if reason else Verdict.OK
    return NameReading(original, last, first, patronymic, verdict, reason, gender)


_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip


def transliterated(text: str) -> str:
    """Return a Cyrillic text in Latin letters as in Russian passports (ICAO 9303); for display."""
    out = []
    for char in text:
        latin = _LATIN.get(char.lower())
        out.append(char if latin is None else latin.capitalize() if char.isupper() else latin)
    return "".join(out)
