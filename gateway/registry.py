"""Registry: finds connectors by their entry points, and refuses confusions loudly.

The one place where code is imported by name. Connectors of this distribution register in the same
way as those of third parties. A connector is imported when it is asked for: a process pays for
those that its accounts name, and not for every vendor that is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Registry:
    """Entry points by key; each is loaded once, when it is first asked for."""

    points: Mapping[str, EntryPoint]
    _loaded: dict[str, Found | str] = field(default_factory=dict)
    """What was loaded, or why it could not be."""

    def found(self, key: str) -> Found:
        """Return the connector of a key. Raises ``ConfigInvalid``, with the known keys."""
        if key not in self.points:
            known = ", ".join(sorted(self.points)) or "none"
            msg = f"no connector is called {key}; installed are: {known}"
            raise ConfigInvalid(msg)
        loaded = self._load(key)
        if isinstance(loaded, str):
            msg = f"connector {key} cannot be loaded: {loaded}"
            raise ConfigInvalid(msg)
        return loaded

    def factory(self, key: str) -> ConnectorFactory:
        """Return the factory of a key. Raises ``ConfigInvalid``, with the known keys."""
        return self.found(key).factory

    def all(self) -> tuple[Mapping[str, Found], Mapping[str, str]]:
        """Load every connector: those that could be, and why the others could not, by key."""
        loaded = {key: self._load(key) for key in sorted(self.points)}
        return (
            {key: one for key, one in loaded.items() if isinstance(one, Found)},
            {key: one for key, one in loaded.items() if isinstance(one, str)},
        )

    def _load(self, key: str) -> Found | str:
        if key not in self._loaded:
            self._loaded[key] = _loaded(self.points[key])
        return self._loaded[key]


def discover() -> Registry:
    """Find what is installed. Raises ``ConfigInvalid`` where two distributions claim one key."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = points.setdefault(point.name, point)
        if _owner(other) != _owner(point):
            both = f"{_owner(other)} and {_owner(point)}"
            msg = f"connector key {point.name} is claimed by {both}: remove one of them"
            raise ConfigInvalid(msg)
    return Registry(points)


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "unknown"


def _loaded(point: EntryPoint) -> Found | str:
    try:
        factory = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in may fail in any way
        return f"{type(error).__name__} at import"
    if not isinstance(factory, ConnectorFactory):
        return "its entry point does not name a ConnectorFactory"
    manifest = factory.manifest
    if manifest.key != point.name:
        return f"its manifest calls it {manifest.key}: use one name for both"
    wanted = CONTRACT_VERSION.partition(".")[0]
    if manifest.contract_version.partition(".")[0] != wanted:
        return f"it was made for another contract than {CONTRACT_VERSION}"
    version = point.dist.version if point.dist else ""
    return Found(point.name, _owner(point), version, factory)
