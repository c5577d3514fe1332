"""Settings of goods, and of the CommerceML exchange in which the gateway plays 1C."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from .config_access import ADDRESS

GroupId = Annotated[int, Field(ge=1)]


class CatalogSettings(BaseModel):
    """Prices and stock by REST (``catalog.*``).

    Shape: ``prices`` maps canonical price types to the shop's ``catalogGroupId``. ``total_store``
    is the canonical store whose quantity becomes the product's, on a shop without inventory
    accounting; ``None`` leaves the quantity alone. ``iblocks`` are the information blocks in which
    goods are looked for by their code; empty means those of ``catalog.catalog.list``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prices: dict[str, GroupId] = Field(default_factory=dict)
    total_store: str | None = None
    iblocks: tuple[GroupId, ...] = ()


class ExchangeSettings(BaseModel):
    """The shop's CommerceML endpoint, ``/bitrix/admin/1c_exchange.php``.

    Shape: ``site`` is the shop's address. ``version`` is told at the beginning of orders; ``None``
    speaks the old protocol. ``price_types``, ``stores`` and ``groups`` map ids in the files to
    canonical codes; ``names`` are the site's own names of these ids, which a file repeats, else the
    code would be shown there. ``catalogue_id``, ``classifier_id``, ``owner_id`` and ``owner_name``
    are those of the catalogue that 1C made on the site, so that it is the same one.
    ``sends_catalogue`` sends descriptions too, not prices and stock alone. ``reads_buyers`` takes
    the buyers of orders for customers, but for those with one of ``anonymous_xml_ids``.

    Units: ``most_steps`` calls of ``import`` for one file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    site: str = Field(pattern=ADDRESS)
    login: str = Field(min_length=1)
    password: SecretStr
    version: Literal["2.05", "2.07", "2.08", "2.09", "2.10"] | None = "2.09"
    encoding: Literal["UTF-8", "windows-1251"] = "UTF-8"
    price_types: dict[str, str] = Field(default_factory=dict)
    stores: dict[str, str] = Field(default_factory=dict)
    total_store: str | None = None
    groups: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    catalogue_id: str = Field(default="cat-1", min_length=1, max_length=40)
    classifier_id: str = Field(default="cls-1", min_length=1, max_length=40)
    owner_id: str = Field(default="own-1", min_length=1, max_length=40)
    owner_name: str = Field(default="Shop", min_length=1)
    sends_catalogue: bool = False
    reads_buyers: bool = False
    anonymous_xml_ids: frozenset[str] = frozenset()
    most_steps: int = Field(default=2000, ge=11)
    timeout_s: float = Field(default=60.0, gt=0)

    @model_validator(mode="after")
    def _maps_each_code_once(self) -> Self:
        for name in ("price_types", "stores", "groups"):
            codes = list(getattr(self, name).values())
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                msg = f"{name}: {twice[0]} has two ids, and only one can be written"
                raise ValueError(msg)
        return self
