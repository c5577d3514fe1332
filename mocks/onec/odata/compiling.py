"""From the tree of an expression to a predicate over rows, with the vendor's refusals (1.4)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.odata.errors import ODataRefused, bad_option, no_segment, runtime_error
from mocks.onec.odata.expression import Binary, Call, Const, Lambda, Node, Not, Path
from mocks.onec.odata.functions import FUNCTIONS, OPTIONAL_LAST
from mocks.onec.odata.literals import number
from mocks.onec.odata.paths import KINDS, Getter, Typed, property_path, refuse_unlimited
from mocks.onec.schema import NAMESPACE, Attribute, Entity, Row

PRIMITIVES = {
    "String": "Edm.String",
    "Number": "Edm.Double",
    "Boolean": "Edm.Boolean",
    "Date": "Edm.DateTime",
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}


@dataclass(frozen=True)
class Scope:
    """What names mean: the entity, and in a lambda the columns of the section under a variable."""

    infobase: Infobase
    entity: Entity
    option: str = "$filter"
    variable: str = ""


class Compiler:
    """Turns trees into predicates within one scope."""

    def __init__(self, scope: Scope) -> None:
        """Read names in ``scope``."""
        self._scope = scope

    def predicate(self, node: Node) -> Callable[[Row], bool]:
        """Return a predicate; an unknown comparison with nothing is false.

        Raises:
            ODataRefused: a name, function or comparison that the vendor refuses.
        """
        typed = self._typed(node)
        if typed.kind != "bool":
            raise bad_option(self._scope.option)
        get = typed.get
        return lambda row: bool(get(row))

    def _typed(self, node: Node) -> Typed:
        match node:
            case Const(kind=kind, value=value):
                return Typed(kind, lambda _row: value)
            case Path(parts=parts):
                return self._path(parts)
            case Not(inner=inner):
                negated = self.predicate(inner)
                return Typed("bool", lambda row: not negated(row))
            case Binary():
                return self._binary(node)
            case Lambda():
                return self._lambda(node)
            case Call():
                return self._call(node)

    def _path(self, parts: tuple[str, ...]) -> Typed:
        if self._scope.variable:
            if parts[0] != self._scope.variable or len(parts) == 1:
                raise no_segment(parts[0])
            parts = parts[1:]
        return property_path(self._scope.infobase, self._scope.entity, parts)

    def _binary(self, node: Binary) -> Typed:
        if node.op in {"and", "or"}:
            first, second = self.predicate(node.left), self.predicate(node.right)
            if node.op == "and":
                return Typed("bool", lambda row: first(row) and second(row))
            return Typed("bool", lambda row: first(row) or second(row))
        left, right = self._typed(node.left), self._typed(node.right)
        for one in (left, right):
            refuse_unlimited(one)
        if node.op in _ARITHMETIC:
            return self._arithmetic(node.op, left, right)
        return Typed("bool", self._comparison(node.op, left, right))

    def _arithmetic(self, op: str, left: Typed, right: Typed) -> Typed:
        if left.kind != "number" or right.kind != "number":
            raise bad_option(self._scope.option)
        work = _ARITHMETIC[op]

        def _value(row: Row) -> Any:
            first, second = left.get(row), right.get(row)
            if first is None or second is None or (op == "div" and not second):
                return None
            return number(work(first, second))

        return Typed("number", _value)

    def _comparison(self, op: str, left: Typed, right: Typed) -> Callable[[Row], bool]:
        if "composite" in {left.kind, right.kind}:
            return _composite_comparison(op, left, right)
        if left.kind != right.kind:
            raise bad_option(self._scope.option)
        if left.kind == "guid" and op not in {"eq", "ne"}:
            text = 'Операция сравнения "больше-меньше" неприменима к ссылкам'
            raise runtime_error(text)
        compare, first, second = _COMPARE[op], left.get, right.get
        if left.kind == "string" and self._scope.infobase.settings.string_comparison != "exact":
            return _ignoring_case(compare, first, second)

        def _compare(row: Row) -> bool:
            one, other = first(row), second(row)
            return one is not None and other is not None and compare(one, other)

        return _compare

    def _lambda(self, node: Lambda) -> Typed:
        columns = self._scope.entity.sections.get(node.section[0])
        if columns is None or len(node.section) > 1:
            raise no_segment("/".join(node.section))
        name = node.section[0]
        if node.body is None:
            return Typed("bool", lambda row: bool(row[name]))
        part = Entity("section", f"{self._scope.entity.name}_{name}", columns)
        scope = Scope(self._scope.infobase, part, self._scope.option, node.variable)
        body = Compiler(scope).predicate(node.body)
        if node.op == "any":
            return Typed("bool", lambda row: any(body(item) for item in row[name]))
        return Typed("bool", lambda row: all(body(item) for item in row[name]))

    def _call(self, node: Call) -> Typed:
        if node.name in {"cast", "isof"}:
            return self._type_call(node)
        function = FUNCTIONS.get(node.name)
        arguments = [self._typed(one) for one in node.arguments]
        for one in arguments:
            refuse_unlimited(one)
        if function is None:
            raise unknown_function(node.name)
        takes = function.takes
        if len(arguments) == len(takes) - 1 and node.name in OPTIONAL_LAST:
            takes = takes[:-1]
        if tuple(one.kind for one in arguments) != takes:
            raise unknown_function(node.name)
        getters = [one.get for one in arguments]

        def _value(row: Row) -> Any:
            values = [get(row) for get in getters]
            return None if None in values else function.work(*values)

        return Typed(function.gives, _value)

    def _type_call(self, node: Call) -> Typed:
        match node.arguments:
            case (Const(kind="guid", value=guid), Const(kind="string", value=name)) if (
                node.name == "cast"
            ):
                wanted = (guid, NAMESPACE + name)
                return Typed("typed", lambda _row: wanted)
            case (Path() as path, Const(kind="string", value=name)):
                typed = self._typed(path)
                if typed.kind != "composite" or typed.attribute is None:
                    raise unknown_function(node.name)
                return _narrowed(node.name, typed, typed.attribute, str(name))
            case _:
                raise unknown_function(node.name)


def unknown_function(name: str) -> ODataRefused:
    """Return the refusal of a function that does not exist or gets wrong arguments."""
    return ODataRefused(400, 21, f'Неизвестная функция "{name}" или неверные аргументы')


def _composite_comparison(op: str, left: Typed, right: Typed) -> Callable[[Row], bool]:
    """Compare with a cast reference; anything else never equals a composite attribute."""
    if op not in {"eq", "ne"}:
        text = "Неверные параметры в операции сравнения"
        raise runtime_error(text)
    wanted = op == "eq"
    if {left.kind, right.kind} != {"composite", "typed"} and left.kind != right.kind:
        return lambda _row: not wanted
    return lambda row: (left.get(row) == right.get(row)) is wanted


def _narrowed(call: str, typed: Typed, attribute: Attribute, name: str) -> Typed:
    """Return ``isof`` or ``cast`` of a composite attribute."""
    value, kind = attribute.wires
    wanted = PRIMITIVES.get(name, NAMESPACE + name)
    if call == "isof":
        return Typed("bool", lambda row: row[kind] == wanted)
    if name not in PRIMITIVES:
        return Typed("typed", lambda row: typed.get(row) if row[kind] == wanted else None)
    read: Mapping[str, Callable[[str], Any]] = {
        "Edm.Double": float,
        "Edm.Boolean": lambda text: text == "true",
    }
    convert = read.get(wanted, str)
    return Typed(KINDS[wanted], lambda row: convert(row[value]) if row[kind] == wanted else None)


def _ignoring_case(
    compare: Callable[[Any, Any], bool], first: Getter, second: Getter
) -> Callable[[Row], bool]:
    def _compare(row: Row) -> bool:
        one, other = first(row), second(row)
        return one is not None and other is not None and compare(one.lower(), other.lower())

    return _compare
