"""Population: who the people of the base really are, how they live together, and what they own.

Made from a seed, and from nothing that matching knows. The shares are assumptions about a Russian
retailer, written down in ``Habits`` and in docs/how-to/identity.md, and not fitted to a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from benchmarks.people import words


@dataclass(frozen=True, slots=True)
class Habits:
    """How people live. Shares of one."""

    household: float = 0.30
    """Lives with another customer."""
    other_surname: float = 0.20
    """Of those, does not bear the family's surname."""
    email: float = 0.82
    second_phone: float = 0.01
    changed_phone: float = 0.02
    recycled: float = 0.35
    """Of the numbers given up, those that another customer got."""
    married: float = 0.03
    """Of women, those whose surname changed between two records."""
    card: float = 0.55


@dataclass(slots=True)
class Person:
    """Somebody. Shape: ``phones`` and ``surnames`` oldest first, the last one is of today."""

    number: int
    female: bool
    surnames: list[str]
    first: str
    patronymic: str
    born: date
    phones: list[str]
    email: str
    card: str
    second_phone: str = ""
    family: list[Person] = field(default_factory=list, repr=False)


def _zipf(words_: Sequence[str], power: float) -> list[float]:
    return list(accumulate(1 / (place + 2) ** power for place in range(len(words_))))


def _surnames() -> list[str]:
    """Return some 900 surnames, the commonest first."""
    endings = ("ов", "ин", "ский", "енко", "ев", "чук", "ых", "ян", "ко")
    return [f"{root}{ending}" for ending in endings for root in words.ROOTS]


_SURNAMES = _surnames()
_WEIGHTS = {
    "last": _zipf(_SURNAMES, 0.85),
    "men": _zipf(words.MEN, 0.9),
    "women": _zipf(words.WOMEN, 0.9),
    "fathers": _zipf(words.FATHERS, 0.9),
}
_OPERATORS = (900, 901, 903, 904, 905, 906, 908, 909, 910, 912, 913, 915, 916, 917, 918, 919, 920,
              921, 922, 923, 925, 926, 927, 928, 929, 931, 937, 950, 951, 952, 953, 960, 961, 962,
              963, 964, 965, 967, 968, 977, 978, 980, 981, 982, 983, 985, 987, 988, 989, 991, 995,
              999)  # fmt: skip
_DOMAINS = [domain for domain, _ in words.DOMAINS]
_DOMAIN_WEIGHTS = [weight for _, weight in words.DOMAINS]
_ALIKE = str.maketrans("", "", "._-")
"""No two people have one mailbox, nor two that a provider would take for one."""
_OLDEST, _DAYS = date(1945, 1, 1), 61 * 365
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch",
    "ы": "y", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip


def latin(text: str) -> str:
    """Write a name as people do in an address."""
    return "".join(_LATIN.get(char, "") for char in text.lower())


def feminine(surname: str) -> str:
    """Return a woman's form of a surname."""
    if surname.endswith("ский"):
        return f"{surname[:-2]}ая"
    return f"{surname}а" if surname.endswith(("ов", "ев", "ин")) else surname


def fathered(name: str, *, female: bool) -> str:
    """Return the patronymic after a father's name."""
    if name.endswith("й"):
        return f"{name[:-1]}{'евна' if female else 'евич'}"
    if name.endswith("ь"):
        return f"{name[:-1]}{'евна' if female else 'евич'}"
    return f"{name}{'овна' if female else 'ович'}"


class Population:
    """Makes people one after the other."""

    def __init__(self, seed: int, habits: Habits | None = None) -> None:
        self.random = Random(seed)
        self.habits = habits or Habits()
        self.given_up: list[str] = []
        self._boxes: set[str] = set()
        self._count = 0

    def households(self, people: int) -> list[Person]:
        """Return so many people, families beside each other."""
        out: list[Person] = []
        while len(out) < people:
            family = [self._person(None)]
            if self.random.random() < self.habits.household / 2:
                family.append(self._person(family[0]))
                if self.random.random() < 0.25:  # noqa: PLR2004 - every fourth has a third one
                    family.append(self._person(family[0]))
            for one in family:
                one.family = [other for other in family if other is not one]
            out += family
        return out[:people]

    def _pick(self, what: str, from_: Sequence[str]) -> str:
        return self.random.choices(from_, cum_weights=_WEIGHTS[what])[0]

    def _person(self, kin: Person | None) -> Person:
        random, habits = self.random, self.habits
        self._count += 1
        female = random.random() < 0.58  # noqa: PLR2004 - most customers are women
        surname = self._pick("last", _SURNAMES)
        if kin is not None and random.random() >= habits.other_surname:
            surname = kin.surnames[0].removesuffix("а") if kin.female else kin.surnames[0]
            surname = surname.replace("ская", "ский")
        father = self._pick("fathers", words.FATHERS)
        if kin is not None and not kin.female and random.random() < 0.4:  # noqa: PLR2004 - a child
            father = kin.first
        surnames = [feminine(surname) if female else surname]
        if female and random.random() < habits.married:
            surnames.append(feminine(self._pick("last", _SURNAMES)))
        first = self._pick("women" if female else "men", words.WOMEN if female else words.MEN)
        born = _OLDEST + timedelta(days=random.randrange(_DAYS))
        return Person(
            number=self._count, female=female, surnames=surnames, first=first,
            patronymic=fathered(father, female=female), born=born, phones=self._phones(),
            email=self._email(first, surnames[0], born), card=self._card(),
            second_phone=self.phone() if random.random() < habits.second_phone else "",
        )  # fmt: skip

    def phone(self) -> str:
        """Return a number of somebody."""
        return f"{self.random.choice(_OPERATORS)}{self.random.randrange(10**7):07}"

    def _phones(self) -> list[str]:
        random = self.random
        recycled = self.given_up and random.random() < self.habits.recycled * (
            self.habits.changed_phone
        )
        phones = (
            [self.given_up.pop(random.randrange(len(self.given_up)))]
            if recycled
            else [self.phone()]
        )
        if random.random() < self.habits.changed_phone:
            self.given_up.append(phones[0])
            phones.append(self.phone())
        return phones

    def _card(self) -> str:
        has = self.random.random() < self.habits.card
        return f"2000{self._count:08}{self.random.randrange(10)}" if has else ""

    def _email(self, first: str, last: str, born: date) -> str:
        random = self.random
        if random.random() >= self.habits.email:
            return ""
        names = latin(first), latin(last)
        shape = random.choice(("{1}.{0}{2}", "{0}{1}{2}", "{1}{2}", "{0}.{1}{2}", "{0}_{2}{3}"))
        year = random.choice(("", str(born.year), str(born.year)[2:], str(random.randrange(1000))))
        local = shape.format(*names, year, random.randrange(10_000)).strip("._")
        domain = random.choices(_DOMAINS, _DOMAIN_WEIGHTS)[0]
        provider = "yandex.ru" if domain == "ya.ru" else domain
        while (box := f"{local}@{provider}".translate(_ALIKE)) in self._boxes:
            local += str(random.randrange(10))
        self._boxes.add(box)
        return f"{local}@{domain}"
