"""Connectors as operators see them: what is installed, whether it is whole, what an account has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from gateway.contract import ConnectorFactory, Manifest
from gateway.contract.parts import manifest_faults, parts_of, unnamed_operations
from gateway.ops.check import Checked, checked_accounts
from gateway.registry import Found
from gateway.sync.account import Account


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed connector. Units: ``rate_limit`` as calls in seconds, empty for none."""

    key: str
    vendor: str
    api_version: str
    contract_version: str
    distribution: str
    version: str
    documented: str
    rate_limit: str
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ability:
    """One declared capability, and the accounts that have it with their settings."""

    capability: str
    accounts: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examined:
    """A connector that was looked at; ``settings`` that must be given carry a star."""

    connector: Installed
    checks: tuple[Checked, ...]
    abilities: tuple[Ability, ...]
    settings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing needs a person."""
        return all(one.ok for one in self.checks)


def installed(connectors: Mapping[str, Found]) -> tuple[Installed, ...]:
    """Return what is installed, by key."""
    return tuple(described(found) for _, found in sorted(connectors.items()))


def described(found: Found) -> Installed:
    """Describe one connector."""
    manifest = found.factory.manifest
    return Installed(
        key=found.key,
        vendor=manifest.vendor,
        api_version=manifest.api_version,
        contract_version=manifest.contract_version,
        distribution=found.distribution,
        version=found.version,
        documented=manifest.documented.isoformat(),
        rate_limit=_limit(manifest),
        capabilities=tuple(sorted(map(str, manifest.capabilities))),
    )


async def examined(found: Found, accounts: Mapping[str, Account], *, today: date) -> Examined:
    """Check a connector, and probe the accounts that use it; changes nothing at a vendor."""
    factory = found.factory
    wrong = manifest_faults(factory.manifest, today=today)
    checks = [
        Checked("manifest", ok=not wrong, notes=tuple(wrong)),
        _checked_settings(factory),
        *(_checked_parts(account) for account in accounts.values()),
        *await checked_accounts(accounts, None),
    ]
    having = {name: parts_of(account.connector) for name, account in accounts.items()}
    abilities = tuple(
        Ability(str(one), {name: one in parts for name, parts in having.items()})
        for one in sorted(factory.manifest.capabilities)
    )
    return Examined(described(found), tuple(checks), abilities, _keys(factory.settings))


def _checked_settings(factory: ConnectorFactory) -> Checked:
    model = factory.settings
    notes = []
    if model.model_config.get("extra") != "forbid":
        notes.append("unknown keys are not refused: set extra='forbid'")
    if not model.model_config.get("hide_input_in_errors"):
        notes.append("errors may quote a secret: set hide_input_in_errors=True")
    try:
        model.model_json_schema()
    except PydanticUserError:
        notes.append("the settings have no JSON Schema: use plain types")
    return Checked("settings", ok=not notes, notes=tuple(notes))


def _checked_parts(account: Account) -> Checked:
    """Tell parts that nobody declared; a declared one may be absent with some settings."""
    connector = account.connector
    surplus = sorted(parts_of(connector) - connector.manifest.capabilities)
    notes = [f"{one}: there, and not declared" for one in surplus]
    notes += [f"{one}: an operation of no capability" for one in unnamed_operations(connector)]
    return Checked(f"parts {account.name}", ok=not notes, notes=tuple(notes))


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the settings' names; those that must be given carry a star."""
    return tuple(
        f"{name}*" if one.is_required() else name for name, one in model.model_fields.items()
    )


def _limit(manifest: Manifest) -> str:
    limit = manifest.rate_limit
    return "" if limit is None else f"{limit.calls} in {limit.per_s:g} s"
