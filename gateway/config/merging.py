"""Section of merges: how the person is asked, and the page at which he answers."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.config.forms import (
    FormLimitsSection,
    Language,
    Network,
    Theme,
    a_picture,
    networks_of,
)
from gateway.config.section import Section


class MergePageSection(Section):
    """The page at which the person answers, ``/forms/merge/…``.

    ``url``: the public address of the gateway's pages, for the link in the message; ``proxies``
    tell a visitor's address. ``limits.address_hour`` counts answers of one address and of one link,
    ``limits.check_minute`` how often one address opens the page.
    """

    url: str = Field(pattern=r"^https?://[^\s?#]*[^\s?#/]$", max_length=100)
    languages: tuple[Language, ...] = Field(default=("ru", "en"), min_length=1)
    theme: Theme = "blue"
    logo: Annotated[Path, AfterValidator(a_picture)] | None = None
    proxies: tuple[Network, ...] = ()
    limits: FormLimitsSection = FormLimitsSection()

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the proxies that may tell a visitor's address."""
        return networks_of(self.proxies)


class MergeSection(Section):
    """Merges of persons. Units: seconds; hours of the day where the shop is.

    ``confirm``: the ways by which the person confirms, both by default; none to ask nobody.
    ``confirm_s``: how long he may take. ``orders``: a new order with the phone of one customer and
    the e-mail of another asks for a merge of the two. ``ask``: whether the gateway writes to people
    by itself, at most to ``ask_day`` of them in a day, and not at night. ``vendors``: what follows
    when a vendor joins the records of two of our customers: ``follow`` merges them, ``ask`` makes a
    review of them, and ``tell`` leaves it at the story.
    """

    confirm: tuple[Literal["sms", "email"], ...] = ("sms", "email")
    confirm_s: float = Field(default=259_200.0, gt=0)
    orders: bool = True
    vendors: Literal["follow", "ask", "tell"] = "ask"
    ask: Literal["never", "proposed"] = "never"
    ask_day: int = Field(default=200, ge=1)
    ask_from: int = Field(default=10, ge=0, le=23)
    ask_until: int = Field(default=20, ge=1, le=24)
    page: MergePageSection | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ask_from >= self.ask_until:
            msg = "ask_until: a later hour than ask_from"
            raise ValueError(msg)
        if self.ask != "never" and not self.confirm:
            msg = "ask: nobody can be asked without a way in confirm"
            raise ValueError(msg)
        return self
