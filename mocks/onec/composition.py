"""What of the configuration is published, and what extensions add (reference, 1.1, 6.5, 6.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mocks.onec.notation import attributes
from mocks.onec.schema import Configuration, Entity
from mocks.onec.table import Table


class Composition:
    """The published part of a configuration; ``version`` grows with every change of it."""

    def __init__(self, configuration: Configuration, table: Callable[[str], Table]) -> None:
        """Publish everything."""
        self._configuration = configuration
        self._table = table
        self._withdrawn: set[str] = set()
        self.version = 0

    def published(self, name: str) -> Entity | None:
        """Return an entity that callers may see, or None."""
        return None if name in self._withdrawn else self._configuration.entities.get(name)

    def view(self) -> Configuration:
        """Return the published part as a configuration of its own."""
        found = {
            name: one
            for name, one in self._configuration.entities.items()
            if name not in self._withdrawn
        }
        return replace(self._configuration, entities=found)

    def withdraw(self, names: Iterable[str]) -> None:
        """Take entities out of the composition, with what belongs to them.

        Raises:
            KeyError: there is no such entity.
        """
        for name in names:
            self._withdrawn |= self._with_parts(name)
        self.version += 1

    def publish(self, names: Iterable[str]) -> None:
        """Put entities back, with what belongs to them.

        Raises:
            KeyError: there is no such entity.
        """
        for name in names:
            self._withdrawn -= self._with_parts(name)
        self.version += 1

    def add_field(self, name: str, field: str) -> None:
        """Add an attribute in the short notation, as an extension does; rows have it empty.

        Raises:
            KeyError: there is no such entity.
        """
        entity = self._configuration.entity(name)
        (added,) = attributes(field)
        if added.name not in entity.by_name:
            self._reshape(replace(entity, attributes=(*entity.attributes, added)))

    def remove_field(self, name: str, field: str) -> None:
        """Remove an attribute by its name, as a switched-off extension does.

        Raises:
            KeyError: there is no such entity or attribute.
        """
        entity = self._configuration.entity(name)
        gone = entity.by_name[field]
        kept = tuple(one for one in entity.attributes if one is not gone)
        self._reshape(replace(entity, attributes=kept))

    def _reshape(self, entity: Entity) -> None:
        self._configuration.entities[entity.name] = entity
        self._table(entity.name).reshape(entity)
        self.version += 1

    def _with_parts(self, name: str) -> set[str]:
        known = self._configuration.entities
        self._configuration.entity(name)
        return {name} | {other for other, one in known.items() if one.owner == name}
