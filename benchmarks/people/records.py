"""Records: what the site, the CRM and the till wrote down of people, with all that goes wrong.

Each record keeps whose it is and which mishaps befell it, so that what matching misses can be told
by cause. The mishaps work on texts and know nothing of how they will be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.people import words
from benchmarks.people.population import Habits, Person, Population, latin

SITE, CRM, TILL = "site", "crm", "till"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_YEARS = 5


@dataclass(frozen=True, slots=True)
class Mishaps:
    """How often what goes wrong. Shares of one, each of the values concerned."""

    phone_typo: float = 0.004
    email_typo: float = 0.012
    alias: float = 0.05
    family_phone: float = 0.015
    family_email: float = 0.02
    family_card: float = 0.02
    cashier_phone: float = 0.002
    placeholder: float = 0.003
    swapped: float = 0.03
    name_typo: float = 0.02
    pet: float = 0.03
    initial: float = 0.01
    look_alike: float = 0.004
    latin: float = 0.01
    junk: float = 0.015
    born_typo: float = 0.008
    born_turned: float = 0.003
    born_default: float = 0.006


@dataclass(slots=True)
class Record:
    """One customer's record in one system. Shape: texts as typed; ``born`` is ISO."""

    id: str
    person: int
    system: str
    at: datetime
    last: str = ""
    first: str = ""
    patronymic: str = ""
    phone: str = ""
    phone_confirmed: bool = False
    email: str = ""
    email_confirmed: bool = False
    card: str = ""
    born: str = ""
    gender: str = ""
    mishaps: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Form:
    """What a system asks for. Shares of one; ``names`` are those of whole, two, one and no name."""

    phone: float
    email: float
    card: float
    born: float
    phone_confirmed: float
    email_confirmed: float
    names: tuple[float, float, float, float]


FORMS = {
    SITE: Form(0.99, 0.95, 0.25, 0.35, 0.70, 0.65, (0.35, 0.48, 0.15, 0.02)),
    CRM: Form(0.998, 0.55, 0.10, 0.06, 0.10, 0.05, (0.20, 0.48, 0.31, 0.01)),
    TILL: Form(0.995, 0.25, 0.95, 0.50, 0.75, 0.05, (0.40, 0.43, 0.13, 0.04)),
}
_COUNTS = (0.45, 0.33, 0.17, 0.05)
"""Shares of people with one, two, three and four records."""
_PHONE_SHAPES = ("8 ({0}) {1}-{2}-{3}", "+7{0}{1}{2}{3}", "8{0}{1}{2}{3}", "{0}{1}{2}{3}",
                 "+7 {0} {1}-{2}-{3}", "7{0}{1}{2}{3}", "8-{0}-{1}-{2}-{3}",
                 "+7({0}){1} {2} {3}", "8 {0} {1}{2}{3} ")  # fmt: skip
_DEFAULT_BIRTHS = ("1990-01-01", "1970-01-01", "1980-01-01", "2000-01-01")


class Clerk:
    """Writes records down."""

    def __init__(self, random: Random, mishaps: Mishaps, cashiers: Sequence[str]) -> None:
        self.random = random
        self.mishaps = mishaps
        self.cashiers = cashiers

    def records(self, person: Person) -> Iterator[Record]:
        """Yield all records of a person, in some systems, some twice."""
        count: int = self.random.choices((1, 2, 3, 4), _COUNTS)[0]
        systems = [SITE, CRM, TILL]
        self.random.shuffle(systems)
        systems.append(self.random.choice((SITE, CRM, TILL)))
        for number in range(count):
            yield self._record(person, systems[number], number)

    def _happens(self, name: str, record: Record) -> bool:
        happens: bool = self.random.random() < getattr(self.mishaps, name)
        if happens:
            record.mishaps.add(name)
        return happens

    def _record(self, person: Person, system: str, number: int) -> Record:
        random, form = self.random, FORMS[system]
        at = NEW_YEAR - timedelta(days=random.random() * 365 * _YEARS)
        record = Record(f"c-{person.number:07}{number}", person.number, system, at)
        age = (NEW_YEAR - at).days / (365 * _YEARS)
        self._write_name(person, record, form, age)
        if random.random() < form.phone:
            self._write_phone(person, record, form, age)
        if person.email and random.random() < form.email:
            self._write_email(person, record, form)
        elif system == TILL and self._happens("placeholder", record):
            record.email = random.choice(words.NO_EMAILS)
        if person.card and random.random() < form.card:
            record.card = person.card
        if record.card and person.family and self._happens("family_card", record):
            record.card = person.family[0].card or record.card
        if random.random() < form.born:
            record.born = self._born(person, record)
        if random.random() < 0.4:  # noqa: PLR2004 - every form has the field, few fill it in
            record.gender = "female" if person.female else "male"
        return record

    def _write_phone(self, person: Person, record: Record, form: Form, age: float) -> None:
        random = self.random
        is_old = len(person.phones) > 1 and random.random() < age
        number = person.phones[0] if is_old else person.phones[-1]
        if len(person.phones) > 1:
            record.mishaps.add("changed_phone")
        if person.second_phone and random.random() < 0.3:  # noqa: PLR2004 - the main one is more usual
            number = person.second_phone
            record.mishaps.add("second_phone")
        record.phone_confirmed = random.random() < form.phone_confirmed
        if person.family and self._happens("family_phone", record):
            number = person.family[0].phones[-1]
            record.phone_confirmed = record.phone_confirmed and random.random() < 0.25  # noqa: PLR2004
        if record.system == TILL and self._happens("cashier_phone", record):
            number, record.phone_confirmed = random.choice(self.cashiers), False
        if record.system != SITE and self._happens("placeholder", record):
            record.phone, record.phone_confirmed = random.choice(words.NO_PHONES), False
            return
        if not record.phone_confirmed and self._happens("phone_typo", record):
            number = mistyped(random, number, "0123456789")
        parts = number[:3], number[3:6], number[6:8], number[8:]
        record.phone = random.choice(_PHONE_SHAPES).format(*parts)

    def _write_email(self, person: Person, record: Record, form: Form) -> None:
        random, email = self.random, person.email
        record.email_confirmed = random.random() < form.email_confirmed
        if person.family and self._happens("family_email", record):
            email = person.family[0].email or email
        if self._happens("alias", record):
            email = aliased(random, email)
        if not record.email_confirmed and self._happens("email_typo", record):
            local, _, domain = email.partition("@")
            email = f"{mistyped(random, local, 'abcdeiklmnoprstuvyz')}@{domain}"
        if random.random() < 0.15:  # noqa: PLR2004 - telephones begin with a capital letter
            email = email.capitalize()
        record.email = f"{email} " if random.random() < 0.02 else email  # noqa: PLR2004 - pasted

    def _born(self, person: Person, record: Record) -> str:
        born = person.born
        if self._happens("born_default", record):
            return self.random.choice(_DEFAULT_BIRTHS)
        if born.day <= 12 and self._happens("born_turned", record):  # noqa: PLR2004 - months
            return f"{born.year}-{born.day:02}-{born.month:02}"
        if self._happens("born_typo", record):
            return f"{born.year + self.random.choice((-10, -1, 1, 10))}{born.isoformat()[4:]}"
        return born.isoformat()

    def _write_name(self, person: Person, record: Record, form: Form, age: float) -> None:
        random = self.random
        if self._happens("junk", record):
            record.first = random.choice(words.JUNK)
            return
        how = random.choices(("whole", "two", "one", "none"), form.names)[0]
        if how == "none":
            return
        last = person.surnames[0 if random.random() < age else -1]
        if len(person.surnames) > 1:
            record.mishaps.add("married")
        first = person.first
        if self._happens("pet", record):
            first = words.PETS.get(first, first)
        if self._happens("name_typo", record):
            if random.random() < 0.7:  # noqa: PLR2004 - surnames are longer and rarer
                last = mistyped(random, last, words.LETTERS).capitalize()
            else:
                first = mistyped(random, first, words.LETTERS).capitalize()
        father = person.patronymic if how == "whole" else ""
        if how != "one" and self._happens("initial", record):
            first, father = f"{first[0]}.", f"{father[:1]}." if father else ""
        parts = ["", first, ""] if how == "one" else [last, first, father]
        self._place(record, [self._spelled(part, record) for part in parts])

    def _spelled(self, part: str, record: Record) -> str:
        random = self.random
        if "ё" in part.lower() and random.random() < 0.6:  # noqa: PLR2004 - most leave the dots out
            part = part.replace("ё", "е").replace("Ё", "Е")
        if part and self._happens("look_alike", record):
            part = part.translate(str.maketrans("аосе", "aoce"))
        if part and record.system == SITE and self._happens("latin", record):
            part = latin(part).capitalize()
        case = random.random()
        return part.lower() if case < 0.05 else part.upper() if case < 0.08 else part  # noqa: PLR2004

    def _place(self, record: Record, parts: list[str]) -> None:
        """Put the parts into fields, or all of them into one."""
        last, first, father = parts
        if last and self._happens("swapped", record):
            last, first = first, last
        if self.random.random() < 0.12:  # noqa: PLR2004 - forms with one field for the name
            record.first = " ".join(part for part in (last, first, father) if part)
            return
        record.last, record.first, record.patronymic = last, first, father


def mistyped(random: Random, text: str, letters: str) -> str:
    """Return a text with one letter wrong, missing, doubled or exchanged with its neighbour."""
    at = random.randrange(len(text))
    ways: tuple[Callable[[], str], ...] = (
        lambda: text[:at] + random.choice(letters) + text[at + 1 :],
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + text[at] + text[at:],
        lambda: text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
    )
    return random.choices(ways, (5, 2, 2, 3))[0]()


def aliased(random: Random, email: str) -> str:
    """Return another spelling of a mailbox, where its provider has such."""
    local, _, domain = email.partition("@")
    if domain == "gmail.com":
        at = random.randrange(1, max(2, len(local)))
        dotted = f"{local[:at].rstrip('.')}.{local[at:].lstrip('.')}".strip(".")
        return random.choice((f"{local}+shop@gmail.com", f"{dotted}@gmail.com"))
    if domain in {"yandex.ru", "ya.ru"}:
        return f"{local}@{random.choice(('ya.ru', 'yandex.ru', 'yandex.com'))}"
    return email


def made_base(
    records: int, seed: int = 1, *, habits: Habits | None = None, mishaps: Mishaps | None = None
) -> list[Record]:
    """Make a base of so many records, in an order that tells nothing."""
    population = Population(seed, habits)
    people = population.households(int(records / 1.8))
    cashiers = [population.phone() for _ in range(max(3, records // 12_000))]
    clerk = Clerk(population.random, mishaps or Mishaps(), cashiers)
    out: list[Record] = []
    for person in people:
        out += clerk.records(person)
    for_shuffle = population.random
    for_shuffle.shuffle(out)
    return out[:records]
