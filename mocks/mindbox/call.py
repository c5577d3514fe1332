"""A call on its way to a handler, and the handler's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from mocks.mindbox.clock import read
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, node, text


@dataclass(frozen=True)
class Operation:
    """A configured operation: its step (``kind``), what it demands, and the step's options."""

    name: str
    kind: str
    is_sync_only: bool = False
    needs_device: bool = False
    needs_secret: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def option(self, name: str) -> str:
        """Return a text option of the step, the empty one when it is not configured."""
        return str(self.options.get(name, ""))


@dataclass(frozen=True)
class Call:
    """One request to one operation."""

    project: Project
    operation: Operation
    body: Json
    device: str = ""
    base_url: str = ""

    @property
    def at(self) -> datetime:
        """The business moment: ``executionDateTimeUtc``, otherwise now (section 6)."""
        sent = self.body.get("executionDateTimeUtc")
        return read(sent, "/executionDateTimeUtc") if sent else self.project.now()

    @property
    def place(self) -> str:
        """The point of contact's external id."""
        sent = self.body.get("pointOfContact")
        if isinstance(sent, dict):
            return text(node(sent, "ids").get("externalId"))
        return text(sent)

    def required(self, name: str) -> Json:
        """Return an object of the body that the step cannot do without.

        Raises:
            ProtocolRefused: it is absent.
        """
        found = node(self.body, name)
        if not found:
            msg = f"/{name}: не передан обязательный параметр"
            raise ProtocolRefused(msg)
        return found


@dataclass
class Answer:
    """Blocks beside ``status``; ``status`` other than Success only where the vendor has it so.

    ``effect`` and ``key`` go to the journal: created, changed, unchanged or none, and an id without
    personal data. ``is_done`` is False when the call's key may be used again.
    """

    blocks: Json = field(default_factory=dict)
    effect: str = "none"
    key: str = ""
    status: str = "Success"
    is_done: bool = True


Handler: TypeAlias = Callable[[Call], Answer]
