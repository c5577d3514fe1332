"""A short notation for configurations, so that they are data (reference, section 6.6).

One attribute is a word ``Имя:тип``; no type is a plain string. Types: ``s100`` string of
that length, ``t`` unlimited string, ``d`` date, ``n`` number with a fraction, ``i`` Int64, ``i16``,
``i32``, ``b`` boolean, ``g`` UUID, ``e.Имя`` enumeration, ``>Catalog_X`` reference,
``>Catalog_X|Document_Y`` composite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from mocks.onec.schema import Attribute, Configuration, Entity

_EDM = {
    "d": "Edm.DateTime",
    "n": "Edm.Double",
    "i": "Edm.Int64",
    "i16": "Edm.Int16",
    "i32": "Edm.Int32",
    "b": "Edm.Boolean",
    "g": "Edm.Guid",
}
_GUID = "Edm.Guid"
_REF = Attribute("Ref_Key", _GUID)
_LINE = Attribute("LineNumber", "Edm.Int64")
_MARK = (_REF, Attribute("DataVersion"), Attribute("DeletionMark", "Edm.Boolean"))
_PREDEFINED = (Attribute("Predefined", "Edm.Boolean"), Attribute("PredefinedDataName"))
_PERIOD = Attribute("Period", "Edm.DateTime")
_ACTIVE = Attribute("Active", "Edm.Boolean")


def attributes(text: str) -> tuple[Attribute, ...]:
    """Read attributes in the short notation."""
    return tuple(_attribute(word) for word in text.split())


def _attribute(word: str) -> Attribute:
    name, _, kind = word.partition(":")
    if kind.startswith(">"):
        targets = tuple(kind[1:].split("|"))
        if len(targets) == 1:
            return Attribute(name, _GUID, "reference", targets)
        return Attribute(name, "Edm.String", "composite", targets)
    if kind.startswith("e."):
        return Attribute(name, enum=kind[2:])
    if kind in _EDM:
        return Attribute(name, _EDM[kind])
    return Attribute(
        name, unlimited=kind == "t", length=int(kind[1:] or 0) if kind[:1] == "s" else 0
    )


def _sections(texts: Mapping[str, str]) -> dict[str, tuple[Attribute, ...]]:
    return {name: (_REF, _LINE, *attributes(text)) for name, text in texts.items()}


def catalog(
    name: str,
    text: str = "",
    *,
    code: int = 9,
    owner: str = "",
    parts: Mapping[str, str] | None = None,
    **flags: bool,
) -> Entity:
    """Return a catalog. ``code`` 0 means no code, ``owner`` in the notation of a reference.

    ``tree=True`` gives groups and parents.
    """
    whole = f"Catalog_{name}"
    head: list[Attribute] = list(_MARK)
    if owner:
        head.append(_attribute(f"Owner:{owner}"))
    if flags.get("tree"):
        head += [_attribute(f"Parent:>{whole}"), Attribute("IsFolder", "Edm.Boolean")]
    if code:
        head.append(Attribute("Code", length=code))
    head.append(Attribute("Description", length=150))
    return Entity(
        "catalog",
        whole,
        (*head, *attributes(text), *_PREDEFINED),
        _sections(parts or {}),
        number_length=code,
    )


def document(
    name: str,
    text: str,
    *,
    parts: Mapping[str, str] | None = None,
    registers: Iterable[str] = (),
    restarts: Literal["year", "day"] = "year",
) -> Entity:
    """Return a document; ``registers`` are the whole names of those that it writes.

    ``restarts`` tells how often its numbers begin anew.
    """
    head = (
        *_MARK,
        Attribute("Number", length=11),
        Attribute("Date", "Edm.DateTime"),
        Attribute("Posted", "Edm.Boolean"),
    )
    return Entity(
        "document",
        f"Document_{name}",
        (*head, *attributes(text)),
        _sections(parts or {}),
        number_length=11,
        registers=tuple(registers),
        restarts=restarts,
    )


def exchange_plan(name: str) -> Entity:
    """Return an exchange plan (reference, sections 1.3 and 1.9)."""
    tail = attributes("SentNo:i ReceivedNo:i ExchangeDate:d ThisNode:b")
    head = (*_MARK, Attribute("Code", length=9), Attribute("Description", length=150))
    return Entity("exchange_plan", f"ExchangePlan_{name}", (*head, *tail), number_length=9)


def constant(name: str, kind: str) -> Entity:
    """Return a constant with its value in the notation of an attribute's type."""
    return Entity("constant", f"Constant_{name}", (_REF, _attribute(f"Value:{kind}")))


def information_register(
    name: str, dimensions: str, resources: str, *, periodic: str = "", recorders: str = ""
) -> Entity:
    """Return an information register; with ``recorders`` it is written by these documents."""
    keys, values = attributes(dimensions), attributes(resources)
    head: tuple[Attribute, ...] = (_PERIOD,) if periodic else ()
    if recorders:
        head = (*head, *_recorder(recorders), _LINE, _ACTIVE)
    return Entity(
        "information_register",
        f"InformationRegister_{name}",
        (*head, *keys, *values),
        dimensions=tuple(one.name for one in keys),
        resources=tuple(one.name for one in values),
        recorders=tuple(recorders.split()),
    )


def accumulation_register(
    name: str, dimensions: str, resources: str, *, recorders: str, balance: bool
) -> Entity:
    """Return an accumulation register; without ``balance`` it has turnovers only."""
    keys, values = attributes(dimensions), attributes(resources)
    head: tuple[Attribute, ...] = (_PERIOD, *_recorder(recorders), _LINE, _ACTIVE)
    if balance:
        head = (*head, Attribute("RecordType"))
    return Entity(
        "accumulation_register",
        f"AccumulationRegister_{name}",
        (*head, *keys, *values),
        dimensions=tuple(one.name for one in keys),
        resources=tuple(one.name for one in values),
        recorders=tuple(recorders.split()),
        balance=balance,
    )


def _recorder(recorders: str) -> tuple[Attribute, ...]:
    return (_attribute(f"Recorder:>{'|'.join(recorders.split())}"),)


def configuration(
    name: str, entities: Iterable[Entity], enumerations: Mapping[str, str]
) -> Configuration:
    """Put a configuration together and add the entity sets that follow from others.

    Sections become ``{owner}_{section}``; a register that documents write becomes the set of
    records ``{register}`` and the single records ``{register}_RecordType`` (reference, 1.2).
    """
    found: dict[str, Entity] = {}
    for one in entities:
        if one.is_subordinate:
            found[one.name] = _record_sets(one)
            record = f"{one.name}_RecordType"
            found[record] = replace(one, kind="record", name=record, owner=one.name)
            continue
        found[one.name] = one
        for part, columns in one.sections.items():
            whole = f"{one.name}_{part}"
            found[whole] = Entity("section", whole, columns, owner=one.name)
    members = {key: tuple(text.split()) for key, text in enumerations.items()}
    return Configuration(name, found, members)


def _record_sets(register: Entity) -> Entity:
    recorder = register.by_name["Recorder"]
    columns = tuple(one for one in register.attributes if one is not recorder)
    return replace(register, attributes=(recorder,), sections={"RecordSet": columns})
