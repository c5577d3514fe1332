"""Virtual tables of registers (reference, section 1.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.odata.compiling import Compiler, Scope
from mocks.onec.odata.errors import ODataRefused, bad_url, bad_value, no_method, no_segment
from mocks.onec.odata.expression import Node, parse
from mocks.onec.odata.literals import Token, Unreadable, number, tokens
from mocks.onec.odata.searching import rows_of
from mocks.onec.schema import Attribute, Entity, Row

_SLICES = frozenset({"SliceLast", "SliceFirst"})
_TURNS = ("Turnover", "Receipt", "Expense")
_ALIASES = {"StartDate": "StartPeriod", "EndDate": "EndPeriod"}
_PARAMETERS: Mapping[str, frozenset[str]] = {
    "SliceLast": frozenset({"Period", "Condition"}),
    "SliceFirst": frozenset({"Period", "Condition"}),
    "Balance": frozenset({"Period", "Condition", "Dimensions"}),
    "Turnovers": frozenset({"StartPeriod", "EndPeriod", "Condition", "Dimensions"}),
    "BalanceAndTurnovers": frozenset({"StartPeriod", "EndPeriod", "Condition", "Dimensions"}),
}
FUNCTIONS = frozenset(_PARAMETERS)
Sums = dict[str, Any]


def functions_of(entity: Entity) -> tuple[str, ...]:
    """Return the names of the virtual tables that a register has under this entity set."""
    if entity.name.startswith("AccumulationRegister_") and entity.kind != "record":
        return ("Balance", "Turnovers", "BalanceAndTurnovers") if entity.balance else ("Turnovers",)
    sliced = entity.name.startswith("InformationRegister_") and "Period" in entity.by_name
    return ("SliceLast", "SliceFirst") if sliced and not entity.is_subordinate else ()


@dataclass(frozen=True)
class Result:
    """The rows of a virtual table and the entity that describes their properties."""

    entity: Entity
    rows: list[Row]


def compute(
    infobase: Infobase,
    entity: Entity,
    function: str,
    named: Mapping[str, Token],
    rest: Mapping[str, str],
) -> Result:
    """Compute a virtual table; parameters stand in brackets or in the query.

    Raises:
        ODataRefused: no such function here, or a parameter that is wrong.
    """
    if function not in functions_of(entity):
        raise no_method()
    given = _parameters(function, named, rest)
    if function in _SLICES:
        return _slice(infobase, entity, function, given)
    return _Totals(infobase, entity, given).table(function)


def _parameters(
    function: str, named: Mapping[str, Token], rest: Mapping[str, str]
) -> dict[str, str]:
    known = _PARAMETERS[function]
    given = dict(named)
    for name, text in rest.items():
        if _ALIASES.get(name, name) not in known:
            continue
        try:
            (given[name],) = tokens(text)
        except (Unreadable, ValueError) as error:
            raise bad_value(text) from error
    found: dict[str, str] = {}
    for name, token in given.items():
        real = _ALIASES.get(name, name)
        if real not in known:
            raise bad_url()
        if token.kind != ("date" if real.endswith("Period") else "string"):
            raise ODataRefused(400, 21, f'Неверный тип аргумента "{name}"')
        found[real] = token.value
    return found


def _condition(
    infobase: Infobase, entity: Entity, text: str
) -> tuple[Node | None, Callable[[Row], bool]]:
    if not text:
        return None, lambda _row: True
    node = parse(text, "Condition")
    return node, Compiler(Scope(infobase, entity, "Condition")).predicate(node)


def _slice(infobase: Infobase, entity: Entity, function: str, given: Mapping[str, str]) -> Result:
    """Return the last record per dimensions up to a moment, or the first from it on."""
    node, holds = _condition(infobase, entity, given.get("Condition", ""))
    period, last = given.get("Period"), function == "SliceLast"
    names = [wire for name in entity.dimensions for wire in entity.by_name[name].wires]
    best: dict[tuple[Any, ...], Row] = {}
    for row in rows_of(infobase, entity, node):
        if not row.get("Active", True) or not holds(row):
            continue
        at = row["Period"]
        if period is not None and (at > period if last else at < period):
            continue
        key = tuple(row[name] for name in names)
        held = best.get(key)
        if held is None or (at >= held["Period"] if last else at < held["Period"]):
            best[key] = row
    return Result(entity, list(best.values()))


class _Totals:
    """Sums of an accumulation register by dimensions."""

    def __init__(self, infobase: Infobase, entity: Entity, given: Mapping[str, str]) -> None:
        self._entity = infobase.configuration.entity(f"{entity.name}_RecordType")
        self._given = given
        known = self._entity.by_name
        wanted = [word.strip() for word in given.get("Dimensions", "").split(",") if word.strip()]
        for name in wanted:
            if name not in entity.dimensions:
                raise no_segment(name)
        dimensions = [known[name] for name in wanted or entity.dimensions]
        self._dimensions = dimensions
        self._wires = [wire for one in dimensions for wire in one.wires]
        by_dimension = replace(
            self._entity, attributes=tuple(known[name] for name in entity.dimensions)
        )
        node, holds = _condition(infobase, by_dimension, given.get("Condition", ""))
        found = rows_of(infobase, self._entity, node)
        self._records = [row for row in found if row["Active"] and holds(row)]

    def table(self, function: str) -> Result:
        """Return one of the three tables without rows of nothing but zeros."""
        columns: list[str] = []
        sums: dict[tuple[Any, ...], Sums] = {}
        if function == "Balance":
            columns = [f"{name}Balance" for name in self._entity.resources]
            end = self._given.get("Period")
            self._balance(sums, self._before(end), "Balance")
        else:
            turns = _TURNS if self._entity.balance else _TURNS[:1]
            if function == "BalanceAndTurnovers":
                start = self._given.get("StartPeriod")
                if start is not None:
                    self._balance(sums, self._before(start), "OpeningBalance")
                turns = ("OpeningBalance", *turns, "ClosingBalance")
            columns = [f"{name}{turn}" for name in self._entity.resources for turn in turns]
            self._turnovers(sums)
            self._close(sums)
        rows = [self._row(key, one, columns) for key, one in sums.items()]
        entity = replace(
            self._entity,
            kind="record",
            name=f"{self._entity.owner}_{function}",
            attributes=(*self._dimensions, *(Attribute(name, "Edm.Double") for name in columns)),
        )
        return Result(entity, [row for row in rows if any(row[name] for name in columns)])

    def _before(self, moment: str | None) -> Iterable[Row]:
        """Yield the records before a moment, which itself is not included."""
        return (row for row in self._records if moment is None or row["Period"] < moment)

    def _balance(
        self, sums: dict[tuple[Any, ...], Sums], records: Iterable[Row], suffix: str
    ) -> None:
        for row in records:
            one = sums.setdefault(tuple(row[name] for name in self._wires), {})
            sign = 1 if row["RecordType"] == "Receipt" else -1
            for name in self._entity.resources:
                one[name + suffix] = one.get(name + suffix, 0) + sign * row[name]

    def _turnovers(self, sums: dict[tuple[Any, ...], Sums]) -> None:
        start, end = self._given.get("StartPeriod", ""), self._given.get("EndPeriod", "~")
        for row in self._records:
            if not start <= row["Period"] <= end:
                continue
            one = sums.setdefault(tuple(row[name] for name in self._wires), {})
            kind = row.get("RecordType", "Receipt")
            sign = 1 if kind == "Receipt" else -1
            for name in self._entity.resources:
                one[name + kind] = one.get(name + kind, 0) + row[name]
                one[name + "Turnover"] = one.get(name + "Turnover", 0) + sign * row[name]

    def _close(self, sums: dict[tuple[Any, ...], Sums]) -> None:
        for one in sums.values():
            for name in self._entity.resources:
                opening = one.get(name + "OpeningBalance", 0)
                one[name + "ClosingBalance"] = opening + one.get(name + "Turnover", 0)

    def _row(self, key: tuple[Any, ...], one: Sums, columns: list[str]) -> Row:
        row: Row = dict(zip(self._wires, key, strict=True))
        return row | {name: number(one.get(name, 0)) for name in columns}
