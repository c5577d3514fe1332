"""Section of questionnaires: what a form asks, in which words, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gateway.config.loyalty import AccountName
from gateway.config.section import Section

FormName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,23}$")]
Language: TypeAlias = Literal["ru", "en"]
Texts: TypeAlias = dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=4000)]]
Asked: TypeAlias = Literal["last", "first", "patronymic", "birth_date", "gender"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
PERSONAL_DATA = "personal_data"
LOGOS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
}
"""Pictures by the end of their names."""


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


Network = Annotated[str, AfterValidator(_network)]
Theme: TypeAlias = Literal["blue", "green", "red", "violet", "orange", "graphite"]


def a_picture(path: Path) -> Path:
    """Return the path of a logo. Raises ``ValueError`` when it is none by its name."""
    if path.suffix not in LOGOS:
        msg = f"logo: a picture ends in one of {', '.join(sorted(LOGOS))}"
        raise ValueError(msg)
    return path


def networks_of(proxies: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return networks that were checked when they were read."""
    return tuple(ip_network(one, strict=False) for one in proxies)


class FormLimitsSection(Section):
    """How often a form is sent and its fields are checked while they are typed."""

    address_hour: int = Field(default=30, ge=1)
    whole_minute: int = Field(default=300, ge=1)
    check_minute: int = Field(default=120, ge=1)


class FormConsentSection(Section):
    """One consent with its own box, never ticked beforehand.

    ``id``: ``personal_data``, which must be given, or ``mailing:CHANNEL``, which is free. ``link``
    leads to the whole document. ``version`` changes with every change of ``text``.
    """

    id: str = Field(pattern=r"^(personal_data|mailing:[a-z]{2,16})$")
    text: Texts
    version: str = Field(min_length=1, max_length=32)
    link: str = Field(default="", pattern=r"^(https://[^\s\"'<>]+)?$", max_length=500)


class FormFieldSection(Section):
    """A field of the shop's own; its answer becomes the attribute ``code`` of the customer.

    ``choices``: for ``choice``, the value that is kept by the text that is shown. ``most`` is the
    longest text.
    """

    code: Code
    label: Texts
    kind: Literal["text", "choice", "date", "number", "flag"] = "text"
    choices: dict[Code, Texts] = Field(default_factory=dict)
    required: bool = True
    most: int = Field(default=100, ge=1, le=1000)

    @model_validator(mode="after")
    def _has_choices(self) -> FormFieldSection:
        if (self.kind == "choice") != bool(self.choices):
            msg = "choices: a field of the kind choice needs them, and no other has any"
            raise ValueError(msg)
        return self


class FormSection(Section):
    """A questionnaire at ``/forms/NAME``. Units: ``session_s`` seconds, ``bonus`` points.

    ``site`` and ``processor`` are accounts (``house`` is the programme inside the gateway).
    ``source`` is kept with every customer that the form made. Of ``asks`` those in ``optional`` may
    stay empty; phone and e-mail are always asked. The bonus is for a form without an empty field.
    """

    site: AccountName
    processor: AccountName
    source: str = Field(default="", max_length=60)
    bonus: Decimal = Field(default=Decimal(0), ge=0, le=1_000_000)
    bonus_reason: str = Field(default="Анкета", max_length=100)
    bonus_days: int | None = Field(default=None, ge=1)
    languages: tuple[Language, ...] = Field(default=("ru", "en"), min_length=1)
    title: Texts
    intro: Texts = Field(default_factory=dict)
    done: Texts = Field(default_factory=dict)
    theme: Theme = "blue"
    logo: Annotated[Path, AfterValidator(a_picture)] | None = None
    asks: tuple[Asked, ...] = ("last", "first", "birth_date", "gender")
    optional: frozenset[Asked] = frozenset()
    fields: tuple[FormFieldSection, ...] = ()
    consents: tuple[FormConsentSection, ...] = Field(min_length=1)
    min_age: int = Field(default=14, ge=0, le=100)
    session_s: float = Field(default=3600.0, ge=60)
    proxies: tuple[Network, ...] = ()
    limits: FormLimitsSection = FormLimitsSection()

    @model_validator(mode="after")
    def _is_whole(self) -> FormSection:
        ids = [one.id for one in self.consents]
        codes = [one.code for one in self.fields]
        if ids.count(PERSONAL_DATA) != 1 or len(set(ids)) != len(ids):
            msg = f"consents: one of them is {PERSONAL_DATA}, and none comes twice"
            raise ValueError(msg)
        if len(set(codes)) != len(codes) or len(set(self.asks)) != len(self.asks):
            msg = "asks and fields: no field comes twice"
            raise ValueError(msg)
        if not self.optional <= set(self.asks):
            msg = "optional: names a field that is not asked"
            raise ValueError(msg)
        for place, texts in _texts(self):
            lacking = [one for one in self.languages if one not in texts]
            if lacking:
                msg = f"{place}: has no text in {lacking[0]}, one of the languages of this form"
                raise ValueError(msg)
        return self

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the proxies that may tell a visitor's address."""
        return networks_of(self.proxies)


def _texts(form: FormSection) -> Iterator[tuple[str, Mapping[Language, str]]]:
    """Yield every text that must be there in each language, with its place."""
    yield "title", form.title
    for name in ("intro", "done"):
        if getattr(form, name):
            yield name, getattr(form, name)
    for consent in form.consents:
        yield f"consents.{consent.id}.text", consent.text
    for one in form.fields:
        yield f"fields.{one.code}.label", one.label
        for value, shown in one.choices.items():
            yield f"fields.{one.code}.choices.{value}", shown
