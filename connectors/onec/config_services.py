"""Settings of the services that a customer's developer adds to 1C: SOAP and HTTP."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.canonical import CardState, Kind

from .config_part import Part


def _states() -> dict[str, CardState]:
    return {"Действует": CardState.ACTIVE, "Аннулирована": CardState.BLOCKED}


class Codes(Part):
    """The codes of cards that members get on joining: digits, from ``first`` to ``last``."""

    first: str = Field(pattern=r"^[0-9]{6,19}$")
    last: str = Field(pattern=r"^[0-9]{6,19}$")

    @model_validator(mode="after")
    def _in_order(self) -> Codes:
        if len(self.first) != len(self.last) or self.first >= self.last:
            msg = "new_codes: first and last have as many digits, and first is below last"
            raise ValueError(msg)
        return self


class Cards(Part):
    """What the service's cards mean.

    Shape: ``types`` go from 1C's kind of cards to the canonical code, ``states`` from its status;
    ``new_type`` is the kind of cards that are made there, without one none are made. ``new_codes``
    are for those who join the programme; ``programme`` is the canonical code of its points.
    """

    types: dict[str, str] = Field(default_factory=dict)
    states: dict[str, CardState] = Field(default_factory=_states)
    new_type: str | None = None
    new_codes: Codes | None = None
    programme: str = "onec"


class EnterpriseNode(Part):
    """A node of the exchange in EnterpriseData.

    Shape: ``code`` is ours, ``peer`` the base's own. Units: ``part_kb`` kilobytes of a part.
    """

    plan: str = "СинхронизацияДанныхЧерезУниверсальныйФормат"
    code: str = Field(min_length=1)
    peer: str = Field(min_length=1)
    part_kb: int = Field(default=1024, ge=0)


class Soap(Part):
    """The SOAP services of a base.

    Shape: ``loyalty`` is the file of a service in the shape of LoyaltyExchange; ``nodes`` are those
    of the exchange in EnterpriseData, one for each kind. ``polls`` is how often a job of 1C is
    asked for, every ``poll_s`` seconds. Units: ``most_bytes`` bytes of an unpacked message.
    """

    version: Literal["1.1", "1.2"] = "1.1"
    loyalty: str | None = None
    cards: Cards = Cards()
    exchange: str = "EnterpriseDataExchange_1_0_1_1.1cws"
    nodes: dict[Kind, EnterpriseNode] = Field(default_factory=dict)
    strict: bool = True
    at_once: int = Field(default=2, ge=1, le=5)
    polls: int = Field(default=100, ge=1)
    poll_s: float = Field(default=3.0, ge=0)
    most_bytes: int = Field(default=256 * 2**20, ge=1024)

    @field_validator("nodes")
    @classmethod
    def _readable_kinds(cls, value: dict[Kind, EnterpriseNode]) -> dict[Kind, EnterpriseNode]:
        if not value.keys() <= {Kind.CARD, Kind.CUSTOMER, Kind.ORDER}:
            msg = "nodes: card, customer and order are read from EnterpriseData"
            raise ValueError(msg)
        return value


class Route(Part):
    """Where an operation of a service of the customer's own is. ``{Name}`` takes a parameter."""

    verb: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str = Field(pattern=r"^/[^?#]*$")


_OF_LOYALTY = frozenset({"GetBalance", "GetMovements", "CancelHold"})


def _routes() -> dict[str, Route]:
    return {
        "FindCard": Route(verb="GET", path="/cards"),
        "IssueCard": Route(verb="POST", path="/cards"),
        "SetCardStatus": Route(verb="PUT", path="/cards/{CardID}/status"),
        "GetBalance": Route(verb="GET", path="/cards/{CardID}/balance"),
        "GetMovements": Route(verb="GET", path="/cards/{CardID}/movements"),
        "AccrueBonuses": Route(verb="POST", path="/cards/{CardID}/accruals"),
        "HoldBonuses": Route(verb="POST", path="/cards/{CardID}/holds"),
        "CommitHold": Route(verb="POST", path="/holds/{HoldID}/commit"),
        "CancelHold": Route(verb="POST", path="/holds/{HoldID}/cancel"),
    }


class HttpServices(Part):
    """The HTTP services of a base.

    Shape: ``loyalty`` is the root of a service in the shape of LoyaltyExchange; ``routes`` say
    where its operations are, ``result`` under which key their value is; without one of the routes
    to balance, movements and the end of a hold, sales are not processed. ``headers`` go with each
    call, for services that check a key of their own.
    """

    loyalty: str | None = None
    routes: dict[str, Route] = Field(default_factory=_routes)
    result: str = "result"
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    cards: Cards = Cards()

    @model_validator(mode="after")
    def _all_routes(self) -> HttpServices:
        if missing := sorted(_routes().keys() - _OF_LOYALTY - self.routes.keys()):
            msg = f"routes: {missing[0]} is missing"
            raise ValueError(msg)
        return self

    @property
    def processes_sales(self) -> bool:
        """Whether there is a route to all that a processor of points is asked for."""
        return self.routes.keys() >= _OF_LOYALTY


class Pushes(Part):
    """Calls of 1C to our door: one of ``secret`` (in ``header``) and Basic must be set."""

    secret: SecretStr | None = None
    header: str = "x-gateway-secret"
    username: str = ""
    password: SecretStr | None = None

    @model_validator(mode="after")
    def _can_be_proved(self) -> Pushes:
        has_secret = self.secret is not None and bool(self.secret.get_secret_value())
        has_login = self.password is not None and bool(self.password.get_secret_value())
        if not has_secret and not (has_login and self.username):
            msg = "pushes: set secret, or username and password"
            raise ValueError(msg)
        return self
