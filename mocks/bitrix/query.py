"""Lists of the ``sale`` and ``catalog`` controllers.

Filter, select, order and paging (reference 1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mocks.bitrix.clock import SiteClock
from mocks.bitrix.fields import Field, Fields, coerce, whole
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.table import Row, Table

PAGE = 50
_PREFIXES = ("!%=", "!=%", "!=", "!%", "!@", ">=", "<=", "%=", "=%", "!", "=", ">", "<", "@", "%")


@dataclass(frozen=True)
class Condition:
    """One readable condition.

    The field, the operator's prefix and the value in the field's type.
    """

    field: Field
    operator: str
    value: Any

    def holds(self, row: Row) -> bool:
        """Tell whether a row meets the condition; null meets no comparison but equality."""
        return _TESTS[self.operator](row.get(self.field.name), self.value)


@dataclass(frozen=True)
class Page:
    """Rows of one page; ``total`` and ``next`` are None where the answer has no such key."""

    rows: list[Row]
    total: int | None
    next: int | None


def conditions(fields: Fields, sent: object, clock: SiteClock) -> list[Condition]:
    """Read a filter; unknown names and unreadable values are dropped in silence."""
    found: list[Condition] = []
    for name, value in as_map(sent).items():
        operator, field = _split(str(name))
        known = fields.get(field)
        if known is None:
            continue
        condition = _condition(known, operator, value, clock)
        if condition is not None:
            found.append(condition)
    return found


def page(rows: Iterable[Row], start: object) -> Page:
    """Cut one page out of ordered rows.

    50 rows, ``start`` rounded down to a page, -1 without counting.
    """
    first = whole(start) if start is not None else 0
    if first == -1:
        return Page([row for _, row in zip(range(PAGE), rows, strict=False)], None, None)
    first = max(first, 0) // PAGE * PAGE
    everything = rows if isinstance(rows, list) else list(rows)
    cut = everything[first : first + PAGE]
    following = first + len(cut)
    return Page(cut, len(everything), following if cut and following < len(everything) else None)


def find(
    table: Table, fields: Fields, params: Mapping[str, Any], clock: SiteClock
) -> Iterable[Row]:
    """Return the rows of a table that a list call asks for, in its order."""
    wanted = conditions(fields, params.get("filter"), clock)
    order = sorting(fields, params.get("order"), table.key)
    rows, sorted_by = _candidates(table, wanted, order)
    chosen = (
        (row for row in rows if all(condition.holds(row) for condition in wanted))
        if wanted
        else rows
    )
    if order == sorted_by:
        return chosen
    return ordered(list(chosen), order)


def sorting(fields: Fields, sent: object, key: str = "id") -> list[tuple[str, bool]]:
    """Read an order as (field, descending) pairs.

    Without a known field the rows come by ascending id.
    """
    order = [
        (name, str(way).upper() == "DESC") for name, way in as_map(sent).items() if name in fields
    ]
    return order or [(key, False)]


def ordered(rows: list[Row], order: list[tuple[str, bool]]) -> list[Row]:
    """Sort rows by several fields; null comes first when ascending."""
    for name, descending in reversed(order):
        rows.sort(key=lambda row: (row.get(name) is not None, row.get(name)), reverse=descending)
    return rows


def selected(fields: Fields, sent: object) -> list[str]:
    """Read a select: the known names, every field for ``*`` or when no name is known."""
    names = [str(name) for name in as_list(sent)]
    known = [name for name in names if name in fields]
    return list(fields) if "*" in names or not known else known


def _candidates(
    table: Table, wanted: list[Condition], order: list[tuple[str, bool]]
) -> tuple[Iterable[Row], list[tuple[str, bool]]]:
    """Choose the narrowest index that the conditions allow.

    The conditions are checked again on its rows.
    """
    by_key = [(table.key, False)]
    for condition in wanted:
        if condition.operator != "=" or isinstance(condition.value, list):
            continue
        name = condition.field.name
        if name == table.key:
            row = table.get(condition.value)
            return ([row] if row is not None else []), order
        if table.is_indexed(name):
            return table.where(name, condition.value), by_key
    for condition in wanted:
        if condition.operator == "@" and condition.field.name == table.key:
            found = [
                row for key in sorted(set(condition.value)) if (row := table.get(key)) is not None
            ]
            return found, by_key
    if table.ordered and order[0] == (table.ordered, False) and order[1:] in ([], by_key):
        low = [
            c.value for c in wanted if c.field.name == table.ordered and c.operator in {">", ">="}
        ]
        return table.from_stamp(max(low, default="")), order
    low_ids = [
        c.value
        for c in wanted
        if c.field.name == table.key and c.operator in {">", ">="} and isinstance(c.value, int)
    ]
    if low_ids:
        return table.after_id(max(low_ids) - 1), by_key
    return (table.rows[key] for key in table.ids()), by_key


def _split(name: str) -> tuple[str, str]:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return prefix, name[len(prefix) :]
    return "=", name


def _condition(field: Field, operator: str, value: Any, clock: SiteClock) -> Condition | None:
    operator = {"!": "!="}.get(operator, operator)
    if operator in {"@", "!@"} or isinstance(value, list):
        many = [coerce(field, item, clock) for item in as_list(value)]
        return Condition(
            field, "!@" if operator.startswith("!") else "@", [read for use, read in many if use]
        )
    if "%" in operator:
        return Condition(field, operator, str(value).casefold())
    if field.type in {"datetime", "date"}:
        value = clock.read_filter(value)
    use, read = coerce(field, value, clock)
    if not use:
        return None
    return Condition(field, operator, read)


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda have, want: have is not None and want is not None and test(have, want)


def _equal(have: Any, want: Any) -> bool:
    return have == want or (want in (None, "") and have in (None, ""))


def _like(have: Any, want: str) -> bool:
    text = str(have if have is not None else "").casefold()
    head, *middle = want.split("%")
    if not middle:
        return text == head
    if not text.startswith(head):
        return False
    position = len(head)
    for part in middle[:-1]:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return len(text) - position >= len(middle[-1]) and text.endswith(middle[-1])


def _contains(have: Any, want: str) -> bool:
    return want in str(have if have is not None else "").casefold()


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": lambda have, want: not _equal(have, want),
    ">": _compared(lambda have, want: have > want),
    ">=": _compared(lambda have, want: have >= want),
    "<": _compared(lambda have, want: have < want),
    "<=": _compared(lambda have, want: have <= want),
    "@": lambda have, want: have in want,
    "!@": lambda have, want: have not in want,
    "%": _contains,
    "!%": lambda have, want: not _contains(have, want),
    "%=": _like,
    "=%": _like,
    "!%=": lambda have, want: not _like(have, want),
    "!=%": lambda have, want: not _like(have, want),
}
