"""Settings of what an account offers beside customers and orders: loyalty, store, module.

Each part is optional: without it the connector neither asks for its rights nor calls its methods.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

CODE = r"^[A-Za-z0-9_-]{1,255}$"
"""What the vendor takes for a symbolic code."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class LoyaltySettings(_Part):
    """The loyalty programme of the account.

    Shape: ``programme`` is the vendor's id of it, ``name`` the canonical one; ``site`` a shop of
    the programme, by default the account's own. ``phone_form`` is how participations spell phones:
    ``+79051112233``, ``79051112233`` or ``89051112233``. ``member_attributes`` go from the
    canonical attribute to the custom field of the participation.
    ``comments_shown``: the account's lists of postings show their comments.
    ``returned_line_status`` is the item status of goods that came back, one that counts nothing;
    ``None``: a part of a sale cannot come back.
    """

    programme: int = Field(gt=0)
    name: str = Field(default="main", min_length=1)
    site: str | None = Field(default=None, pattern=CODE)
    phone_form: Literal["plus", "digits", "eight"] = "plus"
    comments_shown: bool = True
    follow_bonuses: bool = True
    bonuses_on_read: bool = False
    order_method: str | None = Field(default=None, pattern=CODE)
    returned_line_status: str | None = Field(default="returned", pattern=CODE)
    member_attributes: dict[str, str] = Field(default_factory=dict)


class StoreSettings(_Part):
    """Prices and stock. Shape: canonical code → the account's code of a price type or store."""

    price_types: dict[str, str] = Field(default_factory=dict)
    stores: dict[str, str] = Field(default_factory=dict)


class ModuleSettings(_Part):
    """The gateway as an integration module of the account.

    Shape: ``code`` is unique per connection; ``base_url`` is the gateway's address as the CRM
    reaches it; ``client_id`` is the secret that the CRM's callbacks carry.
    """

    code: str = Field(pattern=CODE)
    integration_code: str = Field(default="gateway", pattern=CODE)
    name: str = Field(default="Retail Gateway", min_length=1, max_length=255)
    base_url: str = Field(pattern=r"^https?://[^?#\s]+$")
    client_id: SecretStr = Field(min_length=16)
