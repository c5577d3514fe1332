"""Finding rows: the sets behind addresses, conditions helped by indexes, order (1.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.odata.compiling import Compiler, Scope
from mocks.onec.odata.errors import bad_option, no_access
from mocks.onec.odata.expression import Binary, Call, Const, Node, Path, parse
from mocks.onec.odata.paths import property_path, refuse_unlimited
from mocks.onec.odata.presentation import presentation
from mocks.onec.schema import Entity, Row
from mocks.onec.table import Table

_ORDER = "$orderby"
Predicate = Callable[[Row], bool]


def rows_of(infobase: Infobase, entity: Entity, node: Node | None = None) -> Iterable[Row]:
    """Return rows among which are all that fulfil ``node``; without it, all of the set."""
    if entity.is_subordinate:
        return record_sets(entity, infobase.table(f"{entity.name}_RecordType"))
    table = infobase.table(entity.name)
    found = None
    if node is not None and infobase.settings.string_comparison == "exact":
        found = _candidates(table, node)
    return table if found is None else found


def record_sets(entity: Entity, records: Iterable[Row]) -> list[Row]:
    """Return the record sets that records of a register make up, one per recorder."""
    found: dict[tuple[Any, ...], Row] = {}
    names = entity.recorder_names
    for record in records:
        key = tuple(record[name] for name in names)
        if key not in found:
            found[key] = dict(zip(names, key, strict=True)) | {"RecordSet": []}
        found[key]["RecordSet"].append(record)
    return list(found.values())


def condition(
    infobase: Infobase, entity: Entity, text: str, option: str = "$filter"
) -> tuple[Node, Predicate]:
    """Return the tree and the predicate of an expression over rows of ``entity``.

    Raises:
        ODataRefused: what the vendor refuses.
    """
    node = parse(text, option)
    return node, Compiler(Scope(infobase, entity, option)).predicate(node)


def filtered(
    infobase: Infobase, entity: Entity, text: str, rows: Iterable[Row] | None = None
) -> list[Row]:
    """Return the rows of the set (or of ``rows``) that fulfil a filter, empty for no filter.

    Raises:
        ODataRefused: what the vendor refuses.
    """
    if not text:
        return list(rows_of(infobase, entity) if rows is None else rows)
    node, holds = condition(infobase, entity, text)
    found = rows_of(infobase, entity, node) if rows is None else rows
    return [row for row in found if holds(row)]


def permitted(
    infobase: Infobase, entity: Entity, rows: list[Row], *, allowed_only: bool
) -> list[Row]:
    """Apply row-level security: skip the forbidden rows, or refuse the whole request (401).

    Raises:
        ODataRefused: there is a forbidden row and the caller did not ask for the allowed only.
    """
    hidden = infobase.hidden_rows
    if not hidden:
        return rows
    name = entity.owner if entity.kind == "section" else entity.name
    allowed = [row for row in rows if (name, row.get("Ref_Key")) not in hidden]
    if len(allowed) < len(rows) and not allowed_only:
        raise no_access()
    return allowed


def ordered(
    infobase: Infobase, entity: Entity, rows: list[Row], orderby: Sequence[str]
) -> list[Row]:
    """Return the rows in the order asked for; ``Ref_Key`` orders by presentation (1.4).

    Raises:
        ODataRefused: a path that is not found, or a direction that is none.
    """
    for word in reversed(orderby):
        path, _, direction = word.partition(" ")
        if direction.strip() not in {"", "asc", "desc"}:
            raise bad_option(_ORDER)
        key = _order_key(infobase, entity, path)
        rows = sorted(rows, key=key, reverse=direction.strip() == "desc")
    return rows


def _order_key(infobase: Infobase, entity: Entity, path: str) -> Callable[[Row], Any]:
    if path == "Ref_Key" and entity.is_reference:
        return lambda row: (collated(presentation(entity, row)), row["Ref_Key"])
    typed = property_path(infobase, entity, tuple(path.split("/")))
    refuse_unlimited(typed)
    get = typed.get
    if typed.kind == "string":
        return lambda row: collated(get(row))
    if typed.kind == "composite" or "/" not in path:
        return get
    return lambda row: (get(row) is not None, get(row))


def collated(text: str | None) -> tuple[bool, str, str]:
    """Return how a database orders a string: letter case and ё matter last, nothing is first."""
    if text is None:
        return False, "", ""
    return True, text.lower().replace("ё", "е"), text


def _candidates(table: Table, node: Node) -> list[Row] | None:
    """Return a superset of the matching rows by indexes, or None when no index helps."""
    match node:
        case Binary(op="eq", left=Path(parts=(name,)), right=right):
            return _equal(table, name, right)
        case Binary(op="and", left=left, right=right):
            sides = [_candidates(table, left), _candidates(table, right)]
            found = [side for side in sides if side is not None]
            return min(found, key=len) if found else None
        case Binary(op="or", left=left, right=right):
            first, second = _candidates(table, left), _candidates(table, right)
            if first is None or second is None:
                return None
            return list({id(row): row for row in (*first, *second)}.values())
        case _:
            return None


def _equal(table: Table, name: str, right: Node) -> list[Row] | None:
    attribute = table.entity.by_wire.get(name)
    if attribute is None:
        return None
    match right:
        case Const(kind=kind, value=value) if attribute.form != "composite" and kind != "bool":
            return table.find(name, value)
        case Call(name="cast", arguments=(Const(kind="guid", value=value), _)):
            return table.find(name, value)
        case _:
            return None
