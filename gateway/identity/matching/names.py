"""Likeness of names: how much two names say for or against one person. Pure.

A name differs from a namesake's by what people never mistype: another given name is another person,
however alike the rest is, because families share the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from gateway.canonical.alike import folded_name
from gateway.identity.normal import NameReading, Verdict


class Likeness(StrEnum):
    """What comparing two names found, the strongest agreement first."""

    FULL = "full"
    """Surname, name and patronymic are the same."""
    SAME = "same"
    """Surname and name, or its pet form, are the same; a patronymic is missing."""
    CLOSE = "close"
    """The same but for a typing error in the surname or the patronymic."""
    NEAR = "near"
    """The same but for a letter in the given name, or an initial: perhaps a sister."""
    RENAMED = "renamed"
    """Name and patronymic are the same, the surname is another: a marriage, or a namesake."""
    FIRST = "first"
    """Only the given names are known of both, and are the same."""
    UNKNOWN = "unknown"
    UNLIKE = "unlike"
    """The given names are the same, and what else is known is not."""
    DIFFERENT = "different"
    """Other given names."""


class Names(NamedTuple):
    """A name as it is compared: folded parts, empty where unknown."""

    last: str = ""
    first: str = ""
    patronymic: str = ""


NOBODY = Names()
_SHORT, _LONG = 4, 8
_FEW, _MANY = 1, 2
SAME, ALIKE, OTHER = 2, 1, 0

_PET_NAMES = """
саша александр александра|шура александр александра|леша алексей|алеша алексей|аня анна
настя анастасия|боря борис|валя валентин валентина|валера валерий валерия|вася василий василиса
витя виктор|вика виктория|вова владимир|володя владимир|галя галина|гена геннадий|гриша григорий
даня даниил данила|даша дарья|дима дмитрий|женя евгений евгения|катя екатерина|лена елена
лиза елизавета|ваня иван|ира ирина|ксюша ксения оксана|костя константин|лара лариса|лева лев
люда людмила|люба любовь|рита маргарита|маша мария|макс максим|миша михаил|надя надежда
наташа наталья наталия|коля николай|оля ольга|паша павел|петя петр|рома роман|света светлана
сережа сергей|слава вячеслав ярослав станислав|стас станислав|степа степан|соня софия софья
таня татьяна|толя анатолий|федя федор|юля юлия|юра юрий|яша яков
"""
_PET: Mapping[str, frozenset[str]] = {
    pet: frozenset(full)
    for pet, *full in map(str.split, _PET_NAMES.strip().replace("\n", "|").split("|"))
}


def names_of(read: NameReading) -> Names:
    """Return a reading as it is compared; junk compares as nobody's name."""
    if read.verdict is Verdict.REFUSED:
        return NOBODY
    return Names(folded_name(read.last), folded_name(read.first), folded_name(read.patronymic))


@lru_cache(maxsize=20_000)
def likeness(one: Names, other: Names) -> Likeness:
    """Compare two names, also with surname and name exchanged in one of them."""
    if NOBODY in {one, other}:
        return Likeness.UNKNOWN
    found = _in_order(one, other)
    if found in _AGREEMENTS:
        return found
    turned = {_in_order(_turned(one), other), _in_order(one, _turned(other))}
    return next((agreement for agreement in _AGREEMENTS if agreement in turned), found)


_AGREEMENTS = (
    Likeness.FULL, Likeness.SAME, Likeness.CLOSE, Likeness.NEAR, Likeness.RENAMED, Likeness.FIRST,
)  # fmt: skip
"""The strongest first; exchanged fields excuse a contrast only where they explain it wholly."""


def _turned(names: Names) -> Names:
    return Names(names.first, names.last, names.patronymic)


def _in_order(one: Names, other: Names) -> Likeness:
    first = _alike(one.first, other.first)
    last = _alike(one.last, other.last)
    father = _alike(one.patronymic, other.patronymic)
    if first is None:
        return Likeness.UNLIKE if OTHER in {last, father} else Likeness.UNKNOWN
    if first == OTHER:
        return Likeness.DIFFERENT
    if last is None:
        return _without_surname(first, father)
    if OTHER in {last, father}:
        return Likeness.RENAMED if first == father == SAME else Likeness.UNLIKE
    return _agreeing(first, last, father)


def _agreeing(first: int, last: int, father: int | None) -> Likeness:
    if first == last == SAME and father != ALIKE:
        return Likeness.FULL if father == SAME else Likeness.SAME
    if first == SAME:
        return Likeness.CLOSE
    return Likeness.NEAR if last == SAME else Likeness.UNKNOWN


def _without_surname(first: int, father: int | None) -> Likeness:
    if father == OTHER:
        return Likeness.UNLIKE
    if first == SAME:
        return Likeness.RENAMED if father == SAME else Likeness.FIRST
    return Likeness.UNKNOWN


def _alike(one: str, other: str) -> int | None:
    """Compare two parts; ``None`` when one of them is not known."""
    if not one or not other:
        return None
    if one == other:
        return SAME
    if one.isascii() != other.isascii():  # Latin and Cyrillic are not compared, only displayed
        return None
    if len(one) == 1 or len(other) == 1:
        return ALIKE if one[0] == other[0] else OTHER
    if other in _PET.get(one, ()) or one in _PET.get(other, ()):
        return SAME
    shorter = min(len(one), len(other))
    most = _MANY if shorter >= _LONG else _FEW if shorter >= _SHORT else 0
    return ALIKE if most and OSA.distance(one, other, score_cutoff=most) <= most else OTHER
