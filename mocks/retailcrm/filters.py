"""List filters: which of the documented names select by an index, and which test row by row.

Source: reference, sections 6.3 and 9.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.refusals import EXTRA, INVALID, input_errors
from mocks.retailcrm.shapes import Invalid
from mocks.retailcrm.wire import values

if TYPE_CHECKING:
    from mocks.retailcrm.call import Call

Test = Callable[[Any], bool]
Maker = Callable[["Call", Any], Test]
Selector = Callable[["Call", Any], Iterable[Any]]

NOT_SIMULATED = "This double does not simulate the filter."


def one(reader: shapes.Reader, value: Any) -> Any:
    """Read a scalar of a filter; anything else is refused by the caller."""
    if not isinstance(value, str):
        raise Invalid({"": INVALID})
    return reader(value)


def within(get: Callable[[Any], Any], value: Any) -> Test:
    """Test that a row's value is among a list."""
    wanted = set(values(value))
    return lambda row: str(get(row)) in wanted


def contains(get: Callable[[Any], Any], value: Any) -> Test:
    """Test that a row's text holds another one, letter case aside."""
    wanted = one(shapes.text, value).casefold()
    return lambda row: wanted in str(get(row) or "").casefold()


def equals(get: Callable[[Any], Any], reader: shapes.Reader, value: Any) -> Test:
    """Test that a row's value is exactly this one."""
    wanted = one(reader, value)
    return lambda row: bool(get(row) == wanted)


def at_least(get: Callable[[Any], Any], reader: shapes.Reader, value: Any) -> Test:
    """Test that a row's value is not below a bound; a row without the value fails."""
    bound = one(reader, value)
    return lambda row: get(row) is not None and bool(get(row) >= bound)


def at_most(get: Callable[[Any], Any], reader: shapes.Reader, value: Any) -> Test:
    """Test that a row's value is not above a bound; a row without the value fails."""
    bound = one(reader, value)
    return lambda row: get(row) is not None and bool(get(row) <= bound)


def custom(get: Callable[[Any], Mapping[str, Any]], tree: Any) -> Test:
    """Test custom fields: ``customFields[code]=value`` or ``[code][min|max]``."""
    if not isinstance(tree, dict):
        raise Invalid({"": INVALID})

    def _fits(row: Any) -> bool:
        held = get(row)
        return all(_custom_fits(held.get(code), wanted) for code, wanted in tree.items())

    return _fits


def _custom_fits(held: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return str(held) == wanted or (isinstance(held, bool) and wanted == str(int(held)))
    if held is None:
        return False
    convert: Callable[[Any], Any] = float if isinstance(held, int | float) else str
    low, high = wanted.get("min"), wanted.get("max")
    return (low is None or held >= convert(low)) and (high is None or held <= convert(high))


def select(
    call: Call,
    all_rows: Callable[[], Sequence[Any]],
    *,
    selectors: Mapping[str, Selector],
    tests: Mapping[str, Maker],
    documented: frozenset[str],
) -> list[Any]:
    """Return the rows that pass every filter, id descending.

    Raises:
        Refused: a value of the wrong form, or a filter that vendor or double does not have.
    """
    chosen: dict[int, Any] | None = None
    checks: list[Test] = []
    errors: dict[str, str] = {}
    for name, value in call.filters().items():
        try:
            if name in selectors:
                found = {row.id: row for row in selectors[name](call, value)}
                chosen = {k: row for k, row in found.items() if chosen is None or k in chosen}
            elif name in tests:
                checks.append(tests[name](call, value))
            elif name in documented:
                errors[f"children[{name}]"] = NOT_SIMULATED
            elif call.account.settings.unknown_filter == "400":
                errors[f"children[{name}]"] = EXTRA
        except Invalid:
            errors[f"children[{name}]"] = INVALID
    if errors:
        raise input_errors(errors)
    rows = all_rows() if chosen is None else [chosen[key] for key in sorted(chosen, reverse=True)]
    sites = {*call.sites, None}
    rows = [row for row in rows if row.site in sites]
    for check in checks:
        rows = [row for row in rows if check(row)]
    return rows


def checks_of(call: Call, tests: Mapping[str, Maker]) -> list[Test]:
    """Return one test per filter of the call.

    Raises:
        Refused: a value of the wrong form, or a filter that the vendor does not have.
    """
    checks: list[Test] = []
    errors: dict[str, str] = {}
    for name, value in call.filters().items():
        try:
            if name in tests:
                checks.append(tests[name](call, value))
            elif call.account.settings.unknown_filter == "400":
                errors[f"children[{name}]"] = EXTRA
        except Invalid:
            errors[f"children[{name}]"] = INVALID
    if errors:
        raise input_errors(errors)
    return checks


def sift(call: Call, rows: Iterable[Any], *, tests: Mapping[str, Maker]) -> list[Any]:
    """Return the rows that pass every filter, in their order; refusals as in ``checks_of``."""
    checks = checks_of(call, tests)
    return [row for row in rows if all(check(row) for check in checks)]


def refused(call: Call, value: Any) -> Test:
    """Refuse a documented filter that needs what the double does not keep."""
    del call, value
    raise input_errors({"filter": NOT_SIMULATED})
