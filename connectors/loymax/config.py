"""Settings of one Loymax installation: address, credentials, and the ids that are its own.

Questions, currencies, legal entities and lifetimes have other ids in each installation (vendor
reference, 13.3), so they are named here and looked up where the vendor lets them be.
"""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from .till_codes import Code
from .versions import Version


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Application(_Part):
    """The OAuth application, bound to the registers on which purchases run (2.4)."""

    client_id: str
    client_secret: SecretStr
    redirect_uri: str = Field(pattern=r"^https?://\S+$")
    scope: str = "account profile coupon cards counters history merchants"


class Questions(_Part):
    """Logical names of the questions that hold a profile's fields; ``None``: there is none."""

    last_name: str | None = "LastName"
    first_name: str | None = "FirstName"
    patronymic: str | None = "PatronymicName"
    birth_date: str | None = "BirthDay"
    gender: str | None = "Sex"
    female: str = "Женский"
    male: str = "Мужской"


OptionWord = Annotated[str, StringConstraints(pattern=r"^[^,\s]([^,]*[^,\s])?$")]


class AttributeQuestion(_Part):
    """A question that holds an attribute of a customer (5.5).

    Shape: ``question`` is its logical name, ``kind`` the type that the installation gives it.
    ``options`` go from the attribute's word to the text of the answer; only choices have them.
    """

    question: str = Field(min_length=1)
    kind: Literal["string", "int", "double", "boolean", "date", "select", "select_many"] = "string"
    options: dict[OptionWord, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _chooses_or_not(self) -> AttributeQuestion:
        if self.kind.startswith("select") != bool(self.options):
            msg = "options: name the answers of a choice (select, select_many), and of nothing else"
            raise ValueError(msg)
        if len(set(self.options.values())) != len(self.options):
            msg = "options: two words have one answer"
            raise ValueError(msg)
        return self


class Deposit(_Part):
    """Whence points are accrued by hand: ids of the installation (7.6)."""

    legal_id: int
    currency_id: int
    loyalty_program_id: int
    partner_id: int
    lifetime_id: int | None = None


class ConsentPlace(_Part):
    """Where a consent lives: a kind of message and a channel (5.7)."""

    external_id: str = "Advertisement"
    channel: Literal["sms", "email", "push", "viber"] = "email"


class OfferSettings(_Part):
    """What a quote tells of the member's offers (6.4, 6.5). Units: seconds.

    ``wait_s``: how long a quote that is reckoned waits for them. ``kept_s``: how long what was
    told stands, so that a purchase asks once and not with each line.
    """

    coupons: bool = True
    personal: bool = False
    wait_s: float = Field(default=0.1, ge=0, le=5)
    kept_s: float = Field(default=60.0, ge=0, le=3600)


class SmartCommunications(_Part):
    """The vendor's other product, told what is allowed (14).

    Shape: ``mailings`` go from one of ``consents`` to the codes of the mailings that it allows.
    """

    url: str = Field(default="https://api.loymaxsc.net", pattern=r"^https?://\S+$")
    username: str
    password: SecretStr
    mailings: dict[str, tuple[str, ...]] = Field(default_factory=dict)


RegisterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


class Register(_Part):
    """A till that speaks the XML protocol to us. Units: milliseconds.

    ``device`` is its ``DeviceLogicalID``; ``shop`` and ``brand`` choose the processor.
    """

    login: str = Field(min_length=1, pattern=r"^[^:]+$")
    password: SecretStr = Field(min_length=4)
    device: str = Field(min_length=1)
    shop: str = ""
    brand: str = ""
    deadline_ms: int = Field(default=1500, ge=100, le=60_000)


class Tills(_Part):
    """Tills that were told our address instead of the vendor's. Units: seconds.

    Shape: ``registers`` by a name that stays: it names the till's sales. ``numbers`` corrects the
    numbers of result codes. ``goods_id``: which canonical name of a product ``GoodsId`` is.
    ``late_s``: what a till asks for so long after its moment was kept while it was alone.
    ``zone`` is the time zone of moments that come without an offset.
    """

    registers: dict[RegisterName, Register] = Field(min_length=1)
    numbers: dict[Code, int] = Field(default_factory=dict)
    goods_id: Literal["external_id", "sku"] = "external_id"
    pay_types: dict[str, str] = Field(default_factory=dict)
    programme: str = "Default"
    card_type: str = "BonusCard"
    late_s: float = Field(default=600.0, gt=0)
    zone: str = "Europe/Moscow"

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            msg = "is not a time zone of the IANA data base, such as Europe/Moscow"
            raise ValueError(msg) from None
        return value

    @model_validator(mode="after")
    def _logins_differ(self) -> Tills:
        logins = {one.login for one in self.registers.values()}
        if len(logins) != len(self.registers):
            msg = "registers: two of them have one login"
            raise ValueError(msg)
        return self


class LoymaxSettings(_Part):
    """One installation, or only tills that speak its protocol.

    Shape: without ``url``, ``username`` and ``password`` there is no installation, and ``tills``
    are all that the account has. ``version`` chooses the paths; with ``shadow`` reads are made by
    the other version too and compared, without any effect. ``currency_code`` chooses the bonus
    currency; without it an installation must have one only. ``customer_attributes`` go from the
    canonical code to the attribute's logical name, ``customer_questions`` to a question. Without
    ``sends_coupons`` an order's promo codes stay untold: they belong to another system. Units:
    names ending in ``_s`` are seconds.
    """

    url: str = Field(default="", pattern=r"^(https?://[^/?#\s]+/?)?$")
    version: Version = Version.V1_2
    shadow: bool = False
    username: str = ""
    password: SecretStr = SecretStr("")
    application: Application | None = None
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    currency_code: str | None = None
    programme: str = "loymax"
    goods_id: Literal["external_id", "sku"] = "external_id"
    sends_coupons: bool = True
    pay_type: str = "Card"
    pay_types: dict[str, str] = Field(default_factory=dict)
    cashier: str = "gateway"
    questions: Questions = Questions()
    deposit: Deposit | None = None
    deposit_patience_s: float = Field(default=30.0, gt=0)
    consents: dict[str, ConsentPlace] = Field(
        default_factory=lambda: {
            "mailing:email": ConsentPlace(),
            "mailing:sms": ConsentPlace(channel="sms"),
        }
    )
    customer_attributes: dict[str, str] = Field(default_factory=dict)
    customer_questions: dict[str, AttributeQuestion] = Field(default_factory=dict)
    reads_cards: bool = True
    emits_cards: bool = False
    poll_overlap_s: float = Field(default=900.0, ge=0)
    first_load: Literal["from_now", "all"] = "from_now"
    list_text: str = "7"
    at_once: int = Field(default=6, ge=1, le=25)
    smart: SmartCommunications | None = None
    offers: OfferSettings | None = None
    tills: Tills | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> LoymaxSettings:
        told = (bool(self.url), bool(self.username), bool(self.password.get_secret_value()))
        if any(told) and not all(told):
            msg = "url, username and password: an installation needs all three"
            raise ValueError(msg)
        if not any(told) and self.tills is None:
            msg = "url: name the installation, or tills that speak its protocol"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _shadow_has_two(self) -> LoymaxSettings:
        if self.shadow and self.version is not Version.LEGACY:
            msg = "shadow: only the legacy version is compared with the new one: set version"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _mailings_have_consents(self) -> LoymaxSettings:
        for name in self.smart.mailings if self.smart is not None else ():
            place = self.consents.get(name)
            if place is None or place.channel == "viber":
                msg = f"smart.mailings: {name} must be one of consents, by e-mail, push or SMS"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _one_place_for_each(self) -> LoymaxSettings:
        twice = sorted(self.customer_attributes.keys() & self.customer_questions.keys())
        if twice:
            msg = f"customer_questions: {twice[0]} is held by customer_attributes already"
            raise ValueError(msg)
        profile = self.questions
        names = [profile.last_name, profile.first_name, profile.patronymic]
        names += [profile.birth_date, profile.gender]
        names += [one.question for one in self.customer_questions.values()]
        used = [name for name in names if name]
        twice = sorted(name for name in used if used.count(name) > 1)
        if twice:
            msg = f"customer_questions: the question {twice[0]} would hold two fields"
            raise ValueError(msg)
        return self
