"""Registry: finds connectors by their entry points, and refuses confusions loudly.

The one place where code is imported by name. Connectors of this distribution register in the same
way as those of third parties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from gateway.contract import CONTRACT_VERSION, ConfigInvalid, ConnectorFactory

GROUP = "gateway.connectors"


@dataclass(frozen=True, slots=True)
class Found:
    """A connector that could be loaded, with where it comes from."""

    key: str
    distribution: str
    version: str
    factory: ConnectorFactory


@dataclass(slots=True)
class Registry:
    """Connectors by key, and the plug-ins that could not be loaded with the reason."""

    connectors: dict[str, Found] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def factory(self, key: str) -> ConnectorFactory:
        """Return the factory of a key. Raises ``ConfigInvalid`` with the known keys."""
        if key in self.connectors:
            return self.connectors[key].factory
        if key in self.broken:
            msg = f"connector {key} cannot be loaded: {self.broken[key]}"
            raise ConfigInvalid(msg)
        known = ", ".join(sorted(self.connectors)) or "none"
        msg = f"no connector is called {key}; installed are: {known}"
        raise ConfigInvalid(msg)


def discover() -> Registry:
    """Load all connectors, one by one, so that a broken one does not hide the others."""
    registry = Registry()
    owners: dict[str, str] = {}
    for point in entry_points(group=GROUP):
        owner = point.dist.name if point.dist else "unknown"
        if point.name in owners and owners[point.name] != owner:
            both = f"{owners[point.name]} and {owner}"
            msg = f"connector key {point.name} is claimed by {both}: remove one of them"
            raise ConfigInvalid(msg)
        owners[point.name] = owner
        _load(registry, point, owner)
    return registry


def _load(registry: Registry, point: EntryPoint, owner: str) -> None:
    try:
        factory = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in may fail in any way
        registry.broken[point.name] = f"{type(error).__name__} at import"
        return
    if not isinstance(factory, ConnectorFactory):
        registry.broken[point.name] = "its entry point does not name a ConnectorFactory"
        return
    manifest = factory.manifest
    if manifest.key != point.name:
        registry.broken[point.name] = f"its manifest calls it {manifest.key}: use one name for both"
        return
    wanted = CONTRACT_VERSION.partition(".")[0]
    if manifest.contract_version.partition(".")[0] != wanted:
        registry.broken[point.name] = f"it was made for another contract than {CONTRACT_VERSION}"
        return
    version = point.dist.version if point.dist else ""
    registry.connectors[point.name] = Found(point.name, owner, version, factory)
