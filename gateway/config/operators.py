"""Sections of the people who look after the gateway: who they are, and how they come in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    IPvAnyNetwork,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from gateway.config.loyalty import ZoneName
from gateway.config.section import Section

OperatorName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]
RoleName = Literal["viewer", "operator", "admin"]


class OperatorSection(Section):
    """A person or a program with a role.

    ``password`` is the hash that ``gateway console password`` prints; ``key`` opens ``/ops/v1``.
    """

    role: RoleName
    password: SecretStr | None = None
    key: SecretStr | None = Field(default=None, min_length=20)

    @field_validator("password")
    @classmethod
    def _hashed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("$argon2id$"):
            msg = "it is no hash: write what `gateway console password` prints"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _with_a_way_in(self) -> OperatorSection:
        if self.password is None and self.key is None:
            msg = "nobody can come in by that name: set `password`, `key`, or both"
            raise ValueError(msg)
        return self


class ProxySection(Section):
    """A proxy that has authenticated somebody and names him in a header.

    ``roles`` maps a group of the header ``groups`` to a role, the highest of which counts;
    ``role`` is for those with none of these groups, who are refused without it. The headers are
    believed only from ``addresses``.
    """

    user: str = Field(default="X-Forwarded-User", min_length=1)
    groups: str = Field(default="X-Forwarded-Groups", min_length=1)
    roles: dict[str, RoleName] = Field(default_factory=dict)
    role: RoleName | None = None
    addresses: tuple[IPvAnyNetwork, ...] = Field(min_length=1)


class ConsoleSection(Section):
    """The console. Units: seconds.

    ``url`` is its public address, for links in messages; where that is ``https``, cookies travel by
    it only. ``language`` and ``zone`` are what a new viewer gets. ``idle_s`` is how long a session
    lives without a request, ``session_s`` how long in all. ``approve``: actions that a second
    person must approve, within ``approval_s``.
    """

    url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    language: Literal["ru", "en"] = "ru"
    zone: ZoneName = "Europe/Moscow"
    idle_s: float = Field(default=3_600.0, gt=0)
    session_s: float = Field(default=43_200.0, gt=0)
    approve: frozenset[str] = frozenset()
    approval_s: float = Field(default=86_400.0, gt=0)
    proxy: ProxySection | None = None
