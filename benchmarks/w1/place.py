"""Where one run takes place: handed to every process in its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_PREFIX = "W1_"


@dataclass(frozen=True, slots=True)
class Place:
    """Addresses of one run.

    Shape: ``database`` is a libpq URL, ``broker`` an AMQP URL, ``sink`` an HTTP base URL without a
    path; ``queue`` holds the work and is declared already.
    """

    database: str
    broker: str
    sink: str
    queue: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read what ``environment`` wrote."""
        return cls(**{name: environ[_PREFIX + name.upper()] for name in cls.__slots__})

    def environment(self) -> dict[str, str]:
        """Write this as environment variables."""
        return {_PREFIX + name.upper(): str(getattr(self, name)) for name in self.__slots__}
