"""What a configuration consists of, and how its objects look on the wire (reference, 1.2, 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
EMPTY_DATE = "0001-01-01T00:00:00"
NAMESPACE = "StandardODATA."
UNDEFINED = NAMESPACE + "Undefined"

Kind = Literal[
    "catalog",
    "document",
    "constant",
    "exchange_plan",
    "information_register",
    "accumulation_register",
    "section",
    "record",
]
Row = dict[str, Any]
Key = tuple[Any, ...]

_BLANKS: Mapping[str, Any] = {
    "Edm.String": "",
    "Edm.DateTime": EMPTY_DATE,
    "Edm.Int16": 0,
    "Edm.Int32": 0,
    "Edm.Int64": 0,
    "Edm.Double": 0,
    "Edm.Boolean": False,
    "Edm.Guid": EMPTY_GUID,
}


@dataclass(frozen=True)
class Attribute:
    """An attribute, dimension or resource.

    ``targets`` names the entities that a reference may lead to; ``form`` says whether it travels as
    ``X``, as ``X_Key`` or as ``X`` with ``X_Type``. ``unlimited`` strings cannot be filtered by.
    """

    name: str
    edm: str = "Edm.String"
    form: Literal["plain", "reference", "composite"] = "plain"
    targets: tuple[str, ...] = ()
    enum: str = ""
    unlimited: bool = False
    length: int = 0

    @cached_property
    def wire(self) -> str:
        """The name of the property that holds the value."""
        return f"{self.name}_Key" if self.form == "reference" else self.name

    @cached_property
    def wires(self) -> tuple[str, ...]:
        """The names of all properties of this attribute."""
        return (self.name, f"{self.name}_Type") if self.form == "composite" else (self.wire,)

    @property
    def blank(self) -> Any:
        """The value of ``wire`` while nothing is set."""
        return _BLANKS[self.edm]


@dataclass(frozen=True)
class Entity:
    """An entity set with the type of its rows.

    ``name`` is the whole name (``Catalog_Партнеры``). Registers with ``recorders`` are written in
    sets by these documents; ``dimensions`` and ``resources`` name attributes. A section or a record
    type knows its ``owner``. Numbers of a document begin anew as ``restarts`` says.
    """

    kind: Kind
    name: str
    attributes: tuple[Attribute, ...]
    sections: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    recorders: tuple[str, ...] = ()
    balance: bool = False
    owner: str = ""
    number_length: int = 0
    registers: tuple[str, ...] = ()
    restarts: Literal["", "year", "day"] = ""

    @cached_property
    def short(self) -> str:
        """The name without the prefix of its kind."""
        return self.name.partition("_")[2]

    @cached_property
    def is_reference(self) -> bool:
        """Whether rows are objects with ``Ref_Key``."""
        return self.kind in {"catalog", "document", "exchange_plan"}

    @cached_property
    def is_subordinate(self) -> bool:
        """Whether this is a register that documents write in sets."""
        return bool(self.recorders) and self.kind != "record"

    @cached_property
    def by_wire(self) -> Mapping[str, Attribute]:
        """Attributes by every property name of theirs."""
        return {wire: one for one in self.attributes for wire in one.wires}

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        """Attributes by their own names: the navigation properties and path segments."""
        return {one.name: one for one in self.attributes}

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """The properties that make up the key (reference, 1.2 "Keys")."""
        if self.kind == "section":
            return ("Ref_Key", "LineNumber")
        if self.is_reference or self.kind == "constant":
            return ("Ref_Key",)
        if self.is_subordinate:
            return self.recorder_names
        if self.name.startswith("AccumulationRegister_"):
            return (*self.recorder_names, "LineNumber")
        names = [wire for name in self.dimensions for wire in self.by_name[name].wires]
        return ("Period", *names) if "Period" in self.by_name else tuple(names)

    @cached_property
    def stored_names(self) -> tuple[str, ...]:
        """The properties that tell stored rows apart: records belong to their documents."""
        if self.recorders and self.kind == "record":
            return (*self.recorder_names, "LineNumber")
        return self.key_names

    @cached_property
    def recorder_names(self) -> tuple[str, ...]:
        """How the recorder travels: one property for one document type, two for several."""
        return ("Recorder_Key",) if len(self.recorders) == 1 else ("Recorder", "Recorder_Type")

    def key_of(self, row: Row) -> Key:
        """Return the key of a row."""
        return tuple(row[name] for name in self.key_names)

    def stored_key_of(self, row: Row) -> Key:
        """Return what tells a row apart from others of its table."""
        return tuple(row[name] for name in self.stored_names)

    def blank_row(self) -> Row:
        """Return a row in which nothing is filled in."""
        row: Row = {}
        for one in self.attributes:
            row[one.wire] = one.blank
            if one.form == "composite":
                row[one.wires[1]] = UNDEFINED
        for name in self.sections:
            row[name] = []
        return row


@dataclass(frozen=True)
class Configuration:
    """A published configuration: its entities by whole name and its enumerations."""

    name: str
    entities: dict[str, Entity]
    enumerations: Mapping[str, tuple[str, ...]]

    def entity(self, name: str) -> Entity:
        """Return the entity with this whole name.

        Raises:
            KeyError: there is none.
        """
        return self.entities[name]
