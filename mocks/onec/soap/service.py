"""What a SOAP service publishes: operations, parameters, packages of types (3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mocks.onec.hs.reuse import Reuse
from mocks.onec.soap.xdto import ObjectType, Prop, Type

# The handler gets the In parameters by name and returns ``return`` and the Out parameters by name.
Handler = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class ServiceFault(Exception):
    """An exception in the service's code: HTTP 500 and a fault with this text as its reason."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: In parameters, the type returned, Out parameters in declared order.

    ``sent_return`` is the type that is written where the code returns another type than declared.
    A write needs the right to write; without it ``denied`` is answered, or a fault without that.
    """

    name: str
    ins: tuple[Prop, ...]
    returns: Type
    handler: Handler
    outs: tuple[Prop, ...] = ()
    return_nillable: bool = True
    sent_return: Type | None = None
    is_write: bool = False
    denied: Mapping[str, Any] | None = None

    @property
    def answer(self) -> tuple[Prop, ...]:
        """The elements of the answer as declared: ``return`` first, then the Out parameters."""
        return (Prop("return", self.returns, is_nillable=self.return_nillable), *self.outs)

    @property
    def sent(self) -> tuple[Prop, ...]:
        """The elements of the answer as they are written."""
        declared = self.answer
        if self.sent_return is None:
            return declared
        return (Prop("return", self.sent_return, is_nillable=True), *self.outs)


@dataclass(frozen=True)
class Package:
    """The object types of one namespace, in the order of its schema."""

    namespace: str
    types: tuple[ObjectType, ...]


@dataclass(frozen=True)
class SoapService:
    """A published service: reached as ``/ws/{name}`` and ``/ws/{file}.1cws``.

    ``reuse`` is how it reuses sessions (2.3).
    """

    name: str
    namespace: str
    file: str
    operations: tuple[Operation, ...]
    packages: tuple[Package, ...] = ()
    reuse: Reuse = "auto"
    by_name: Mapping[str, Operation] = field(init=False)

    def __post_init__(self) -> None:
        """Index the operations."""
        object.__setattr__(self, "by_name", {item.name: item for item in self.operations})

    def action(self, operation: str) -> str:
        """Return the soapAction of an operation."""
        return f"{self.namespace}#{self.name}:{operation}"
